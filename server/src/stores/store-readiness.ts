import { type Static, Type } from 'typebox'
import { LACKS, type Lack } from '../catalog/products/readiness.ts'
import type { Database, Sql } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import { component, nullable, oneOf } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { StoreParams } from './store-schemas.ts'

export const StoreReadiness = component(
  'StoreReadiness',
  Type.Object({
    products: Type.Integer({ description: 'products that the shop shows' }),
    scored: Type.Integer({
      description: 'those of them whose readiness is known; an upgrade computes the rest within minutes',
    }),
    average: nullable(Type.Number({ description: '0 to 100, with one decimal; null without products' })),
    complete: Type.Integer({ description: 'products that lack nothing' }),
    missing: Type.Array(
      Type.Object({
        code: oneOf(LACKS),
        products: Type.Integer({ description: 'products that lack it' }),
      }),
      { description: 'what products lack, the most frequent first; codes that no product lacks are absent' },
    ),
  }),
)
export type StoreReadiness = Static<typeof StoreReadiness>

/** How ready the products of a store are for agents. */
export function storeReadinessRoute(app: Http, db: Database, auth: Authenticator): void {
  app.get(
    '/api/v1/stores/:id/readiness/',
    {
      schema: {
        tags: ['stores'],
        security: BY_PERSON,
        operationId: 'readStoreReadiness',
        summary: 'What the products of a store lack for agents to sell them',
        params: StoreParams,
        response: { 200: StoreReadiness },
        problems: [404],
        example: { params: { id: 1 } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      return await readStoreReadiness(db.inScope(person.scope), person.tenantId, request.params.id)
    },
  )
}

/**
 * Reads one index and no product: products with the same lacks are counted together. @throws {Problem} 404 for a store that is
 * deleted or belongs to another tenant
 */
async function readStoreReadiness(
  sql: Pick<Sql, 'query'>,
  tenantId: number | null,
  storeId: number,
): Promise<StoreReadiness> {
  const [store] = await sql.query<{ tenantId: number }>(
    'select tenant_id as "tenantId" from stores where ($1::bigint is null or tenant_id = $1) and id = $2 and deleted_at is null',
    [tenantId, storeId],
  )
  if (!store) throw notFound()
  const groups = await sql.query<{ score: number | null; missing: Lack[] | null; products: number }>(
    `select readiness as score, readiness_missing as missing, count(*)::int as products from products
      where tenant_id = $1 and store_id = $2 and is_active group by readiness, readiness_missing`,
    [store.tenantId, storeId],
  )
  const scored = groups.filter((group) => group.score !== null)
  const total = scored.reduce((sum, { products }) => sum + products, 0)
  const points = scored.reduce((sum, { score, products }) => sum + (score ?? 0) * products, 0)
  const counts = new Map<Lack, number>()
  for (const { missing, products } of scored)
    for (const lack of missing ?? []) counts.set(lack, (counts.get(lack) ?? 0) + products)
  return {
    products: groups.reduce((sum, { products }) => sum + products, 0),
    scored: total,
    average: total === 0 ? null : Math.round((points / total) * 10) / 10,
    complete: scored.filter(({ missing }) => missing?.length === 0).reduce((sum, { products }) => sum + products, 0),
    missing: [...counts]
      .map(([code, products]) => ({ code, products }))
      .sort((a, b) => b.products - a.products || LACKS.indexOf(a.code) - LACKS.indexOf(b.code)),
  }
}
