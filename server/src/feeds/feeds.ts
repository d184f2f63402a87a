import { randomBytes } from 'node:crypto'
import type { Database, Sql } from '../platform/db/database.ts'
import { notFound, Problem } from '../platform/errors.ts'
import type { List } from '../platform/http/lists.ts'
import { hashToken } from '../tenants/tokens/token-format.ts'
import type { Feed, FeedKind } from './feed-schemas.ts'

/** Maximum feeds of a store that are not revoked. */
export const MAX_FEEDS_PER_STORE = 20

/** A new token: 256 random bits. It is part of an address, because a reader of feeds sends nothing else. */
function makeToken(): string {
  return `fd_${randomBytes(32).toString('base64url')}`
}

/** True when a text has the form of a feed token. */
export function isFeedToken(text: string): boolean {
  return /^fd_[\w-]{43}$/.test(text)
}

function previewOf(token: string): string {
  return `fd_…${token.slice(-6)}`
}

export const FEED_COLUMNS = `f.id, f.kind, json_build_object('id', s.id, 'name', s.name) as store, f.token_preview, f.target_country, f.language,
  f.currency, f.created_at, f.rotated_at, f.last_read_at, f.reads`
const SOURCE = 'feeds f join stores s on s.id = f.store_id'
const VISIBLE = '($1::bigint is null or f.tenant_id = $1) and f.revoked_at is null and s.deleted_at is null'

/** The feeds of a tenant or of a store, newest first, for `readPage`. */
export function feedList(tenantId: number | null, storeId: number | undefined): List {
  return {
    columns: FEED_COLUMNS,
    from: SOURCE,
    where: [VISIBLE, '($2::bigint is null or f.store_id = $2)'],
    values: [tenantId, storeId ?? null],
    sort: { sql: 'f.id', type: 'bigint', descending: true },
    id: 'f.id',
  }
}

/** @throws {Problem} 404 for an unknown or revoked feed, and for one of another tenant */
export async function findFeed(sql: Sql, tenantId: number | null, id: number): Promise<Feed> {
  const [feed] = await sql.query<Feed>(`select ${FEED_COLUMNS} from ${SOURCE} where ${VISIBLE} and f.id = $2`, [
    tenantId,
    id,
  ])
  if (!feed) throw notFound()
  return feed
}

export interface FeedOptions {
  kind: FeedKind
  targetCountry: string | null
  language: string | null
  currency: string | null
}

/** @throws {Problem} 409 when the store has too many feeds */
export async function makeFeed(
  tx: Sql,
  store: { id: number; tenantId: number },
  { kind, targetCountry, language, currency }: FeedOptions,
): Promise<{ token: string; id: number }> {
  // Two requests at once would both count before either inserts.
  await tx.query('select 1 from stores where id = $1 for no key update', [store.id])
  const [count] = await tx.query<{ feeds: number }>(
    'select count(*)::int as feeds from feeds where tenant_id = $1 and store_id = $2 and revoked_at is null',
    [store.tenantId, store.id],
  )
  if ((count?.feeds ?? 0) >= MAX_FEEDS_PER_STORE) throw tooManyFeeds()
  const token = makeToken()
  const [made] = await tx.query<{ id: number }>(
    `insert into feeds (tenant_id, store_id, kind, token_hash, token_preview, target_country, language, currency)
     values ($1, $2, $3, $4, $5, $6, $7, $8) returning id`,
    [store.tenantId, store.id, kind, hashToken(token), previewOf(token), targetCountry, language, currency],
  )
  if (!made) throw new Error('the insert of a feed returned no row')
  return { token, id: made.id }
}

/** Gives a feed a new token; the old one ends at once. @throws {Problem} 404 */
export async function rotateFeed(tx: Sql, tenantId: number | null, id: number): Promise<string> {
  const token = makeToken()
  const changed = await tx.query(
    `update feeds set token_hash = $3, token_preview = $4, rotated_at = now()
      where ($1::bigint is null or tenant_id = $1) and id = $2 and revoked_at is null returning 1`,
    [tenantId, id, hashToken(token), previewOf(token)],
  )
  if (changed.length === 0) throw notFound()
  return token
}

/** Ends a feed at once. @throws {Problem} 404 */
export async function revokeFeed(tx: Sql, tenantId: number | null, id: number): Promise<void> {
  const changed = await tx.query(
    `update feeds set revoked_at = now()
      where ($1::bigint is null or tenant_id = $1) and id = $2 and revoked_at is null returning 1`,
    [tenantId, id],
  )
  if (changed.length === 0) throw notFound()
}

/** A feed as its public address serves it. */
export interface ServedFeed extends FeedOptions {
  id: number
  tenantId: number
  storeId: number
  tokenHash: string
  storeName: string
  /** Address of the shop, or empty. */
  site: string
  /** The last part of the store's public MCP address; null: it has none. */
  publicId: string | null
}

export const SERVED_COLUMNS = `f.id, f.kind, f.tenant_id as "tenantId", f.store_id as "storeId", f.token_hash as "tokenHash",
  f.target_country as "targetCountry", f.language, f.currency, s.name as "storeName", s.site, s.public_id as "publicId"`
/** SQL: feeds `f` of stores `s` that may be read now. */
export const IS_SERVED = `f.revoked_at is null and s.deleted_at is null
  and exists (select 1 from tenants n where n.id = f.tenant_id and n.erasing_since is null)`

/** The feed of a token, without a cache: a revoked token ends with the commit of its revocation. Null: unknown or revoked. */
export async function findServedFeed(db: Database, token: string): Promise<ServedFeed | null> {
  if (!isFeedToken(token)) return null
  const [feed] = await db.service.query<ServedFeed>(
    `select ${SERVED_COLUMNS} from ${SOURCE} where f.token_hash = $1 and ${IS_SERVED}`,
    [hashToken(token)],
  )
  return feed ?? null
}

/** Counts a read of the feed. */
export async function noteRead(sql: Sql, { id, tenantId }: ServedFeed): Promise<void> {
  await sql.query('update feeds set last_read_at = now(), reads = reads + 1 where tenant_id = $1 and id = $2', [
    tenantId,
    id,
  ])
}

function tooManyFeeds(): Problem {
  return new Problem(409, 'too_many_feeds', {
    en: `A store has at most ${MAX_FEEDS_PER_STORE} feeds. Revoke one that is not read any more.`,
    fa: 'هر فروشگاه حداکثر ۲۰ فید دارد. فیدی را که دیگر خوانده نمی‌شود باطل کنید.',
  })
}
