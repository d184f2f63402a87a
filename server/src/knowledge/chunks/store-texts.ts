import { describeFailure, reasonOf } from '../../catalog/failure-sentences.ts'
import { answersAtOnce, type Database } from '../../platform/db/database.ts'
import { faultOf } from '../../platform/errors.ts'
import type { Log } from '../../platform/log.ts'
import { createBatchSizes, createFailureCounts } from '../../platform/runtime/batch-sizes.ts'
import { type LeasedChunk, markRefused, restLeases, storeVectors } from '../vector-store.ts'

/** Maximum chunks per transaction, and maximum components of their vectors (4 MB; a vector may have 16,000). */
const MAX_CHUNKS = 500
const MAX_COMPONENTS = 1_000_000
const STATEMENT_TIMEOUT_MS = 5_000
/** Failed transactions of one tenant per turn after which its other chunks wait. */
const MAX_FAILURES_PER_TURN = 3
/** Failures of a single chunk after which it is a dead letter. */
const MAX_ATTEMPTS = 4
const RETRY_DELAY_MS = 2_000

interface Parts {
  db: Database
  profileId: number
  dimensions: number
  log: Log
}

/**
 * Copies cached vectors to their chunks, tenant by tenant, in transactions of bounded size. When one tenant fails, its chunks wait
 * and the other tenants continue: a failed transaction is halved in the next turns, and a chunk that fails alone repeatedly becomes
 * a dead letter. `guard` handles failures of any other step of one tenant in the same way. @throws an outage
 */
export function createTextStore({ db, profileId, dimensions, log }: Parts) {
  const most = Math.max(1, Math.min(MAX_CHUNKS, Math.floor(MAX_COMPONENTS / dimensions)))
  const sizes = createBatchSizes(most)
  const failures = createFailureCounts()

  const settleFailure = async (tenantId: number, chunks: LeasedChunk[], error: unknown): Promise<void> => {
    const fault = faultOf(error)
    if (fault === 'outage') throw error
    if (fault === 'limit' && !(await answersAtOnce(db))) throw error
    log.warn({ tenantId, chunks: chunks.length, fault, ...describeFailure(error) }, 'chunks.not_stored')
    await restLeases(
      db.forTenant(tenantId),
      chunks.map((chunk) => chunk.id),
      RETRY_DELAY_MS,
    )
  }

  const settlePage = async (tenantId: number, page: LeasedChunk[], error: unknown): Promise<void> => {
    await settleFailure(tenantId, page, error)
    if (faultOf(error) === 'contention') return
    sizes.halve(tenantId, page.length)
    const [alone] = page
    if (page.length !== 1 || !alone || failures.count(alone.id) < MAX_ATTEMPTS) return
    await markRefused(db.forTenant(tenantId), page, reasonOf(error))
    log.warn({ chunks: [alone.id], ...describeFailure(error) }, 'chunk.given_up')
  }

  const storePage = async (tenantId: number, page: LeasedChunk[]): Promise<void> => {
    const texts = Map.groupBy(page, (chunk) => chunk.textHash)
    const embedded = [...texts].map(([textHash, chunks]) => ({ textHash, chunkIds: chunks.map((chunk) => chunk.id) }))
    const productIds = [...new Set(page.flatMap((chunk) => chunk.productId ?? []))]
    await db
      .forTenant(tenantId)
      .transaction((tx) => storeVectors(tx, profileId, embedded, productIds), { limitMs: STATEMENT_TIMEOUT_MS })
    sizes.double(tenantId)
  }

  return {
    store: async (tenantId: number, chunks: LeasedChunk[]): Promise<void> => {
      let failed = 0
      for (let at = 0; at < chunks.length && failed < MAX_FAILURES_PER_TURN; ) {
        const page = chunks.slice(at, at + sizes.of(tenantId))
        at += page.length
        try {
          await storePage(tenantId, page)
        } catch (error) {
          failed += 1
          await settlePage(tenantId, page, error)
        }
      }
    },
    guard: async (tenantId: number, chunks: LeasedChunk[], work: () => Promise<unknown>): Promise<boolean> => {
      try {
        await work()
        return true
      } catch (error) {
        await settleFailure(tenantId, chunks, error)
        return false
      }
    },
  }
}
