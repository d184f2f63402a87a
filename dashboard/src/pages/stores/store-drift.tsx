import { Anchor, Stack, Text } from '@mantine/core'
import type { TFunction } from 'i18next'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { type Reconciliation, useDrift } from '../../api/freshness.ts'
import { ListTable } from '../../components/lists/list-table.tsx'
import { Section } from '../../components/section.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { When } from '../../components/text/when.tsx'
import { useFormats } from '../../format.ts'
import { useHref } from '../../layout/scope.ts'

/** Products of an entry that are named. */
const MAX_NAMED = 3

/** When the plugin compared, what differed, and what was repaired. */
export function StoreDrift({ storeId }: { storeId: number }) {
  const { t } = useTranslation()
  const { number } = useFormats()
  const list = useDrift(storeId)
  return (
    <Section title={t('freshness.drift.title')} hint={t('freshness.drift.hint')}>
      <ListTable
        label={t('freshness.drift.title')}
        list={list}
        rowKey={({ id }) => id}
        empty={
          <Text size="sm" p="md">
            {t('freshness.drift.none')}
          </Text>
        }
        columns={[
          { key: 'at', header: t('freshness.drift.at'), isTitle: true, cell: ({ at }) => <When at={at} /> },
          {
            key: 'cause',
            header: t('freshness.drift.cause'),
            cell: ({ cause }) => t(`freshness.drift.causes.${cause}`),
          },
          { key: 'compared', header: t('freshness.drift.compared'), cell: ({ compared }) => number(compared) },
          { key: 'differed', header: t('freshness.drift.differed'), cell: (row) => <Differences row={row} /> },
          {
            key: 'repaired',
            header: t('freshness.drift.repaired'),
            cell: ({ repaired, recorded }) =>
              recorded === 0
                ? t('common.none')
                : t('freshness.drift.repairedOf', { repaired: number(repaired), recorded: number(recorded) }),
          },
        ]}
      />
    </Section>
  )
}

function Differences({ row }: { row: Reconciliation }) {
  const { t } = useTranslation()
  const href = useHref()
  const nameOf = useProductName()
  const counts = countsOf(row, t)
  if (counts.length === 0) return <>{t('freshness.drift.noDifference')}</>
  return (
    <Stack gap={2}>
      {counts.map((text) => (
        <span key={text}>{text}</span>
      ))}
      {row.products.slice(0, MAX_NAMED).map(({ id, external_id, name }) => (
        <Text key={external_id} size="xs" c="dimmed">
          {id === null ? (
            <bdi>{nameOf(name, external_id)}</bdi>
          ) : (
            <Anchor component={Link} href={href(`/products/${id}`)} size="xs">
              <bdi>{nameOf(name, external_id)}</bdi>
            </Anchor>
          )}
        </Text>
      ))}
    </Stack>
  )
}

function countsOf({ missing, stale, extra }: Reconciliation, t: TFunction): string[] {
  return [
    ...(missing > 0 ? [t('freshness.drift.missing', { count: missing })] : []),
    ...(stale > 0 ? [t('freshness.drift.stale', { count: stale })] : []),
    ...(extra > 0 ? [t('freshness.drift.extra', { count: extra })] : []),
  ]
}
