import { randomBytes } from 'node:crypto'
import type { Database, Sql } from '../platform/db/database.ts'
import { createBoundedCache } from '../platform/runtime/bounded-cache.ts'
import { type Reader, readerOf } from './authenticate.ts'
import type { Environment } from './tokens/token-format.ts'

/** As for tokens: the end of an address takes effect in every process within 1 s. */
const CACHE_TTL_MS = 900
/** Also limits the memory that guesses take. */
const MAX_CACHED = 1_000

/** A new last part of a public address: 160 random bits, which cannot be guessed. */
export function makePublicId(): string {
  return randomBytes(20).toString('base64url')
}

/** The store of a public address, and what a guest of it may read. */
export interface PublicStore {
  storeId: number
  reader: Reader
}

export type FindPublicStore = (publicId: string) => Promise<PublicStore | null>

/** Finds the store of a public address. null: there is none, or it has ended. @throws an outage */
export function createPublicStores(db: Database): FindPublicStore {
  const known = createBoundedCache<string, PublicStore>({ max: MAX_CACHED, ttl: CACHE_TTL_MS })
  return async (publicId) => {
    if (!/^[\w-]{27}$/.test(publicId)) return null
    const cached = known.get(publicId)
    if (cached) return cached
    const found = await readPublicStore(db.service, publicId)
    if (found) known.set(publicId, found)
    return found
  }
}

async function readPublicStore(sql: Sql, publicId: string): Promise<PublicStore | null> {
  const [found] = await sql.query<{ storeId: number; tenantId: number; environment: Environment }>(
    `select s.id as "storeId", s.tenant_id as "tenantId", s.environment from stores s join tenants n on n.id = s.tenant_id
      where s.public_id = $1 and s.deleted_at is null and n.erasing_since is null`,
    [publicId],
  )
  return found ? { storeId: found.storeId, reader: { ...readerOf(found), isGuest: true } } : null
}
