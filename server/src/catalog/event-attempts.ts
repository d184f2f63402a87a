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
 * SQL that resets the attempts of the dead letters among events `e` that match `where`, records the replay in the same statement,
 * and returns their number (`replayed`). `by` is the placeholder of the actor: admin, owner or operator.
 */
export function replayingDead(where: string, by: string): string {
  return `with replayed as (
      update events e set status = 'received', attempts = 0, next_attempt_at = now(), processed_at = null
       where ${where} and e.status = 'dead'
      returning e.id, e.received_at, e.tenant_id, e.store_id
    ), ${noting('replayed', 'replayed_by', `${by}::text`)}
    select count(*)::int as replayed from replayed`
}
