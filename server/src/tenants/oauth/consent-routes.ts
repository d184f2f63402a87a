import type { FastifyRequest } from 'fastify'
import type { Database, Sql } from '../../platform/db/database.ts'
import { invalidInput, Problem } from '../../platform/errors.ts'
import type { Http } from '../../platform/http/http.ts'
import { writeAuditEntry } from '../audit.ts'
import { type Authenticator, actorOf, type Person } from '../authenticate.ts'
import { BY_PERSON } from '../credentials.ts'
import type { Environment } from '../tokens/token-format.ts'
import { type Authorization, authorize, denied } from './authorization-server.ts'
import { addressesOf } from './oauth-routes.ts'
import { AuthorizationAnswer, AuthorizationBody, AuthorizationRequest, DecisionBody } from './oauth-schemas.ts'
import { redirectHost } from './redirect-uris.ts'

const EXAMPLE_QUERY =
  'response_type=code&client_id=fo_client_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA&redirect_uri=https%3A%2F%2Fclaude.ai%2Fapi%2Fmcp%2Fauth_callback&code_challenge=E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM&code_challenge_method=S256'
const MAX_STORES = 200

/**
 * The two requests of the dashboard's consent page. The page passes the query of its address on as it is: only the server
 * reads it. Like every request with a session, both must come from a page of this server.
 */
export function consentRoutes(app: Http, db: Database, auth: Authenticator, publicUrl: string | null): void {
  const shared = { tags: ['agents'], security: BY_PERSON }

  app.post(
    '/api/v1/oauth/request/',
    {
      schema: {
        ...shared,
        operationId: 'readAuthorizationRequest',
        summary: 'Which client asks for access; for the consent page',
        body: AuthorizationBody,
        response: { 200: AuthorizationRequest },
        example: { body: { query: EXAMPLE_QUERY } },
      },
    },
    async (request): Promise<AuthorizationRequest> => {
      const { tenantId } = await ownerOf(auth, request)
      const { client, redirectUri, error, redirectTo } = known(
        await authorize(db.service, request.body.query, addressesOf(request, publicUrl), null),
      )
      return {
        client: { name: client.name, ...redirectHost(redirectUri) },
        error,
        redirect_to: error === null ? null : redirectTo,
        stores: await db
          .forTenant(tenantId)
          .query<AuthorizationRequest['stores'][number]>(
            `select id, name, site, environment from stores where tenant_id = $1 and deleted_at is null order by id limit ${MAX_STORES}`,
            [tenantId],
          ),
      }
    },
  )

  app.post(
    '/api/v1/oauth/decision/',
    {
      schema: {
        ...shared,
        operationId: 'decideAuthorization',
        summary: 'Allow or deny a client the reading of the own shops; needs a session',
        body: DecisionBody,
        response: { 200: AuthorizationAnswer },
        example: { body: { query: EXAMPLE_QUERY, allow: true, environment: 'live' } },
      },
    },
    async (request) => {
      const { person, userId, tenantId } = await ownerOf(auth, request)
      const { query, allow, store_id: storeId } = request.body
      const addresses = addressesOf(request, publicUrl)
      return await db.service.transaction(async (tx) => {
        const store = storeId === undefined ? null : await findStore(tx, tenantId, storeId)
        const environment = store?.environment ?? request.body.environment ?? 'live'
        const consent = allow ? { tenantId, userId, storeId: store?.id ?? null, environment } : null
        const answer = known(await authorize(tx, query, addresses, consent))
        if (answer.error !== null) return { redirect_to: answer.redirectTo }
        const { client, redirectUri, redirectTo, grantId } = answer
        const detail = { name: client.name, host: redirectHost(redirectUri).host }
        await writeAuditEntry(
          tx,
          { ...actorOf(request, person), tenantId },
          grantId === null
            ? { action: 'agent.denied', detail }
            : {
                action: 'agent.allowed',
                target: { kind: 'agent', id: grantId },
                detail: { ...detail, environment, ...(store && { store_id: store.id }) },
              },
        )
        return { redirect_to: allow ? redirectTo : denied(query, redirectUri, addresses) }
      })
    },
  )
}

/** The user and the tenant that a consent concerns: always the caller's own, for admins too. @throws {Problem} 403 for the operator's key */
async function ownerOf(
  auth: Authenticator,
  request: FastifyRequest,
): Promise<{ person: Person; userId: string; tenantId: number }> {
  const person = await auth.person(request)
  const { userId, ownTenantId } = person
  if (userId !== null && ownTenantId !== null) return { person, userId, tenantId: ownTenantId }
  throw new Problem(403, 'no_account', {
    en: 'ADMIN_API_KEY has no shops of its own. Sign in to connect an agent.',
    fa: 'کلید مدیر سامانه فروشگاهی ندارد. برای اتصال دستیار وارد حساب خود شوید.',
  })
}

/** @throws {Problem} 400 for a request that must not lead back to anyone */
function known(authorization: Authorization): NonNullable<Authorization> {
  if (authorization) return authorization
  throw new Problem(400, 'unknown_client', {
    en: 'This address does not belong to a registered program: the program is unknown here, or its return address is another one than it registered. Remove the connection in the program, and connect it again.',
    fa: 'این نشانی به برنامهٔ ثبت‌شده‌ای تعلق ندارد: برنامه در اینجا شناخته نیست، یا نشانی بازگشت آن با نشانی ثبت‌شده فرق دارد. اتصال را در آن برنامه حذف و دوباره برقرار کنید.',
  })
}

async function findStore(sql: Sql, tenantId: number, id: number): Promise<{ id: number; environment: Environment }> {
  const [store] = await sql.query<{ id: number; environment: Environment }>(
    'select id, environment from stores where tenant_id = $1 and id = $2 and deleted_at is null',
    [tenantId, id],
  )
  if (store) return store
  throw invalidInput([
    { path: 'store_id', detail: { en: 'there is no store with this id', fa: 'چنین فروشگاهی وجود ندارد' } },
  ])
}
