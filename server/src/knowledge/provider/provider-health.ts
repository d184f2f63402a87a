import { type Static, Type } from 'typebox'
import type { Access, Database } from '../../platform/db/database.ts'
import { component, nullable, oneOf, time } from '../../platform/http/contract.ts'
import type { Log } from '../../platform/log.ts'

/** State of the embedding provider. */
export const ProviderHealth = component(
  'ProviderHealth',
  Type.Object({
    state: oneOf(['ok', 'failing', 'idle'], {
      description: 'failing: the last request failed; idle: no request for a while, so the state is unknown',
    }),
    since: nullable(time('null for a provider without any request')),
    last_success_at: nullable(time('exact within 10 s')),
    last_failure_at: nullable(time('exact within 10 s')),
    last_error: nullable(
      Type.String({ description: 'message of the last failure, without the API key; kept after recovery' }),
    ),
  }),
)
export type ProviderHealth = Static<typeof ProviderHealth>

/** Minimum interval between two writes without a change of state. */
const WRITE_INTERVAL_MS = 10_000
/** A provider without requests for this long is idle. */
const IDLE_AFTER = '1 hour'
const MAX_ERROR_LENGTH = 500

/** Notes each answer and each failure of the provider. */
export interface HealthRecorder {
  answered(): void
  failed(why: string): void
}

/** Records the state of the provider in the database, for other processes, without delaying the work. */
export function watchProvider(db: Database, profileId: number, log: Log): HealthRecorder {
  /** The current state, and the last written state with its time. A null error means success. */
  let known: { error: string | null } | null = null
  let written: { failing: boolean; at: number } | null = null
  let writing = false

  const isDue = (error: string | null) =>
    written === null || written.failing !== (error !== null) || performance.now() - written.at >= WRITE_INTERVAL_MS

  const note = (error: string | null) => {
    known = { error }
    if (writing) return
    writing = true
    void writeDueState()
  }
  const writeDueState = async () => {
    while (known !== null && isDue(known.error)) {
      const { error } = known
      written = { failing: error !== null, at: performance.now() }
      try {
        await writeHealth(db.service, profileId, error)
      } catch (failure) {
        // The work continues: the same database problem is reported by the work itself.
        log.warn({ error: String(failure) }, 'provider_health.not_written')
      }
    }
    writing = false
  }
  return { answered: () => note(null), failed: (why) => note(why.slice(0, MAX_ERROR_LENGTH).toWellFormed()) }
}

async function writeHealth(sql: Access, profileId: number, error: string | null): Promise<void> {
  await sql.query(
    `insert into provider_health as h (profile_id, state, since, last_success_at, last_failure_at, last_error)
     select $1, case when e.error is null then 'ok' else 'failing' end, now(),
            case when e.error is null then now() end, case when e.error is not null then now() end, e.error
       from (select $2::text as error) e
     on conflict (profile_id) do update
       set state = excluded.state, since = case when h.state = excluded.state then h.since else excluded.since end,
           last_success_at = coalesce(excluded.last_success_at, h.last_success_at),
           last_failure_at = coalesce(excluded.last_failure_at, h.last_failure_at),
           last_error = coalesce(excluded.last_error, h.last_error)`,
    [profileId, error],
  )
}

/** The state of this profile's provider, as recorded by the processes that use it. */
export async function readProviderHealth(sql: Access, profileId: number): Promise<ProviderHealth> {
  const [row] = await sql.query<ProviderHealth>(
    `select case when i.is_idle then 'idle' else state end as state,
            case when i.is_idle then last_success_at else since end as since,
            last_success_at, last_failure_at, last_error
       from provider_health h
      cross join lateral (select state = 'ok' and last_success_at < now() - interval '${IDLE_AFTER}' as is_idle) i
      where profile_id = $1`,
    [profileId],
  )
  return row ?? { state: 'idle', since: null, last_success_at: null, last_failure_at: null, last_error: null }
}
