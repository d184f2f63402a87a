import { type Static, Type } from 'typebox'
import { binder } from '../../platform/db/binder.ts'
import type { Access, Database, SqlValue } from '../../platform/db/database.ts'
import { notFound } from '../../platform/errors.ts'
import { component, nullable, oneOf, time } from '../../platform/http/contract.ts'
import type { CsvValue } from '../../platform/http/csv.ts'
import type { Http } from '../../platform/http/http.ts'
import { type List, listOf, PageQuery, readPage } from '../../platform/http/lists.ts'
import { idSchema, localized } from '../../platform/http/validation.ts'
import { type Language, negotiateLanguage } from '../../platform/i18n.ts'
import { queryTokens, tsqueryLiteral } from '../../platform/text/language.ts'
import { type Authenticator, actorOf, type Reader } from '../../tenants/authenticate.ts'
import { BY_PERSON } from '../../tenants/credentials.ts'
import { CSV_LANGUAGE, type CsvExports, csvAnswer, type Headings } from '../../tenants/csv-exports.ts'
import { priceParameter, withPriceUnit } from './price-unit.ts'
import {
  hasWords,
  PRODUCT_COLUMNS,
  PRODUCT_FIELDS,
  PRODUCT_SOURCE,
  ProductView,
  productConditions,
} from './product-view.ts'
import { LACKS } from './readiness.ts'
import { resetVersion, VersionReset } from './reset-version.ts'
import { readSync, SYNC_FIELDS } from './sync-state.ts'

/** A text of the product as the AI knows it. */
export const ChunkView = component(
  'Chunk',
  Type.Object({
    position: Type.Integer(),
    text: Type.String(),
    language: Type.String(),
    embedding_status: oneOf(['pending', 'stored', 'refused']),
    embedding_error: nullable(Type.String()),
    embedded_at: nullable(
      time(
        'when its vector was stored; the vector belongs to an older text while embedding_status is not stored; null without a vector',
      ),
    ),
    updated_at: time(),
  }),
)
export type ChunkView = Static<typeof ChunkView>

const ProductList = listOf('ProductList', ProductView)

const ProductDetail = component(
  'ProductDetail',
  Type.Object({ ...PRODUCT_FIELDS, chunks: Type.Array(ChunkView), sync: Type.Object(SYNC_FIELDS) }),
)
export type ProductDetail = Static<typeof ProductDetail>

const yesNo = Type.Optional(Type.Boolean(localized('true or false', 'یکی از true یا false')))
const amount = Type.Optional(
  Type.String({ maxLength: 80, ...localized('an amount, such as 2000000', 'یک مبلغ، مانند ۲۰۰۰۰۰۰') }),
)

/** Sort columns of products: an expression that is never null, and its type. */
const ORDERINGS = {
  id: { sql: 'p.id', type: 'bigint' },
  name: { sql: 'p.name', type: 'text' },
  price: { sql: 'coalesce(p.price, -1)', type: 'numeric' },
  readiness: { sql: 'coalesce(p.readiness, -1)', type: 'numeric' },
  created_at: { sql: 'p.created_at', type: 'timestamptz' },
  updated_at: { sql: 'p.updated_at', type: 'timestamptz' },
} as const satisfies Record<string, Pick<List['sort'], 'sql' | 'type'>>
type Column = keyof typeof ORDERINGS
const COLUMNS = Object.keys(ORDERINGS) as Column[]

const PRODUCTS_FILTER = {
  user_id: Type.Optional(Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })),
  store_id: Type.Optional(idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه'))),
  external_source: Type.Optional(
    Type.String({ maxLength: 50, ...localized('a source, such as woocommerce', 'منبع، مانند woocommerce') }),
  ),
  search: Type.Optional(Type.String({ maxLength: 500, ...localized('words of the product', 'کلمه‌هایی از محصول') })),
  category: Type.Optional(Type.String({ maxLength: 1000, ...localized('the name of a category', 'نام یک دسته') })),
  in_stock: yesNo,
  is_active: yesNo,
  has_discount: yesNo,
  missing: Type.Optional(
    oneOf(
      LACKS,
      localized(`what products lack: one of ${LACKS.join(', ')}`, `کمبود محصول: یکی از ${LACKS.join('، ')}`),
    ),
  ),
  min_price: amount,
  max_price: amount,
  currency: Type.Optional(
    Type.String({
      maxLength: 10,
      ...localized(
        'the unit of min_price and max_price, by default the store’s own',
        'واحد min_price و max_price، به‌طور پیش‌فرض واحد خود فروشگاه',
      ),
    }),
  ),
  ordering: Type.Optional(
    oneOf(
      COLUMNS.flatMap((name) => [name, `-${name}` as const]),
      localized(
        `one of ${COLUMNS.join(', ')}, prefixed with - for descending order`,
        `یکی از ${COLUMNS.join('، ')}، با - برای ترتیب نزولی`,
      ),
    ),
  ),
}
const ProductsQuery = Type.Object({ ...PageQuery, ...PRODUCTS_FILTER })
const ExportQuery = Type.Object({ ...PRODUCTS_FILTER, ...CSV_LANGUAGE })
const ProductsFilterObject = Type.Object(PRODUCTS_FILTER)
type ProductsFilter = Static<typeof ProductsFilterObject>

interface ExportedProduct {
  id: number
  external_id: string
  store: string
  name: string
  sku: string
  price: string | null
  regular_price: string | null
  sale_price: string | null
  currency: string
  stock_quantity: number | null
  in_stock: boolean
  status: string
  is_active: boolean
  categories: string[]
  brand: string | null
  permalink: string
  updated_at: Date
}

const EXPORTED = `p.id, p.external_id, s.name as store, p.name, p.sku, p.price, p.regular_price, p.sale_price, p.currency,
  p.stock_quantity::float8 as stock_quantity, p.in_stock, p.status, p.is_active, p.categories, p.brand, p.permalink, p.updated_at`

const HEADINGS: Headings = [
  ['Product', 'محصول'],
  ['SKU', 'شناسهٔ محصول (SKU)'],
  ['Store', 'فروشگاه'],
  ['Price', 'قیمت'],
  ['Regular price', 'قیمت عادی'],
  ['Sale price', 'قیمت فروش ویژه'],
  ['Currency', 'واحد پول'],
  ['Stock', 'موجودی'],
  ['In stock', 'موجود است'],
  ['Status', 'وضعیت'],
  ['Shown', 'نمایش داده می‌شود'],
  ['Categories', 'دسته‌ها'],
  ['Brand', 'برند'],
  ['Address', 'نشانی'],
  ['Changed', 'آخرین تغییر'],
  ['Id in the shop', 'شناسه در فروشگاه'],
  ['Id', 'شناسه'],
]

/** Prices stay texts, so that no digit is rounded. */
function cellsOf(product: ExportedProduct): CsvValue[] {
  return [
    product.name,
    product.sku,
    product.store,
    product.price,
    product.regular_price,
    product.sale_price,
    product.currency,
    product.stock_quantity,
    product.in_stock,
    product.status,
    product.is_active,
    product.categories.join(' | '),
    product.brand,
    product.permalink,
    product.updated_at,
    product.external_id,
    product.id,
  ]
}

const IdParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

/** The stored catalogue. */
export function productRoutes(
  app: Http,
  { db, auth, csv }: { db: Database; auth: Authenticator; csv: CsvExports },
): void {
  const shared = { tags: ['products'], security: BY_PERSON }
  app.get(
    '/api/v1/web-knowledge/products/',
    {
      schema: {
        ...shared,
        operationId: 'listProducts',
        summary: 'Products',
        querystring: ProductsQuery,
        response: { 200: ProductList },
        example: { query: { search: 'boot', in_stock: true, ordering: '-updated_at', limit: 20 } },
      },
    },
    async (request) => {
      const reader = await auth.person(request)
      const sql = db.inScope(reader.scope)
      return await readPage<ProductView>(sql, await productList(sql, reader, request.query), request.query, request.url)
    },
  )

  app.get(
    '/api/v1/web-knowledge/products/export/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportProducts',
        summary: 'Products as a CSV file for spreadsheets',
        querystring: ExportQuery,
        response: { 200: csvAnswer('product') },
        example: { query: { in_stock: true, language: 'en' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const list = await productList(db.inScope(person.scope), person, request.query)
      return await csv.send(request, reply, person, {
        name: 'products',
        headings: HEADINGS,
        // Without the texts: 500 products may have 500 MB of them.
        pages: csv.pagesOf<ExportedProduct>(person, { ...list, columns: EXPORTED }),
        cells: (rows) => rows.map(cellsOf),
      })
    },
  )

  app.get(
    '/api/v1/web-knowledge/products/:id/',
    {
      schema: {
        ...shared,
        operationId: 'readProduct',
        summary: 'One product with its chunks and sync state',
        params: IdParams,
        response: { 200: ProductDetail },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request) => {
      const reader = await auth.person(request)
      const language = negotiateLanguage(request.headers['accept-language'])
      return await readDetail(db.inScope(reader.scope), reader, request.params.id, language)
    },
  )

  app.post(
    '/api/v1/web-knowledge/products/:id/reset-version/',
    {
      schema: {
        ...shared,
        operationId: 'resetProductVersion',
        summary: 'Reset a product’s version to 0: its next event is applied, with any version',
        params: IdParams,
        response: { 200: VersionReset },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request) => {
      const admin = await auth.admin(request)
      return await resetVersion(db, request.params.id, actorOf(request, admin))
    },
  )
}

/** The products of a filter in its order. */
async function productList(sql: Access, reader: Reader, query: ProductsFilter): Promise<List> {
  const values: SqlValue[] = []
  const filter = await withPriceUnit(sql, {
    tenantId: reader.tenantId,
    storeId: query.store_id,
    inStock: query.in_stock,
    category: query.category,
    missing: query.missing,
    minPrice: priceParameter('min_price', query.min_price),
    maxPrice: priceParameter('max_price', query.max_price),
    currency: query.currency,
  })
  const where = productConditions(filter, values)
  const bind = binder(values)
  const add = (condition: (placeholder: string) => string, value: SqlValue | undefined) => {
    if (value !== undefined) where.push(condition(bind(value)))
  }
  add((v) => `p.tenant_id = (select id from tenants where owner_id = ${v}::uuid)`, query.user_id)
  add((v) => `p.external_source = ${v}::text`, query.external_source)
  add((v) => `p.is_active = ${v}::boolean`, query.is_active)
  add((v) => `p.on_sale = ${v}::boolean`, query.has_discount)
  if (query.search) add((v) => hasWords(reader.tenantId, v), tsqueryLiteral(queryTokens(query.search), 'all'))
  const ordering = query.ordering ?? '-updated_at'
  const column = ORDERINGS[ordering.replace('-', '') as Column]
  return {
    columns: PRODUCT_COLUMNS,
    from: PRODUCT_SOURCE,
    where: where.length > 0 ? where : ['true'],
    values,
    sort: { ...column, descending: ordering.startsWith('-') },
    id: 'p.id',
  }
}

/** @throws {Problem} 404 for a product that does not exist or belongs to another tenant */
async function readDetail(sql: Access, reader: Reader, id: number, language: Language): Promise<ProductDetail> {
  const values: SqlValue[] = [id]
  const where = productConditions({ tenantId: reader.tenantId }, values)
  const [product] = await sql.query<ProductView>(
    `select ${PRODUCT_COLUMNS} from ${PRODUCT_SOURCE} where ${['p.id = $1::bigint', ...where].join(' and ')}`,
    values,
  )
  if (!product) throw notFound()
  const chunks = await sql.query<ChunkView>(
    `select c.position, c.text, c.language, c.embedding_status, c.embedding_error, v.stored_at as embedded_at, c.updated_at
       from knowledge_chunks c
       left join chunk_embeddings v on v.chunk_id = c.id
        and v.profile_id = (select id from embedding_profiles where state = 'active')
      where c.product_id = $1 order by c.position`,
    [id],
  )
  const productId = Number(product.external_id.replace('woo_', ''))
  const [sync] = await readSync(sql, product.store.id, [productId], language)
  return {
    ...product,
    chunks,
    sync: {
      state: sync?.state ?? 'unknown',
      received_version: sync?.received_version ?? null,
      applied_version: sync?.applied_version ?? null,
      searchable_version: sync?.searchable_version ?? null,
      last_error: sync?.last_error ?? null,
    },
  }
}
