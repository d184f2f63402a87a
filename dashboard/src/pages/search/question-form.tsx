import { Button, Card, Group, NativeSelect, Stack, Switch, TextInput } from '@mantine/core'
import { IconSearch } from '@tabler/icons-react'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useStores } from '../../api/stores.ts'
import { useFormats } from '../../format.ts'
import { useScope } from '../../layout/scope.ts'
import classes from './search.module.css'

export const QUESTION = [
  'q',
  'store_id',
  'in_stock',
  'category',
  'min_price',
  'max_price',
  'currency',
  'limit',
] as const
const LIMITS = ['5', '10', '20', '50']

export type Question = Partial<Record<(typeof QUESTION)[number], string>>

interface Props {
  asked: Question
  onAsk: (question: Partial<Record<(typeof QUESTION)[number], string | null>>) => void
  isPending: boolean
}

/**
 * The question, with the filters that an AI may use. A search starts only when the form is sent, because each question costs a
 * vector.
 */
export function QuestionForm({ asked, onAsk, isPending }: Props) {
  const { t } = useTranslation()
  const { scope } = useScope()
  const { numeral } = useFormats()
  const stores = useStores({ ...scope, limit: 200 }).data?.results ?? []
  const [question, setQuestion] = useState<Question>(asked)
  const limit = question.limit ?? '10'
  const change = (name: keyof Question, value: string | null) => setQuestion({ ...question, [name]: value ?? '' })
  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!question.q?.trim()) return
    onAsk(Object.fromEntries(QUESTION.map((name) => [name, question[name]?.trim() || null])))
  }
  const text = (name: 'category' | 'min_price' | 'max_price', label: string) => (
    <TextInput
      label={label}
      value={question[name] ?? ''}
      onChange={(event) => change(name, event.currentTarget.value)}
      inputMode={name === 'category' ? undefined : 'decimal'}
    />
  )
  return (
    <Card mb="lg">
      <form onSubmit={submit}>
        <Stack>
          <Group align="flex-end" gap="sm">
            <TextInput
              type="search"
              size="md"
              flex="1 1 16rem"
              label={t('search.question')}
              placeholder={t('search.placeholder')}
              value={question.q ?? ''}
              onChange={(event) => change('q', event.currentTarget.value)}
              maxLength={500}
              required
              withAsterisk={false}
            />
            <Button type="submit" size="md" loading={isPending} leftSection={<IconSearch size={18} />}>
              {t('search.button')}
            </Button>
          </Group>
          <fieldset className={classes.filters}>
            <legend className="visually-hidden">{t('search.filters')}</legend>
            {stores.length > 1 && (
              <NativeSelect
                label={t('search.store')}
                data={[
                  { value: '', label: t('search.allStores') },
                  ...stores.map((store) => ({ value: String(store.id), label: store.name })),
                ]}
                value={question.store_id ?? ''}
                onChange={({ currentTarget }) => change('store_id', currentTarget.value)}
              />
            )}
            {text('category', t('search.category'))}
            {text('min_price', t('search.minPrice'))}
            {text('max_price', t('search.maxPrice'))}
            <NativeSelect
              label={t('search.currency')}
              data={[
                { value: '', label: t('search.ownCurrency') },
                { value: 'IRT', label: t('products.currencies.IRT') },
                { value: 'IRR', label: t('products.currencies.IRR') },
              ]}
              value={question.currency ?? ''}
              onChange={({ currentTarget }) => change('currency', currentTarget.value)}
            />
            <NativeSelect
              label={t('search.limit')}
              data={[...new Set([...LIMITS, limit])].map((of) => ({ value: of, label: numeral(of) }))}
              value={limit}
              onChange={({ currentTarget }) => change('limit', currentTarget.value)}
            />
            <Switch
              className={classes.switch}
              label={t('search.inStockOnly')}
              checked={question.in_stock === 'true'}
              onChange={(event) => change('in_stock', event.currentTarget.checked ? 'true' : null)}
            />
          </fieldset>
        </Stack>
      </form>
    </Card>
  )
}
