import { charge, settle } from '../../knowledge/cost/budgets.ts'
import { estimateTokens } from '../../knowledge/cost/count-tokens.ts'
import type { Prices } from '../../knowledge/cost/prices.ts'
import type { ModelInUse } from '../../knowledge/model-in-use.ts'
import { activeProfile, type StoredProfile } from '../../knowledge/profiles.ts'
import { type Embedder, type Embeddings, InputRefused, ProviderUnavailable } from '../../knowledge/provider/embedder.ts'
import type { EmbeddingConfig } from '../../platform/config.ts'
import type { Database } from '../../platform/db/database.ts'
import type { Log } from '../../platform/log.ts'
import { createBoundedCache } from '../../platform/runtime/bounded-cache.ts'
import { normaliseText } from '../../platform/text/language.ts'
import { createUsageCounter } from '../../tenants/tokens/count-usage.ts'
import { INSTALLATION, type Usage } from '../../tenants/usage.ts'
import { createQuerySlots } from './query-slots.ts'
import { type Asker, createQueryVectors } from './query-vectors.ts'

/** After a failure, the queries of the same asker skip the provider for this long, so that not every query waits for it. */
const FAILURE_PAUSE_MS = 5_000
/** TTL of a refused text; it is not sent again before. */
const REFUSED_TTL_MS = 60_000
/** At 80 ms per request, 8 parallel requests are 100 queries a second, the default limit of a token. */
const SLOTS_PER_ASKER = 8
const MAX_WAITING_PER_ASKER = 64
/** 64 MB in total hold 5,000 vectors of 3,072 dimensions; 4 MB per asker hold 330. */
const MAX_CACHE_BYTES = 64_000_000
const MAX_CACHE_BYTES_PER_ASKER = 4_000_000
/** Maximum askers with a pause; above this the oldest pause is dropped. */
const MAX_PAUSED_ASKERS = 10_000
/** Cache TTL of the active profile. */
const ACTIVE_PROFILE_TTL_MS = 1_000

export interface QueryVector {
  profileId: number
  /** pgvector's text format. */
  vector: string
}

export interface QueryEmbedder {
  /** The query's vector and its profile, or null when the provider does not answer in time. */
  embed(query: string, asker: Asker): Promise<QueryVector | null>
  /**
   * True while the active profile has no model. Its vectors know spellings only, which the words know better (docs/search.md), so no
   * query is embedded.
   */
  isOffline(): Promise<boolean>
  /** Writes the pending usage counts. */
  stop(): Promise<void>
}

interface Parts {
  db: Database
  model: ModelInUse
  prices: Prices
  config: Pick<EmbeddingConfig, 'queryTimeoutMs'>
  log: Log
}

/**
 * Embeds queries with the active profile. Queries are charged to the budget of their tenant; above it a query gets no vector. Askers are isolated from each other:
 * - vectors are cached, requests counted and slots taken per asker;
 * - a refused text is remembered for its asker, without a pause;
 * - a timeout or another failure may be caused by the text itself (a slow or failing server), so only its asker pauses. In an
 *   outage each asker waits once in 5 s;
 * - all askers pause only when the provider names a time (`Retry-After`), because that time applies to the shared API key.
 */
export function createQueryEmbedder({ db, model, prices, config, log }: Parts): QueryEmbedder {
  const usage = createUsageCounter(db, log)
  const activeEmbedder = findActiveEmbedder(db, model)
  const vectors = createQueryVectors({
    maxBytes: MAX_CACHE_BYTES,
    maxBytesPerAsker: MAX_CACHE_BYTES_PER_ASKER,
    refusedMs: REFUSED_TTL_MS,
  })
  const slots = createQuerySlots({ slots: SLOTS_PER_ASKER, maxWaiting: MAX_WAITING_PER_ASKER })
  const underWay = new Map<string, Promise<Float32Array | null>>()
  const resting = createBoundedCache<string, true>({ max: MAX_PAUSED_ASKERS, ttl: FAILURE_PAUSE_MS })
  let allRestUntil = 0

  const isResting = (asker: Asker) => performance.now() < allRestUntil || resting.has(String(asker))

  const noteFailure = (asker: Asker, key: string, error: unknown, hadAllTime: boolean) => {
    log.warn({ tenantId: asker, error: String(error) }, 'query.not_embedded')
    if (error instanceof InputRefused) vectors.refuse(asker, key)
    else if (error instanceof ProviderUnavailable && error.retryAfterMs !== null)
      allRestUntil = performance.now() + error.retryAfterMs
    // A request that waited for a slot had less time, so its timeout proves nothing about the provider.
    else if (hadAllTime || error instanceof ProviderUnavailable) resting.set(String(asker), true)
  }

  const request = async (embedder: Embedder, query: string, asker: Asker, key: string) => {
    const signal = AbortSignal.timeout(config.queryTimeoutMs)
    const slot = await slots.take(asker, signal)
    if (slot === null) return null
    try {
      if (isResting(asker)) return null
      const paid = await payFor(embedder, query, asker)
      if (paid === null) return null
      const { vectors: answered, tokens } = await inTime(embedder, query, signal).catch(async (error) => {
        await paid.settle(0)
        throw error
      })
      await paid.settle(tokens ?? estimateTokens(query))
      usage.count(usagesOf(asker, tokens))
      const [vector] = answered
      if (vector) vectors.keep(asker, key, vector)
      return vector ?? null
    } catch (error) {
      noteFailure(asker, key, error, slot === 'free')
      return null
    } finally {
      slots.giveBack(asker)
    }
  }

  /** Charges the query to its tenant; null: the budget does not allow it. Queries of admins over all tenants have no budget. */
  const payFor = async (embedder: Embedder, query: string, asker: Asker) => {
    if (asker === null) return { settle: async () => {} }
    const { price } = await prices.of(embedder.profile)
    const [charged] = await charge(db.service, [{ tenantId: asker, texts: [query] }], price)
    if (!charged || charged.allowed === 0) return null
    return { settle: (real: number) => settle(db.service, [{ ...charged, real }], price) }
  }

  const vectorOf = async (embedder: Embedder, query: string, asker: Asker, key: string) => {
    const known = vectors.get(asker, key)
    if (known !== undefined) return known === 'refused' ? null : known
    if (isResting(asker)) return null
    const name = `${asker} ${key}`
    const begun = underWay.get(name) ?? request(embedder, query, asker, key).finally(() => underWay.delete(name))
    underWay.set(name, begun)
    return await begun
  }

  return {
    embed: async (query, asker) => {
      const active = await activeEmbedder()
      if (!active) return null
      const vector = await vectorOf(active.embedder, query, asker, `${active.id} ${normaliseText(query)}`)
      return vector && { profileId: active.id, vector: vectorText(vector) }
    },
    isOffline: async () => (await activeEmbedder())?.embedder.profile.provider === 'offline',
    stop: () => usage.stop(),
  }
}

function findActiveEmbedder(db: Database, model: ModelInUse) {
  let active: { profile: StoredProfile; until: number } | null = null
  return async (): Promise<{ id: number; embedder: Embedder } | null> => {
    if (!active || active.until <= performance.now()) {
      const profile = await activeProfile(db.service)
      if (!profile) return null
      active = { profile, until: performance.now() + ACTIVE_PROFILE_TTL_MS }
    }
    return { id: active.profile.id, embedder: model.embedderFor(active.profile) }
  }
}

/** A query is counted for its asker and for the installation. */
function usagesOf(asker: Asker, tokens: number | null): Usage[] {
  const owners: Usage['tenantId'][] = asker === null ? [INSTALLATION] : [INSTALLATION, asker]
  return owners.flatMap((tenantId): Usage[] => [
    { tenantId, counter: 'query_embeddings', by: 1 },
    { tenantId, counter: 'embedding_tokens', by: tokens ?? 0 },
  ])
}

/** The signal aborts the provider's client; the race ends the wait for a client that ignores it. */
async function inTime(embedder: Embedder, query: string, signal: AbortSignal): Promise<Embeddings> {
  signal.throwIfAborted()
  const late = Promise.withResolvers<never>()
  const giveUp = () => late.reject(new Error('no answer in time'))
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([embedder.embed([query], 'query', signal), late.promise])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** pgvector's text format; nine significant digits represent a 32-bit float exactly. */
function vectorText(vector: Float32Array): string {
  return `[${Array.from(vector, (component) => component.toPrecision(9)).join()}]`
}
