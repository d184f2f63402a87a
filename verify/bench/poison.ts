/**
 * Waiting time of another tenant's event while heavy events wait, too: valid events with the highest cost that a body can have.
 */
import { setTimeout as delay } from 'node:timers/promises'
import { createRandom } from '../../scripts/random.ts'
import type { SyncState } from '../../server/src/catalog/products/sync-state.ts'
import type { BenchDatabase, BenchServer } from './bench-servers.ts'
import { POISONS, type Poison } from './poison-events.ts'
import { makeProduct } from './products.ts'
import { onProviderServer } from './provider-server.ts'
import { number, quantile, table } from './report.ts'
import { anEvent, type BenchEvent } from './shop.ts'

/** `BENCH_POISONS=words,tables` measures some of them. */
const CHOSEN = process.env.BENCH_POISONS?.split(',')
const QUIET_EVENTS = 20
const BETWEEN_EVENTS_MS = 1_000
const POLL_MS = 50
/** An event that is not applied by then is given up, and said to be. */
const DEADLINE_MS = 60_000
const REQUEST_TIMEOUT_MS = 15_000
const HEALTH_EVERY_MS = 200
/** A batch may have 5 MB. */
const BATCH_BYTES = 4_900_000
const BATCH_SIZE = 100
/** After a refusal the same event is tried with so much of its size. */
const SMALLER = 0.8
const SMALLEST_BYTES = 1_000
const SEED = 20_251_126
const FIRST_VERSION = 1_762_768_200_000_000

interface Measured {
  poison: string
  sent: string
  /** Milliseconds from the receipt until it was applied; Infinity: not within the deadline. */
  applied: number[]
  receipts: number[]
  slowestHealthMs: number
  left: string
  note: string
}

export async function benchPoison(database: BenchDatabase): Promise<void> {
  const results: Measured[] = []
  const kinds = Object.entries(POISONS).filter(([kind]) => CHOSEN === undefined || CHOSEN.includes(kind))
  for (const [, poison] of kinds) {
    // A new database and a new server for each: one poison must not be measured in another one's wake.
    await onProviderServer(database, async ({ server }) => {
      results.push(await measure(server, poison))
    }).catch((error: Error) => {
      const last = results.at(-1)
      if (last?.poison === poison.name) last.note = 'the server did not end by itself'
      else throw error
    })
    console.error(`  ${database.kind}: ${poison.name}: measured`)
  }
  show(results)
}

async function measure(server: BenchServer, poison: Poison): Promise<Measured> {
  const random = createRandom(SEED)
  const quiet = connect(server.url, await server.makeToken({ ofOwner: 'quiet' }))
  const loud = connect(server.url, await server.makeToken({ ofOwner: 'poison' }))
  const events = Array.from({ length: QUIET_EVENTS + 1 }, (_, at) =>
    anEvent('live', makeProduct(at + 1, random).product),
  )
  const [first, ...later] = events
  const applied = watchApplied(quiet)
  if (first) await applied(await sendQuiet(quiet, first))

  let isOver = false
  const health = watchHealth(server.url, () => isOver)
  const begun = Promise.withResolvers<void>()
  const poisoning = sendPoison(loud, poison, begun.resolve).finally(begun.resolve)
  await begun.promise
  const sent: Promise<{ receiptMs: number; appliedMs: number }>[] = []
  for (const event of later) {
    await delay(BETWEEN_EVENTS_MS)
    sent.push(
      sendQuiet(quiet, event).then(async (receipt) => ({
        receiptMs: receipt.tookMs,
        appliedMs: await applied(receipt),
      })),
    )
  }
  const times = await Promise.all(sent)
  const said = await poisoning
  const left = await endedAs(loud, said.ids)
  isOver = true
  return {
    poison: poison.name,
    sent: `${number(said.ids.length)} × ${number(said.bytes / 1_000)} KB`,
    applied: times.map(({ appliedMs }) => appliedMs),
    receipts: times.map(({ receiptMs }) => receiptMs),
    slowestHealthMs: await health,
    left,
    note: said.note,
  }
}

type Shop = ReturnType<typeof connect>

/** A shop that sends text as it stands, and takes any answer. Null: none in time. */
function connect(url: string, token: string) {
  return {
    post: async (path: string, body: string) =>
      await fetch(`${url}/api/integrations/woocommerce/${path}/`, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        body,
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      })
        .then(async (response) => ({ status: response.status, text: await response.text() }))
        .catch(() => null),
  }
}

interface Receipt {
  id: number
  version: number
  /** Infinity without a receipt. */
  tookMs: number
  at: number
}

async function sendQuiet(shop: Shop, event: BenchEvent): Promise<Receipt> {
  const startedAt = performance.now()
  const answer = await shop.post('webhook', JSON.stringify(event))
  const at = performance.now()
  const tookMs = answer?.status === 202 ? at - startedAt : Number.POSITIVE_INFINITY
  return { id: event.product.id, version: event.version, tookMs, at }
}

/** Gives for each receipt how many milliseconds later the event was applied: Infinity if not within the deadline. One poll asks for all. */
function watchApplied(shop: Shop): (receipt: Receipt) => Promise<number> {
  const waiting = new Map<number, Receipt & { resolve: (ms: number) => void }>()
  const settle = (id: number, ms: number) => {
    waiting.get(id)?.resolve(ms)
    waiting.delete(id)
  }
  const poll = async () => {
    while (waiting.size > 0) {
      const answer = await shop.post('status', JSON.stringify({ product_ids: [...waiting.keys()] }))
      const now = performance.now()
      const results = answer?.status === 200 ? (JSON.parse(answer.text) as { results: SyncState[] }).results : []
      for (const { id, applied_version: version } of results) {
        const event = waiting.get(id)
        if (event && version === event.version) settle(id, now - event.at)
      }
      for (const { id, at } of waiting.values()) if (now - at > DEADLINE_MS) settle(id, Number.POSITIVE_INFINITY)
      await delay(POLL_MS)
    }
  }
  return async (receipt) => {
    if (!Number.isFinite(receipt.tookMs)) return Number.POSITIVE_INFINITY
    const { promise, resolve } = Promise.withResolvers<number>()
    waiting.set(receipt.id, { ...receipt, resolve })
    if (waiting.size === 1) void poll()
    return await promise
  }
}

/** Sends all events of the poison, as large as they are taken, in batches as far as they fit. */
async function sendPoison(shop: Shop, poison: Poison, onFirst: () => void) {
  let { bytes } = poison
  const ids: number[] = []
  const write = (nth: number) => {
    const order = { eventId: `poison_${nth}_${bytes}`, version: FIRST_VERSION + nth, productId: nth + 1 }
    return poison.write(nth, order, bytes)
  }
  const post = async (nths: number[], texts: string[]) => {
    const [first = ''] = texts
    const isBatch = texts.length > 1
    const answer = await shop.post(isBatch ? 'webhook/batch' : 'webhook', isBatch ? `{"events":[${texts}]}` : first)
    if (answer?.status !== 202) return
    ids.push(...nths.map((nth) => nth + 1))
    onFirst()
  }
  // The first goes alone, and tells how large the others may be.
  while (ids.length === 0 && bytes > SMALLEST_BYTES) {
    await post([0], [write(0)])
    if (ids.length === 0) bytes = Math.floor(bytes * SMALLER)
  }
  let nths: number[] = []
  let texts: string[] = []
  for (let nth = 1; nth < poison.events; nth += 1) {
    const text = write(nth)
    if (texts.reduce((sum, each) => sum + each.length, text.length) > BATCH_BYTES || texts.length === BATCH_SIZE) {
      await post(nths, texts)
      nths = []
      texts = []
    }
    nths.push(nth)
    texts.push(text)
  }
  if (texts.length > 0) await post(nths, texts)
  const missing = poison.events - ids.length
  return { ids, bytes, note: missing > 0 ? `${missing} more were not acknowledged` : '' }
}

/** Counts the poison's events by their present status. */
async function endedAs(shop: Shop, ids: number[]): Promise<string> {
  const answer = await shop.post('status', JSON.stringify({ product_ids: ids }))
  if (answer?.status !== 200) return 'no answer'
  const { results } = JSON.parse(answer.text) as { results: SyncState[] }
  const count = (isSo: (state: SyncState) => boolean) => results.filter(isSo).length
  const applied = count((state) => state.applied_version !== null)
  const dead = count((state) => state.state === 'failed' && state.applied_version === null)
  return `${applied} applied, ${dead} dead, ${ids.length - applied - dead} open`
}

/** The slowest answer of the endpoint that does nothing: how long the server did nothing else. */
async function watchHealth(url: string, isOver: () => boolean): Promise<number> {
  let slowestMs = 0
  while (!isOver()) {
    const startedAt = performance.now()
    await fetch(`${url}/healthz`, { signal: AbortSignal.timeout(DEADLINE_MS) })
      .then((response) => response.text())
      .catch(() => undefined)
    slowestMs = Math.max(slowestMs, performance.now() - startedAt)
    await delay(HEALTH_EVERY_MS)
  }
  return slowestMs
}

function show(results: Measured[]): void {
  console.log(`### Poison: ${QUIET_EVENTS} events of another tenant, one a second, from the first poison's receipt on, ROLE=all
`)
  console.log(
    table(
      [
        'poison waiting',
        'sent',
        'receipt, ms: p95',
        'applied after, ms: p50',
        'p95',
        'slowest',
        'in time',
        'slowest /healthz, ms',
        'then, of the poison',
        '',
      ],
      results.map(({ poison, sent, applied, receipts, slowestHealthMs, left, note }) => [
        poison,
        sent,
        time(receipts, 0.95, REQUEST_TIMEOUT_MS),
        time(applied, 0.5, DEADLINE_MS),
        time(applied, 0.95, DEADLINE_MS),
        time(applied, 1, DEADLINE_MS),
        `${applied.filter(Number.isFinite).length} of ${applied.length}`,
        number(slowestHealthMs),
        left,
        note,
      ]),
    ),
  )
  console.log()
}

function time(values: number[], share: number, deadlineMs: number): string {
  const value = quantile(values, share)
  return Number.isFinite(value) ? number(value) : `not within ${deadlineMs / 1_000} s`
}
