import type { Database, Sql } from '../../platform/db/database.ts'
import { invalidInput, notFound, Problem } from '../../platform/errors.ts'
import { nothing } from '../../platform/http/contract.ts'
import type { CsvValue } from '../../platform/http/csv.ts'
import type { Http } from '../../platform/http/http.ts'
import { readPage } from '../../platform/http/lists.ts'
import { type Language, negotiateLanguage } from '../../platform/i18n.ts'
import { addressIssue } from '../address-rules.ts'
import { type Actor, writeAuditEntry } from '../audit.ts'
import { type Authenticator, actorOf, type Person, type Reader } from '../authenticate.ts'
import { BY_PERSON } from '../credentials.ts'
import { type CsvExports, csvAnswer, type Headings } from '../csv-exports.ts'
import { readEnd } from '../read-time.ts'
import { tenantFor } from '../users.ts'
import {
  NewTokenBody,
  RotateTokenBody,
  ShownToken,
  Token,
  TokenList,
  TokenParams,
  TokensExportQuery,
  TokensQuery,
} from './token-schemas.ts'
import { confirmSite, findSummary, generateToken, revokeToken, rotateToken, tokenList } from './tokens.ts'

const HEADINGS: Headings = [
  ['Name', 'نام'],
  ['Type', 'نوع'],
  ['Token', 'توکن'],
  ['Store', 'فروشگاه'],
  ['User', 'کاربر'],
  ['Active', 'فعال'],
  ['Created', 'زمان ساختن'],
  ['Expires', 'پایان'],
  ['Last used', 'آخرین استفاده'],
  ['Requests', 'درخواست‌ها'],
  ['Id', 'شناسه'],
]

function cellsOf(token: Token): CsvValue[] {
  return [
    token.name,
    token.integration_type,
    token.token_preview,
    token.store?.name ?? null,
    token.user.email,
    token.is_active,
    token.created_at,
    token.expires_at,
    token.last_used_at,
    token.usage_count,
    token.id,
  ]
}

const EXAMPLE_ID = { params: { id: 1 } }

/** Tokens: create, list, rotate, revoke. */
export function tokenRoutes(app: Http, db: Database, auth: Authenticator, csv: CsvExports): void {
  const shared = { tags: ['tokens'], security: BY_PERSON }

  app.post(
    '/api/v1/integrations/tokens/generate/',
    {
      schema: {
        ...shared,
        operationId: 'generateToken',
        summary: 'Create a token; only this response contains it',
        body: NewTokenBody,
        response: { 201: ShownToken },
        example: { body: { integration_type: 'woocommerce', name: 'Boots & more' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { token, summary } = await makeToken(db, person, request.body, actorOf(request, person))
      reply.code(201)
      return shownOnce(token, summary, negotiateLanguage(request.headers['accept-language']))
    },
  )

  app.get(
    '/api/v1/integrations/tokens/',
    {
      schema: {
        ...shared,
        operationId: 'listTokens',
        summary: 'Tokens, without their secrets',
        querystring: TokensQuery,
        response: { 200: TokenList },
        example: { query: { store_id: 1, limit: 20 } },
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      const { user_id: userId, store_id: storeId } = request.query
      return await readPage<Token>(
        db.inScope(scope),
        tokenList({ tenantId, userId, storeId }),
        request.query,
        request.url,
      )
    },
  )

  app.get(
    '/api/v1/integrations/tokens/export/',
    {
      // Fastify would answer HEAD by producing the whole response.
      exposeHeadRoute: false,
      schema: {
        ...shared,
        operationId: 'exportTokens',
        summary: 'Tokens as a CSV file for spreadsheets, without their secrets',
        querystring: TokensExportQuery,
        response: { 200: csvAnswer('token') },
        example: { query: { language: 'en' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { user_id: userId, store_id: storeId } = request.query
      return await csv.send(request, reply, person, {
        name: 'tokens',
        headings: HEADINGS,
        pages: csv.pagesOf<Token>(person, tokenList({ tenantId: person.tenantId, userId, storeId })),
        cells: (rows) => rows.map(cellsOf),
      })
    },
  )

  app.delete(
    '/api/v1/integrations/tokens/:id/',
    {
      schema: {
        ...shared,
        operationId: 'revokeToken',
        summary: 'Revoke a token, within 1 s in every process',
        params: TokenParams,
        response: { 204: nothing('The token is revoked.') },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request, reply) => {
      const reader = await auth.person(request)
      const { id } = request.params
      await db.inScope(reader.scope).transaction(async (tx) => {
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
        ...shared,
        operationId: 'rotateToken',
        summary: 'Rotate a token; the old one works for the grace period',
        params: TokenParams,
        body: RotateTokenBody,
        response: { 201: ShownToken },
        problems: [404, 409],
        example: { ...EXAMPLE_ID, body: { grace_seconds: 3600 } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const graceSeconds = request.body.grace_seconds ?? 86_400
      const { token, summary } = await replaceToken(
        db,
        person,
        { id: request.params.id, graceSeconds },
        actorOf(request, person),
      )
      reply.code(201)
      return shownOnce(token, summary, negotiateLanguage(request.headers['accept-language']))
    },
  )

  app.post(
    '/api/v1/integrations/tokens/:id/confirm-site/',
    {
      schema: {
        ...shared,
        operationId: 'confirmTokenSite',
        summary: 'Bind the token to the site that presented it last',
        params: TokenParams,
        response: { 200: Token },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const { id } = request.params
      return await db.inScope(person.scope).transaction(async (tx) => {
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

async function makeToken(db: Database, person: Person, body: NewTokenBody, by: Actor) {
  const issue = addressIssue(body.allowed_ips ?? [])
  if (issue) throw invalidInput([issue])
  const expiresAt = body.expires_at === undefined ? null : readEnd('expires_at', body.expires_at)
  const access = db.inScope(person.scope)
  const store = body.store_id === undefined ? null : await findStore(access, person, body.store_id)
  const tenantId = store?.tenantId ?? (await tenantFor(access, person, body.user_id))
  return await access.transaction(async (tx) => {
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
    await writeAuditEntry(tx, by, {
      action: 'token.generated',
      target: { kind: 'token', id },
      detail: { integration_type: type, name, token_preview: preview },
    })
    return made
  })
}

/** @throws {Problem} 404 for an unknown token, 409 for one that has ended */
async function replaceToken(
  db: Database,
  person: Person,
  { id, graceSeconds }: { id: number; graceSeconds: number },
  by: Actor,
) {
  const rotated = await db.inScope(person.scope).transaction(async (tx) => {
    const made = await rotateToken(tx, person.tenantId, id, graceSeconds)
    if (made === null || made === 'revoked') return made
    await writeAuditEntry(tx, by, {
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
  return rotated
}

function shownOnce(token: string, summary: Token, language: Language): ShownToken {
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
