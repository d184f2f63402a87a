import type { FastifyRequest } from 'fastify'
import type { Database } from '../platform/db/database.ts'
import { type Issue, invalidInput, Problem } from '../platform/errors.ts'
import { type Http, toProblem } from '../platform/http/http.ts'
import { formatFa, type Language, type Localised, negotiateLanguage } from '../platform/i18n.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import type { Queue } from '../platform/runtime/queue.ts'
import type { ReceivingLoad } from '../platform/runtime/receiving-load.ts'
import type { Authenticator } from '../tenants/authenticate.ts'
import { BY_SHOP } from '../tenants/credentials.ts'
import type { RequestLimits } from '../tenants/request-limits.ts'
import { MAX_BODY_BYTES } from './canonical-json.ts'
import { WebhookEvent } from './event-schema.ts'
import { createGroupCommit, type GroupCommit } from './group-commit.ts'
import { readEvent } from './read-event.ts'
import { BatchReceipt, EventBatchBody, EventReceipt, EXAMPLE_EVENT, MAX_BATCH_EVENTS } from './receive-schemas.ts'
import { eventIdTaken, versionAhead } from './refuse-event.ts'
import { type IncomingEvent, type Receipt, storeEvents } from './store-events.ts'

/**
 * A batch counts as one request plus one per ten events: a full batch as 11. The default of 100 requests a second allows one shop
 * 909 events a second continuously, and 4,500 at once. The plugin's first sync sends about 480 a second.
 */
const EVENTS_PER_REQUEST = 10

const MESSAGES: Record<'accepted' | 'skipped', Localised> = {
  accepted: { en: 'Stored and queued.', fa: 'ذخیره شد و در صف است.' },
  skipped: { en: 'This event was already received.', fa: 'این رویداد پیش‌تر دریافت شده بود.' },
}

interface Parts {
  db: Database
  queue: Queue
  auth: Authenticator
  limits: RequestLimits
  log: Log
  metrics: Metrics
  load: ReceivingLoad
}

export interface Receiver {
  /** Waits until every event in progress is committed and can be acknowledged. */
  drain(): Promise<void>
}

/** The webhook and its batch: events are stored durably, then acknowledged. */
export function receiveRoutes(app: Http, { db, queue, auth, limits, log, metrics, load }: Parts): Receiver {
  const received = metrics.counter('fiko_events_received_total', 'Events received, by receipt', ['receipt'])
  const flushSize = metrics.histogram('fiko_flush_events', 'Events committed together', [1, 2, 5, 10, 20, 50, 100, 200])
  const commits: GroupCommit<IncomingEvent, Receipt> = createGroupCommit({
    concurrency: db.kind === 'embedded' ? 1 : 4,
    sizeOf: (incoming) => incoming.event.payload.length,
    overloaded,
    commit: async (batch) => {
      const startedAt = performance.now()
      const receipts = await storeEvents(db, queue, batch)
      const counts = { accepted: 0, skipped: 0, conflict: 0, ahead: 0 }
      for (const receipt of receipts) counts[receipt] += 1
      for (const [receipt, count] of Object.entries(counts)) if (count > 0) received.inc({ receipt }, count)
      flushSize.observe(batch.length)
      log.info({ ...counts, durationMs: Math.round(performance.now() - startedAt) }, 'events.stored')
      return receipts
    },
  })

  /** Reads and commits one event of this request's shop. @throws {Problem} for an invalid event */
  const take = async (request: FastifyRequest, body: unknown): Promise<'accepted' | 'skipped'> => {
    const shop = shopOf(request)
    const event = readEvent(body)
    const receipt = await commits.add({
      tenantId: shop.tenantId,
      storeId: shop.storeId,
      sourceIp: request.ip,
      userAgent: (request.headers['user-agent'] ?? '').slice(0, 300),
      event,
    })
    if (receipt === 'conflict') throw eventIdTaken(event.eventId)
    if (receipt === 'ahead') throw versionAhead()
    return receipt
  }

  /** @throws the first outage */
  const batchReceipt = (
    events: unknown[],
    results: PromiseSettledResult<'accepted' | 'skipped'>[],
    language: Language,
  ): BatchReceipt => {
    const answer: BatchReceipt = { accepted: 0, skipped: 0, rejected: [] }
    for (const [index, result] of results.entries()) {
      if (result.status === 'fulfilled') answer[result.value] += 1
      else {
        const problem = toProblem(result.reason)
        // An outage affects the whole batch: the sender keeps it and retries; events that were stored are then skipped.
        if (problem.status === 503) throw result.reason
        if (problem.status >= 500) log.error({ index, error: String(result.reason) }, 'event.not_stored')
        answer.rejected.push({
          index,
          event_id: idGiven(events[index]),
          error: problem.code,
          detail: problem.detail[language],
          issues: issuesOf(problem).map((issue) => ({ path: issue.path, detail: issue.detail[language] })),
        })
      }
    }
    return answer
  }

  const { shopOf, onRequest } = identifyShop(app, auth)
  const shared = { tags: ['shop'], security: BY_SHOP }

  app.post(
    '/api/integrations/woocommerce/webhook/',
    {
      schema: {
        ...shared,
        operationId: 'sendEvent',
        summary: 'Send one event',
        body: WebhookEvent,
        response: { 200: EventReceipt, 202: EventReceipt },
        problems: [409],
        example: { body: EXAMPLE_EVENT },
      },
      // readEvent validates the body, here and for the batch.
      validatorCompiler: () => () => true,
      bodyLimit: MAX_BODY_BYTES,
      onRequest,
    },
    async (request, reply) => {
      load.enter()
      const receipt = await take(request, request.body).finally(load.leave)
      reply.code(receipt === 'accepted' ? 202 : 200)
      return {
        status: receipt,
        event_id: (request.body as WebhookEvent).event_id,
        message: MESSAGES[receipt][negotiateLanguage(request.headers['accept-language'])],
      }
    },
  )

  app.post(
    '/api/integrations/woocommerce/webhook/batch/',
    {
      schema: {
        ...shared,
        operationId: 'sendEvents',
        summary: 'Send up to 100 events; an invalid event does not affect the others',
        body: EventBatchBody,
        response: { 202: BatchReceipt },
        example: { body: { events: [{ ...EXAMPLE_EVENT, event_id: 'boot-2', source: 'backfill' }] } },
      },
      validatorCompiler: () => () => true,
      bodyLimit: MAX_BODY_BYTES,
      onRequest,
    },
    async (request, reply) => {
      const events = readBatch(request.body)
      limits.chargeCaller(shopOf(request).tokenId, Math.floor(events.length / EVENTS_PER_REQUEST))
      const language = negotiateLanguage(request.headers['accept-language'])
      const results = await Promise.allSettled(events.map((event) => take(request, event)))
      const receipt = batchReceipt(events, results, language)
      reply.code(202)
      return receipt
    },
  )

  return { drain: () => commits.drain() }
}

/** Identifies the shop before the body is read, so that a token of another kind causes no parsing. */
function identifyShop(app: Http, auth: Authenticator) {
  type Shop = Awaited<ReturnType<Authenticator['shop']>>
  app.decorateRequest('shop', null)
  const holderOf = (request: FastifyRequest) => request as unknown as { shop: Shop | null }
  return {
    onRequest: async (request: FastifyRequest) => {
      holderOf(request).shop = await auth.shop(request)
    },
    shopOf: (request: FastifyRequest): Shop => {
      const { shop } = holderOf(request)
      if (!shop) throw new Error('a route reads the shop without identifying it first')
      return shop
    },
  }
}

/** Every entry has at least one path: `body` when no single field is invalid. */
function issuesOf(problem: Problem): Issue[] {
  return problem.issues.length > 0 ? problem.issues : [{ path: 'body', detail: problem.detail }]
}

/** The event id to return for an unchecked event: the received value, truncated. */
function idGiven(event: unknown): string | number | null {
  const id = (event as { event_id?: unknown } | null)?.event_id
  if (typeof id === 'string') return id.slice(0, 100)
  return typeof id === 'number' ? id : null
}

function readBatch(body: unknown): unknown[] {
  const events = (body as { events?: unknown } | null)?.events
  if (!Array.isArray(events)) {
    throw invalidInput([
      { path: 'events', detail: { en: 'is required: a list of events', fa: 'لازم است: فهرستی از رویدادها' } },
    ])
  }
  if (events.length > MAX_BATCH_EVENTS) {
    throw invalidInput([
      {
        path: 'events',
        detail: {
          en: `must be at most ${MAX_BATCH_EVENTS} events, but there are ${events.length}; send the rest in another batch`,
          fa: `باید حداکثر ${formatFa(MAX_BATCH_EVENTS)} رویداد باشد، ولی ${formatFa(events.length)} تاست؛ بقیه را در دسته‌ای دیگر بفرستید`,
        },
      },
    ])
  }
  return events
}

function overloaded(): Problem {
  return new Problem(
    503,
    'overloaded',
    {
      en: 'The server is overloaded; this request was not stored. Retry in a second.',
      fa: 'در حال حاضر درخواست‌های زیادی در صف ذخیره است. این یکی ذخیره نشد؛ کمی بعد دوباره بفرستید.',
    },
    { retryAfterSeconds: 1 },
  )
}
