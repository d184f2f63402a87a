import { Button, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { type EmbeddingBudget, useBudget, useChangeBudget, useSavings } from '../../api/models.ts'
import { useMe } from '../../api/session.ts'
import { StateBadge } from '../../components/badge.tsx'
import { Facts } from '../../components/facts.tsx'
import { Table } from '../../components/lists/list-table.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'
import { inLatinDigits } from '../../digits.ts'
import { useFormats } from '../../format.ts'
import { useScope } from '../../layout/scope.ts'

/** The monthly embedding budget of a tenant: an admin sets it, its owner sees it. */
export function Budget() {
  const { t } = useTranslation()
  const { role } = useMe()
  const { scope } = useScope()
  const budget = useBudget(scope)
  return (
    <Section title={t('settings.budget.title')} hint={t('settings.budget.text')}>
      <Answered query={budget}>{(found) => <BudgetFacts budget={found} />}</Answered>
      {role === 'admin' && <BudgetForm key={scope.user_id ?? ''} hasBudget={budget.data?.unit != null} />}
    </Section>
  )
}

function BudgetFacts({ budget }: { budget: EmbeddingBudget }) {
  const { t } = useTranslation()
  const { compact, dollars } = useFormats()
  const tokens = (count: number) => t('settings.budget.tokens', { count, tokens: compact(count) })
  const limit =
    budget.amount === null
      ? t('settings.budget.none')
      : budget.unit === 'usd'
        ? dollars(budget.amount)
        : tokens(Number(budget.amount))
  return (
    <Stack gap="xs">
      <Facts
        facts={[
          [t('settings.budget.limit'), limit],
          [t('settings.budget.spent'), `${tokens(budget.spent_tokens)} · ${dollars(budget.spent_usd)}`],
          [
            t('settings.budget.state'),
            <StateBadge key="state" tone={budget.state === 'paused' ? 'warning' : 'good'}>
              {t(`settings.budget.${budget.state}`)}
            </StateBadge>,
          ],
        ]}
      />
      {budget.state === 'paused' && <Text>{budget.message}</Text>}
    </Stack>
  )
}

function BudgetForm({ hasBudget }: { hasBudget: boolean }) {
  const { t } = useTranslation()
  const { scope } = useScope()
  const change = useChangeBudget(scope)
  const [unit, setUnit] = useState<'usd' | 'tokens'>('usd')
  const [amount, setAmount] = useState('')
  const onSuccess = () => say(t('common.saved'))
  const submit = (event: FormEvent) => {
    event.preventDefault()
    change.mutate({ unit, amount: inLatinDigits(amount).trim() }, { onSuccess })
  }
  return (
    <form onSubmit={submit}>
      <Stack gap="xs">
        <Group align="flex-end">
          <TextInput
            label={t('settings.budget.amount')}
            value={amount}
            onChange={(event) => setAmount(event.currentTarget.value)}
            inputMode="decimal"
            required
          />
          <NativeSelect
            label={t('settings.budget.unit')}
            data={(['usd', 'tokens'] as const).map((value) => ({ value, label: t(`settings.budget.units.${value}`) }))}
            value={unit}
            onChange={({ currentTarget }) => setUnit(currentTarget.value === 'tokens' ? 'tokens' : 'usd')}
          />
          <Button type="submit" loading={change.isPending}>
            {t('settings.budget.set')}
          </Button>
          {hasBudget && (
            <Button variant="default" onClick={() => change.mutate(null, { onSuccess })}>
              {t('settings.budget.remove')}
            </Button>
          )}
        </Group>
        {change.error && <ErrorNotice error={change.error} />}
      </Stack>
    </form>
  )
}

/** The embeddings that each store did not need. */
export function Savings() {
  const { t } = useTranslation()
  const { number, dollars } = useFormats()
  const { scope } = useScope()
  const savings = useSavings(scope)
  return (
    <Section title={t('settings.savings.title')} hint={t('settings.savings.text')}>
      <Answered query={savings}>
        {(found) =>
          found.length === 0 ? (
            <Text>{t('settings.savings.empty')}</Text>
          ) : (
            <Table
              label={t('settings.savings.title')}
              rows={found}
              rowKey={(row) => row.store.id}
              columns={[
                { key: 'store', header: t('settings.savings.store'), isTitle: true, cell: (row) => row.store.name },
                {
                  key: 'avoided',
                  header: t('settings.savings.avoided'),
                  cell: (row) => number(row.embeddings_avoided),
                },
                {
                  key: 'saved',
                  header: t('settings.savings.saved'),
                  cell: (row) => (row.saved_usd === null ? t('common.none') : dollars(row.saved_usd)),
                },
              ]}
            />
          )
        }
      </Answered>
    </Section>
  )
}
