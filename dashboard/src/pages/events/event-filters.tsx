import { useTranslation } from 'react-i18next'
import type { ShopEvent } from '../../api/events.ts'
import { ChoiceFilter, FilterBar, StoreFilter, TextFilter } from '../../components/lists/filter-bar.tsx'

export const FILTERS = ['search', 'status', 'event_type', 'success', 'store_id', 'woo_product_id'] as const
type Filters = Partial<Record<(typeof FILTERS)[number], string>>

const STATUSES: ShopEvent['status'][] = ['received', 'processed', 'superseded', 'retrying', 'dead']
const TYPES: ShopEvent['event_type'][] = ['product.created', 'product.updated', 'product.deleted']

interface Props {
  filters: Filters
  setFilters: (change: Partial<Record<(typeof FILTERS)[number], string | null>>) => void
  isFiltered: boolean
}

export function EventFilters({ filters, setFilters, isFiltered }: Props) {
  const { t } = useTranslation()
  const clear = () => setFilters(Object.fromEntries(FILTERS.map((name) => [name, null])))
  return (
    <FilterBar clearLabel={t('events.filter.clear')} onClear={isFiltered ? clear : undefined}>
      <TextFilter
        isWide
        label={t('events.filter.search')}
        placeholder={t('events.filter.searchHint')}
        value={filters.search}
        onChange={(search) => setFilters({ search })}
      />
      <ChoiceFilter
        label={t('events.filter.status')}
        choices={STATUSES.map((status) => [status, t(`events.statuses.${status}`)])}
        value={filters.status}
        onChange={(status) => setFilters({ status })}
      />
      <ChoiceFilter
        label={t('events.filter.type')}
        choices={TYPES.map((type) => [type, t(`events.types.${type}`)])}
        value={filters.event_type}
        onChange={(type) => setFilters({ event_type: type })}
      />
      <ChoiceFilter
        label={t('events.filter.success')}
        choices={[
          ['true', t('events.filter.succeeded')],
          ['false', t('events.filter.failed')],
        ]}
        value={filters.success}
        onChange={(success) => setFilters({ success })}
      />
      <StoreFilter value={filters.store_id} onChange={(store) => setFilters({ store_id: store })} />
      <TextFilter
        isNumber
        label={t('events.filter.product')}
        value={filters.woo_product_id}
        onChange={(product) => setFilters({ woo_product_id: product })}
      />
    </FilterBar>
  )
}
