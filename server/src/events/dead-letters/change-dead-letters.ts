import { randomUUID } from 'node:crypto'
import { replayDead } from '../../catalog/event-attempts.ts'
import { APPLY_STAGE } from '../../ingest/store-events.ts'
import { EMBED_STAGE } from '../../knowledge/chunks/chunk-products.ts'
import { replayRefused } from '../../knowledge/chunks/replay-texts.ts'
import { binder } from '../../platform/db/binder.ts'
import type { Database, Sql, SqlValue } from '../../platform/db/database.ts'
import type { Queue } from '../../platform/runtime/queue.ts'
import { type Actor, type AuditEntry, writeAuditEntry } from '../../tenants/audit.ts'
import type { Reader } from '../../tenants/authenticate.ts'
import type { ChangedDeadLetters, DeadLetterSelection } from './dead-letter-schemas.ts'
import { conditionOf, deadLettersFrom } from './find-dead-letters.ts'

export type Change = 'replay' | 'dismiss' | 'restore'

const ACTIONS = {
  replay: 'dead_letters.replayed',
  dismiss: 'dead_letters.dismissed',
  restore: 'dead_letters.restored',
} as const satisfies Record<Change, AuditEntry['action']>

/**
 * Replays, dismisses or restores the selected dead letters of both kinds in one transaction, with an audit entry; with `by` null it
 * only counts them. A dismissed dead letter is replayed if it is named, or if the selection asks for dismissed ones.
 */
export async function changeDeadLetters(
  { db, queue }: { db: Database; queue: Queue },
  reader: Reader,
  change: Change,
  selection: DeadLetterSelection,
  by: Actor | null,
): Promise<ChangedDeadLetters> {
  // Restoring is about dismissed ones, whatever the rest of the selection says.
  const wanted = change === 'restore' ? { ...selection, dismissed: true } : selection
  return await db.inScope(reader.scope).transaction(
    async (tx) => {
      const matched = await countSelected(tx, reader, wanted)
      const replayId = change === 'replay' && by !== null && matched > 0 ? randomUUID() : null
      if (by === null || matched === 0) return { dry_run: by === null, matched, changed: 0, replay_id: null }
      const changed = replayId
        ? await replayBoth(tx, queue, reader, wanted, by.kind, replayId)
        : await markBoth(tx, reader, wanted, change === 'dismiss')
      if (changed > 0) await writeAuditEntry(tx, by, auditEntryOf(change, wanted, changed))
      return { dry_run: false, matched, changed, replay_id: changed > 0 ? replayId : null }
    },
    { isLong: true },
  )
}

async function countSelected(tx: Sql, reader: Reader, selection: DeadLetterSelection): Promise<number> {
  const values: SqlValue[] = []
  const [row] = await tx.query<{ count: number }>(
    `select count(*)::int as count from ${deadLettersFrom(reader, selection, binder(values))}`,
    values,
  )
  return row?.count ?? 0
}

async function replayBoth(
  tx: Sql,
  queue: Queue,
  reader: Reader,
  selection: DeadLetterSelection,
  by: string,
  replayId: ReturnType<typeof randomUUID>,
): Promise<number> {
  const isEvent = conditionOf('event', reader, selection)
  const isText = conditionOf('embedding', reader, selection)
  const events = isEvent ? await replayDead(tx, isEvent, by, replayId) : 0
  if (events > 0) await queue.wake(tx, APPLY_STAGE)
  const texts = isText ? await replayRefused(tx, isText, by, replayId) : 0
  if (texts > 0) await queue.wake(tx, EMBED_STAGE)
  return events + texts
}

async function markBoth(
  tx: Sql,
  reader: Reader,
  selection: DeadLetterSelection,
  isDismissed: boolean,
): Promise<number> {
  let changed = 0
  for (const [kind, table] of [
    ['event', 'events e'],
    ['embedding', 'knowledge_chunks c'],
  ] as const) {
    const condition = conditionOf(kind, reader, selection)
    if (!condition) continue
    const values: SqlValue[] = []
    const where = condition(binder(values))
    const [done] = await tx.query<{ count: number }>(
      `with changed as (
         update ${table} set dismissed_at = ${isDismissed ? 'now()' : 'null'}
          where ${where} and dismissed_at is ${isDismissed ? 'null' : 'not null'} returning 1)
       select count(*)::int as count from changed`,
      values,
    )
    changed += done?.count ?? 0
  }
  return changed
}

/** The entry belongs to the tenant of the selection, so that its owner sees what an admin did. */
function auditEntryOf(change: Change, selection: DeadLetterSelection, changed: number): AuditEntry {
  const { items, dry_run: _dryRun, user_id: userId, store_id: storeId, ...filter } = selection
  const target: AuditEntry['target'] =
    storeId !== undefined
      ? { kind: 'store', id: storeId }
      : userId !== undefined
        ? { kind: 'user', id: userId }
        : undefined
  const [first] = items ?? []
  const named =
    items?.length === 1 && first ? ({ kind: first.kind === 'event' ? 'event' : 'text', id: first.id } as const) : target
  return {
    action: ACTIONS[change],
    ...(named && { target: named }),
    detail: { ...filter, ...(items && { named: items.length }), changed },
  }
}
