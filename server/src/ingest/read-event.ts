import { type Issue, Problem } from '../platform/errors.ts'
import { compileCheck } from '../platform/http/validation.ts'
import { cleanName } from '../platform/text/clean-html.ts'
import { canonicalBody, MAX_BODY_BYTES, MAX_EVENT_BYTES, repairText } from './canonical-json.ts'
import { readDecimal } from './decimal.ts'
import { WebhookEvent } from './event-schema.ts'
import { readTime } from './read-time.ts'
import { largestField, reduceEvent } from './reduce-event.ts'
import { refuseEvent, refuseInexact, tooLargeWithoutTexts } from './refuse-event.ts'

/** A valid event, ready to be stored. */
export interface ReadEvent {
  eventId: string
  eventType: WebhookEvent['event_type']
  source: string
  productId: number
  /**
   * Microseconds: the version from the shop, else the date of the last change, else `NO_DATE`. The last two are limited to the time
   * of receipt (database clock) when the event is stored.
   */
  version: number
  isVersioned: boolean
  /** 0 live, 1 backfill. */
  priority: 0 | 1
  /** The whole body, as canonical JSON in UTF-8. */
  payload: Buffer
  bodyHash: string
}

const checkShape = compileCheck(WebhookEvent)

/** The version of an event without version and date, before the limit to the time of receipt. */
const NO_DATE = Number.MAX_SAFE_INTEGER

/**
 * Reads one event of the webhook.
 * @throws {Problem} 400 that names every invalid field and the expected value
 */
export function readEvent(body: unknown): ReadEvent {
  const shapeIssues = checkShape(body)
  if (shapeIssues.length > 0) throw refuseEvent(shapeIssues, body)
  const event = body as WebhookEvent
  const issues = [...meaningIssues(event)]
  if (issues.length > 0) throw refuseEvent(issues, body)
  const { text, hash } = serialise(event)
  const payload = text.length <= MAX_EVENT_BYTES ? text : reducedPayload(event)
  const source = repairText(String(event.source || '')) || 'live'
  return {
    eventId: event.event_id,
    eventType: event.event_type,
    source,
    productId: event.product.id,
    version: event.version ?? derivedVersion(event),
    isVersioned: typeof event.version === 'number',
    priority: source === 'backfill' || source === 'reconcile' ? 1 : 0,
    payload,
    bodyHash: hash,
  }
}

/** @throws {Problem} 400 for a number that cannot be stored exactly, 413 */
function serialise(event: WebhookEvent) {
  try {
    return canonicalBody(event, MAX_BODY_BYTES)
  } catch (error) {
    const [issue] = error instanceof Problem && error.code === 'invalid_input' ? error.issues : []
    throw issue ? refuseInexact(issue) : error
  }
}

/** The canonical text of an event reduced to its size limit. @throws {Problem} 413 when its lists alone are too large */
function reducedPayload(event: WebhookEvent): Buffer {
  const sizeOf = (candidate: WebhookEvent) => canonicalBody(candidate, MAX_BODY_BYTES).text.length
  const reduced = reduceEvent(event, (candidate) => sizeOf(candidate) - MAX_EVENT_BYTES)
  if (reduced) return canonicalBody(reduced).text
  const { name, bytes } = largestField(event)
  throw tooLargeWithoutTexts(name, (bytes / 1e6).toFixed(1))
}

/** The last change in microseconds; a deletion has no date. */
function derivedVersion(event: WebhookEvent): number {
  const modifiedMs = event.event_type === 'product.deleted' ? null : readTime(event.product.date_modified)
  return Math.min((modifiedMs ?? NO_DATE) * 1000, NO_DATE)
}

function* meaningIssues(event: WebhookEvent): Generator<Issue> {
  const { product } = event
  if (!event.event_id.isWellFormed()) yield issue('event_id', 'must be well-formed Unicode', 'باید یونیکد معتبر باشد')
  if (event.event_type !== 'product.deleted' && product.name === undefined) {
    yield issue('product.name', 'is required unless the product is deleted', 'جز هنگام حذف محصول لازم است')
  } else if (event.event_type !== 'product.deleted' && cleanName(String(product.name ?? '')) === '') {
    yield issue(
      'product.name',
      'must contain a letter, digit or sign outside tags, entities, shortcodes and white space: name the product in the shop',
      'باید بدون برچسب‌های HTML، کدهای کوتاه و فاصله‌ها هم حرف، رقم یا نشانه‌ای داشته باشد: در فروشگاه برای محصول نام بگذارید',
    )
  }
  yield* amountIssues(product, 'product')
  for (const [key, variation] of Object.entries(product.variations || {})) {
    yield* amountIssues(variation, `product.variations.${key}`)
  }
  // With a version, or for a deletion, the date is not read: a date in another calendar must not block an update.
  if (
    typeof event.version !== 'number' &&
    event.event_type !== 'product.deleted' &&
    readTime(product.date_modified) === undefined
  ) {
    yield issue(
      'product.date_modified',
      'must be a time such as 2025-11-10T09:30:00Z (without an offset it is UTC)',
      'باید زمانی مانند 2025-11-10T09:30:00Z باشد',
    )
  }
}

type Amounts = Pick<WebhookEvent['product'], 'price' | 'regular_price' | 'sale_price' | 'stock_quantity'>

function* amountIssues(amounts: Amounts, path: string): Generator<Issue> {
  for (const field of ['price', 'regular_price', 'sale_price'] as const) {
    const amount = readDecimal(amounts[field] || null)
    if (amount === undefined || amount?.startsWith('-')) {
      yield issue(
        `${path}.${field}`,
        'must be an exact amount from 0 to 10^15, such as "850000" or "15.50" ("" for none)',
        'باید مبلغی دقیق از ۰ تا ۱۰ به توان ۱۵ باشد، مانند "850000" ("" یعنی ندارد)',
      )
    }
  }
  if (readDecimal(amounts.stock_quantity || null) === undefined) {
    yield issue(`${path}.stock_quantity`, 'must be a number, such as 12 or -5, or null', 'باید عدد یا null باشد')
  }
}

function issue(path: string, en: string, fa: string): Issue {
  return { path, detail: { en, fa } }
}
