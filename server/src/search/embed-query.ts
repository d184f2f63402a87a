import { LRUCache } from 'lru-cache'
import type { Embedder } from '../knowledge/embedder.ts'
import { vectorText } from '../knowledge/vector-store.ts'
import type { Database } from '../platform/database.ts'
import { normaliseText } from '../platform/language.ts'
import type { Log } from '../platform/log.ts'
import { addUsage, INSTALLATION, type Usage } from '../tenants/usage.ts'

/** After this, search answers from words and says so. */
const PATIENCE_MS = 500
/** How long a provider that did not answer a query is left alone, so that not every search waits for it. */
const REST_MS = 5_000

export interface QueryEmbedder {
  /** The query's vector in pgvector's text form, or null when the provider does not give one in time. */
  embed(query: string, tenantId: number | null): Promise<string | null>
}

/** Embeds queries, each distinct one once while it is among the last 5,000. */
export function createQueryEmbedder(db: Database, embedder: Embedder, log: Log): QueryEmbedder {
  const known = new LRUCache<string, string>({ max: 5_000 })
  let restUntil = 0
  return {
    embed: async (query, tenantId) => {
      const key = normaliseText(query)
      const cached = known.get(key)
      if (cached) return cached
      if (Date.now() < restUntil) return null
      try {
        const [vector] = await inTime(embedder, query)
        if (!vector) return null
        const text = vectorText(vector)
        known.set(key, text)
        const usages: Usage[] = [{ tenantId: INSTALLATION, counter: 'query_embeddings', by: 1 }]
        if (tenantId !== null) usages.push({ tenantId, counter: 'query_embeddings', by: 1 })
        await addUsage(db, usages)
        return text
      } catch (error) {
        restUntil = Date.now() + REST_MS
        log.warn({ error: String(error) }, 'query.not_embedded')
        return null
      }
    },
  }
}

/** The signal asks the provider's client to give up; the race makes sure that nobody waits for one that does not. */
async function inTime(embedder: Embedder, query: string): Promise<Float32Array[]> {
  const signal = AbortSignal.timeout(PATIENCE_MS)
  const late = new Promise<never>((_, reject) => {
    signal.addEventListener('abort', () => reject(new Error(`no answer within ${PATIENCE_MS} ms`)), { once: true })
  })
  return await Promise.race([embedder.embed([query], 'query', signal), late])
}
