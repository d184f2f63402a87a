import { Anchor, Button, Group, Stack, Switch, Text } from '@mantine/core'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import {
  type Finding,
  type Freshness,
  useChangeFreshness,
  useCheckFreshness,
  useFreshness,
  useResend,
} from '../../api/freshness.ts'
import { StateBadge } from '../../components/badge.tsx'
import { BarChart } from '../../components/charts/bar-chart.tsx'
import { Facts } from '../../components/facts.tsx'
import { Table } from '../../components/lists/list-table.tsx'
import { Answered } from '../../components/notices/answered.tsx'
import { ErrorNotice } from '../../components/notices/error-notice.tsx'
import { Section } from '../../components/section.tsx'
import { say } from '../../components/text/say.tsx'
import { useMoney } from '../../components/text/use-money.ts'
import { useProductName } from '../../components/text/use-product-name.ts'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'

const DAY_MS = 86_400_000

/** How many sampled answers equal the shop, which do not, and the switch of the comparison. */
export function StoreFreshness({ storeId }: { storeId: number }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const freshness = useFreshness(storeId)
  const percent = freshness.data?.percent ?? null
  return (
    <Section
      title={t('freshness.title')}
      hint={t('freshness.hint')}
      aside={
        percent !== null && (
          <StateBadge tone={freshness.data?.wrong_now ? 'warning' : 'good'}>
            {t('freshness.percent', { percent: number(percent) })}
          </StateBadge>
        )
      }
    >
      <Answered query={freshness}>{(found) => <Result storeId={storeId} found={found} />}</Answered>
    </Section>
  )
}

function Result({ storeId, found }: { storeId: number; found: Freshness }) {
  const { t } = useTranslation()
  const { message, undecided, late, detail, state } = found
  return (
    <Stack>
      <Text>{message}</Text>
      {state === 'silent' && detail && (
        <Text size="sm" c="dimmed">
          {t('freshness.detail')}: <span className="ltr">{detail}</span>
        </Text>
      )}
      {undecided > 0 && <Text size="sm">{t('freshness.undecided', { count: undecided })}</Text>}
      {late > 0 && (
        <Text size="sm" c="dimmed">
          {t('freshness.late', { count: late })}
        </Text>
      )}
      {found.findings.length > 0 && <WrongAnswers storeId={storeId} findings={found.findings} />}
      {found.history.length > 1 && <History history={found.history} />}
      {state !== 'unavailable' && <Control storeId={storeId} found={found} />}
    </Stack>
  )
}

function Control({ storeId, found }: { storeId: number; found: Freshness }) {
  const { t } = useTranslation()
  const change = useChangeFreshness(storeId)
  const check = useCheckFreshness(storeId)
  const error = change.error ?? check.error
  return (
    <Stack gap="sm">
      <Facts
        facts={[
          [t('freshness.checkedAt'), <When key="checked" at={found.checked_at} />],
          ...(found.next_at === null
            ? []
            : [[t('freshness.nextAt'), <When key="next" at={found.next_at} />] as [string, ReactNode]]),
        ]}
      />
      <Group justify="space-between">
        <Switch
          label={t('freshness.switch')}
          checked={found.is_on}
          disabled={change.isPending}
          onChange={(event) => {
            check.reset()
            change.mutate(event.currentTarget.checked, { onSuccess: () => say(t('common.saved')) })
          }}
        />
        {found.is_on && (
          <Button
            size="xs"
            variant="default"
            loading={check.isPending}
            onClick={() => check.mutate(undefined, { onSuccess: ({ message }) => say(message) })}
          >
            {t('freshness.check')}
          </Button>
        )}
      </Group>
      {error && <ErrorNotice error={error} />}
    </Stack>
  )
}

function WrongAnswers({ storeId, findings }: { storeId: number; findings: Finding[] }) {
  const { t } = useTranslation()
  const href = useHref()
  const nameOf = useProductName()
  const textOf = useValue()
  const resend = useResend(storeId)
  const sendAgain = () =>
    resend.mutate(
      { kind: 'products', product_ids: [...new Set(findings.map(({ product }) => numberIn(product.external_id)))] },
      { onSuccess: () => say(t('freshness.resend.asked')) },
    )
  return (
    <Stack gap="sm">
      <Table
        label={t('freshness.wrongAnswers')}
        rows={findings}
        rowKey={({ id }) => id}
        columns={[
          {
            key: 'product',
            header: t('freshness.product'),
            isTitle: true,
            cell: ({ product }) => {
              const name = <bdi>{nameOf(product.name, product.external_id)}</bdi>
              if (product.id === null) return name
              return (
                <Anchor component={Link} href={href(`/products/${product.id}`)} c="var(--mantine-color-text)" fw={600}>
                  {name}
                </Anchor>
              )
            },
          },
          { key: 'field', header: t('freshness.field'), cell: ({ field }) => t(`freshness.fields.${field}`) },
          { key: 'ours', header: t('freshness.ours'), cell: (finding) => textOf(finding.field, finding.ours) },
          { key: 'theirs', header: t('freshness.theirs'), cell: (finding) => textOf(finding.field, finding.theirs) },
          { key: 'since', header: t('freshness.since'), cell: ({ since }) => <When at={since} /> },
        ]}
      />
      <Group justify="flex-end">
        <Button size="xs" variant="default" loading={resend.isPending} onClick={sendAgain}>
          {t('freshness.sendAgain')}
        </Button>
      </Group>
      {resend.error && <ErrorNotice error={resend.error} />}
    </Stack>
  )
}

const numberIn = (externalId: string) => Number(externalId.replace('woo_', ''))

const WORDS = ['in_stock', 'out_of_stock', 'shown', 'not_shown'] as const

/** One side of a difference as the language writes it. */
function useValue(): (field: Finding['field'], value: string | null) => string {
  const { t } = useTranslation()
  const { exact } = useFormats()
  const money = useMoney()
  return (field, value) => {
    if (value === null) return t('freshness.none')
    const word = WORDS.find((known) => known === value)
    if (word) return t(`freshness.values.${word}`)
    const [amount = '', currency = ''] = value.split(' ')
    if (!/^-?\d+(\.\d+)?$/.test(amount)) return value
    return field === 'price' ? money(amount, currency) : exact(amount)
  }
}

function History({ history }: { history: Freshness['history'] }) {
  const { t } = useTranslation()
  return (
    <BarChart
      label={t('freshness.history')}
      buckets={withoutGaps(history)}
      bucketHours={24}
      series={[
        { key: 'right', name: t('freshness.right'), color: 'brand' },
        { key: 'wrong', name: t('freshness.wrong'), color: 'coral' },
      ]}
    />
  )
}

/** A bucket for each day from the first to the last. */
function withoutGaps(history: Freshness['history']) {
  const days = new Map(history.map((day) => [day.day, day]))
  const first = Date.parse(history[0]?.day ?? '')
  const last = Date.parse(history.at(-1)?.day ?? '')
  const count = Math.round((last - first) / DAY_MS) + 1
  return Array.from({ length: count }, (_, place) => {
    const at = new Date(first + place * DAY_MS).toISOString()
    const day = days.get(at.slice(0, 10))
    return { at, right: day?.right ?? 0, wrong: day?.wrong ?? 0 }
  })
}
