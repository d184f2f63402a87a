/** Receipts of quiet shops while the first sync of another shop waits. */
import { measureReceipts } from '../backlog.ts'
import { quantile } from '../report.ts'
import type { PartRun } from './part.ts'
import { SIZES_OF_TARGETS } from './plans.ts'

export async function measureBacklog(run: PartRun): Promise<void> {
  const { rows, seconds } = run.plan.backlog
  for (const database of run.databases) {
    const size = { rows: rows[database.kind], seconds }
    const times = await measureReceipts(database, size)
    const facts = {
      conditions: `${size.rows} events wait, ${seconds} s, ${times.length} receipts, role all`,
      because: `p95 ${quantile(times, 0.95).toFixed(0)} ms, slowest ${quantile(times, 1).toFixed(0)} ms of ${times.length}`,
      isSmaller: size.rows < SIZES_OF_TARGETS.backlogRows,
    }
    run.record(`backlog-receipts/${database.kind}/p99`, [quantile(times, 0.99)], facts)
    run.record(`backlog-receipts/${database.kind}/p50`, [quantile(times, 0.5)], facts)
  }
}
