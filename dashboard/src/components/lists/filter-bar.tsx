import { Button, Card, NativeSelect, TextInput } from '@mantine/core'
import { IconSearch, IconX } from '@tabler/icons-react'
import { type FormEvent, type ReactNode, useEffect, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStores } from '../../api/stores.ts'
import { inLatinDigits } from '../../digits.ts'
import { useScope } from '../../layout/scope.ts'
import classes from './filter-bar.module.css'

interface Props {
  children: ReactNode
  /** Absent while nothing is filtered. */
  onClear?: (() => void) | undefined
  clearLabel: string
}

/** The filters of a list, side by side as far as the width allows. */
export function FilterBar({ children, onClear, clearLabel }: Props) {
  return (
    <Card mb="md" padding="md">
      <search className={classes.bar}>
        {children}
        {onClear && (
          <Button variant="subtle" leftSection={<IconX size={16} />} onClick={onClear} className={classes.clear}>
            {clearLabel}
          </Button>
        )}
      </search>
    </Card>
  )
}

interface TextProps {
  label: string
  placeholder?: string
  value: string | undefined
  onChange: (value: string | null) => void
  isWide?: boolean
  isNumber?: boolean
}

/** A filter that is typed: in force with Enter or when the field is left, not with each letter. */
export function TextFilter({ label, placeholder, value = '', onChange, isWide, isNumber }: TextProps) {
  const [text, setText] = useState(value)
  useEffect(() => setText(value), [value])
  const apply = () => {
    const trimmed = isNumber ? inLatinDigits(text.trim()) : text.trim()
    if (trimmed !== value) onChange(trimmed || null)
  }
  const submit = (event: FormEvent) => {
    event.preventDefault()
    apply()
  }
  return (
    <form onSubmit={submit} className={isWide ? classes.wide : classes.filter}>
      <TextInput
        type="search"
        label={label}
        placeholder={placeholder}
        value={text}
        onChange={(event) => setText(event.currentTarget.value)}
        onBlur={apply}
        leftSection={isWide ? <IconSearch size={17} stroke={1.7} /> : undefined}
        inputMode={isNumber ? 'decimal' : undefined}
      />
    </form>
  )
}

/** Two filters that belong together, such as from and to: they stay in one line. */
export function FilterPair({ children }: { children: ReactNode }) {
  return <div className={classes.pair}>{children}</div>
}

interface ChoiceProps {
  label: string
  /** Value and name; an entry for all comes first, unless there is always one. */
  choices: [value: string, name: string][]
  isComplete?: boolean
  value: string | undefined
  onChange: (value: string | null) => void
}

/** A filter that is chosen. */
export function ChoiceFilter({ label, choices, isComplete, value, onChange }: ChoiceProps) {
  const { t } = useTranslation()
  const named = choices.map(([of, name]) => ({ value: of, label: name }))
  return (
    <NativeSelect
      className={classes.filter}
      label={label}
      data={isComplete ? named : [{ value: 'all', label: t('common.all') }, ...named]}
      value={value ?? 'all'}
      onChange={({ currentTarget }) => onChange(currentTarget.value === 'all' ? null : currentTarget.value)}
    />
  )
}

/** One store, of the newest 200. Absent where there is nothing to choose. */
export function StoreFilter({ value, onChange }: Pick<ChoiceProps, 'value' | 'onChange'>) {
  const { t } = useTranslation()
  const { scope } = useScope()
  const { data } = useStores({ ...scope, limit: 200 })
  const stores = data?.results ?? []
  if (stores.length < 2 && value === undefined) return null
  const choices = stores.map((store): [string, string] => [String(store.id), store.name])
  if (value && !choices.some(([id]) => id === value)) choices.push([value, value])
  return <ChoiceFilter label={t('common.store')} choices={choices} value={value} onChange={onChange} />
}
