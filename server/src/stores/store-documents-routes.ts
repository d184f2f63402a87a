import { type Static, Type } from 'typebox'
import { DocumentSummary, ShopFacts } from '../knowledge/documents/document-schemas.ts'
import { readLastSet, viewDocuments } from '../knowledge/documents/view-documents.ts'
import type { Database } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import { component, nullable, time } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
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

/** The pages of a store with their state, and the facts about the shop, for its owner. */
export function storeDocumentsRoutes(app: Http, db: Database, auth: Authenticator): void {
  app.get(
    '/api/v1/stores/:id/documents/',
    {
      schema: {
        operationId: 'listStoreDocuments',
        summary: 'Pages that the shop has sent, with their state',
        tags: ['stores'],
        security: BY_PERSON,
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
      const [store] = await sql.query(
        'select 1 from stores where ($1::bigint is null or tenant_id = $1) and id = $2 and deleted_at is null',
        [person.tenantId, id],
      )
      if (!store) throw notFound()
      const set = await readLastSet(sql, id)
      return { results: await viewDocuments(sql, id), received_at: set?.receivedAt ?? null, shop: set?.shop ?? null }
    },
  )
}
