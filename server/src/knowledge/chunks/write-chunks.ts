import { type Sql, together } from '../../platform/db/database.ts'
import { type Alignment, alignChunks, type StoredChunk } from './align-chunks.ts'
import { type CutProduct, lockCut, type WantedChunk } from './cut-products.ts'

type ProductAlignment = Alignment<WantedChunk> & CutProduct

/** The product or the document that a chunk is cut from. */
export interface ChunkOwner {
  tenantId: number
  storeId: number
  productId: number | null
  documentId: number | null
  priority: number
}

/** Numbers of chunks that wait for a vector and of chunks that kept theirs. */
export interface ChunksWritten {
  products: number
  pending: number
  kept: number
}

/**
 * Writes the chunks of products of one tenant, in the caller's transaction. A chunk with unchanged text keeps its vector; only the
 * others become pending. Products that have changed since they were read are skipped. Returns null when none is left.
 */
export async function writeChunks(tx: Sql, tenantId: number, cut: CutProduct[]): Promise<ChunksWritten | null> {
  const [locked, stored] = await together(lockCut(tx, cut), chunksOf(tx, tenantId, cut))
  const alignments = cut
    .filter(({ product }) => locked.has(product.id))
    .map((each) => ({ ...each, ...alignChunks(stored.get(each.product.id) ?? [], each.wanted) }))
  if (alignments.length === 0) return null
  await writeAlignments(tx, alignments)
  return {
    products: alignments.length,
    pending: alignments.reduce((sum, a) => sum + a.rewritten.length + a.inserted.length, 0),
    kept: alignments.reduce((sum, a) => sum + a.kept.length, 0),
  }
}

async function chunksOf(tx: Sql, tenantId: number, cut: CutProduct[]): Promise<Map<number, StoredChunk[]>> {
  const rows = await tx.query<StoredChunk & { productId: number }>(
    `select id, product_id as "productId", position, text_hash as "textHash"
       from knowledge_chunks where tenant_id = $1 and product_id = any($2::bigint[])`,
    [tenantId, cut.map(({ product }) => product.id)],
  )
  return Map.groupBy(rows, (row) => row.productId)
}

/** Sent together: each statement sees the writes of the previous ones. */
async function writeAlignments(tx: Sql, alignments: ProductAlignment[]): Promise<void> {
  const owned = alignments.map((alignment) => ({ ...alignment, owner: ownerOf(alignment.product) }))
  await together(...alignedWrites(tx, owned), markChunked(tx, alignments))
}

function ownerOf({ id, tenantId, storeId, priority }: CutProduct['product']): ChunkOwner {
  return { tenantId, storeId, productId: id, documentId: null, priority }
}

/** The statements that bring stored chunks to their alignment, sent in this order; the caller awaits them. */
export function alignedWrites(
  tx: Sql,
  alignments: (Alignment<WantedChunk> & { owner: ChunkOwner })[],
): Promise<unknown>[] {
  const removed = alignments.flatMap((a) => a.removed)
  const moved = alignments.flatMap((a) => a.kept)
  const rewritten = alignments.flatMap((a) => a.rewritten.map((row) => ({ ...row, owner: a.owner })))
  const inserted = alignments.flatMap((a) => a.inserted.map((row) => ({ ...row, owner: a.owner })))
  return [
    ...(removed.length === 0 ? [] : [tx.query('delete from knowledge_chunks where id = any($1::bigint[])', [removed])]),
    ...(moved.length === 0 ? [] : [moveChunks(tx, moved)]),
    ...(rewritten.length === 0 ? [] : [rewriteChunks(tx, rewritten)]),
    ...(inserted.length === 0 ? [] : [insertChunks(tx, inserted)]),
  ]
}

async function moveChunks(tx: Sql, moved: { id: number; position: number }[]): Promise<unknown> {
  return await tx.query(
    `update knowledge_chunks c set position = r.position from unnest($1::bigint[], $2::int[]) as r (id, position)
      where c.id = r.id and c.position <> r.position`,
    [moved.map((row) => row.id), moved.map((row) => row.position)],
  )
}

type PlacedChunk = { position: number; chunk: WantedChunk; owner: ChunkOwner }

async function rewriteChunks(tx: Sql, rewritten: (PlacedChunk & { id: number })[]): Promise<unknown> {
  return await tx.query(
    `update knowledge_chunks c
        set position = r.position, text = r.text, text_hash = r.text_hash, language = r.language, priority = r.priority,
            embedding_status = case when r.error is null then 'pending' else 'refused' end, embedding_error = r.error,
            lexemes = r.lexemes::tsvector, leased_until = null, dismissed_at = null, updated_at = now()
       from unnest($1::bigint[], $2::int[], $3::text[], $4::text[], $5::text[], $6::smallint[], $7::text[], $8::text[])
         as r (id, position, text, text_hash, language, priority, error, lexemes)
      where c.id = r.id`,
    [
      rewritten.map((row) => row.id),
      rewritten.map((row) => row.position),
      rewritten.map((row) => row.chunk.text),
      rewritten.map((row) => row.chunk.textHash),
      rewritten.map((row) => row.chunk.language),
      rewritten.map((row) => row.owner.priority),
      rewritten.map((row) => row.chunk.error),
      rewritten.map((row) => row.chunk.lexemes ?? null),
    ],
  )
}

async function insertChunks(tx: Sql, inserted: PlacedChunk[]): Promise<unknown> {
  return await tx.query(
    `insert into knowledge_chunks (tenant_id, store_id, product_id, document_id, position, text, text_hash, language, priority,
                                   embedding_error, lexemes, embedding_status)
     select r.tenant_id, r.store_id, r.product_id, r.document_id, r.position, r.text, r.text_hash, r.language, r.priority,
            r.error, r.lexemes::tsvector, case when r.error is null then 'pending' else 'refused' end
       from unnest($1::bigint[], $2::bigint[], $3::bigint[], $4::bigint[], $5::int[], $6::text[], $7::text[], $8::text[],
                   $9::smallint[], $10::text[], $11::text[])
         as r (tenant_id, store_id, product_id, document_id, position, text, text_hash, language, priority, error, lexemes)`,
    [
      inserted.map((row) => row.owner.tenantId),
      inserted.map((row) => row.owner.storeId),
      inserted.map((row) => row.owner.productId),
      inserted.map((row) => row.owner.documentId),
      inserted.map((row) => row.position),
      inserted.map((row) => row.chunk.text),
      inserted.map((row) => row.chunk.textHash),
      inserted.map((row) => row.chunk.language),
      inserted.map((row) => row.owner.priority),
      inserted.map((row) => row.chunk.error),
      inserted.map((row) => row.chunk.lexemes ?? null),
    ],
  )
}

/** Records the progress of each product; a product without pending chunks is searchable at its version at once. */
async function markChunked(tx: Sql, alignments: ProductAlignment[]): Promise<unknown> {
  return await tx.query(
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
