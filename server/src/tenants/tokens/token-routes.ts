import { type Static, Type } from 'typebox'
import type { Database, Sql } from '../../platform/db/database.ts'
import { invalidInput, notFound, Problem } from '../../platform/errors.ts'
import type { Http } from '../../platform/http/http.ts'
import { PageQuery, readPage } from '../../platform/http/lists.ts'
import { idSchema, localized } from '../../platform/http/validation.ts'
import { type Language, negotiateLanguage } from '../../platform/i18n.ts'
import { addressIssue } from '../address-rules.ts'
import { writeAuditEntry } from '../audit.ts'
import { type Authenticator, actorOf, type Reader } from '../authenticate.ts'
import { readEnd } from '../read-time.ts'
import { tenantFor } from '../users.ts'
import {
  confirmSite,
  findSummary,
  generateToken,
  revokeToken,
  rotateToken,
  type TokenSummary,
  tokenList,
} from './tokens.ts'

const userId = Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })
const storeId = idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه'))

const TokensQuery = Type.Object({ user_id: Type.Optional(userId), store_id: Type.Optional(storeId), ...PageQuery })
const GenerateBody = Type.Object({
  integration_type: Type.Union([Type.Literal('woocommerce'), Type.Literal('shopify'), Type.Literal('knowledge')], {
    ...localized('one of woocommerce, shopify, knowledge', 'یکی از woocommerce، shopify یا knowledge'),
  }),
  name: Type.String({
    minLength: 1,
    maxLength: 200,
    ...localized('a name of 1 to 200 characters', 'نامی با ۱ تا ۲۰۰ نویسه'),
  }),
  user_id: Type.Optional(userId),
  store_id: Type.Optional(storeId),
  environment: Type.Optional(
    Type.Union([Type.Literal('live'), Type.Literal('test')], localized('live or test', 'یکی از live یا test')),
  ),
  expires_at: Type.Optional(
    Type.String({
      format: 'date-time',
      ...localized('a time such as 2027-01-31T00:00:00Z', 'زمانی مانند 2027-01-31T00:00:00Z'),
    }),
  ),
  allowed_ips: Type.Optional(
    Type.Array(Type.String(), {
      maxItems: 100,
      ...localized('up to 100 addresses or networks, such as 203.0.113.7 or 2001:db8::/32', 'حداکثر ۱۰۰ نشانی یا شبکه'),
    }),
  ),
})

export type NewTokenBody = Static<typeof GenerateBody>

const RotateBody = Type.Object({
  grace_seconds: Type.Optional(
    Type.Integer({
      minimum: 0,
      maximum: 30 * 86_400,
      ...localized('a whole number of seconds from 0 to 30 days', 'تعداد ثانیه، از صفر تا ۳۰ روز'),
    }),
  ),
})

export type RotateTokenBody = Static<typeof RotateBody>

const IdParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

/** Tokens: create, list, rotate, revoke. */
export function tokenRoutes(app: Http, db: Database, auth: Authenticator): void {
  app.post(
    '/api/v1/integrations/tokens/generate/',
    { schema: { summary: 'Create a token; only this response contains it', tags: ['tokens'], body: GenerateBody } },
    async (request, reply) => {
      const reader = await auth.person(request)
      const body = request.body
      const issue = addressIssue(body.allowed_ips ?? [])
      if (issue) throw invalidInput([issue])
      const expiresAt = body.expires_at === undefined ? null : readEnd('expires_at', body.expires_at)
      const access = db.forTenant(reader.tenantId)
      const store = body.store_id === undefined ? null : await findStore(access, reader, body.store_id)
      const tenantId = store?.tenantId ?? (await tenantFor(access, reader, body.user_id))
      const { token, summary } = await access.transaction(async (tx) => {
        const made = await generateToken(tx, {
          tenantId,
          integrationType: body.integration_type,
          environment: body.environment ?? store?.environment ?? 'live',
          name: body.name,
          storeId: store?.id ?? null,
          expiresAt,
          allowedIps: body.allowed_ips ?? [],
        })
        const { id, integration_type: type, name, token_preview: preview } = made.summary
        await writeAuditEntry(tx, actorOf(request, reader), {
          action: 'token.generated',
          target: { kind: 'token', id },
          detail: { integration_type: type, name, token_preview: preview },
        })
        return made
      })
      reply.code(201)
      return shownOnce(token, summary, negotiateLanguage(request.headers['accept-language']))
    },
  )

  app.get(
    '/api/v1/integrations/tokens/',
    { schema: { summary: 'Tokens, without their secrets', tags: ['tokens'], querystring: TokensQuery } },
    async (request) => {
      const { tenantId } = await auth.person(request)
      const { user_id: userId, store_id: storeId } = request.query
      return await readPage<TokenSummary>(
        db.forTenant(tenantId),
        tokenList({ tenantId, userId, storeId }),
        request.query,
        request.url,
      )
    },
  )

  app.delete(
    '/api/v1/integrations/tokens/:id/',
    { schema: { summary: 'Revoke a token, within 1 s in every process', tags: ['tokens'], params: IdParams } },
    async (request, reply) => {
      const reader = await auth.person(request)
      const { id } = request.params
      await db.forTenant(reader.tenantId).transaction(async (tx) => {
        if (!(await revokeToken(tx, reader.tenantId, id))) throw notFound()
        await writeAuditEntry(tx, actorOf(request, reader), { action: 'token.revoked', target: { kind: 'token', id } })
      })
      return reply.code(204).send()
    },
  )

  app.post(
    '/api/v1/integrations/tokens/:id/rotate/',
    {
      schema: {
        summary: 'Rotate a token; the old one works for the grace period',
        tags: ['tokens'],
        params: IdParams,
        body: RotateBody,
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { id } = request.params
      const graceSeconds = request.body.grace_seconds ?? 86_400
      const rotated = await db.forTenant(person.tenantId).transaction(async (tx) => {
        const made = await rotateToken(tx, person.tenantId, id, graceSeconds)
        if (made === null || made === 'revoked') return made
        await writeAuditEntry(tx, actorOf(request, person), {
          action: 'token.rotated',
          target: { kind: 'token', id },
          detail: { successor: made.summary.id, grace_seconds: graceSeconds },
        })
        return made
      })
      if (rotated === null) throw notFound()
      if (rotated === 'revoked') {
        throw new Problem(409, 'token_ended', {
          en: 'This token was revoked, has expired or was already rotated. Create a new token.',
          fa: 'این توکن باطل یا منقضی شده، یا پیش‌تر تعویض شده است؛ توکن تازه‌ای بسازید.',
        })
      }
      reply.code(201)
      return shownOnce(rotated.token, rotated.summary, negotiateLanguage(request.headers['accept-language']))
    },
  )

  app.post(
    '/api/v1/integrations/tokens/:id/confirm-site/',
    {
      schema: { summary: 'Bind the token to the site that presented it last', tags: ['tokens'], params: IdParams },
    },
    async (request) => {
      const person = await auth.person(request)
      const { id } = request.params
      return await db.forTenant(person.tenantId).transaction(async (tx) => {
        if (!(await confirmSite(tx, person.tenantId, id))) throw notFound()
        await writeAuditEntry(tx, actorOf(request, person), {
          action: 'token.site_confirmed',
          target: { kind: 'token', id },
        })
        return await findSummary(tx, person.tenantId, id)
      })
    },
  )
}

/** The only response that contains a token. */
export interface ShownToken
  extends Pick<TokenSummary, 'id' | 'token_preview' | 'integration_type' | 'name' | 'store' | 'user' | 'created_at'> {
  token: string
  message: string
}

function shownOnce(token: string, summary: TokenSummary, language: Language): ShownToken {
  return {
    id: summary.id,
    token,
    token_preview: summary.token_preview,
    integration_type: summary.integration_type,
    name: summary.name,
    store: summary.store,
    user: summary.user,
    created_at: summary.created_at,
    message: MADE[language],
  }
}

const MADE = {
  en: 'Copy this token now: it is not shown again.',
  fa: 'این توکن را همین حالا نگه دارید: دوباره نمایش داده نمی‌شود.',
}

async function findStore(sql: Sql, reader: Reader, id: number) {
  const [store] = await sql.query<{ id: number; tenantId: number; environment: 'live' | 'test' }>(
    `select id, tenant_id as "tenantId", environment from stores
      where ($1::bigint is null or tenant_id = $1) and id = $2 and deleted_at is null`,
    [reader.tenantId, id],
  )
  if (!store) {
    throw invalidInput([
      { path: 'store_id', detail: { en: 'there is no store with this id', fa: 'چنین فروشگاهی وجود ندارد' } },
    ])
  }
  return store
}
