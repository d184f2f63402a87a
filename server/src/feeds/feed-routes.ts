import type { FastifyRequest } from 'fastify'
import type { Database, Sql } from '../platform/db/database.ts'
import { invalidInput, notFound } from '../platform/errors.ts'
import { nothing } from '../platform/http/contract.ts'
import type { Http } from '../platform/http/http.ts'
import { readPage } from '../platform/http/lists.ts'
import { publicOrigin } from '../platform/http/public-address.ts'
import { negotiateLanguage } from '../platform/i18n.ts'
import { writeAuditEntry } from '../tenants/audit.ts'
import { type Authenticator, actorOf, type Reader } from '../tenants/authenticate.ts'
import { BY_PERSON } from '../tenants/credentials.ts'
import { createCoverage } from './coverage.ts'
import { addressesOf } from './feed-addresses.ts'
import { type Feed, FeedCoverage, FeedList, FeedParams, FeedsQuery, NewFeedBody, ShownFeed } from './feed-schemas.ts'
import {
  feedList,
  findFeed,
  IS_SERVED,
  makeFeed,
  revokeFeed,
  rotateFeed,
  SERVED_COLUMNS,
  type ServedFeed,
} from './feeds.ts'

interface Parts {
  db: Database
  auth: Authenticator
  publicUrl: string | null
}

const EXAMPLE_ID = { params: { id: 1 } }
const ISO_CURRENCIES = new Set(Intl.supportedValuesOf('currency'))

/** Feeds of stores: create, list, rotate, revoke, and what each leaves out. */
export function feedRoutes(app: Http, { db, auth, publicUrl }: Parts): void {
  const shared = { tags: ['feeds'], security: BY_PERSON }
  const coverageOf = createCoverage(db)
  const shown = async (request: FastifyRequest, sql: Sql, feed: Feed, token: string): Promise<ShownFeed> => {
    const [store] = await sql.query<{ site: string }>('select site from stores where id = $1', [feed.store.id])
    const origin = publicOrigin(request, publicUrl) ?? ''
    const language = negotiateLanguage(request.headers['accept-language'])
    return { ...feed, addresses: addressesOf(feed.kind, token, origin, store?.site ?? ''), message: MADE[language] }
  }

  app.get(
    '/api/v1/feeds/',
    {
      schema: {
        ...shared,
        operationId: 'listFeeds',
        summary: 'Feeds, without their addresses, newest first',
        querystring: FeedsQuery,
        response: { 200: FeedList },
        example: { query: { store_id: 1, limit: 20 } },
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      const list = feedList(tenantId, request.query.store_id)
      return await readPage<Feed>(db.inScope(scope), list, request.query, request.url)
    },
  )

  app.post(
    '/api/v1/feeds/',
    {
      schema: {
        ...shared,
        operationId: 'createFeed',
        summary: 'Create a feed of a store; only this response contains its addresses',
        body: NewFeedBody,
        response: { 201: ShownFeed },
        problems: [409],
        example: { body: { store_id: 1, kind: 'google', target_country: 'IR' } },
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { store_id: storeId, kind, target_country: country, language, currency } = request.body
      if (currency !== undefined && !ISO_CURRENCIES.has(currency)) throw notIso()
      if (currency !== undefined && currency !== 'IRR' && kind === 'torob') throw notToman()
      reply.code(201)
      return await db.inScope(person.scope).transaction(async (tx) => {
        const store = await findStore(tx, person, storeId)
        const options = {
          kind,
          targetCountry: country ?? null,
          language: language ?? null,
          currency: currency ?? null,
        }
        const { id, token } = await makeFeed(tx, store, options)
        const target = { kind: 'feed', id } as const
        await writeAuditEntry(tx, actorOf(request, person), { action: 'feed.made', target, detail: { kind } })
        return await shown(request, tx, await findFeed(tx, person.tenantId, id), token)
      })
    },
  )

  app.post(
    '/api/v1/feeds/:id/rotate/',
    {
      schema: {
        ...shared,
        operationId: 'rotateFeed',
        summary: 'Give a feed new addresses; the old ones end at once',
        params: FeedParams,
        response: { 201: ShownFeed },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { id } = request.params
      reply.code(201)
      return await db.inScope(person.scope).transaction(async (tx) => {
        const token = await rotateFeed(tx, person.tenantId, id)
        await writeAuditEntry(tx, actorOf(request, person), { action: 'feed.rotated', target: { kind: 'feed', id } })
        return await shown(request, tx, await findFeed(tx, person.tenantId, id), token)
      })
    },
  )

  app.delete(
    '/api/v1/feeds/:id/',
    {
      schema: {
        ...shared,
        operationId: 'revokeFeed',
        summary: 'Revoke a feed; its addresses end at once',
        params: FeedParams,
        response: { 204: nothing('The feed is revoked.') },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request, reply) => {
      const person = await auth.person(request)
      const { id } = request.params
      await db.inScope(person.scope).transaction(async (tx) => {
        await revokeFeed(tx, person.tenantId, id)
        await writeAuditEntry(tx, actorOf(request, person), { action: 'feed.revoked', target: { kind: 'feed', id } })
      })
      return reply.code(204).send()
    },
  )

  app.get(
    '/api/v1/feeds/:id/coverage/',
    {
      schema: {
        ...shared,
        operationId: 'readFeedCoverage',
        summary: 'The number of products in a feed, and those that it leaves out with the reason',
        params: FeedParams,
        response: { 200: FeedCoverage },
        problems: [404],
        example: EXAMPLE_ID,
      },
    },
    async (request) => {
      const { scope, tenantId } = await auth.person(request)
      const [feed] = await db.inScope(scope).query<ServedFeed>(
        `select ${SERVED_COLUMNS} from feeds f join stores s on s.id = f.store_id
          where ($1::bigint is null or f.tenant_id = $1) and f.id = $2 and ${IS_SERVED}`,
        [tenantId, request.params.id],
      )
      if (!feed) throw notFound()
      return await coverageOf(feed)
    },
  )
}

/** @throws {Problem} 400 for a store that does not exist or belongs to another tenant */
async function findStore(sql: Sql, reader: Reader, id: number): Promise<{ id: number; tenantId: number }> {
  const [store] = await sql.query<{ id: number; tenantId: number }>(
    `select id, tenant_id as "tenantId" from stores
      where ($1::bigint is null or tenant_id = $1) and id = $2 and deleted_at is null`,
    [reader.tenantId, id],
  )
  if (store) return store
  throw invalidInput([
    { path: 'store_id', detail: { en: 'there is no store with this id', fa: 'چنین فروشگاهی وجود ندارد' } },
  ])
}

function notIso() {
  return invalidInput([
    {
      path: 'currency',
      detail: {
        en: 'must be a currency of ISO 4217, such as EUR; prices in toman are printed in IRR',
        fa: 'باید ارزی از ISO 4217 مانند EUR باشد؛ قیمت‌های تومانی با IRR چاپ می‌شوند',
      },
    },
  ])
}

function notToman() {
  return invalidInput([
    {
      path: 'currency',
      detail: { en: 'must be IRR or absent: Torob reads toman', fa: 'باید IRR باشد یا نیاید: ترب قیمت تومانی می‌خواند' },
    },
  ])
}

const MADE = {
  en: 'Copy the address now: it is not shown again.',
  fa: 'نشانی را همین حالا کپی کنید: دوباره نمایش داده نمی‌شود.',
}
