import { applyEventsStage } from './catalog/apply-events.ts'
import { indexProductsStage } from './catalog/index-products.ts'
import { announceChangesStage } from './feeds/torob/announce-changes.ts'
import { createShopReader } from './freshness/ask-shop.ts'
import { checkFreshnessStage } from './freshness/check-freshness.ts'
import { chunkProductsStage } from './knowledge/chunks/chunk-products.ts'
import type { Prices } from './knowledge/cost/prices.ts'
import { embedChunksStage } from './knowledge/embed-chunks.ts'
import type { ModelInUse } from './knowledge/model-in-use.ts'
import type { Config } from './platform/config.ts'
import type { Database } from './platform/db/database.ts'
import type { Log } from './platform/log.ts'
import type { Metrics } from './platform/metrics.ts'
import { analyzeTablesStage } from './platform/runtime/analyze-tables.ts'
import type { Queue } from './platform/runtime/queue.ts'
import { runStage, type Stage, type Yielding } from './platform/runtime/stage-runner.ts'
import { yieldToStage } from './platform/runtime/yield-to-stage.ts'

interface Parts {
  db: Database
  queue: Queue
  log: Log
  metrics: Metrics
  config: Config
  model: ModelInUse
  prices: Prices
  /** True while shops in this process wait for receipts. */
  load: Yielding
}

/**
 * The stages of an event after its acknowledgement. Each stage finds its work in the tables and wakes the next one in the
 * transaction of its own results; a job on the queue only triggers a look.
 *
 *   receive-webhook (ingest)  →  apply-events (catalog)  →  chunk-products  →  embed-chunks (knowledge)  →  search
 */
export async function runPipeline(given: Parts): Promise<{ stop(): Promise<void> }> {
  const parts = { ...given, db: given.db.inBackground() }
  const analyzeTables = analyzeTablesStage(parts)
  // Runs first: a batch that is planned without table statistics can block all other work for longer than its time limit.
  await analyzeTables.takeTurn().catch((error) => parts.log.warn({ error: String(error) }, 'tables.unknown'))
  const apply = applyEventsStage(parts)
  const stages: [stage: Stage, yielding: Yielding][] = [
    [apply, parts.load],
    [chunkProductsStage(parts), yieldToStage(parts.load, apply)],
    [embedChunksStage(parts), yieldToStage(parts.load, apply)],
    [indexProductsStage(parts), yieldToStage(parts.load, apply)],
    [analyzeTables, parts.load],
    ...(parts.config.torob.webhookTokens.size > 0
      ? [[announceChangesStage({ ...parts, torob: parts.config.torob }), parts.load] satisfies [Stage, Yielding]]
      : []),
    [freshnessStage(parts), parts.load],
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

function freshnessStage({ db, log, metrics, config: { freshness, publicUrl, allowsPrivateAddresses } }: Parts): Stage {
  const reader = createShopReader({ allowsPrivate: allowsPrivateAddresses, publicUrl })
  return checkFreshnessStage({ db, log, metrics, reader, settings: freshness })
}

/** The stages pause while the disk is nearly full, as in any outage. */
function withRoom(stage: Stage, db: Database): Stage {
  return {
    ...stage,
    takeTurn: async () => {
      db.assureRoom()
      return await stage.takeTurn()
    },
  }
}
