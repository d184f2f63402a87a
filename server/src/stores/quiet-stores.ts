import { type Static, Type } from 'typebox'
import { component, nullable, oneOf, time } from '../platform/http/contract.ts'
import type { Scope } from '../tenants/scope.ts'

export const QuietStore = component(
  'QuietStore',
  Type.Object(
    {
      id: Type.Integer(),
      name: Type.String(),
      state: oneOf(['never_connected', 'no_events', 'quiet'], {
        description:
          'never_connected: its token was never used; no_events: the token was used, but no product arrived; quiet: no event for days',
      }),
      created_at: time(),
      last_contact_at: nullable(time('last use of its token, exact within 5 s')),
      last_event_at: nullable(time('exact to the hour')),
    },
    { description: 'A store without events although some are expected.' },
  ),
)
export type QuietStore = Static<typeof QuietStore>

const MAX_LISTED = 50

interface Row extends QuietStore {
  lastEndedAt: Date | null
  isQuiet: boolean
}

/** The number of stores, the silent ones, and the time of the last applied event. */
export async function readStores({ sql, tenantId, storeId }: Scope, quietAfterDays: number) {
  const rows = await sql.query<Row>(
    `select s.id, s.name, s.created_at, t.used as last_contact_at, h.hour as last_event_at, ended.at as "lastEndedAt",
            case when h.hour is not null or waits.open then 'quiet' when t.used is null then 'never_connected' else 'no_events' end as state,
            not waits.open and (h.hour is null or h.hour < now() - $3 * interval '1 day') as "isQuiet"
       from stores s
       left join lateral (select max(last_used_at) as used from integration_tokens t where t.store_id = s.id) t on true
       left join lateral (select hour from event_hours h where h.store_id = s.id order by hour desc limit 1) h on true
       left join lateral (select last_ended_at as at from event_hours h
                           where h.store_id = s.id and last_ended_at is not null order by hour desc limit 1) ended on true
      cross join lateral (select exists (select 1 from events e where e.store_id = s.id and e.priority in (0, 1)
                                            and e.status in ('received', 'retrying')) as open) waits
      where s.deleted_at is null and s.platform <> 'manual'
        and ($1::bigint is null or s.tenant_id = $1) and ($2::bigint is null or s.id = $2)`,
    [tenantId, storeId, quietAfterDays],
  )
  const ended = rows.flatMap((row) => row.lastEndedAt?.getTime() ?? [])
  const since = (row: Row) => (row.last_event_at ?? row.created_at).getTime()
  const quiet = rows.filter((row) => row.isQuiet).sort((a, b) => since(a) - since(b))
  return {
    count: rows.length,
    quiet: quiet.slice(0, MAX_LISTED).map(({ lastEndedAt: _ended, isQuiet: _quiet, ...store }): QuietStore => store),
    lastAppliedAt: ended.length > 0 ? new Date(Math.max(...ended)) : null,
  }
}
