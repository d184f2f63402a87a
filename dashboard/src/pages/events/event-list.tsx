import { Button, Group } from '@mantine/core'
import { IconBolt, IconRefresh } from '@tabler/icons-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { useEvents } from '../../api/events.ts'
import { csvAddress } from '../../api/lists.ts'
import { useLiveEvents } from '../../api/live-events.ts'
import { CsvButton } from '../../components/lists/csv-button.tsx'
import { ListTable } from '../../components/lists/list-table.tsx'
import { useFilters } from '../../components/lists/use-filters.ts'
import { EmptyState } from '../../components/notices/empty-state.tsx'
import { PageHeader } from '../../components/page-header.tsx'
import { useScope } from '../../layout/scope.ts'
import { EventFilters, FILTERS } from './event-filters.tsx'
import { useEventColumns } from './event-table.tsx'
import { LiveControl } from './live-control.tsx'
import { useLiveList } from './live-list.ts'
import { ReplayManyDialog } from './replay-dialog.tsx'

/** The event log as it grows: what was sent, and what came of it. */
export default function EventList() {
  const { t } = useTranslation()
  const { scope } = useScope()
  const { filters, setFilters, isFiltered } = useFilters(FILTERS)
  const [isPaused, setPaused] = useState(false)
  const [isReplaying, setReplaying] = useState(false)
  const list = useEvents({ ...scope, ...filters })
  const { search, ...decidable } = filters
  const live = useLiveList(decidable)
  const state = useLiveEvents({ ...scope, store_id: filters.store_id }, true, {
    onEvents: live.hear,
    onGap: () => list.refetch(),
  })
  const columns = useEventColumns()
  const isFirstPage = list.goPrevious === undefined
  const page = list.data?.results ?? []
  // While held, nothing moves; and whether a new event would be found by a search, only the server knows.
  const takesNew = isFirstPage && search === undefined && !isPaused
  const shown = list.data && { ...list.data, results: isPaused ? page : live.merge(page, takesNew) }
  const missed = isFirstPage && isPaused ? live.countNew(page) : 0
  const { success, ...others } = decidable
  const replayFilter = { ...scope, ...others, ...(success !== undefined && { success: success === 'true' }) }
  return (
    <>
      <PageHeader title={t('shell.pages.events')} lead={t('events.lead')}>
        <CsvButton address={csvAddress('/api/v1/integrations/woocommerce/events/', { ...scope, ...filters })} />
        <LiveControl state={state} isPaused={isPaused} onToggle={() => setPaused(!isPaused)} />
        {search === undefined && (
          <Button variant="light" leftSection={<IconRefresh size={17} />} onClick={() => setReplaying(true)}>
            {t('events.replay.many')}
          </Button>
        )}
      </PageHeader>
      <EventFilters
        filters={filters}
        setFilters={(change) => {
          live.clear()
          setFilters(change)
        }}
        isFiltered={isFiltered}
      />
      {missed > 0 && (
        <Group justify="center" mb="sm" role="status">
          <Button size="xs" variant="light" onClick={() => setPaused(false)}>
            {t('events.live.missed', { count: missed })}
          </Button>
        </Group>
      )}
      <ListTable
        label={t('shell.pages.events')}
        list={{ ...list, data: shown }}
        columns={columns}
        rowKey={(event) => event.id}
        empty={
          <EmptyState
            icon={IconBolt}
            title={t(isFiltered ? 'events.empty.filteredTitle' : 'events.empty.title')}
            text={t(isFiltered ? 'events.empty.filteredText' : 'events.empty.text')}
          />
        }
      />
      {isReplaying && <ReplayManyDialog filter={numbersOf(replayFilter)} onClose={() => setReplaying(false)} />}
    </>
  )
}

/** A body's numbers are numbers, where an address has texts. */
function numbersOf<Filter extends { store_id?: string; woo_product_id?: string }>(filter: Filter) {
  const { store_id: store, woo_product_id: product, ...others } = filter
  return {
    ...others,
    ...(store !== undefined && { store_id: Number(store) }),
    ...(product !== undefined && { woo_product_id: Number(product) }),
  }
}
