import { Readable } from 'node:stream'
import { type Static, Type } from 'typebox'
import { DocumentSummary, ShopFacts } from '../knowledge/documents/document-schemas.ts'
import { readLastSet, viewDocuments } from '../knowledge/documents/view-documents.ts'
import type { Access, Database } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import { component, nullable, time } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import type { Authenticator, Person } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { CSV_LANGUAGE, type CsvExports, csvAnswer, type Headings } from '../tenants/csv-exports.ts'
import { StoreParams } from './store-schemas.ts'

const StoreDocuments = component(
  'StoreDocuments',
  Type.Object({
    results: Type.Array(DocumentSummary),
    received_at: nullable(time('the last set of pages; null: the shop has sent none')),
    shop: nullable(ShopFacts),
  }),
)
export type StoreDocuments = Static<typeof StoreDocuments>

const ExportQuery = Type.Object(CSV_LANGUAGE)
const HEADINGS: Headings = [
  ['Title', 'عنوان'],
  ['Kind', 'نوع'],
  ['Address', 'نشانی'],
  ['Language', 'زبان'],
  ['State', 'وضعیت'],
  ['Passages', 'بخش‌ها'],
  ['Changed in the shop', 'تغییر در فروشگاه'],
  ['Changed', 'آخرین تغییر'],
  ['Id in the shop', 'شناسه در فروشگاه'],
  ['Id', 'شناسه'],
]

/** The pages of a store with their state, and the facts about the shop, for its owner. */
export function storeDocumentsRoutes(app: Http, db: Database, auth: Authenticator, csv: CsvExports): void {
  const shared = { tags: ['stores'], security: BY_PERSON }
  app.get(
    '/api/v1/stores/:id/documents/',
    {
      schema: {
        ...shared,
        operationId: 'listStoreDocuments',
        summary: 'Pages that the shop has sent, with their state',
        params: StoreParams,
        response: { 200: StoreDocuments },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const sql = db.inScope(person.scope)
      const { id } = request.params
      await assureStore(sql, person, id)
      const set = await readLastSet(sql, id)
      return { results: await viewDocuments(sql, id), received_at: set?.receivedAt ?? null, shop: set?.shop ?? null }
    },
  )

  app.get(
    '/api/v1/stores/:id/documents/export/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportStoreDocuments',
        summary: 'Pages that the shop has sent, as a CSV file for spreadsheets',
        params: StoreParams,
        querystring: ExportQuery,
        response: { 200: csvAnswer('page') },
        problems: [404],
        example: { params: { id: 1 }, query: { language: 'en' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const sql = db.inBackground().inScope(person.scope)
      await assureStore(sql, person, request.params.id)
      const documents = await viewDocuments(sql, request.params.id)
      return await csv.send(request, reply, person, {
        name: 'documents',
        headings: HEADINGS,
        pages: Readable.from([documents]) as AsyncIterable<DocumentSummary[]>,
        cells: (rows) =>
          rows.map((page) => [
            page.title,
            page.kind,
            page.url,
            page.language,
            page.state,
            page.passages,
            page.modified_at,
            page.updated_at,
            page.external_id,
            page.id,
          ]),
      })
    },
  )
}

/** @throws {Problem} 404 for a store that does not exist or belongs to another tenant */
async function assureStore(sql: Access, { tenantId }: Person, id: number): Promise<void> {
  const [store] = await sql.query(
    'select 1 from stores where ($1::bigint is null or tenant_id = $1) and id = $2 and deleted_at is null',
    [tenantId, id],
  )
  if (!store) throw notFound()
}
