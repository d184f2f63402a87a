import { Type } from 'typebox'
import type { Database } from '../platform/database.ts'
import { invalidInput, notFound } from '../platform/errors.ts'
import type { Http } from '../platform/http.ts'
import { languageOf } from '../platform/speech.ts'
import { idSchema, says } from '../platform/validation.ts'
import { addressIssue } from './address-rules.ts'
import type { Authenticator, Reader } from './authenticate.ts'
import { generateToken, listTokens, revokeToken } from './tokens.ts'

const GenerateBody = Type.Object({
  integration_type: Type.Union([Type.Literal('woocommerce'), Type.Literal('shopify'), Type.Literal('knowledge')], {
    ...says('one of woocommerce, shopify, knowledge', 'یکی از woocommerce، shopify یا knowledge'),
  }),
  name: Type.String({
    minLength: 1,
    maxLength: 200,
    ...says('a name of 1 to 200 characters', 'نامی با ۱ تا ۲۰۰ نویسه'),
  }),
  user_id: Type.Optional(Type.String({ format: 'uuid', ...says('the id of a user', 'شناسهٔ یک کاربر') })),
  store_id: Type.Optional(idSchema(says('the id of a store', 'شناسهٔ یک فروشگاه'))),
  environment: Type.Optional(
    Type.Union([Type.Literal('live'), Type.Literal('test')], says('live or test', 'یکی از live یا test')),
  ),
  expires_at: Type.Optional(
    Type.String({
      format: 'date-time',
      ...says('a time such as 2027-01-31T00:00:00Z', 'زمانی مانند 2027-01-31T00:00:00Z'),
    }),
  ),
  allowed_ips: Type.Optional(
    Type.Array(Type.String(), {
      maxItems: 100,
      ...says('up to 100 addresses or networks, such as 203.0.113.7 or 2001:db8::/32', 'حداکثر ۱۰۰ نشانی یا شبکه'),
    }),
  ),
})

const IdParams = Type.Object({ id: idSchema(says('a whole number', 'یک عدد صحیح')) })

/** Tokens: make, list, revoke. */
export function tokenRoutes(app: Http, db: Database, auth: Authenticator): void {
  app.post(
    '/api/v1/integrations/tokens/generate/',
    { schema: { summary: 'Make a token; it is shown only in this answer', tags: ['tokens'], body: GenerateBody } },
    async (request, reply) => {
      const reader = await auth.admin(request)
      const body = request.body
      const issue = addressIssue(body.allowed_ips ?? [])
      if (issue) throw invalidInput([issue])
      const store = body.store_id === undefined ? null : await findStore(db, reader, body.store_id)
      const tenantId = store?.tenantId ?? (await tenantOf(db, body.user_id))
      const { token, summary } = await generateToken(db, {
        tenantId,
        integrationType: body.integration_type,
        environment: body.environment ?? store?.environment ?? 'live',
        name: body.name,
        storeId: store?.id ?? null,
        expiresAt: body.expires_at === undefined ? null : new Date(body.expires_at),
        allowedIps: body.allowed_ips ?? [],
      })
      reply.code(201)
      return {
        id: summary.id,
        token,
        token_preview: summary.token_preview,
        integration_type: summary.integration_type,
        name: summary.name,
        store: summary.store,
        user: summary.user,
        created_at: summary.created_at,
        message: MADE[languageOf(request.headers['accept-language'])],
      }
    },
  )

  app.get(
    '/api/v1/integrations/tokens/',
    { schema: { summary: 'All tokens, without their secrets', tags: ['tokens'] } },
    async (request) => {
      const results = await listTokens(db, await auth.admin(request))
      return { count: results.length, count_exact: true, next: null, previous: null, results }
    },
  )

  app.delete(
    '/api/v1/integrations/tokens/:id/',
    { schema: { summary: 'Revoke a token, within 1 s in every process', tags: ['tokens'], params: IdParams } },
    async (request, reply) => {
      const reader = await auth.admin(request)
      if (!(await revokeToken(db, reader.tenantId, request.params.id))) throw notFound()
      return reply.code(204).send()
    },
  )
}

const MADE = {
  en: 'Keep this token now: it is not shown again.',
  fa: 'این توکن را همین حالا نگه دارید: دوباره نمایش داده نمی‌شود.',
}

async function findStore(db: Database, reader: Reader, id: number) {
  const [store] = await db.query<{ id: number; tenantId: number; environment: 'live' | 'test' }>(
    `select id, tenant_id as "tenantId", environment from stores
      where ($1::bigint is null or tenant_id = $1) and id = $2 and deleted_at is null`,
    [reader.tenantId, id],
  )
  if (!store) {
    throw invalidInput([{ path: 'store_id', detail: { en: 'there is no such store', fa: 'چنین فروشگاهی وجود ندارد' } }])
  }
  return store
}

/** The tenant of a user; without one, the first admin's. */
async function tenantOf(db: Database, userId: string | undefined): Promise<number> {
  const [tenant] = await db.query<{ id: number }>(
    userId === undefined
      ? `select n.id from tenants n join users u on u.id = n.owner_id where u.role = 'admin' order by n.id limit 1`
      : 'select n.id from tenants n where n.owner_id = $1::uuid',
    userId === undefined ? [] : [userId],
  )
  if (!tenant) {
    throw invalidInput([{ path: 'user_id', detail: { en: 'there is no such user', fa: 'چنین کاربری وجود ندارد' } }])
  }
  return tenant.id
}
