import type { Sql } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import type { Language } from '../platform/i18n.ts'
import { SILENCES, type Silence } from './ask-shop.ts'
import type { FreshnessFinding, FreshnessSummary, StoreFreshness } from './freshness-schemas.ts'
import { freshnessSentence } from './freshness-sentences.ts'

/** Days of the figures and of the history. */
export const FIGURE_DAYS = 30
const MAX_FINDINGS = 50
const MAX_WORST = 5

export interface OfReader {
  /** null: of any tenant. */
  tenantId: number | null
  storeId: number
}

interface StoreRow {
  tenantId: number
  isLive: boolean
  isOn: boolean | null
  lastVisitAt: Date | null
  visitAt: Date | null
  outcome: string | null
  detail: string | null
}

/** A store and the schedule of its visits. @throws {Problem} 404 for a store that is deleted or belongs to another tenant */
export async function findStore(sql: Pick<Sql, 'query'>, { tenantId, storeId }: OfReader): Promise<StoreRow> {
  const [row] = await sql.query<StoreRow>(
    `select s.tenant_id as "tenantId", s.environment = 'live' and s.platform = 'woocommerce' as "isLive", f.is_on as "isOn",
            f.last_visit_at as "lastVisitAt", f.visit_at as "visitAt", f.last_outcome as outcome, f.last_detail as detail
       from stores s left join freshness_schedules f on f.store_id = s.id
      where ($1::bigint is null or s.tenant_id = $1) and s.id = $2 and s.deleted_at is null`,
    [tenantId, storeId],
  )
  if (!row) throw notFound()
  return row
}

/** The figure of a store, its history and the answers that are wrong at present. `isOn`: the installation's switch. @throws {Problem} 404 */
export async function readFreshness(
  sql: Pick<Sql, 'query'>,
  of: OfReader,
  { isOn, language }: { isOn: boolean; language: Language },
): Promise<StoreFreshness> {
  const store = await findStore(sql, of)
  const own = [store.tenantId, of.storeId]
  const history = await sql.query<StoreFreshness['history'][number] & { late: number; undecided: number }>(
    `select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD') as day, sum(correct + wrong)::int as sampled,
            sum(correct)::int as "right", sum(wrong)::int as wrong, sum(late)::int as late,
            sum(sampled - correct - wrong)::int as undecided
       from freshness_checks
      where tenant_id = $1 and store_id = $2 and created_at > now() - interval '${FIGURE_DAYS} days'
      group by 1 order by 1`,
    own,
  )
  const findings = await sql.query<FreshnessFinding>(
    `select f.id, f.field, f.ours, f.theirs, f.created_at as since, f.confirmed_at,
            json_build_object('id', p.id, 'external_id', 'woo_' || f.external_product_id, 'name', coalesce(p.name, ''),
              'image', coalesce(p.image, ''), 'permalink', coalesce(p.permalink, '')) as product
       from freshness_findings f
       left join products p on p.store_id = f.store_id and p.external_id = 'woo_' || f.external_product_id
      where f.tenant_id = $1 and f.store_id = $2 and f.settled_at is null and f.confirmed_at is not null
      order by f.id desc limit ${MAX_FINDINGS}`,
    own,
  )
  const [wrong] = await sql.query<{ products: number }>(
    `select count(distinct external_product_id)::int as products from freshness_findings
      where tenant_id = $1 and store_id = $2 and settled_at is null and confirmed_at is not null`,
    own,
  )
  const sum = (name: 'right' | 'wrong' | 'sampled' | 'late' | 'undecided') =>
    history.reduce((total, day) => total + day[name], 0)
  const told = {
    state: stateOf(store, isOn),
    is_on: store.isOn ?? true,
    reason: SILENCES.find((silence: Silence) => silence === store.outcome) ?? null,
    detail: store.detail,
    days: FIGURE_DAYS,
    sampled: sum('sampled'),
    right: sum('right'),
    wrong: sum('wrong'),
    late: sum('late'),
    undecided: sum('undecided'),
    percent: percentOf(sum('right'), sum('sampled')),
    wrong_now: wrong?.products ?? 0,
    checked_at: store.lastVisitAt,
    next_at: isOn && store.isLive && store.isOn !== false ? store.visitAt : null,
    history: history
      .filter((day) => day.sampled > 0)
      .map(({ day, sampled, right, wrong: wrongs }) => ({ day, sampled, right, wrong: wrongs })),
    findings,
  }
  return { ...told, message: freshnessSentence(told, language) }
}

function stateOf(store: StoreRow, isOn: boolean): StoreFreshness['state'] {
  if (!isOn || !store.isLive) return 'unavailable'
  if (store.isOn === false) return 'off'
  if (store.outcome === null) return 'waiting'
  return store.outcome === 'compared' ? 'checked' : 'silent'
}

/** Rounded down to one decimal, so that 100 means that every answer was right. */
export function percentOf(right: number, sampled: number): number | null {
  return sampled === 0 ? null : Math.floor((1_000 * right) / sampled) / 10
}

/** The figures of all stores of a scope. */
export async function readSummary(
  sql: Pick<Sql, 'query'>,
  { tenantId, storeId }: { tenantId: number | null; storeId: number | null },
): Promise<FreshnessSummary> {
  const rows = await sql.query<{
    id: number
    name: string
    right: number
    sampled: number
    wrongNow: number
    isSilent: boolean
  }>(
    `select s.id, s.name, coalesce(c."right", 0) as "right", coalesce(c.sampled, 0) as sampled, coalesce(w.products, 0) as "wrongNow",
            coalesce(f.is_on and s.environment = 'live' and f.last_outcome not in ('compared', 'no_products'), false) as "isSilent"
       from stores s
       left join freshness_schedules f on f.store_id = s.id
       left join (select store_id, sum(correct)::int as "right", sum(correct + wrong)::int as sampled from freshness_checks
                   where ($1::bigint is null or tenant_id = $1) and created_at > now() - interval '${FIGURE_DAYS} days'
                   group by store_id) c on c.store_id = s.id
       left join (select store_id, count(distinct external_product_id)::int as products from freshness_findings
                   where ($1::bigint is null or tenant_id = $1) and settled_at is null and confirmed_at is not null
                   group by store_id) w on w.store_id = s.id
      where ($1::bigint is null or s.tenant_id = $1) and ($2::bigint is null or s.id = $2) and s.deleted_at is null`,
    [tenantId, storeId],
  )
  const sum = (name: 'right' | 'sampled' | 'wrongNow') => rows.reduce((total, row) => total + row[name], 0)
  const [right, sampled] = [sum('right'), sum('sampled')]
  return {
    days: FIGURE_DAYS,
    sampled,
    right,
    wrong: sampled - right,
    percent: percentOf(right, sampled),
    wrong_now: sum('wrongNow'),
    stores: rows.filter((row) => row.sampled > 0).length,
    silent_stores: rows.filter((row) => row.isSilent).length,
    worst: rows
      .filter((row) => row.wrongNow > 0)
      .sort((a, b) => b.wrongNow - a.wrongNow || a.id - b.id)
      .slice(0, MAX_WORST)
      .map((row) => ({
        id: row.id,
        name: row.name,
        percent: percentOf(row.right, row.sampled),
        wrong_now: row.wrongNow,
      })),
  }
}
