import type { Bind } from '../platform/db/binder.ts'
import type { Database } from '../platform/db/database.ts'
import { deleteInPages } from '../platform/db/delete-in-pages.ts'

/** Days for which the outcome of a replay can be read. */
const RETENTION_DAYS = 30

/** A request to replay dead letters. Several statements with the same id are one replay. */
export interface ReplayRequest {
  id: string
  /** The kind of the actor: admin, owner or operator. */
  by: string
}

/**
 * Common table expressions that record a replay of the rows of the expression `replayed`, which returns the columns id, tenant_id,
 * store_id and, for events, received_at. The statement that resets the dead letters records them, so that neither exists alone.
 */
export function recordingReplay(kind: 'event' | 'embedding', { id, by }: ReplayRequest, bind: Bind): string {
  const replay = `${bind(id)}::uuid`
  return `asked as (
      insert into replays (id, tenant_id, asked_by, asked)
      select ${replay}, tenant_id, ${bind(by)}::text, count(*)::int from replayed group by tenant_id order by tenant_id
      on conflict (id, tenant_id) do update set asked = replays.asked + excluded.asked
    ), listed as (
      insert into replay_items (replay_id, tenant_id, store_id, kind, item_id, received_at)
      select ${replay}, tenant_id, store_id, '${kind}', id, ${kind === 'event' ? 'received_at' : 'null'} from replayed
    )`
}

/** Deletes replays older than 30 days, one page per transaction. Called daily. */
export async function pruneReplays(db: Database): Promise<void> {
  const isOld = `asked_at < now() - interval '${RETENTION_DAYS} days'`
  await deleteInPages(db.service, 'replay_items', () => `replay_id in (select id from replays where ${isOld})`)
  await deleteInPages(db.service, 'replays', () => isOld)
}
