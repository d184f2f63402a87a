import { setTimeout as delay } from 'node:timers/promises'
import {
  getOutgoing,
  type OutgoingAnswer,
  OutgoingFailure,
  type OutgoingReason,
} from '../platform/http/outgoing-request.ts'
import { createBoundedCache } from '../platform/runtime/bounded-cache.ts'
import { VERSION } from '../platform/version.ts'
import { readShopAnswers, type ShopAnswer } from './compare-answers.ts'
import { isAllowed, ROBOT_NAME, readRobots } from './robots.ts'

/** Products of one request: the most that the Store API gives in a page. */
export const MAX_PRODUCTS = 100
/** A hundred products with these fields have about 60 KB. */
const MAX_ANSWER_BYTES = 1_000_000
const MAX_ROBOTS_BYTES = 500_000
/** Time of one request to a shop. Cheap hosting answers a cold request in 3 to 5 s. */
const REQUEST_TIMEOUT_MS = 10_000
/** Pause between two requests to one shop. */
const REQUEST_INTERVAL_MS = 500
/** Rules of a robots.txt are used for this time. */
const ROBOTS_TTL_MS = 24 * 3_600_000
/** Shops whose rules and kind of addresses are remembered. */
const MAX_REMEMBERED = 5_000
/** A longer wait is not believed. */
const MAX_RETRY_AFTER_S = 86_400

const FIELDS = 'id,type,prices,is_in_stock,low_stock_remaining'

/** Why a visit compared nothing. */
export const SILENCES = [
  'no_products',
  'no_address',
  'robots',
  'refused',
  'busy',
  'missing',
  'not_json',
  'unreachable',
  'private_address',
  'other_host',
  'too_slow',
  'too_large',
] as const
export type Silence = (typeof SILENCES)[number]

/** The shop gave no answer that can be compared. */
export class ShopSilent extends Error {
  override name = 'ShopSilent'
  readonly silence: Silence
  /** Seconds for which the shop wants to be left alone; 0: it did not say. */
  readonly retryAfterS: number

  constructor(silence: Silence, detail: string, retryAfterS = 0) {
    super(detail)
    this.silence = silence
    this.retryAfterS = retryAfterS
  }
}

export interface ShopReader {
  /**
   * The products with these ids (at most 100) as a guest of the shop sees them; absent ones are not public. `onRequest` is called before
   * each request. @throws {ShopSilent}
   */
  ask(base: string, ids: number[], onRequest: () => void, signal: AbortSignal): Promise<ShopAnswer[]>
}

interface Remembered {
  /** What robots.txt allows, by kind of address. */
  isAllowed: Record<Kind, boolean>
  robotsUntilMs: number
  kind: Kind
}

/** `plain`: the shop has no readable addresses ("plain permalinks"). */
type Kind = 'readable' | 'plain'

/** Reads shops' public Store API as a robot of good manners: no key, no cookies, one request at a time, robots.txt respected. */
export function createShopReader({
  allowsPrivate,
  publicUrl,
}: {
  allowsPrivate: boolean
  publicUrl: string | null
}): ShopReader {
  const remembered = createBoundedCache<string, Remembered>({ max: MAX_REMEMBERED })
  const headers = {
    'user-agent': `${ROBOT_NAME}/${VERSION} (freshness check${publicUrl === null ? '' : `; +${publicUrl}`})`,
    'cache-control': 'no-cache',
  }
  return {
    ask: async (base, ids, onRequest, signal) => {
      let isFirst = true
      const get = async (address: string, accept: string, maxBytes: number): Promise<OutgoingAnswer> => {
        if (!isFirst) await delay(REQUEST_INTERVAL_MS, undefined, { signal })
        isFirst = false
        onRequest()
        const options = {
          headers: { ...headers, accept },
          allowsPrivate,
          maxBytes,
          timeoutMs: REQUEST_TIMEOUT_MS,
          signal,
        }
        return await getOutgoing(address, options).catch((error: unknown) => {
          throw error instanceof OutgoingFailure ? new ShopSilent(SILENCE_OF[error.reason], error.message) : error
        })
      }
      const state = remembered.get(base) ?? {
        isAllowed: { readable: false, plain: false },
        robotsUntilMs: 0,
        kind: 'readable',
      }
      if (state.robotsUntilMs < performance.now()) {
        const robots = await get(new URL('/robots.txt', base).href, 'text/plain', MAX_ROBOTS_BYTES)
        state.isAllowed = allowedBy(readRobotsAnswer(robots), base)
        state.robotsUntilMs = performance.now() + ROBOTS_TTL_MS
        remembered.set(base, state)
      }
      const getList = async (query: string, kind: Kind): Promise<unknown[]> => {
        if (!state.isAllowed[kind]) {
          // The owner may change the file: it is read again at the next visit.
          state.robotsUntilMs = 0
          throw new ShopSilent('robots', 'robots.txt disallows the address')
        }
        return readList(await get(addressOf(base, query, kind), 'application/json', MAX_ANSWER_BYTES))
      }
      const which = `include=${ids.join(',')}&per_page=${MAX_PRODUCTS}`
      const list = await getList(`${which}&_fields=${FIELDS}`, state.kind).catch(async (error: unknown) => {
        // Without readable addresses WordPress answers such a path with a page of the shop.
        const hasNoApi = error instanceof ShopSilent && (error.silence === 'missing' || error.silence === 'not_json')
        if (!hasNoApi) throw error
        const other: Kind = state.kind === 'plain' ? 'readable' : 'plain'
        const found = await getList(`${which}&_fields=${FIELDS}`, other).catch(() => {
          throw error
        })
        state.kind = other
        return found
      })
      const hidden = list.length > 0 ? await getList(`${which}&catalog_visibility=hidden&_fields=id`, state.kind) : []
      return readShopAnswers(list, hidden)
    },
  }
}

const SILENCE_OF: Record<OutgoingReason, Silence> = {
  bad_address: 'no_address',
  private_address: 'private_address',
  other_host: 'other_host',
  unreachable: 'unreachable',
  timeout: 'too_slow',
  too_large: 'too_large',
}

function addressOf(base: string, query: string, kind: Kind): string {
  return kind === 'plain'
    ? `${base}/?rest_route=/wc/store/v1/products&${query}`
    : `${base}/wp-json/wc/store/v1/products?${query}`
}

/** Decided once for both kinds of addresses, with the query that all requests begin with: only two words are remembered of a shop. */
function allowedBy(robots: string, base: string): Record<Kind, boolean> {
  const rules = readRobots(robots)
  const allows = (kind: Kind) => {
    const { pathname, search } = new URL(addressOf(base, `include=1&per_page=${MAX_PRODUCTS}&_fields=${FIELDS}`, kind))
    return isAllowed(rules, pathname + search)
  }
  return { readable: allows('readable'), plain: allows('plain') }
}

/** The text of a robots.txt; a shop without one allows everything (RFC 9309). */
function readRobotsAnswer(answer: OutgoingAnswer): string {
  if (answer.status === 429 || answer.status >= 500) throw busy(answer)
  return answer.status === 200 ? answer.body.toString('utf8') : ''
}

function readList(answer: OutgoingAnswer): unknown[] {
  const { status, headers, body } = answer
  if (status === 429 || status >= 500) throw busy(answer)
  if (status === 404) throw new ShopSilent('missing', 'HTTP 404')
  if (status !== 200) throw new ShopSilent('refused', `HTTP ${status}`, retryAfterS(answer))
  if (!/[/+]json\b/i.test(headers['content-type'] ?? ''))
    throw new ShopSilent('not_json', 'the answer is a page, not JSON')
  try {
    const list: unknown = JSON.parse(body.toString('utf8'))
    if (Array.isArray(list)) return list
  } catch {
    // The same failure.
  }
  throw new ShopSilent('not_json', 'the answer is no list of products')
}

function busy(answer: OutgoingAnswer): ShopSilent {
  return new ShopSilent('busy', `HTTP ${answer.status}`, retryAfterS(answer))
}

/** The header Retry-After in seconds, as a number or as a date; 0 without one. */
function retryAfterS({ headers }: OutgoingAnswer): number {
  const given = headers['retry-after'] ?? ''
  const seconds = /^\d{1,9}$/.test(given) ? Number(given) : (Date.parse(given) - Date.now()) / 1_000
  return Number.isFinite(seconds) ? Math.min(MAX_RETRY_AFTER_S, Math.max(0, Math.ceil(seconds))) : 0
}
