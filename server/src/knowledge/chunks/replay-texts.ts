import { randomUUID } from 'node:crypto'
import { recordingReplay } from '../../catalog/replays.ts'
import { binder, type Condition } from '../../platform/db/binder.ts'
import type { Sql, SqlValue } from '../../platform/db/database.ts'

/**
 * Makes the refused texts among chunks `c` that meet the condition pending again, records the replay in the same statement, and
 * returns their number. `by` is the kind of the actor: admin, owner or operator.
 */
export async function replayRefused(
  tx: Sql,
  condition: Condition,
  by: string,
  replayId = randomUUID(),
): Promise<number> {
  const values: SqlValue[] = []
  const bind = binder(values)
  const [done] = await tx.query<{ replayed: number }>(
    `with replayed as (
      update knowledge_chunks c
         set embedding_status = 'pending', embedding_error = null, leased_until = null, dismissed_at = null
       where ${condition(bind)} and c.embedding_status = 'refused'
      returning c.id, c.tenant_id, c.store_id
    ), ${recordingReplay('embedding', { id: replayId, by }, bind)}
    select count(*)::int as replayed from replayed`,
    values,
  )
  return done?.replayed ?? 0
}
