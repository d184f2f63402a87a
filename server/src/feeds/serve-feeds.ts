import { createHash } from 'node:crypto'
import { pipeline, Readable } from 'node:stream'
import { createGzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Access, Database } from '../platform/db/database.ts'
import { Problem } from '../platform/errors.ts'
import type { Http } from '../platform/http/http.ts'
import { createLongAnswers } from '../platform/http/long-answers.ts'
import { publicOrigin } from '../platform/http/public-address.ts'
import type { Log } from '../platform/log.ts'
import { countCategories } from '../search/look-up-products.ts'
import type { RequestLimits } from '../tenants/request-limits.ts'
import { feedEntry } from './feed-items.ts'
import type { FeedKind } from './feed-schemas.ts'
import { type FeedState, readFeedState } from './feed-state.ts'
import { findServedFeed, noteRead, type ServedFeed } from './feeds.ts'
import { acpLine, acpMetadata } from './files/acp.ts'
import { GOOGLE_HEADER, googleLines } from './files/google.ts'
import { languageOf, llmsHead, llmsLine, MAX_LLMS_PRODUCTS } from './files/llms.ts'
import { readProducts } from './read-products.ts'

/** Files of one feed, and of all feeds, that one process sends at the same time. */
const MAX_STREAMS_PER_FEED = 2
const MAX_STREAMS = 8
/** A text that compresses to a tenth does not need the slower levels. */
const GZIP_LEVEL = 4

interface Parts {
  db: Database
  log: Log
  limits: RequestLimits
  publicUrl: string | null
}

/** The source of a file. */
export interface Source {
  db: Database
  access: Access
  feed: ServedFeed
  state: FeedState
  mcpAddress: string | null
}

interface FileFormat {
  kind: FeedKind
  contentType: string
  write(source: Source): AsyncGenerator<string>
}

/** The files by their names in an address. */
export const FILES: Record<string, FileFormat> = {
  'google.tsv': { kind: 'google', contentType: 'text/tab-separated-values; charset=utf-8', write: writeGoogle },
  'products.jsonl': { kind: 'acp', contentType: 'application/x-ndjson; charset=utf-8', write: writeAcp },
  'metadata.json': { kind: 'acp', contentType: 'application/json; charset=utf-8', write: writeMetadata },
  'llms.txt': { kind: 'llms', contentType: 'text/plain; charset=utf-8', write: writeLlms },
}

/**
 * `GET /feeds/<token>/<file>`: public routes, limited by address and, for each feed, like those of one token. The file is a stream:
 * memory holds one page of products.
 */
export function serveFeeds(app: Http, { db, log, limits, publicUrl }: Parts): void {
  const sendLong = createLongAnswers(app, log)
  const running = new Map<number, number>()
  const config = { isOpen: true }

  app.route<{ Params: { token: string; file: string } }>({
    url: '/feeds/:token/:file',
    method: ['GET', 'HEAD'],
    schema: { hide: true },
    config,
    handler: async (request, reply) => {
      const file = Object.hasOwn(FILES, request.params.file) ? FILES[request.params.file] : undefined
      const feed = await openFeed(db, limits, request)
      if (file === undefined || file.kind !== feed.kind) throw noSuchFile(feed.kind)
      const access = db.forTenant(feed.tenantId)
      const state = await readFeedState(access, feed)
      const mcpAddress =
        feed.publicId === null ? null : `${publicOrigin(request, publicUrl) ?? ''}/mcp/${feed.publicId}`
      const etag = `W/"${hashOf(`${state.key} ${request.params.file} ${mcpAddress}`)}"`
      reply.headers({ etag, vary: 'Accept-Encoding', 'cache-control': 'private, no-cache' })
      if (request.method === 'HEAD') return reply.type(file.contentType).send()
      if (isKnown(request.headers['if-none-match'], etag)) {
        await noteRead(access, feed)
        return reply.code(304).send()
      }
      const release = takePlace(running, feed.id)
      try {
        await noteRead(access, feed)
      } catch (error) {
        release()
        throw error
      }
      const background = db.inBackground().forTenant(feed.tenantId)
      const lines = Readable.from(file.write({ db: db.inBackground(), access: background, feed, state, mcpAddress }), {
        objectMode: false,
      })
      reply.raw.once('close', release)
      reply.type(file.contentType)
      if (!acceptsGzip(request.headers['accept-encoding']))
        return sendLong(reply, lines, 'feed', { feedId: feed.id, tenantId: feed.tenantId })
      // A failed source destroys the compressed stream, and the other way round.
      const packed = pipeline(lines, createGzip({ level: GZIP_LEVEL }), () => {})
      reply.header('content-encoding', 'gzip')
      return sendLong(reply, packed, 'feed', { feedId: feed.id, tenantId: feed.tenantId })
    },
  })

  // All other addresses below /feeds/ contain a token too: a route of their own keeps it out of the log.
  for (const url of ['/feeds/*', '/feeds/:token/:file'])
    app.route({
      url,
      method: url.endsWith('*')
        ? ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE']
        : ['POST', 'PUT', 'PATCH', 'DELETE'],
      schema: { hide: true },
      config,
      handler: async (_request: FastifyRequest, _reply: FastifyReply) => {
        throw noSuchFile(null)
      },
    })
}

/** The feed of a request, within its rate limit. @throws {Problem} 401 or 429 */
export async function openFeed(db: Database, limits: RequestLimits, request: FastifyRequest): Promise<ServedFeed> {
  const { token } = request.params as { token: string }
  const feed = await findServedFeed(db, token)
  if (!feed) throw limits.refuse(request.ip, unknownFeed())
  limits.limitByCaller(`feed ${feed.id}`, request.headers)
  return feed
}

/** Counts a running answer; the returned function ends it. @throws {Problem} 429 */
function takePlace(running: Map<number, number>, feedId: number): () => void {
  const all = [...running.values()].reduce((sum, count) => sum + count, 0)
  const own = running.get(feedId) ?? 0
  if (own >= MAX_STREAMS_PER_FEED || all >= MAX_STREAMS) throw tooManyReaders()
  running.set(feedId, own + 1)
  let isOpen = true
  return () => {
    if (!isOpen) return
    isOpen = false
    const left = (running.get(feedId) ?? 1) - 1
    if (left > 0) running.set(feedId, left)
    else running.delete(feedId)
  }
}

async function* writeGoogle({ access, feed }: Source) {
  yield GOOGLE_HEADER
  for await (const page of readProducts(access, feed))
    yield page.map((product) => googleLines(feedEntry(product, feed))).join('')
}

async function* writeAcp({ access, feed }: Source) {
  for await (const page of readProducts(access, feed))
    yield page.map((product) => acpLine(feedEntry(product, feed), feed)).join('')
}

async function* writeMetadata({ feed, state }: Source) {
  yield acpMetadata(feed, state)
}

async function* writeLlms({ db, access, feed, mcpAddress }: Source) {
  const { tenantId, storeId } = feed
  const categories = await countCategories(db, { scope: tenantId, tenantId, storeId, environment: null }, storeId)
  yield llmsHead(feed, categories, mcpAddress)
  const language = languageOf(feed)
  let left = MAX_LLMS_PRODUCTS
  for await (const page of readProducts(access, feed, { hasTexts: false })) {
    const lines = page.map((product) => llmsLine(feedEntry(product, feed), language)).filter((line) => line !== '')
    yield lines.slice(0, left).join('')
    left -= lines.length
    if (left <= 0) return
  }
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url').slice(0, 27)
}

/** Compares as RFC 9110 says for GET: weakly. */
export function isKnown(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  if (ifNoneMatch.trim() === '*') return true
  const strong = (tag: string) => tag.trim().replace(/^W\//, '')
  return ifNoneMatch.split(',').some((tag) => strong(tag) === strong(etag))
}

/** True when an Accept-Encoding header allows gzip. */
export function acceptsGzip(header: string | string[] | undefined): boolean {
  const given = String(header ?? '')
    .toLowerCase()
    .split(',')
    .map((part) => part.trim().split(';'))
  const quality = (name: string) => {
    const found = given.find(([coding = '']) => coding.trim() === name)
    return found && Number(found.find((each) => each.trim().startsWith('q='))?.split('=')[1] ?? 1)
  }
  return (quality('gzip') ?? quality('x-gzip') ?? quality('*') ?? 0) > 0
}

/** The same for a token that never was and for one that was revoked. */
function unknownFeed(): Problem {
  return new Problem(401, 'unauthorized', {
    en: 'There is no feed at this address, or its owner has revoked it. Ask the owner of the shop for the current address.',
    fa: 'در این نشانی فیدی نیست یا مالک فروشگاه آن را باطل کرده است. نشانی کنونی را از مالک فروشگاه بگیرید.',
  })
}

export function noSuchFile(kind: FeedKind | null): Problem {
  const own = Object.entries(FILES).flatMap(([name, file]) => (kind === null || file.kind === kind ? [name] : []))
  const list = kind === 'torob' ? 'POST …/torob/' : own.join(', ')
  return new Problem(404, 'not_found', {
    en: `This address is not a file of the feed. Its files: ${list}.`,
    fa: `این نشانی فایلی از فید نیست. فایل‌های آن: ${list}`,
  })
}

function tooManyReaders(): Problem {
  return new Problem(
    429,
    'too_many_readers',
    {
      en: 'The feed is being read already. Read it again in a minute (Retry-After).',
      fa: 'این فید همین حالا در حال خوانده شدن است. یک دقیقهٔ دیگر دوباره بخوانید.',
    },
    { retryAfterSeconds: 60 },
  )
}
