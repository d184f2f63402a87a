import { Button, Group, Radio, Select, Stack, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { ApiProblem } from '../../api/problem.ts'
import { useProducts } from '../../api/products.ts'
import { useMakeRule } from '../../api/search-rules.ts'
import { Dialog } from '../../components/notices/dialog.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { say } from '../../components/text/say.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'

type Choice = 'pin' | 'hide' | 'hideEverywhere'
const CHOICES: Choice[] = ['pin', 'hide', 'hideEverywhere']
const FIELDS = ['query', 'product_id']

/** Pins a product to a search, or hides it. The product is found by its name. */
export default function RuleDialog({ scope, onClose }: { scope: { user_id?: string }; onClose: () => void }) {
  const { t } = useTranslation()
  const nameOf = useProductName()
  const make = useMakeRule()
  const [choice, setChoice] = useState<Choice>('pin')
  const [query, setQuery] = useState('')
  const [chosen, setChosen] = useState<{ value: string; label: string } | null>(null)
  const [typed, setTyped] = useState('')
  const [asked] = useDebouncedValue(typed, 300)
  const search = asked === chosen?.label ? '' : asked.trim()
  const products = useProducts({ ...scope, is_active: true, limit: 20, ...(search && { search }) })
  const found = (products.data?.results ?? []).map(({ id, name, external_id }) => ({
    value: String(id),
    label: nameOf(name, external_id),
  }))
  const options = chosen && !found.some(({ value }) => value === chosen.value) ? [chosen, ...found] : found
  const problem = make.error instanceof ApiProblem ? make.error : null

  const submit = (event: FormEvent) => {
    event.preventDefault()
    if (!chosen) return
    make.mutate(
      {
        kind: choice === 'pin' ? 'pin' : 'hide',
        product_id: Number(chosen.value),
        query: choice === 'hideEverywhere' ? null : query.trim(),
      },
      {
        onSuccess: () => {
          say(t('common.saved'))
          onClose()
        },
      },
    )
  }

  return (
    <Dialog onClose={onClose} title={t('rules.add')}>
      <form onSubmit={submit}>
        <Stack>
          <Radio.Group label={t('rules.rule')} value={choice} onChange={(value) => setChoice(value as Choice)}>
            <Stack gap="xs" mt={6}>
              {CHOICES.map((value) => (
                <Radio key={value} value={value} label={t(`rules.choices.${value}`)} />
              ))}
            </Stack>
          </Radio.Group>
          <Select
            label={t('rules.product')}
            placeholder={t('rules.productHint')}
            data={options}
            value={chosen?.value ?? null}
            onChange={(value) => setChosen(options.find((option) => option.value === value) ?? null)}
            searchable
            searchValue={typed}
            onSearchChange={setTyped}
            filter={({ options: all }) => all}
            nothingFoundMessage={t('rules.noProduct')}
            required
            error={problem?.issueOf('product_id')}
            data-autofocus
          />
          {choice !== 'hideEverywhere' && (
            <TextInput
              label={t('rules.query')}
              description={t('rules.queryHint')}
              value={query}
              onChange={(event) => setQuery(event.currentTarget.value)}
              required
              maxLength={200}
              dir="auto"
              error={problem?.issueOf('query')}
            />
          )}
          {make.error && <ErrorNotice error={make.error} shownElsewhere={FIELDS} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>
              {t('common.cancel')}
            </Button>
            <Button type="submit" loading={make.isPending} disabled={!chosen}>
              {t('common.save')}
            </Button>
          </Group>
        </Stack>
      </form>
    </Dialog>
  )
}
