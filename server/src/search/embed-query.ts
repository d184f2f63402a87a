import { LRUCache } from 'lru-cache'
import { embedderOf } from '../knowledge/configured-embedder.ts'
import type { Embedder, Embeddings } from '../knowledge/embedder.ts'
import { activeProfile } from '../knowledge/profiles.ts'
import type { EmbeddingConfig } from '../platform/config.ts'
import type { Database } from '../platform/database.ts'
import { normaliseText } from '../platform/language.ts'
import type { Log } from '../platform/log.ts'
import { addUsage, INSTALLATION, type Usage } from '../tenants/usage.ts'

/** After this, search answers from words and says so. */
const PATIENCE_MS = 500
/** How long a provider that did not answer a query is left alone, so that not every search waits for it. */
const REST_MS = 5_000

export interface QueryVector {
  profileId: number
  /** pgvector's text form. */
  vector: string
}

export interface QueryEmbedder {
  /** The query's vector and the profile it belongs to, or null when the provider does not give one in time. */
  embed(query: string, tenantId: number | null): Promise<QueryVector | null>
}

/** How long the active profile is believed to be the active one. */
const BELIEVED_MS = 1_000

/** Embeds queries with the active profile, each distinct one once while it is among the last 5,000. */
export function createQueryEmbedder(db: Database, config: EmbeddingConfig, log: Log): QueryEmbedder {
  const embedders = new Map<number, Embedder>()
  let active: { id: number; until: number } | null = null

  const activeEmbedder = async (): Promise<{ id: number; embedder: Embedder } | null> => {
    const believed = active && active.until > performance.now() ? embedders.get(active.id) : undefined
    if (active && believed) return { id: active.id, embedder: believed }
    const profile = await activeProfile(db.service)
    if (!profile) return null
    active = { id: profile.id, until: performance.now() + BELIEVED_MS }
    const embedder = embedders.get(profile.id) ?? embedderOf(profile, config)
    embedders.set(profile.id, embedder)
    return { id: profile.id, embedder }
  }
  const known = new LRUCache<string, string>({ max: 5_000 })
  let restUntil = 0
  return {
    embed: async (query, tenantId) => {
      const chosen = await activeEmbedder()
      if (!chosen) return null
      const key = `${chosen.id} ${normaliseText(query)}`
      const cached = known.get(key)
      if (cached) return { profileId: chosen.id, vector: cached }
      if (performance.now() < restUntil) return null
      try {
        const { vectors, tokens } = await inTime(chosen.embedder, query)
        const [vector] = vectors
        if (!vector) return null
        const text = vectorText(vector)
        known.set(key, text)
        const whose = tenantId === null ? [INSTALLATION] : [INSTALLATION, tenantId]
        const usages = whose.flatMap((id): Usage[] => [
          { tenantId: id, counter: 'query_embeddings', by: 1 },
          { tenantId: id, counter: 'embedding_tokens', by: tokens ?? 0 },
        ])
        await addUsage(db.service, usages)
        return { profileId: chosen.id, vector: text }
      } catch (error) {
        restUntil = performance.now() + REST_MS
        log.warn({ error: String(error) }, 'query.not_embedded')
        return null
      }
    },
  }
}

/** The signal asks the provider's client to give up; the race makes sure that nobody waits for one that does not. */
async function inTime(embedder: Embedder, query: string): Promise<Embeddings> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), { once: true })
  })
  return await Promise.race([embedder.embed([query], 'query', signal), late])
}

/** pgvector's text form; nine significant digits are what a 32-bit float holds. */
function vectorText(vector: Float32Array): string {
  return `[${Array.from(vector, (component) => component.toPrecision(9)).join()}]`
}
