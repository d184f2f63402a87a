import { hash } from 'node:crypto'
import { reasonOf } from '../../catalog/failure-sentences.ts'
import type { Access, Sql } from '../../platform/db/database.ts'
import { createCpuBudget } from '../../platform/runtime/cpu-budget.ts'
import { WORK_ID, WORK_STORE, type WorkList } from '../../platform/runtime/fair-turns.ts'
import { detectLanguage } from '../../platform/text/language.ts'
import { splitProduct } from './split-text.ts'

/** Limits of one turn: products, and bytes of their texts. */
export const MAX_PRODUCTS_PER_TURN = 50
const MAX_BYTES_PER_TURN = 2_000_000
/** Maximum characters of chunks per transaction; a single product may exceed it (200 chunks, up to 0.8 MB). */
const MAX_WRITTEN_CHARACTERS = 1_000_000
/** Fifty ordinary products take 20 ms of CPU. */
const CPU_BUDGET_MS = 200

export const TO_CHUNK: WorkList = {
  table: 'products',
  open: '(is_active and chunked_hash is distinct from content_hash) or (deleted_at is not null and chunked_hash is not null)',
}

/** A product with changed text, as read: it may have changed again since. */
export interface ChangedProduct {
  id: number
  tenantId: number
  storeId: number
  isDeleted: boolean
  contentHash: string
  priority: number
  name: string
  shortDescription: string
  description: string
  categories: string[]
  tags: string[]
  attributes: { name: string; options: string[] }[]
  brand: string | null
  categoryPaths: string[][] | null
}

export interface WantedChunk {
  text: string
  textHash: string
  language: string
  /** Why the text cannot be embedded: the chunk is stored as a dead letter. */
  error: string | null
  /** Words of the text as a tsvector literal, only of documents. */
  lexemes?: string
}

/** A product and its new chunks; none for a deleted product. */
export interface CutProduct {
  product: ChangedProduct
  wanted: WantedChunk[]
}

/** Reads the oldest changed products of the store with this priority, without locks: as many as fit into a turn, at least one. */
export async function readChanged(access: Access, storeId: number, priority: number, limit: number) {
  return await access.query<ChangedProduct>(
    `select id, tenant_id as "tenantId", store_id as "storeId", deleted_at is not null as "isDeleted",
            content_hash as "contentHash", priority, name, short_description as "shortDescription", description,
            categories, tags, attributes, brand, category_paths as "categoryPaths"
       from (select *, row_number() over oldest_first as place,
                    sum(octet_length(name) + octet_length(short_description) + octet_length(description)
                        + pg_column_size(categories) + pg_column_size(tags) + pg_column_size(attributes)) over oldest_first as total
               from (select * from products where (${TO_CHUNK.open}) and priority = $1 and ${WORK_STORE} = $2
                      order by ${WORK_ID} limit $3) oldest
             window oldest_first as (order by id rows unbounded preceding)) weighed
      where place = 1 or total <= $4
      order by id`,
    [priority, storeId, limit, MAX_BYTES_PER_TURN],
  )
}

/**
 * Splits the texts into chunks, before the transaction. Ends early when the CPU budget or the batch size is reached. A product
 * whose text cannot be split is given up.
 */
export async function cutProducts(changed: ChangedProduct[]): Promise<CutProduct[]> {
  const cpu = createCpuBudget(CPU_BUDGET_MS)
  const cut: CutProduct[] = []
  let written = 0
  for (const product of changed) {
    const wanted = product.isDeleted ? [] : cpu.spend(() => wantedChunks(product))
    written += wanted.reduce((sum, chunk) => sum + chunk.text.length, 0)
    if (cut.length > 0 && written > MAX_WRITTEN_CHARACTERS) break
    cut.push({ product, wanted })
    if (cpu.isSpent()) break
    await cpu.yield()
  }
  return cut
}

function wantedChunks(product: ChangedProduct): WantedChunk[] {
  try {
    return splitProduct(product)
      .filter((chunk) => chunk.text !== '')
      .map((chunk) => ({ ...chunk, textHash: hash('sha256', chunk.text), error: null }))
  } catch (error) {
    return givenUp(product, error)
  }
}

const MAX_NAME_LENGTH = 300

/**
 * The chunk of a product that could not be split or written: its name, as a dead letter with the reason. Search by words still
 * finds the product, and its next text change is split again.
 */
export function givenUp(product: ChangedProduct, error: unknown): WantedChunk[] {
  const text = product.name.slice(0, MAX_NAME_LENGTH).toWellFormed()
  // Not the hash of the text: a chunk with the same name and a vector must not match this one.
  const textHash = hash('sha256', `given up\n${text}`)
  return [{ text, textHash, language: detectLanguage(text), error: reasonOf(error) }]
}

/** Locks the products that are still as read. Returns their ids. */
export async function lockCut(tx: Sql, cut: CutProduct[]): Promise<Set<number>> {
  const rows = await tx.query<{ id: number }>(
    `select p.id from products p join unnest($1::bigint[], $2::text[], $3::boolean[]) as r (id, content_hash, is_deleted)
         on p.id = r.id and p.content_hash = r.content_hash and (p.deleted_at is not null) = r.is_deleted
      where ${TO_CHUNK.open.replaceAll(/\b(is_active|chunked_hash|content_hash|deleted_at)\b/g, 'p.$1')}
      order by p.id for update of p skip locked`,
    [
      cut.map(({ product }) => product.id),
      cut.map(({ product }) => product.contentHash),
      cut.map(({ product }) => product.isDeleted),
    ],
  )
  return new Set(rows.map((row) => row.id))
}
