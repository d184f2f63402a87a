import { hash } from 'node:crypto'
import { isWithinLimit } from '../../ingest/version-bounds.ts'
import { type Sql, together } from '../../platform/db/database.ts'
import { indexTokens } from '../../platform/text/index-tokens.ts'
import { tsvectorOfTokens } from '../../platform/text/language.ts'
import { addAvoided } from '../../tenants/usage.ts'
import { alignChunks } from '../chunks/align-chunks.ts'
import type { WantedChunk } from '../chunks/cut-products.ts'
import { splitProduct } from '../chunks/split-text.ts'
import { alignedWrites } from '../chunks/write-chunks.ts'
import type { ReadDocument, ReadSet } from './read-set.ts'

export type SetReceipt =
  | { status: 'stored'; pending: number }
  | { status: 'unchanged' }
  /** The stored set is newer, or another set has the same version. */
  | { status: 'refused'; storedVersion: number }
  /** The version is too far ahead of the time of receipt. */
  | { status: 'ahead' }
  | { status: 'no store' }

/** A document and its passages; null: its text is the stored one. */
export interface CutDocument {
  document: ReadDocument
  wanted: WantedChunk[] | null
}

/** Content hashes of the stored documents of a store, by the shop's number. */
export async function storedHashes(sql: Sql, storeId: number): Promise<Map<number, string>> {
  const rows = await sql.query<{ externalId: number; contentHash: string }>(
    'select external_id as "externalId", content_hash as "contentHash" from documents where store_id = $1',
    [storeId],
  )
  return new Map(rows.map((row) => [row.externalId, row.contentHash]))
}

/** Cuts a document into passages, as the text of a product is cut; each begins with the title. Pure. */
export function cutDocument({ title, content }: ReadDocument): WantedChunk[] {
  return splitProduct({
    name: title,
    categories: [],
    tags: [],
    attributes: [],
    shortDescription: '',
    description: content,
  })
    .filter(({ text }) => text !== '')
    .map((chunk) => ({
      ...chunk,
      textHash: hash('sha256', chunk.text),
      error: null,
      lexemes: tsvectorOfTokens([{ tokens: indexTokens(chunk.text), weight: 'D' }]),
    }))
}

interface Place {
  tenantId: number
  storeId: number
}

/**
 * Stores a set in the caller's transaction: the newest version wins, documents that are absent from it are deleted with their
 * passages, and only passages with another text wait for a vector. Concurrent sets of one store wait for each other.
 */
export async function storeSet(tx: Sql, place: Place, set: ReadSet, cut: CutDocument[]): Promise<SetReceipt> {
  const { storeId } = place
  // Against the deletion of the store, which updates this row before it deletes the documents.
  const [store] = await tx.query('select 1 from stores where id = $1 and deleted_at is null for share', [storeId])
  if (!store) return { status: 'no store' }
  const [bounds] = await tx.query<{ isAhead: boolean }>(
    `select not (${isWithinLimit('$1::bigint', 'now()')}) as "isAhead"`,
    [set.version],
  )
  if (bounds?.isAhead) return { status: 'ahead' }
  const stored = await lockSet(tx, place, set)
  if (stored !== null) {
    const isSame = stored.setHash === set.setHash
    if (stored.version > set.version || (stored.version === set.version && !isSame))
      return { status: 'refused', storedVersion: stored.version }
    if (isSame) {
      await tx.query('update document_sets set version = $2, received_at = now() where store_id = $1', [
        storeId,
        set.version,
      ])
      return { status: 'unchanged' }
    }
    await tx.query(
      `update document_sets set version = $2, set_hash = $3, shop = $4::jsonb, received_at = now() where store_id = $1`,
      [storeId, set.version, set.setHash, set.shop === null ? null : JSON.stringify(set.shop)],
    )
  }
  const pending = await writeDocuments(tx, place, cut)
  return { status: 'stored', pending }
}

/** Locks the stored set. Null: there was none, and this one is inserted now. */
async function lockSet(tx: Sql, { tenantId, storeId }: Place, set: ReadSet) {
  const inserted = await tx.query(
    `insert into document_sets (store_id, tenant_id, version, set_hash, shop) values ($1, $2, $3, $4, $5::jsonb)
     on conflict (store_id) do nothing returning 1`,
    [storeId, tenantId, set.version, set.setHash, set.shop === null ? null : JSON.stringify(set.shop)],
  )
  if (inserted.length > 0) return null
  const [stored] = await tx.query<{ version: number; setHash: string }>(
    'select version, set_hash as "setHash" from document_sets where store_id = $1 for update',
    [storeId],
  )
  if (!stored) throw new Error('a set of documents has disappeared while its store exists')
  return stored
}

async function writeDocuments(tx: Sql, { tenantId, storeId }: Place, cut: CutDocument[]): Promise<number> {
  const documents = cut.map(({ document }) => document)
  const ids = documents.map(({ externalId }) => externalId)
  await tx.query('delete from documents where store_id = $1 and external_id <> all($2::bigint[])', [storeId, ids])
  const hashes = await storedHashes(tx, storeId)
  const rows = await tx.query<{ id: number; externalId: number }>(
    `insert into documents (tenant_id, store_id, external_id, kind, title, content, url, language, modified_at, content_hash)
     select $1::bigint, $2::bigint, r.*
       from unnest($3::bigint[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], $9::timestamptz[], $10::text[]) as r
     on conflict (store_id, external_id) do update
       set kind = excluded.kind, title = excluded.title, content = excluded.content, url = excluded.url,
           language = excluded.language, modified_at = excluded.modified_at, content_hash = excluded.content_hash,
           updated_at = case when (documents.kind, documents.url, documents.content_hash)
                                is not distinct from (excluded.kind, excluded.url, excluded.content_hash)
                             then documents.updated_at else now() end
     returning id, external_id as "externalId"`,
    [
      tenantId,
      storeId,
      ids,
      documents.map(({ kind }) => kind),
      documents.map(({ title }) => title),
      documents.map(({ content }) => content),
      documents.map(({ url }) => url),
      documents.map(({ language }) => language),
      documents.map(({ modifiedAt }) => modifiedAt?.toISOString() ?? null),
      documents.map(({ contentHash }) => contentHash),
    ],
  )
  const idOf = new Map(rows.map((row) => [row.externalId, row.id]))
  const changed = cut.flatMap(({ document, wanted }) => {
    if (hashes.get(document.externalId) === document.contentHash) return []
    const id = idOf.get(document.externalId)
    // A concurrent set has changed the document since it was cut.
    return id === undefined ? [] : [{ id, wanted: wanted ?? cutDocument(document) }]
  })
  if (changed.length === 0) return 0
  const stored = await tx.query<{ id: number; documentId: number; position: number; textHash: string }>(
    `select id, document_id as "documentId", position, text_hash as "textHash" from knowledge_chunks
      where tenant_id = $1 and document_id = any($2::bigint[])`,
    [tenantId, changed.map(({ id }) => id)],
  )
  const byDocument = Map.groupBy(stored, (row) => row.documentId)
  const alignments = changed.map(({ id, wanted }) => ({
    ...alignChunks(byDocument.get(id) ?? [], wanted),
    owner: { tenantId, storeId, productId: null, documentId: id, priority: 0 },
  }))
  await together(...alignedWrites(tx, alignments))
  const kept = alignments.reduce((sum, each) => sum + each.kept.length, 0)
  await addAvoided(tx, [{ tenantId, storeId, by: kept }])
  return alignments.reduce((sum, each) => sum + each.rewritten.length + each.inserted.length, 0)
}
