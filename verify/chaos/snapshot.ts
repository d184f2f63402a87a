import type { Sql } from '../../server/src/platform/db/database.ts'
import { embedWords } from '../support/fake-embedding-provider.ts'

/** All stored rows at the end, of any system, in the form that is judged. */
export interface Snapshot {
  events: StoredEvent[]
  products: StoredProduct[]
  /** Texts that the provider refused for good. */
  refusedTexts: number
  /** False: a deleted product has no row at all. */
  keepsTombstones: boolean
  /** True: search looks at the product as it is, so that the vector of a hidden one is not found. */
  searchAsksProduct: boolean
}

export interface StoredEvent {
  storeId: number
  eventId: string
  state: 'open' | 'ended' | 'dead'
  /** Number of attempts that began and ended; null: not counted in this system. */
  attempts: number | null
}

export interface StoredProduct {
  storeId: number
  productId: number
  isDeleted: boolean
  isActive: boolean
  /** null: not known there. */
  version: number | null
  name: string
  description: string
  price: string | null
  stock: number | null
  texts: StoredText[]
}

export interface StoredText {
  text: string
  position: number
  /** `right`: the provider's vector of this very text. `wrong`: of something else. */
  vector: 'right' | 'wrong' | 'missing'
}

export const DIMENSIONS = 64

/** Reads what the server stored. Product by product it may be 100 MB for the longest campaign. */
export async function takeSnapshot(sql: Sql): Promise<Snapshot> {
  const events = await sql.query<StoredEvent>(
    `select e.store_id as "storeId", e.event_id as "eventId", e.attempts,
            case when e.status in ('received', 'retrying') then 'open' when e.status = 'dead' then 'dead' else 'ended' end as state
       from events e order by e.id`,
  )
  const products = await sql.query<Omit<StoredProduct, 'texts'> & { id: number }>(
    `select p.id, p.store_id as "storeId", substr(p.external_id, 5)::bigint as "productId", p.version, p.name,
            p.description, p.price::text as price, p.stock_quantity::float8 as stock, p.is_active as "isActive",
            p.deleted_at is not null as "isDeleted"
       from products p order by p.id`,
  )
  const texts = await sql.query<{
    productId: number
    text: string
    position: number
    status: string
    vector: string | null
  }>(
    `select c.product_id as "productId", c.text, c.position, c.embedding_status as status, e.embedding::text as vector
       from knowledge_chunks c
       left join chunk_embeddings e on e.chunk_id = c.id and e.text_hash = c.text_hash
        and e.profile_id = (select id from embedding_profiles where state = 'active')
      order by c.product_id, c.position`,
  )
  const textsOf = Map.groupBy(texts, (text) => text.productId)
  return {
    events,
    products: products.map(({ id, ...product }) => ({
      ...product,
      texts: (textsOf.get(id) ?? []).map(({ text, position, vector }) => ({
        text,
        position,
        vector: judgeVector(text, vector),
      })),
    })),
    refusedTexts: texts.filter((text) => text.status === 'refused').length,
    keepsTombstones: true,
    searchAsksProduct: true,
  }
}

/** Compares a stored vector (pgvector's text form) with the one the provider gives for the text. */
export function judgeVector(text: string, vector: string | null): StoredText['vector'] {
  if (vector === null) return 'missing'
  const stored = JSON.parse(vector) as number[]
  const right = embedWords(text, DIMENSIONS)
  const isRight = stored.length === DIMENSIONS && stored.every((value, at) => Math.abs(value - (right[at] ?? 0)) < 1e-5)
  return isRight ? 'right' : 'wrong'
}
