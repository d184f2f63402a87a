/** The parts of the table. */
import { measureApply } from './apply.ts'
import { measureBacklog } from './backlog.ts'
import { measureFirstSync } from './first-sync.ts'
import { measureGrowth } from './growth.ts'
import { measureMemory } from './memory.ts'
import { measureOneEdit } from './one-edit.ts'
import type { PartRun } from './part.ts'
import type { PartName } from './plans.ts'
import { measureBatches, measureReceipts } from './receipts.ts'
import { measureStart } from './start.ts'
import { measureStream } from './stream.ts'

export const PARTS: Record<PartName, (run: PartRun) => Promise<void>> = {
  start: measureStart,
  receipts: measureReceipts,
  batches: measureBatches,
  stream: measureStream,
  apply: measureApply,
  'one-edit': measureOneEdit,
  'first-sync': measureFirstSync,
  memory: measureMemory,
  'backlog-receipts': measureBacklog,
  growth: measureGrowth,
}
