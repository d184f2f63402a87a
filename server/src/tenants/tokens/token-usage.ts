import type { Database } from '../../platform/db/database.ts'
import type { Log } from '../../platform/log.ts'

const FLUSH_EVERY_MS = 5_000

export interface TokenUsage {
  /** Counts one use, in memory. */
  count(tokenId: number): void
  /** Uses that are counted but not written yet. */
  pending(tokenId: number): { uses: number; lastUsedAt: Date | null }
  stop(): Promise<void>
}

/** The counted tables: tokens, and agents connected by OAuth. */
type Counted = 'integration_tokens' | 'oauth_grants'

const FIRST_USE: Record<Counted, string> = {
  integration_tokens: ', first_used_at = coalesce(t.first_used_at, u.last_used_at)',
  oauth_grants: '',
}

/** Updates `usage_count` and `last_used_at` every 5 s instead of on every request; a killed process loses at most 5 s of counts. */
export function trackTokenUsage(db: Database, log: Log, table: Counted = 'integration_tokens'): TokenUsage {
  let counted = new Map<number, { uses: number; lastUsedAt: Date }>()

  const flush = async () => {
    if (counted.size === 0) return
    const batch = [...counted].sort(([a], [b]) => a - b)
    counted = new Map()
    try {
      await db.service.query(
        `update ${table} t
            set usage_count = t.usage_count + u.uses, last_used_at = greatest(t.last_used_at, u.last_used_at)${FIRST_USE[table]}
           from unnest($1::bigint[], $2::bigint[], $3::timestamptz[]) as u (id, uses, last_used_at)
          where t.id = u.id`,
        [
          batch.map(([id]) => id),
          batch.map(([, use]) => use.uses),
          batch.map(([, use]) => use.lastUsedAt.toISOString()),
        ],
      )
    } catch (error) {
      for (const [id, use] of batch) {
        const since = counted.get(id)
        counted.set(id, { uses: use.uses + (since?.uses ?? 0), lastUsedAt: since?.lastUsedAt ?? use.lastUsedAt })
      }
      log.warn({ error: String(error) }, 'token_usage.not_written')
    }
  }
  const timer = setInterval(() => void flush(), FLUSH_EVERY_MS)
  timer.unref()

  return {
    count: (tokenId) => {
      const use = counted.get(tokenId)
      if (use) {
        use.uses += 1
        use.lastUsedAt = new Date()
      } else counted.set(tokenId, { uses: 1, lastUsedAt: new Date() })
    },
    pending: (tokenId) => counted.get(tokenId) ?? { uses: 0, lastUsedAt: null },
    stop: async () => {
      clearInterval(timer)
      await flush()
    },
  }
}
