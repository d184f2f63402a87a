import type { FastifyRequest } from 'fastify'
import { type Static, Type } from 'typebox'
import type { Database, Sql } from '../platform/db/database.ts'
import { notFound } from '../platform/errors.ts'
import { component, nothing, nullable } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { publicOrigin } from '../platform/http/public-address.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf, type Person } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { makePublicId } from '../tenants/public-stores.ts'
import { StoreParams } from './store-schemas.ts'

const PublicAddress = component(
  'PublicAddress',
  Type.Object({
    address: nullable(
      Type.String({ description: 'the MCP address that reads the store without a token; null: there is none' }),
    ),
  }),
)
type PublicAddress = Static<typeof PublicAddress>

/** The public MCP address of a store: off until its owner makes one; a new one ends the old one. */
export function publicAddressRoutes(app: Http, db: Database, auth: Authenticator, publicUrl: string | null): void {
  const path = '/api/v1/stores/:id/public-address/'
  const shared = { tags: ['stores'], security: BY_PERSON, params: StoreParams, problems: [404] as const }
  const example = { params: { id: 1 } }
  const view = (request: FastifyRequest, publicId: string | null): PublicAddress => ({
    address: publicId === null ? null : `${publicOrigin(request, publicUrl) ?? ''}/mcp/${publicId}`,
  })

  app.get(
    path,
    {
      schema: {
        ...shared,
        operationId: 'readPublicAddress',
        summary: 'The public MCP address of a store',
        response: { 200: PublicAddress },
        example,
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const [store] = await db
        .inScope(person.scope)
        .query<{ publicId: string | null }>(`select public_id as "publicId" from stores where ${OWN}`, [
          person.tenantId,
          request.params.id,
        ])
      if (!store) throw notFound()
      return view(request, store.publicId)
    },
  )

  app.post(
    path,
    {
      schema: {
        ...shared,
        operationId: 'createPublicAddress',
        summary: 'Make a public MCP address for a store; an earlier one ends within 1 s',
        response: { 201: PublicAddress },
        example,
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const publicId = makePublicId()
      await db
        .inScope(person.scope)
        .transaction((tx) => change(tx, request, person, { id: request.params.id, publicId }))
      reply.code(201)
      return view(request, publicId)
    },
  )

  app.delete(
    path,
    {
      schema: {
        ...shared,
        operationId: 'deletePublicAddress',
        summary: 'End the public MCP address of a store, within 1 s in every process',
        response: { 204: nothing('The store has no public address.') },
        example,
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      await db
        .inScope(person.scope)
        .transaction((tx) => change(tx, request, person, { id: request.params.id, publicId: null }))
      return reply.code(204).send()
    },
  )
}

const OWN = '($1::bigint is null or tenant_id = $1) and id = $2 and deleted_at is null'

/** @throws {Problem} 404 */
async function change(
  tx: Sql,
  request: FastifyRequest,
  person: Person,
  { id, publicId }: { id: number; publicId: string | null },
): Promise<void> {
  const changed = await tx.query(`update stores set public_id = $3 where ${OWN} returning 1`, [
    person.tenantId,
    id,
    publicId,
  ])
  if (changed.length === 0) throw notFound()
  await writeAuditEntry(tx, actorOf(request, person), {
    action: publicId === null ? 'store.unpublished' : 'store.published',
    target: { kind: 'store', id },
  })
}
