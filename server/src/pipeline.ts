import { applyEventsStage } from './catalog/apply-events.ts'
import { chunkProductsStage } from './knowledge/chunk-products.ts'
import { embedChunksStage } from './knowledge/embed-chunks.ts'
import type { Embedder } from './knowledge/embedder.ts'
import { analyzeTablesStage } from './platform/analyze-tables.ts'
import type { Config } from './platform/config.ts'
import type { Database } from './platform/database.ts'
import type { Log } from './platform/log.ts'
import type { Metrics } from './platform/metrics.ts'
import type { Queue } from './platform/queue.ts'
import { runStage, type Stage, type Yielding } from './platform/stage-runner.ts'
import { yieldToStage } from './platform/yield-to-stage.ts'

interface Parts {
  db: Database
  queue: Queue
  log: Log
  metrics: Metrics
  config: Config
  embedder: Embedder
  profileId: number
  /** Whether shops are waiting for receipts in this process just now. */
  load: Yielding
}

/**
 * The table of contents: what happens to an event after it was acknowledged, stage by stage. Each stage finds its work in
 * the tables and wakes the next one in the transaction of its own results; a job on the queue only says "look now".
 *
 *   receive-webhook (ingest)  →  apply-events (catalog)  →  chunk-products  →  embed-chunks (knowledge)  →  search
 */
export async function runPipeline(given: Parts): Promise<{ stop(): Promise<void> }> {
  const parts = { ...given, db: given.db.inBackground() }
  const analyzeTables = analyzeTablesStage(parts)
  // First of all: a single batch planned for tables of unknown size can hold up everybody for longer than its time limit.
  await analyzeTables.takeTurn().catch((error) => parts.log.warn({ error: String(error) }, 'tables.unknown'))
  const apply = applyEventsStage(parts)
  const stages: [stage: Stage, yielding: Yielding][] = [
    [apply, parts.load],
    [chunkProductsStage(parts), yieldToStage(parts.load, apply)],
    [embedChunksStage(parts), yieldToStage(parts.load, apply)],
    [analyzeTables, parts.load],
  ]
  const runners = new Map(
    stages.map(([stage, yielding]) => [stage.name, runStage(withRoom(stage, parts.db), parts.log, yielding)]),
  )
  await parts.queue.consume((stage) => runners.get(stage)?.wake())
  return {
    stop: async () => {
      await Promise.all([...runners.values()].map((runner) => runner.stop()))
    },
  }
}

/** While the disk is nearly full the stages pause, as in any outage. */
function withRoom(stage: Stage, db: Database): Stage {
  return {
    ...stage,
    takeTurn: async () => {
      db.assureRoom()
      return await stage.takeTurn()
    },
  }
}
