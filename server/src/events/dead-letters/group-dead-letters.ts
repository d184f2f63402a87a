import { reasonIn } from '../../catalog/failure-sentences.ts'
import { binder } from '../../platform/db/binder.ts'
import type { Sql, SqlValue } from '../../platform/db/database.ts'
import type { Language } from '../../platform/i18n.ts'
import type { Reader } from '../../tenants/authenticate.ts'
import type { DeadLetterFilter, DeadLetterGroup, DeadLetterGroups } from './dead-letter-schemas.ts'
import { deadLettersFrom, groupOf, NAME_COLUMN, PRODUCT_COLUMN, shownName } from './find-dead-letters.ts'

/** Maximum dead letters that one request groups. */
const MAX_GROUPED = 50_000
const MAX_GROUPS = 200
/** Dead letters of a group whose products are named. */
const NEWEST = 5

type Row = Omit<DeadLetterGroup, 'newest' | 'reason'> & {
  total: number
  newest: (DeadLetterGroup['newest'][number] & { reason: string })[]
}

/**
 * Groups the dead letters of a filter by their cause. Above 50,000 dead letters only some of them are grouped: `total_exact` is
 * false then.
 */
export async function groupDeadLetters(
  sql: Sql,
  reader: Reader,
  filter: DeadLetterFilter,
  language: Language,
): Promise<DeadLetterGroups> {
  const values: SqlValue[] = []
  const source = deadLettersFrom(reader, filter, binder(values))
  const rows = await sql.query<Row>(
    `with letters as materialized (
       select d.*, ${groupOf('d.kind', 'd.reason')} as cause from (select * from ${source} limit ${MAX_GROUPED + 1}) d
     ), grouped as (
       select kind, cause, count(*)::int as count, count(distinct (store_id, external_id))::int as products,
              count(distinct store_id)::int as stores, min(coalesce(f.at, failed_at)) as first_failed_at,
              max(failed_at) as last_failed_at
         from letters d left join lateral (
           select a.at from event_attempts a where d.kind = 'event' and a.log_id = d.id and a.received_at = d.received_at
            order by a.id limit 1) f on true
        group by kind, cause
     ), newest as (
       select * from (select *, row_number() over (partition by kind, cause order by failed_at desc, id desc) as place from letters) l
        where place <= ${NEWEST}
     )
     select g.cause as group, g.kind, g.count, g.products, g.stores, g.first_failed_at, g.last_failed_at,
            (select count(*)::int from letters) as total,
            (select json_agg(named order by place)
               from (select d.id, d.reason, d.external_id, ${PRODUCT_COLUMN}, ${NAME_COLUMN}, d.place,
                            (select json_build_object('id', s.id, 'name', s.name) from stores s where s.id = d.store_id) as store
                       from newest d where d.kind = g.kind and d.cause = g.cause) named) as newest
       from grouped g order by g.last_failed_at desc, g.cause limit ${MAX_GROUPS}`,
    values,
  )
  const total = rows[0]?.total ?? 0
  return {
    total: Math.min(total, MAX_GROUPED),
    total_exact: total <= MAX_GROUPED,
    results: rows.map(({ total: _total, newest, ...group }) => ({
      ...group,
      reason: reasonIn(language, newest[0]?.reason ?? ''),
      newest: newest.map(({ id, external_id, product, product_name, store }) => ({
        id,
        external_id,
        product,
        product_name: shownName(product_name),
        store,
      })),
    })),
  }
}
