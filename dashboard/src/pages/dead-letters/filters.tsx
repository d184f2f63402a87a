import { useTranslation } from 'react-i18next'
import type { Filter } from '../../api/dead-letters.ts'
import { ChoiceFilter, FilterBar, StoreFilter } from '../../components/lists/filter-bar.tsx'

export const FILTERS = ['kind', 'span', 'state', 'store_id'] as const
type Filters = Partial<Record<(typeof FILTERS)[number], string>>

/** Hours back from now. */
const SPANS = { hour: 1, day: 24, week: 168, month: 720 } as const
type Span = keyof typeof SPANS

/** The filters as the API takes them. The begin is a whole minute, so that one address asks one question for a while. */
export function queryOf({ kind, span, state, store_id: store }: Filters): Filter {
  const hours = span !== undefined && Object.hasOwn(SPANS, span) ? SPANS[span as Span] : null
  const begin = new Date(Date.now() - (hours ?? 0) * 3_600_000)
  begin.setSeconds(0, 0)
  return {
    ...((kind === 'event' || kind === 'embedding') && { kind }),
    ...(hours !== null && { since: begin.toISOString() }),
    ...(state === 'dismissed' && { dismissed: true }),
    ...(store !== undefined && /^\d{1,15}$/.test(store) && { store_id: Number(store) }),
  }
}

interface Props {
  filters: Filters
  setFilters: (change: Partial<Record<(typeof FILTERS)[number], string | null>>) => void
}

export function DeadLetterFilters({ filters, setFilters }: Props) {
  const { t } = useTranslation()
  const isFiltered = FILTERS.some((name) => filters[name] !== undefined)
  const clear = () => setFilters(Object.fromEntries(FILTERS.map((name) => [name, null])))
  return (
    <FilterBar clearLabel={t('events.filter.clear')} onClear={isFiltered ? clear : undefined}>
      <ChoiceFilter
        label={t('deadLetters.filter.since')}
        choices={(Object.keys(SPANS) as Span[]).map((span) => [span, t(`deadLetters.filter.spans.${span}`)])}
        value={filters.span}
        onChange={(span) => setFilters({ span })}
      />
      <ChoiceFilter
        label={t('deadLetters.columns.kind')}
        choices={[
          ['event', t('deadLetters.kinds.event')],
          ['embedding', t('deadLetters.kinds.embedding')],
        ]}
        value={filters.kind}
        onChange={(kind) => setFilters({ kind })}
      />
      <ChoiceFilter
        isComplete
        label={t('deadLetters.filter.state')}
        choices={[
          ['open', t('deadLetters.filter.open')],
          ['dismissed', t('deadLetters.filter.dismissed')],
        ]}
        value={filters.state ?? 'open'}
        onChange={(state) => setFilters({ state: state === 'open' ? null : state })}
      />
      <StoreFilter value={filters.store_id} onChange={(store) => setFilters({ store_id: store })} />
    </FilterBar>
  )
}
