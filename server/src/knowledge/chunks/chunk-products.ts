import { CHUNK_STAGE } from '../../catalog/apply-events.ts'
import { describeFailure } from '../../catalog/failure-sentences.ts'
import type { Config } from '../../platform/config.ts'
import { answersAtOnce, type Database } from '../../platform/db/database.ts'
import { faultOf } from '../../platform/errors.ts'
import type { Log } from '../../platform/log.ts'
import { createBatchSizes, createFailureCounts } from '../../platform/runtime/batch-sizes.ts'
import type { Queue } from '../../platform/runtime/queue.ts'
import type { Stage } from '../../platform/runtime/stage-runner.ts'
import { type StoreTurn, type TurnResult, takeStoresInTurn } from '../../platform/runtime/store-turns.ts'
import { wakeNext } from '../../platform/runtime/wake-next.ts'
import { addAvoided } from '../../tenants/usage.ts'
import { type CutProduct, cutProducts, givenUp, MAX_PRODUCTS_PER_TURN, readChanged, TO_CHUNK } from './cut-products.ts'
import { writeChunks } from './write-chunks.ts'

/** The stage that is woken for texts without a vector. */
export const EMBED_STAGE = 'embed-chunks'

/** Parallel stores on PostgreSQL. */
const MAX_PARALLEL_STORES = 2
/** Statement timeouts for a batch and for a single product. */
const BATCH_TIMEOUT_MS = 3_000
const SINGLE_PRODUCT_TIMEOUT_MS = 7_500
/** Timeouts of a single product after which it is given up. */
const MAX_TIMEOUTS = 3

interface Parts {
  db: Database
  queue: Queue
  log: Log
  config: Pick<Config, 'databasePoolSize'>
}

/**
 * The stage that splits the texts of changed products into chunks and removes the chunks of deleted ones. A failed batch is halved
 * in the next turns of the store. A product that fails alone is given up: its name becomes a dead letter of kind `embedding`, and
 * search by words still finds it. Only an outage stops the stage.
 */
export function chunkProductsStage({ db, queue, log, config }: Parts): Stage {
  const sizes = createBatchSizes(MAX_PRODUCTS_PER_TURN)
  const timeOuts = createFailureCounts()
  const embedStage = wakeNext(queue, db.service, EMBED_STAGE)

  const chunkStore = async ({ storeId, tenantId, priority }: StoreTurn): Promise<TurnResult> => {
    // The products are deleted together with their tenant, so there is nothing to split.
    if (tenantId === null) return 'busy'
    let cut: CutProduct[] = []
    try {
      const startedAt = performance.now()
      const changed = await readChanged(db.forTenant(tenantId), storeId, priority, sizes.of(storeId))
      if (changed.length === 0) return 'busy'
      cut = await cutProducts(changed)
      return await write(storeId, tenantId, cut, startedAt)
    } catch (error) {
      return await settleFailure(storeId, tenantId, cut, error)
    }
  }

  const write = async (storeId: number, tenantId: number, cut: CutProduct[], startedAt: number) => {
    const counts = await db.forTenant(tenantId).transaction(
      async (tx) => {
        const written = await writeChunks(tx, tenantId, cut)
        await addAvoided(tx, [{ tenantId, storeId, by: written?.kept ?? 0 }])
        return written
      },
      { limitMs: cut.length > 1 ? BATCH_TIMEOUT_MS : SINGLE_PRODUCT_TIMEOUT_MS },
    )
    if (counts === null) return 'busy'
    sizes.double(storeId)
    if (counts.pending > 0) embedStage.need()
    log.info({ storeId, ...counts, durationMs: Math.round(performance.now() - startedAt) }, 'products.chunked')
    return 'worked'
  }

  /** @throws the error of an outage */
  const settleFailure = async (storeId: number, tenantId: number, cut: CutProduct[], error: unknown) => {
    const fault = faultOf(error)
    if (fault === 'outage') throw error
    if (fault === 'limit' && !(await answersAtOnce(db))) throw error
    log.warn({ storeId, products: cut.length, fault, ...describeFailure(error) }, 'products.not_chunked')
    if (fault === 'contention') return 'failed'
    sizes.halve(storeId, cut.length)
    const [alone] = cut
    if (cut.length !== 1 || alone === undefined) return 'failed'
    const { product } = alone
    if (fault === 'limit' && timeOuts.count(product.id) < MAX_TIMEOUTS) return 'failed'
    try {
      await write(storeId, tenantId, [{ product, wanted: givenUp(product, error) }], performance.now())
      log.warn({ storeId, productId: product.id, ...describeFailure(error) }, 'product.given_up')
      return 'worked'
    } catch (failure) {
      if (faultOf(failure) === 'outage') throw failure
      return 'failed'
    }
  }

  const turns = takeStoresInTurn({
    service: db.service,
    list: TO_CHUNK,
    knowsNewest: false,
    atOnce:
      db.kind === 'embedded' ? 1 : Math.max(1, Math.min(MAX_PARALLEL_STORES, Math.floor(config.databasePoolSize / 6))),
    work: chunkStore,
  })

  return {
    name: CHUNK_STAGE,
    takeTurn: async () => {
      const turn = await turns.takeTurn()
      await embedStage.afterTurn(turn !== 'more')
      return turn
    },
    drain: turns.drain,
  }
}
