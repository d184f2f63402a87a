import type { KeyObject } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { LRUCache } from 'lru-cache'
import type { Access, Database } from '../../platform/db/database.ts'
import { type Http, toProblem } from '../../platform/http/http.ts'
import type { RequestLimits } from '../../tenants/request-limits.ts'
import { readFeedState } from '../feed-state.ts'
import { noteRead, type ServedFeed } from '../feeds.ts'
import { noSuchFile, openFeed } from '../serve-feeds.ts'
import { countItems, findByUniques, findByUrls, findPage } from './find-items.ts'
import type { TorobProduct } from './torob-product.ts'
import { BadTorobRequest, PAGE_SIZE, readTorobRequest, type TorobRequest } from './torob-request.ts'
import { refusalOfToken } from './verify-token.ts'

/** A list of 100 addresses of 2,000 characters fits. */
const BODY_LIMIT_BYTES = 300_000
const MAX_CACHED_TOTALS = 500

interface Parts {
  db: Database
  limits: RequestLimits
  publicKey: KeyObject
}

interface TorobAnswer {
  api_version: 'torob_api_v3'
  current_page: number
  total: number
  max_pages: number
  products: TorobProduct[]
}

/**
 * `POST /feeds/<token>/torob/`: Torob's product API v3. The token in the address names the store; Torob's own token must be signed and
 * made for the host of the shop. Its refusals are `{"error"}`, 401 or 400, as Torob's guide says.
 */
export function torobRoutes(app: Http, { db, limits, publicKey }: Parts): void {
  // The total is the same on all pages until a product changes.
  const totals = new LRUCache<string, number>({ max: MAX_CACHED_TOTALS })
  app.post<{ Params: { token: string } }>(
    '/feeds/:token/torob',
    {
      schema: { hide: true },
      config: { isOpen: true },
      bodyLimit: BODY_LIMIT_BYTES,
      errorHandler: answerTorobError,
    },
    async (request, reply) => {
      const feed = await openFeed(db, limits, request)
      if (feed.kind !== 'torob') throw noSuchFile(feed.kind)
      const audience = URL.parse(feed.site)?.host
      const refusal =
        audience === undefined
          ? 'the store has no address: its owner sets it in the dashboard'
          : refusalOfToken({ ...givenToken(request), key: publicKey, audience, nowMs: Date.now() })
      if (refusal !== null) return sendError(reply, 401, refusal)
      const asked = readTorobRequest(request.body)
      const access = db.forTenant(feed.tenantId)
      await noteRead(access, feed)
      return await answer(access, feed, asked, totals)
    },
  )
}

function givenToken({ headers }: FastifyRequest) {
  const version = headers['x-torob-token-version']
  return { token: String(headers['x-torob-token'] ?? ''), version: version === undefined ? undefined : String(version) }
}

async function answer(
  access: Access,
  feed: ServedFeed,
  asked: TorobRequest,
  totals: LRUCache<string, number>,
): Promise<TorobAnswer> {
  const api_version = 'torob_api_v3'
  if ('page' in asked) {
    const { key } = await readFeedState(access, feed)
    const total = totals.get(key) ?? (await countItems(access, feed))
    totals.set(key, total)
    const maxPages = Math.max(1, Math.ceil(total / PAGE_SIZE))
    const products = asked.page > maxPages ? [] : await findPage(access, feed, asked.page, asked.sort)
    return { api_version, current_page: asked.page, total, max_pages: maxPages, products }
  }
  const products =
    'pageUrls' in asked
      ? await findByUrls(access, feed, asked.pageUrls)
      : await findByUniques(access, feed, asked.pageUniques)
  return { api_version, current_page: 1, total: products.length, max_pages: 1, products }
}

/** A body that is not one of Torob's forms is a 400 with `error`; all other refusals are problem documents. */
function answerTorobError(error: unknown, _request: FastifyRequest, reply: FastifyReply): FastifyReply {
  if (error instanceof BadTorobRequest) return sendError(reply, 400, error.message)
  const { status, code, detail } = toProblem(error)
  if ((status === 400 && code !== 'bad_host') || status === 413 || status === 415)
    return sendError(reply, 400, detail.en)
  throw error
}

function sendError(reply: FastifyReply, status: number, error: string): FastifyReply {
  return reply.code(status).type('application/json').send({ error })
}
