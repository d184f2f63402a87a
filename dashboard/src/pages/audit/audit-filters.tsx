import { TextInput } from '@mantine/core'
import { useTranslation } from 'react-i18next'
import type { AuditEntry } from '../../api/audit.ts'
import { useMe } from '../../api/session.ts'
import { useUsers } from '../../api/users.ts'
import { ChoiceFilter, FilterBar, FilterPair, StoreFilter, TextFilter } from '../../components/lists/filter-bar.tsx'

export const FILTERS = ['search', 'action', 'actor', 'store_id', 'span', 'from', 'to'] as const
export type Filters = Partial<Record<(typeof FILTERS)[number], string>>

/** Days back from now. */
const SPANS = { day: 1, week: 7, month: 30, quarter: 90 } as const
type Span = keyof typeof SPANS

const KINDS: AuditEntry['actor']['kind'][] = ['owner', 'admin', 'operator', 'anonymous']
const DAY_MS = 86_400_000

/** The filters as the API takes them; a value of the address that is none of them is left out. */
export function queryOf(
  { search, action, actor, store_id: store, span, from, to }: Filters,
  actions: Iterable<string>,
) {
  const known = [...actions].find((one) => one === action)
  const kind = KINDS.find((one) => one === actor)
  return {
    ...(search && { search: search.slice(0, 200) }),
    ...(known && { action: known }),
    ...(kind && { actor_kind: kind }),
    ...(!kind && actor && /^[0-9a-f-]{36}$/.test(actor) && { actor_id: actor }),
    ...(store && /^[1-9]\d{0,14}$/.test(store) && { store_id: Number(store) }),
    ...rangeOf(span, from, to),
  }
}

function rangeOf(span: string | undefined, from: string | undefined, to: string | undefined) {
  if (span !== 'custom') {
    if (span === undefined || !Object.hasOwn(SPANS, span)) return {}
    const begin = new Date(Date.now() - SPANS[span as Span] * DAY_MS)
    // The start of the hour, so that one address asks one question for a while.
    begin.setMinutes(0, 0, 0)
    return { since: begin.toISOString() }
  }
  const [begin, last] = [dayOf(from), dayOf(to)]
  // `until` does not belong to the range: the begin of the day after the last one, in the browser's time zone.
  last?.setDate(last.getDate() + 1)
  return { ...(begin && { since: begin.toISOString() }), ...(last && { until: last.toISOString() }) }
}

function dayOf(text: string | undefined): Date | null {
  if (text === undefined || !/^\d{4}-\d{2}-\d{2}$/.test(text)) return null
  const day = new Date(`${text}T00:00:00`)
  return Number.isNaN(day.getTime()) ? null : day
}

interface Props {
  filters: Filters
  setFilters: (change: Partial<Record<(typeof FILTERS)[number], string | null>>) => void
  isFiltered: boolean
  actions: Map<string, string>
}

export function AuditFilters({ filters, setFilters, isFiltered, actions }: Props) {
  const { t } = useTranslation()
  const clear = () => setFilters(Object.fromEntries(FILTERS.map((name) => [name, null])))
  const day = (name: 'from' | 'to') => (
    <TextInput
      type="date"
      label={t(`audit.range.${name}`)}
      value={filters[name] ?? ''}
      onChange={(event) => setFilters({ [name]: event.currentTarget.value || null })}
    />
  )
  return (
    <FilterBar clearLabel={t('audit.clear')} onClear={isFiltered ? clear : undefined}>
      <TextFilter
        isWide
        label={t('audit.search')}
        placeholder={t('audit.searchHint')}
        value={filters.search}
        onChange={(search) => setFilters({ search })}
      />
      <ChoiceFilter
        label={t('audit.action')}
        choices={[...actions]}
        value={filters.action}
        onChange={(action) => setFilters({ action })}
      />
      <ActorFilter value={filters.actor} onChange={(actor) => setFilters({ actor })} />
      <StoreFilter value={filters.store_id} onChange={(store) => setFilters({ store_id: store })} />
      <ChoiceFilter
        label={t('audit.when')}
        choices={[
          ...(Object.keys(SPANS) as Span[]).map((value): [string, string] => [value, t(`audit.spans.${value}`)]),
          ['custom', t('audit.range.choose')],
        ]}
        value={filters.span}
        onChange={(span) => setFilters({ span, ...(span !== 'custom' && { from: null, to: null }) })}
      />
      {filters.span === 'custom' && (
        <FilterPair>
          {day('from')}
          {day('to')}
        </FilterPair>
      )}
    </FilterBar>
  )
}

/** Kinds of actors; for admins the newest 200 users as well. */
function ActorFilter({ value, onChange }: { value: string | undefined; onChange: (value: string | null) => void }) {
  const { t } = useTranslation()
  const { role } = useMe()
  const kinds = KINDS.filter((kind) => role === 'admin' || kind !== 'anonymous')
  const choices = kinds.map((kind): [string, string] => [kind, t(`common.actors.${kind}`)])
  const props = { label: t('audit.actor'), value, onChange }
  return role === 'admin' ? <UserFilter {...props} kinds={choices} /> : <ChoiceFilter {...props} choices={choices} />
}

interface UserProps {
  label: string
  value: string | undefined
  onChange: (value: string | null) => void
  kinds: [string, string][]
}

function UserFilter({ label, value, onChange, kinds }: UserProps) {
  const { data } = useUsers({ limit: 200 })
  const users = (data?.results ?? []).map(({ id, email }): [string, string] => [id, email])
  const choices = [...kinds, ...users]
  if (value && !choices.some(([id]) => id === value)) choices.push([value, value])
  return <ChoiceFilter label={label} choices={choices} value={value} onChange={onChange} />
}
