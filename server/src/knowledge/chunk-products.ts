import { hash } from 'node:crypto'
import { CHUNK_STAGE } from '../catalog/apply-events.ts'
import type { Database, Sql } from '../platform/database.ts'
import { storesInTurn, WORK_ID, WORK_STORE } from '../platform/fair-turns.ts'
import type { Log } from '../platform/log.ts'
import type { Queue } from '../platform/queue.ts'
import type { Stage } from '../platform/stage-runner.ts'
import { addUsage } from '../tenants/usage.ts'
import { type Alignment, alignChunks, type StoredChunk } from './align-chunks.ts'
import { splitProduct } from './split-text.ts'

/** The stage that a text without a vector wakes. */
export const EMBED_STAGE = 'embed-chunks'

/** Keeps a turn's transaction under 50 ms on the embedded database. */
const MAX_PRODUCTS_A_TURN = 50

const TO_CHUNK = {
  table: 'products',
  open: '(is_active and chunked_hash is distinct from content_hash) or (deleted_at is not null and chunked_hash is not null)',
}

interface ChangedProduct {
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
}

interface WantedChunk {
  text: string
  textHash: string
  language: string
}

type ProductAlignment = Alignment<WantedChunk> & { product: ChangedProduct }

/**
 * The stage that cuts the texts of changed products into chunks, and removes those of deleted ones. A chunk whose text is
 * the same stays with its vector; only the others become pending.
 */
export function chunkProductsStage({ db, queue, log }: { db: Database; queue: Queue; log: Log }): Stage {
  const lastStore: [number, number] = [0, 0]
  return {
    name: CHUNK_STAGE,
    takeTurn: async () => {
      for (const priority of [0, 1] as const) {
        for (const { storeId, tenantId } of await storesInTurn(
          db.service,
          TO_CHUNK,
          priority,
          lastStore[priority],
          8,
        )) {
          lastStore[priority] = storeId
          const startedAt = performance.now()
          const counts = await db.forTenant(tenantId).transaction((tx) => chunkStore(tx, queue, storeId, priority))
          if (counts === null) continue
          log.info({ storeId, ...counts, durationMs: Math.round(performance.now() - startedAt) }, 'products.chunked')
          return 'more'
        }
      }
      return { nextAt: null }
    },
  }
}

async function chunkStore(tx: Sql, queue: Queue, storeId: number, priority: number) {
  const products = await claimProducts(tx, storeId, priority)
  const [first] = products
  if (!first) return null
  const stored = await chunksOf(tx, first.tenantId, products)
  const alignments = products.map((product) => ({
    product,
    ...alignChunks(stored.get(product.id) ?? [], product.isDeleted ? [] : wantedChunks(product)),
  }))
  await writeAlignments(tx, alignments)
  await markChunked(tx, alignments)
  const pending = alignments.reduce((sum, a) => sum + a.rewritten.length + a.inserted.length, 0)
  const kept = alignments.reduce((sum, a) => sum + a.kept.length, 0)
  await addUsage(tx, [{ tenantId: first.tenantId, counter: 'embeddings_avoided', by: kept }])
  if (pending > 0) await queue.wake(tx, EMBED_STAGE)
  return { products: products.length, pending, kept }
}

async function claimProducts(tx: Sql, storeId: number, priority: number): Promise<ChangedProduct[]> {
  return await tx.query<ChangedProduct>(
    `select id, tenant_id as "tenantId", store_id as "storeId", deleted_at is not null as "isDeleted",
            content_hash as "contentHash", priority, name, short_description as "shortDescription", description,
            categories, tags, attributes
       from products where (${TO_CHUNK.open}) and priority = $1 and ${WORK_STORE} = $2
      order by ${WORK_ID} limit $3 for update skip locked`,
    [priority, storeId, MAX_PRODUCTS_A_TURN],
  )
}

function wantedChunks(product: ChangedProduct): WantedChunk[] {
  return splitProduct(product)
    .filter((chunk) => chunk.text !== '')
    .map((chunk) => ({ ...chunk, textHash: hash('sha256', chunk.text) }))
}

async function chunksOf(tx: Sql, tenantId: number, products: ChangedProduct[]): Promise<Map<number, StoredChunk[]>> {
  const rows = await tx.query<StoredChunk & { productId: number }>(
    `select id, product_id as "productId", position, text_hash as "textHash"
       from knowledge_chunks where tenant_id = $1 and product_id = any($2::bigint[])`,
    [tenantId, products.map((product) => product.id)],
  )
  return Map.groupBy(rows, (row) => row.productId)
}

async function writeAlignments(tx: Sql, alignments: ProductAlignment[]): Promise<void> {
  const removed = alignments.flatMap((a) => a.removed)
  const moved = alignments.flatMap((a) => a.kept)
  const rewritten = alignments.flatMap((a) => a.rewritten.map((row) => ({ ...row, priority: a.product.priority })))
  const inserted = alignments.flatMap((a) => a.inserted.map((row) => ({ ...row, product: a.product })))
  if (removed.length > 0) await tx.query('delete from knowledge_chunks where id = any($1::bigint[])', [removed])
  if (moved.length > 0) {
    await tx.query(
      `update knowledge_chunks c set position = r.position from unnest($1::bigint[], $2::int[]) as r (id, position)
        where c.id = r.id and c.position <> r.position`,
      [moved.map((row) => row.id), moved.map((row) => row.position)],
    )
  }
  if (rewritten.length > 0) {
    await tx.query(
      `update knowledge_chunks c
          set position = r.position, text = r.text, text_hash = r.text_hash, language = r.language, priority = r.priority,
              embedding_status = 'pending', embedding_error = null, leased_until = null, updated_at = now()
         from unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[], $6::smallint[])
           as r (id, position, text, text_hash, language, priority)
        where c.id = r.id`,
      [
        rewritten.map((row) => row.id),
        rewritten.map((row) => row.position),
        rewritten.map((row) => row.chunk.text),
        rewritten.map((row) => row.chunk.textHash),
        rewritten.map((row) => row.chunk.language),
        rewritten.map((row) => row.priority),
      ],
    )
  }
  if (inserted.length > 0) {
    await tx.query(
      `insert into knowledge_chunks (tenant_id, store_id, product_id, position, text, text_hash, language, priority)
       select * from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::int[], $5::text[], $6::text[], $7::text[], $8::smallint[])`,
      [
        inserted.map((row) => row.product.tenantId),
        inserted.map((row) => row.product.storeId),
        inserted.map((row) => row.product.id),
        inserted.map((row) => row.position),
        inserted.map((row) => row.chunk.text),
        inserted.map((row) => row.chunk.textHash),
        inserted.map((row) => row.chunk.language),
        inserted.map((row) => row.product.priority),
      ],
    )
  }
}

/** Notes how far each product has come; one without anything pending is searchable at its version at once. */
async function markChunked(tx: Sql, alignments: ProductAlignment[]): Promise<void> {
  await tx.query(
    `update products p
        set chunked_hash = r.chunked_hash, chunk_count = r.chunk_count,
            embedded_hash = case when w.waiting then null else r.chunked_hash end,
            searchable_version = case when w.waiting then p.searchable_version else p.version end
       from unnest($1::bigint[], $2::text[], $3::int[]) as r (id, chunked_hash, chunk_count),
            lateral (select exists (select 1 from knowledge_chunks c
                                     where c.product_id = r.id and c.embedding_status <> 'stored') as waiting) w
      where p.id = r.id`,
    [
      alignments.map((a) => a.product.id),
      alignments.map((a) => (a.product.isDeleted ? null : a.product.contentHash)),
      alignments.map((a) => a.kept.length + a.rewritten.length + a.inserted.length),
    ],
  )
}
