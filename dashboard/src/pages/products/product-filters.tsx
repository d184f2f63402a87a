import { useTranslation } from 'react-i18next'
import { LACKS } from '../../api/products.ts'
import { ChoiceFilter, FilterBar, FilterPair, StoreFilter, TextFilter } from '../../components/lists/filter-bar.tsx'

export const FILTERS = [
  'search',
  'category',
  'in_stock',
  'is_active',
  'has_discount',
  'missing',
  'min_price',
  'max_price',
  'store_id',
  'ordering',
] as const
type Filters = Partial<Record<(typeof FILTERS)[number], string>>

const ORDERINGS = ['-updated_at', '-created_at', 'name', 'price', '-price', 'readiness'] as const

interface Props {
  filters: Filters
  setFilters: (change: Partial<Record<(typeof FILTERS)[number], string | null>>) => void
  isFiltered: boolean
}

export function ProductFilters({ filters, setFilters, isFiltered }: Props) {
  const { t } = useTranslation()
  const clear = () => setFilters(Object.fromEntries(FILTERS.map((name) => [name, null])))
  const yesNo = (name: 'in_stock' | 'is_active' | 'has_discount', label: string, yes: string, no: string) => (
    <ChoiceFilter
      label={label}
      choices={[
        ['true', yes],
        ['false', no],
      ]}
      value={filters[name]}
      onChange={(value) => setFilters({ [name]: value })}
    />
  )
  const text = (name: 'category' | 'min_price' | 'max_price', label: string, hint?: string) => (
    <TextFilter
      label={label}
      {...(hint && { placeholder: hint, isNumber: true })}
      value={filters[name]}
      onChange={(value) => setFilters({ [name]: value })}
    />
  )
  return (
    <FilterBar clearLabel={t('events.filter.clear')} onClear={isFiltered ? clear : undefined}>
      <TextFilter
        isWide
        label={t('products.filter.search')}
        placeholder={t('products.filter.searchHint')}
        value={filters.search}
        onChange={(search) => setFilters({ search })}
      />
      {text('category', t('products.filter.category'))}
      {yesNo('in_stock', t('products.filter.stock'), t('products.filter.inStock'), t('products.filter.outOfStock'))}
      {yesNo('is_active', t('products.filter.shown'), t('products.filter.isShown'), t('products.filter.isNotShown'))}
      {yesNo(
        'has_discount',
        t('products.filter.discount'),
        t('products.filter.hasDiscount'),
        t('products.filter.noDiscount'),
      )}
      <ChoiceFilter
        label={t('products.filter.missing')}
        choices={LACKS.map((lack) => [lack, t(`products.readiness.lacks.${lack}`)])}
        value={filters.missing}
        onChange={(missing) => setFilters({ missing })}
      />
      <FilterPair>
        {text('min_price', t('products.filter.minPrice'), t('products.filter.priceHint'))}
        {text('max_price', t('products.filter.maxPrice'), t('products.filter.priceHint'))}
      </FilterPair>
      <StoreFilter value={filters.store_id} onChange={(store) => setFilters({ store_id: store })} />
      <ChoiceFilter
        isComplete
        label={t('products.filter.ordering')}
        choices={ORDERINGS.map((ordering) => [ordering, t(`products.filter.orderings.${ordering}`)])}
        value={filters.ordering ?? '-updated_at'}
        onChange={(ordering) => setFilters({ ordering: ordering === '-updated_at' ? null : ordering })}
      />
    </FilterBar>
  )
}
