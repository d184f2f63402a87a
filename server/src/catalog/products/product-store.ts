import { isWithinLimit } from '../../ingest/version-bounds.ts'
import { type Sql, together } from '../../platform/db/database.ts'
import { HAS_STORE } from '../event-log.ts'
import { renewRevision } from './catalog-revision.ts'
import { type ProductState, readProduct, withWords } from './product-state.ts'
import { type ProductVariants, replaceVariants, uniqueById } from './product-variants.ts'
import { readStamp } from './search-terms.ts'
import type { StoredProduct } from './version-order.ts'
import { countWords } from './word-counts.ts'

/** Tenant and store of a product, always from the row of the event, which has them from the token. */
export interface Owner {
  tenantId: number
  storeId: number
}

/** A stored product and the results of the knowledge stages. */
export interface KnownProduct extends StoredProduct {
  id: number
  chunkCount: number
  /** True when its row is shown; decisions in memory do not change this value. */
  isActive: boolean
  /** Value of the row: reconciliation compares it, and a row with another value is rewritten. */
  productHash: string
  /** Its indexed words while it is shown; null otherwise, and while it waits for its first indexing. */
  searchTerms: string | null
}

/** The product's id within its store, for the column `external_id`. */
export function externalIdOf(productId: number): string {
  return `woo_${productId}`
}

/** SQL: the effective stored version. A version more than 24 hours in the future counts as 0, so that it does not block updates. */
export function storedVersion(version: string): string {
  return `case when ${isWithinLimit(version, 'now()')} then ${version} else 0 end`
}

/**
 * Loads the store's products with these external ids. The caller must hold the store's lock (`lockStore` in the same transaction);
 * otherwise the result is empty. Locks the rows in the order of the embedding stage, because the decisions are written kind by kind
 * and two transactions that lock rows in opposite orders deadlock.
 */
export async function loadProducts(tx: Sql, owner: Owner, externalIds: string[]): Promise<Map<string, KnownProduct>> {
  const rows = await tx.query<
    Omit<KnownProduct, 'state'> & { externalId: string; content_hash: string; state_hash: string }
  >(
    `select id, external_id as "externalId", ${storedVersion('version')} as version, is_versioned as "isVersioned", version_event_id as "eventId",
            deleted_at is not null as "isDelete", ${storedVersion('content_version')} as "contentVersion",
            content_event_id as "contentEventId", content_hash, state_hash, chunk_count as "chunkCount",
            is_active as "isActive", product_hash as "productHash", case when is_active then search_terms end as "searchTerms"
       from products where tenant_id = $1 and store_id = $2 and external_id = any($3::text[]) and ${HAS_STORE}
      order by external_id collate "C" for no key update`,
    [owner.tenantId, owner.storeId, externalIds],
  )
  return new Map(
    rows.map(({ externalId, content_hash, state_hash, ...row }) => [
      externalId,
      { ...row, state: row.contentVersion < 0 ? null : { content_hash, state_hash } },
    ]),
  )
}

/** A product to write: its new state, and the priority of its event (0 live, 1 backfill). */
export interface ProductWrite {
  externalId: string
  product: StoredProduct
  priority: number
}

/** Content of a tombstone whose product was never described. */
const UNDESCRIBED = readProduct({ id: 1 })

/**
 * Writes the decided products. The statements repeat the guard of `decide` against older versions. `known` holds the current rows
 * (`loadProducts`). `alongside` receives the written products and whether they are shown; its statements are sent together with
 * those of the variants.
 */
export async function saveProducts(
  tx: Sql,
  owner: Owner,
  writes: ProductWrite[],
  known: Map<string, KnownProduct> = new Map(),
  alongside: (saved: Map<string, boolean>) => Promise<unknown>[] = () => [],
): Promise<void> {
  const complete = writes.map((write) => completeWords(write, known.get(write.externalId)))
  const kinds = Map.groupBy(complete, (write) => kindOf(write, known.get(write.externalId)))
  const [upserted, offered, ...others] = await together(
    upsertProducts(tx, owner, kinds.get('described') ?? []),
    updateOffers(tx, owner, kinds.get('offered') ?? [], known),
    moveVersions(tx, owner, kinds.get('unchanged') ?? []),
    markDeleted(tx, owner, kinds.get('marked') ?? []),
  )
  const saved = new Map([upserted, offered, ...others].flat().map((row) => [row.externalId, row.isActive]))
  await together(
    replaceVariants(tx, owner.tenantId, describedRows(complete, [...upserted, ...offered], known)),
    countWords(tx, owner.tenantId, changesOfTerms(complete, saved, known)),
    changesWhatIsShown(complete, saved, known) ? renewRevision(tx, owner) : Promise.resolve(),
    ...alongside(saved),
  )
}

/** True when a written product was shown or is shown now, and more than its version has changed. */
function changesWhatIsShown(writes: ProductWrite[], saved: Map<string, boolean>, known: Map<string, KnownProduct>) {
  return writes.some((write) => {
    const isActive = saved.get(write.externalId)
    const before = known.get(write.externalId)
    if (isActive === undefined || !(isActive || before?.isActive)) return false
    const hasSameState = isDescribed(write.product) && before?.state?.state_hash === write.product.state.state_hash
    return !(hasSameState && before?.isActive === isActive)
  })
}

/** The words of the written products before and after; a product with a new version only keeps its words. */
function changesOfTerms(writes: ProductWrite[], saved: Map<string, boolean>, known: Map<string, KnownProduct>) {
  return writes.flatMap(({ externalId, product }) => {
    const isActive = saved.get(externalId)
    if (isActive === undefined) return []
    const before = known.get(externalId)?.searchTerms ?? null
    const kind = kindOf({ externalId, product, priority: 0 }, known.get(externalId))
    if (kind === 'unchanged') return []
    if (kind === 'offered') return [{ before, after: isActive ? before : null }]
    return [{ before, after: isActive && isDescribed(product) ? product.state.search_terms : null }]
  })
}

/** Adds words that were not computed, because the row had them when the event was read, and has others now. */
function completeWords(write: ProductWrite, known: KnownProduct | undefined): ProductWrite {
  const { product } = write
  if (!isDescribed(product) || keepsWords(product, known)) return write
  return { ...write, product: { ...product, state: withWords(product.state) } }
}

/** True when the row is shown with the words of this state, and neither is a tombstone. */
function keepsWords(product: Described, known: KnownProduct | undefined): boolean {
  if (known === undefined || known.isDelete || product.isDelete) return false
  return readStamp(known.searchTerms) === product.state.words_stamp
}

type Kind = 'described' | 'offered' | 'unchanged' | 'marked'

/**
 * `unchanged`: the row holds the same product, so only its version changes. `offered`: it holds the same texts and words, which stay.
 * `marked`: a deletion that leaves the texts in the row.
 */
function kindOf({ product }: ProductWrite, known: KnownProduct | undefined): Kind {
  if (!isDescribed(product)) return product.state === null ? 'described' : 'marked'
  const isSame =
    known?.state?.state_hash === product.state.state_hash &&
    known.isActive === product.state.is_active &&
    known.productHash === product.state.product_hash &&
    !known.isDelete &&
    !product.isDelete
  if (isSame) return 'unchanged'
  return keepsWords(product, known) ? 'offered' : 'described'
}

interface SavedProduct {
  externalId: string
  isActive: boolean
}

type Described = StoredProduct & { state: ProductState }

function isDescribed(product: StoredProduct): product is Described {
  return product.state !== null && 'name' in product.state
}

/** Columns that an event writes, with their types. */
const COLUMNS = {
  type: 'text',
  name: 'text',
  short_description: 'text',
  description: 'text',
  sku: 'text',
  price: 'numeric',
  regular_price: 'numeric',
  sale_price: 'numeric',
  on_sale: 'boolean',
  currency: 'text',
  stock_quantity: 'numeric',
  stock_status: 'text',
  categories: 'text[]',
  tags: 'text[]',
  attributes: 'json',
  image: 'text',
  gallery: 'text[]',
  permalink: 'text',
  status: 'text',
  catalog_visibility: 'text',
  password_protected: 'boolean',
  in_stock: 'boolean',
  variant_count: 'int',
  category_keys: 'text[]',
  texts_cut: 'text[]',
  gtin: 'text',
  brand: 'text',
  category_paths: 'jsonb',
  image_details: 'jsonb',
  average_rating: 'numeric',
  review_count: 'int',
  weight: 'numeric',
  weight_unit: 'text',
  dimensions: 'jsonb',
  dimension_unit: 'text',
  sale_ends_at: 'timestamptz',
  min_quantity: 'numeric',
  max_quantity: 'numeric',
  language: 'text',
  display_currency: 'text',
  readiness: 'smallint',
  readiness_missing: 'text[]',
  product_hash: 'text',
  content_hash: 'text',
  state_hash: 'text',
  is_active: 'boolean',
  lexemes: 'tsvector',
  search_terms: 'text',
  external_id: 'text',
  version: 'bigint',
  version_event_id: 'text',
  is_versioned: 'boolean',
  content_version: 'bigint',
  content_event_id: 'text',
  priority: 'smallint',
} as const

const COLUMN_NAMES = Object.keys(COLUMNS)
const COLUMN_TYPES = Object.entries(COLUMNS).map(([name, type]) => `${name} ${type}`)

/** Columns that products with the same words have in common: the large ones, and those of the word index. */
const KEPT = ['name', 'short_description', 'description', 'lexemes', 'search_terms']
const OFFERED_NAMES = COLUMN_NAMES.filter((name) => !KEPT.includes(name) && name !== 'external_id')
const OFFERED_TYPES = Object.entries(COLUMNS).flatMap(([name, type]) => (KEPT.includes(name) ? [] : `${name} ${type}`))

async function upsertProducts(
  tx: Sql,
  owner: Owner,
  writes: ProductWrite[],
): Promise<(SavedProduct & { id: number })[]> {
  if (writes.length === 0) return []
  const rows = writes.map(rowOf)
  return await tx.query<SavedProduct & { id: number }>(
    `insert into products (tenant_id, store_id, deleted_at, searchable_version, ${COLUMN_NAMES.join(', ')})
     select $1::bigint, $2::bigint, case when is_deleted then now() end, case when not is_active then version end,
            ${COLUMN_NAMES.join(', ')}
       from json_to_recordset($3::json) as r (is_deleted boolean, ${COLUMN_TYPES.join(', ')})
     on conflict (store_id, external_id) do update set
       ${COLUMN_NAMES.map((name) => `${name} = excluded.${name}`).join(', ')},
       deleted_at = excluded.deleted_at,
       -- Searchable at once when the product is hidden, or when all vectors of this text exist.
       searchable_version = case when not excluded.is_active or products.embedded_hash = excluded.content_hash
                                 then excluded.version else products.searchable_version end,
       updated_at = now()
     where products.tenant_id = excluded.tenant_id and ${storedVersion('products.version')} <= excluded.version
     returning id, external_id as "externalId", is_active as "isActive"`,
    [owner.tenantId, owner.storeId, JSON.stringify(rows)],
  )
}

function rowOf({ externalId, product, priority }: ProductWrite) {
  return {
    ...(isDescribed(product) ? product.state : UNDESCRIBED),
    ...(product.isDelete && { is_active: false }),
    variants: undefined,
    words_stamp: undefined,
    variant_count: isDescribed(product) ? uniqueById(product.state.variants).length : 0,
    external_id: externalId,
    version: product.version,
    version_event_id: product.eventId,
    is_versioned: product.isVersioned,
    content_version: product.contentVersion,
    content_event_id: product.contentEventId,
    priority,
    is_deleted: product.isDelete,
  }
}

const NOT_SENT = Object.fromEntries(KEPT.map((name) => [name, undefined]))

/**
 * Writes everything but the texts and the words, which are the row's. An upsert would parse the words, store the long values again and add
 * every word to the index, also when they are equal (`npm run bench -- apply`).
 */
async function updateOffers(
  tx: Sql,
  owner: Owner,
  writes: ProductWrite[],
  known: Map<string, KnownProduct>,
): Promise<(SavedProduct & { id: number })[]> {
  if (writes.length === 0) return []
  const rows = writes.map((write) => ({ ...rowOf(write), ...NOT_SENT, id: known.get(write.externalId)?.id }))
  return await tx.query<SavedProduct & { id: number }>(
    `update products p
        set ${OFFERED_NAMES.map((name) => `${name} = r.${name}`).join(', ')}, updated_at = now(),
            searchable_version = case when not r.is_active or p.embedded_hash = r.content_hash
                                      then r.version else p.searchable_version end
       from json_to_recordset($3::json) as r (id bigint, ${OFFERED_TYPES.join(', ')})
      where p.tenant_id = $1 and p.store_id = $2 and p.id = any($4::bigint[]) and p.id = r.id
        and ${storedVersion('p.version')} <= r.version
     returning p.id, p.external_id as "externalId", p.is_active as "isActive"`,
    [owner.tenantId, owner.storeId, JSON.stringify(rows), rows.map(({ id = 0 }) => id)],
  )
}

/** The described products with their rows, for their variations. */
function describedRows(
  writes: ProductWrite[],
  saved: (SavedProduct & { id: number })[],
  known: Map<string, KnownProduct>,
): ProductVariants[] {
  const ids = new Map(saved.map((row) => [row.externalId, row.id]))
  return writes.flatMap(({ externalId, product }) => {
    const productId = ids.get(externalId)
    if (productId === undefined) return []
    const variants = isDescribed(product) ? product.state.variants : []
    return [{ productId, isNew: !known.has(externalId), variants }]
  })
}

/**
 * Writes only the versions of a product whose row is otherwise equal. Texts, words, variants and index entries stay (a HOT update
 * if the page has room); before, an unchanged product rewrote all of them.
 */
async function moveVersions(tx: Sql, owner: Owner, writes: ProductWrite[]): Promise<SavedProduct[]> {
  if (writes.length === 0) return []
  return await tx.query<SavedProduct>(
    `update products p
        set version = r.version, version_event_id = r.event_id, is_versioned = r.is_versioned,
            content_version = r.version, content_event_id = r.event_id, updated_at = now(),
            searchable_version = case when not p.is_active or p.embedded_hash = p.content_hash
                                      then r.version else p.searchable_version end
       from unnest($3::text[], $4::bigint[], $5::text[], $6::boolean[]) as r (external_id, version, event_id, is_versioned)
      where p.tenant_id = $1 and p.store_id = $2 and p.external_id = r.external_id and ${storedVersion('p.version')} <= r.version
     returning p.external_id as "externalId", p.is_active as "isActive"`,
    [
      owner.tenantId,
      owner.storeId,
      writes.map((write) => write.externalId),
      writes.map((write) => write.product.version),
      writes.map((write) => write.product.eventId),
      writes.map((write) => write.product.isVersioned),
    ],
  )
}

/** A deletion keeps the texts: the row is a tombstone and leaves every result with this commit. */
async function markDeleted(tx: Sql, owner: Owner, writes: ProductWrite[]): Promise<SavedProduct[]> {
  if (writes.length === 0) return []
  return await tx.query<SavedProduct>(
    `update products p
        set version = r.version, version_event_id = r.event_id, is_versioned = r.is_versioned, is_active = false,
            deleted_at = coalesce(p.deleted_at, now()), searchable_version = r.version, priority = r.priority,
            updated_at = now()
       from unnest($3::text[], $4::bigint[], $5::text[], $6::boolean[], $7::smallint[])
         as r (external_id, version, event_id, is_versioned, priority)
      where p.tenant_id = $1 and p.store_id = $2 and p.external_id = r.external_id and ${storedVersion('p.version')} <= r.version
     returning p.external_id as "externalId", p.is_active as "isActive"`,
    [
      owner.tenantId,
      owner.storeId,
      writes.map((write) => write.externalId),
      writes.map((write) => write.product.version),
      writes.map((write) => write.product.eventId),
      writes.map((write) => write.product.isVersioned),
      writes.map((write) => write.priority),
    ],
  )
}
