import type { FastifyRequest } from 'fastify'
import { type TSchema, Type } from 'typebox'
import { bodyComponent, component } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import type { Authenticator } from '../../tenants/authenticate.ts'
import { BY_KNOWLEDGE } from '../../tenants/credentials.ts'
import { callerOf } from '../agent-requests.ts'
import type { CatalogParts } from '../catalog/catalog-scope.ts'
import { getProduct } from '../catalog/get-product.ts'
import { lookupCatalog } from '../catalog/lookup-catalog.ts'
import { LookupRequest, ProductRequest, SearchRequest } from '../catalog/requests.ts'
import { LOOKUP_ANSWER, PRODUCT_ANSWER, SEARCH_ANSWER } from '../catalog/response-schemas.ts'
import { searchCatalog } from '../catalog/search-catalog.ts'
import { ucpProfile } from './profile.ts'

const SearchBody = bodyComponent('UcpSearchRequest', SearchRequest)
const LookupBody = bodyComponent('UcpLookupRequest', LookupRequest)
const ProductBody = bodyComponent('UcpProductRequest', ProductRequest)
const answer = (name: string, schema: object) => component(name, Type.Unsafe<unknown>(schema as TSchema))
const SearchAnswer = answer('UcpSearchAnswer', SEARCH_ANSWER)
const LookupAnswer = answer('UcpLookupAnswer', LOOKUP_ANSWER)
const ProductAnswer = answer('UcpProductAnswer', PRODUCT_ANSWER)

/** How long a platform may keep the profile. */
const PROFILE_MAX_AGE_S = 300

interface Parts extends CatalogParts {
  auth: Authenticator
  /** The address of this server, as the caller of the request reaches it. */
  baseOf: (request: FastifyRequest) => string
}

/** UCP over HTTP: the catalogue tools of MCP as three routes, and the profile that names them. */
export function ucpRoutes(app: Http, { auth, baseOf, ...parts }: Parts): void {
  const shared = { tags: ['agents'], security: BY_KNOWLEDGE }

  app.get('/.well-known/ucp', { schema: { hide: true }, config: { isOpen: true } }, async (request, reply) => {
    reply.header('cache-control', `public, max-age=${PROFILE_MAX_AGE_S}`)
    return ucpProfile(baseOf(request))
  })

  app.post(
    '/ucp/catalog/search',
    {
      schema: {
        ...shared,
        operationId: 'searchCatalog',
        summary: 'Find products by a query or by filters (UCP 2026-04-08)',
        body: SearchBody,
        response: { 200: SearchAnswer },
        example: { body: { query: 'something warm for my feet', filters: { available: true } } },
      },
    },
    async (request) =>
      await searchCatalog(parts, callerOf(request, await auth.knowledge(request), 'ucp'), request.body),
  )

  app.post(
    '/ucp/catalog/lookup',
    {
      schema: {
        ...shared,
        operationId: 'lookUpCatalog',
        summary: 'Look up products and variants by id or SKU (UCP 2026-04-08)',
        body: LookupBody,
        response: { 200: LookupAnswer },
        example: { body: { ids: ['woo_7001'] } },
      },
    },
    async (request) =>
      await lookupCatalog(parts, callerOf(request, await auth.knowledge(request), 'ucp'), request.body),
  )

  app.post(
    '/ucp/catalog/product',
    {
      schema: {
        ...shared,
        operationId: 'getCatalogProduct',
        summary: 'One product with its variants and options (UCP 2026-04-08)',
        body: ProductBody,
        response: { 200: ProductAnswer },
        example: { body: { id: 'woo_7001' } },
      },
    },
    async (request) => await getProduct(parts, callerOf(request, await auth.knowledge(request), 'ucp'), request.body),
  )
}
