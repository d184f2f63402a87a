import { randomUUID } from 'node:crypto'
import { binder, type Condition } from '../platform/db/binder.ts'
import type { Sql, SqlValue } from '../platform/db/database.ts'
import { recordingReplay } from './replays.ts'

/** Maximum attempts stored per event; the oldest are deleted, so that endless replays do not grow the table. */
export const MAX_ATTEMPTS_KEPT = 50

/** Common table expressions that record an attempt for each event of the expression `events`, which returns the log's columns. */
function noting(events: string, columns: string, values: string): string {
  return `noted as (
      insert into event_attempts (log_id, received_at, tenant_id, store_id, ${columns})
      select id, received_at, tenant_id, store_id, ${values} from ${events}
    ), forgotten as (
      delete from event_attempts where id in (
        select old.id from ${events} e
         cross join lateral (select a.id from event_attempts a where a.log_id = e.id and a.received_at = e.received_at
                              order by a.id desc offset ${MAX_ATTEMPTS_KEPT - 1}) old)
    )`
}

/** Records failed attempts of the events in `failed`, with their state afterwards. */
export const NOTING_FAILED = noting(
  'failed',
  'attempt, error, follows',
  `attempts, error, case when status = 'dead' then 'dead_letter' else 'retry' end`,
)

/**
 * Resets the attempts of the dead letters among events `e` that meet the condition, records the replay in the same statement, and
 * returns their number. `by` is the kind of the actor: admin, owner or operator.
 */
export async function replayDead(tx: Sql, condition: Condition, by: string, replayId = randomUUID()): Promise<number> {
  const values: SqlValue[] = []
  const bind = binder(values)
  const [done] = await tx.query<{ replayed: number }>(
    `with replayed as (
      update events e set status = 'received', attempts = 0, next_attempt_at = now(), processed_at = null, dismissed_at = null
       where ${condition(bind)} and e.status = 'dead'
      returning e.id, e.received_at, e.tenant_id, e.store_id
    ), ${noting('replayed', 'replayed_by', `${bind(by)}::text`)},
    ${recordingReplay('event', { id: replayId, by }, bind)}
    select count(*)::int as replayed from replayed`,
    values,
  )
  return done?.replayed ?? 0
}
