import { LRUCache } from 'lru-cache'
import { embedderOf } from '../knowledge/configured-embedder.ts'
import { type Embedder, type Embeddings, InputRefused, ProviderUnavailable } from '../knowledge/embedder.ts'
import { activeProfile } from '../knowledge/profiles.ts'
import type { EmbeddingConfig } from '../platform/config.ts'
import type { Database } from '../platform/database.ts'
import { normaliseText } from '../platform/language.ts'
import type { Log } from '../platform/log.ts'
import { createUsageCounter } from '../tenants/count-usage.ts'
import { INSTALLATION, type Usage } from '../tenants/usage.ts'
import { createQuerySlots } from './query-slots.ts'
import { type Asker, createQueryVectors } from './query-vectors.ts'

/** After this, search answers from words and says so. */
const QUERY_TIMEOUT_MS = 500
/** After a failure an asker's queries do without the provider for this long, so that not each of them waits for it. */
const FAILURE_PAUSE_MS = 5_000
/** A refused text is not asked again for this long. */
const REFUSED_TTL_MS = 60_000
/** At 80 ms a request, 8 at once are 100 queries a second, as many as a token may ask. */
const SLOTS_PER_ASKER = 8
const MAX_WAITING_PER_ASKER = 64
/** 64 MB in all are 5,000 vectors of 3,072 dimensions; 4 MB of one asker are 330. */
const MAX_CACHE_BYTES = 64_000_000
const MAX_CACHE_BYTES_PER_ASKER = 4_000_000
/** Askers that rest at once; the one that began first is forgotten first and asks again. */
const MAX_PAUSED_ASKERS = 10_000
/** TTL of the active profile. */
const ACTIVE_PROFILE_TTL_MS = 1_000

export interface QueryVector {
  profileId: number
  /** pgvector's text form. */
  vector: string
}

export interface QueryEmbedder {
  /** The query's vector and the profile it belongs to, or null when the provider does not give one in time. */
  embed(query: string, asker: Asker): Promise<QueryVector | null>
  /** Writes what is counted and not written yet. */
  stop(): Promise<void>
}

/**
 * Embeds queries with the active profile. What one asker sends or meets changes nothing for another:
 * - vectors are cached, requests counted and slots taken for each asker apart;
 * - a text that the provider refuses is remembered for its asker, and nothing rests;
 * - a time-out or any other failure may be caused by the text itself (a server may be slow at it, or answer 500), so only the
 *   asker rests. In an outage each asker waits once in 5 s;
 * - all askers rest only when the provider itself names a time (`Retry-After`), because it names it for the key that all share.
 */
export function createQueryEmbedder(db: Database, config: EmbeddingConfig, log: Log): QueryEmbedder {
  const usage = createUsageCounter(db, log)
  const activeEmbedder = findActiveEmbedder(db, config)
  const vectors = createQueryVectors({
    maxBytes: MAX_CACHE_BYTES,
    maxBytesPerAsker: MAX_CACHE_BYTES_PER_ASKER,
    refusedMs: REFUSED_TTL_MS,
  })
  const slots = createQuerySlots({ slots: SLOTS_PER_ASKER, maxWaiting: MAX_WAITING_PER_ASKER })
  const underWay = new Map<string, Promise<Float32Array | null>>()
  const resting = new LRUCache<string, true>({ max: MAX_PAUSED_ASKERS, ttl: FAILURE_PAUSE_MS })
  let allRestUntil = 0

  const isResting = (asker: Asker) => performance.now() < allRestUntil || resting.has(String(asker))

  const noteFailure = (asker: Asker, key: string, error: unknown, hadAllTime: boolean) => {
    log.warn({ tenantId: asker, error: String(error) }, 'query.not_embedded')
    if (error instanceof InputRefused) vectors.refuse(asker, key)
    else if (error instanceof ProviderUnavailable && error.retryAfterMs !== null)
      allRestUntil = performance.now() + error.retryAfterMs
    // A request that waited for a slot had less time: its time-out says nothing about the provider.
    else if (hadAllTime || error instanceof ProviderUnavailable) resting.set(String(asker), true)
  }

  const request = async (embedder: Embedder, query: string, asker: Asker, key: string) => {
    const signal = AbortSignal.timeout(QUERY_TIMEOUT_MS)
    const slot = await slots.take(asker, signal)
    if (slot === null) return null
    try {
      if (isResting(asker)) return null
      const { vectors: answered, tokens } = await inTime(embedder, query, signal)
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
    stop: () => usage.stop(),
  }
}

function findActiveEmbedder(db: Database, config: EmbeddingConfig) {
  const embedders = new Map<number, Embedder>()
  let active: { id: number; until: number } | null = null
  return async (): Promise<{ id: number; embedder: Embedder } | null> => {
    const cached = active && active.until > performance.now() ? embedders.get(active.id) : undefined
    if (active && cached) return { id: active.id, embedder: cached }
    const profile = await activeProfile(db.service)
    if (!profile) return null
    active = { id: profile.id, until: performance.now() + ACTIVE_PROFILE_TTL_MS }
    const embedder = embedders.get(profile.id) ?? embedderOf(profile, config)
    embedders.set(profile.id, embedder)
    return { id: profile.id, embedder }
  }
}

/** A query is the asker's; the installation's counts include it. */
function usagesOf(asker: Asker, tokens: number | null): Usage[] {
  const owners: Usage['tenantId'][] = asker === null ? [INSTALLATION] : [INSTALLATION, asker]
  return owners.flatMap((tenantId): Usage[] => [
    { tenantId, counter: 'query_embeddings', by: 1 },
    { tenantId, counter: 'embedding_tokens', by: tokens ?? 0 },
  ])
}

/** The signal asks the provider's client to give up; the race ends the wait for a client that does not. */
async function inTime(embedder: Embedder, query: string, signal: AbortSignal): Promise<Embeddings> {
  signal.throwIfAborted()
  const late = Promise.withResolvers<never>()
  const giveUp = () => late.reject(new Error(`no answer within ${QUERY_TIMEOUT_MS} ms`))
  signal.addEventListener('abort', giveUp, { once: true })
  try {
    return await Promise.race([embedder.embed([query], 'query', signal), late.promise])
  } finally {
    signal.removeEventListener('abort', giveUp)
  }
}

/** pgvector's text form; nine significant digits are what a 32-bit float holds. */
function vectorText(vector: Float32Array): string {
  return `[${Array.from(vector, (component) => component.toPrecision(9)).join()}]`
}
