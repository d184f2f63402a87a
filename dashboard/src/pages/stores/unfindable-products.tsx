import { Anchor, Group, SegmentedControl, Text } from '@mantine/core'
import { IconMoodCheck } from '@tabler/icons-react'
import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Link } from 'wouter'
import { csvAddress } from '../../api/lists.ts'
import { type Unfindable, type UnfindableGroup, useUnfindable } from '../../api/stores.ts'
import { StateBadge, type Tone } from '../../components/badge.tsx'
import { CsvButton } from '../../components/lists/csv-button.tsx'
import { type Column, ListTable } from '../../components/lists/list-table.tsx'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { Section } from '../../components/section.tsx'
import { useProductName } from '../../components/text/use-product-name.ts'
import { When } from '../../components/text/when.tsx'
import { useHref } from '../../layout/scope.ts'

/** The fragment of the store's address that shows this list. */
export const UNFINDABLE = 'unfindable'

const GROUPS: UnfindableGroup[] = ['attention', 'waiting', 'hidden']
const TONES: Record<UnfindableGroup, Tone> = { attention: 'warning', waiting: 'info', hidden: 'neutral' }

/** The products of a store that the AI does not find, each with the reason and the next step. */
export function UnfindableProducts({ storeId, first }: { storeId: number; first: UnfindableGroup }) {
  const { t } = useTranslation()
  const [chosen, setChosen] = useState<UnfindableGroup | null>(null)
  const group = chosen ?? first
  const list = useUnfindable(storeId, group)
  const place = useRef<HTMLDivElement>(null)
  useEffect(() => {
    if (window.location.hash === `#${UNFINDABLE}`) place.current?.scrollIntoView({ block: 'start' })
  }, [])
  return (
    <div id={UNFINDABLE} ref={place}>
      <Section
        title={t('sync.unfindable.title')}
        hint={t('sync.unfindable.hint')}
        aside={
          <Group gap="xs" justify="flex-end">
            <CsvButton size="xs" address={csvAddress(`/api/v1/stores/${storeId}/unfindable/`, { group })} />
            <SegmentedControl
              aria-label={t('sync.unfindable.title')}
              size="xs"
              value={group}
              onChange={(value) => setChosen(value as UnfindableGroup)}
              data={GROUPS.map((value) => ({ value, label: t(`sync.unfindable.groups.${value}`) }))}
            />
          </Group>
        }
      >
        <ListTable
          label={t('sync.unfindable.title')}
          list={list}
          columns={useColumns()}
          rowKey={(row) => row.external_id}
          empty={
            <EmptyState
              icon={IconMoodCheck}
              title={t(`sync.unfindable.none.${group}`)}
              text={t(`sync.unfindable.noneText.${group}`)}
            />
          }
        />
      </Section>
    </div>
  )
}

function useColumns(): Column<Unfindable>[] {
  const { t } = useTranslation()
  const href = useHref()
  const nameOf = useProductName()
  const addressOf = ({ product_id: product, event_id: event }: Unfindable) =>
    product !== null ? href(`/products/${product}`) : event !== null ? href(`/events/${event}`) : null
  return [
    {
      key: 'product',
      header: t('sync.unfindable.product'),
      isTitle: true,
      cell: (row) => {
        const name = <bdi>{nameOf(row.name || undefined, row.external_id)}</bdi>
        const address = addressOf(row)
        if (address === null) return <Text fw={600}>{name}</Text>
        return (
          <Anchor component={Link} href={address} fw={600} c="var(--mantine-color-text)" lineClamp={2}>
            {name}
          </Anchor>
        )
      },
    },
    {
      key: 'reason',
      header: t('sync.unfindable.why'),
      cell: (row) => (
        <div>
          <StateBadge tone={TONES[row.group]}>{t(`sync.unfindable.reasons.${row.reason}`)}</StateBadge>
          <Text size="sm" dir="auto" maw="32rem">
            {row.why}
          </Text>
        </div>
      ),
    },
    {
      key: 'advice',
      header: t('sync.unfindable.advice'),
      cell: (row) => (
        <Text size="sm" maw="24rem">
          {row.advice}
        </Text>
      ),
    },
    { key: 'since', header: t('sync.unfindable.since'), cell: (row) => <When at={row.since} /> },
  ]
}
