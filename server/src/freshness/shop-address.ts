import { createHash } from 'node:crypto'
import type { Sql } from '../platform/db/database.ts'

/** Products whose addresses are tried. */
const MAX_PERMALINKS = 5
/** Folders of an address that are tried: WordPress may run in one. */
const MAX_FOLDERS = 3

interface OfStore {
  tenantId: number
  storeId: number
  /** As its owner has entered it; may be empty. */
  site: string
}

/**
 * The address of the shop, proven: its hash is the one that the plugin sent with a valid token of the store. Candidates are the address
 * that the owner entered, and those of the store's products. Null: no candidate is proven, so no host may be visited.
 */
export async function findShopAddress(sql: Sql, { tenantId, storeId, site }: OfStore): Promise<string | null> {
  const bound = await sql.query<{ hash: string }>(
    `select distinct site_hash as hash from integration_tokens
      where tenant_id = $1 and store_id = $2 and integration_type = 'woocommerce' and is_active and site_hash is not null
        and (expires_at is null or expires_at > now())`,
    [tenantId, storeId],
  )
  if (bound.length === 0) return null
  const products = await sql.query<{ permalink: string }>(
    `select permalink from products
      where tenant_id = $1 and store_id = $2 and is_active and permalink <> '' order by id limit ${MAX_PERMALINKS}`,
    [tenantId, storeId],
  )
  const hashes = new Set(bound.map(({ hash }) => hash))
  const candidates = [site, ...products.map(({ permalink }) => permalink)].flatMap(addressesIn)
  return candidates.find((address) => hashes.has(siteHash(address))) ?? null
}

/** The hash of a site's address, as the plugin computes it. */
export function siteHash(address: string): string {
  return createHash('sha256').update(address.toLowerCase()).digest('hex')
}

/** The possible addresses of a WordPress behind an address: as it is, its host, and its first folders; each without a slash at the end. */
function addressesIn(address: string): string[] {
  const url = URL.parse(address.trim())
  if (url === null || !/^https?:$/.test(url.protocol)) return []
  const folders = url.pathname.split('/').filter(Boolean).slice(0, MAX_FOLDERS)
  const within = folders.map((_, count) => `${url.origin}/${folders.slice(0, count + 1).join('/')}`)
  return [address.trim().replace(/\/+$/, ''), url.origin, ...within]
}
