import { hash } from 'node:crypto'
import { invalidInput, Problem } from '../platform/errors.ts'
import { InexactNumber } from '../platform/http/exact-json.ts'
import { formatFa } from '../platform/i18n.ts'

/** Maximum size of a stored event. A larger one is reduced first (reduce-event.ts). */
export const MAX_EVENT_BYTES = 1_000_000
/** Maximum body of the webhook: one event or a batch. */
export const MAX_BODY_BYTES = 5_000_000
/**
 * Maximum growth of numbers when they are written out: `1e20` has 4 bytes in the body and 21 in the text. Real products contain no
 * such numbers.
 */
const MAX_EXPANDED_BYTES = 100_000

/**
 * Values that PHP computes (0.1 + 0.2 is 0.30000000000000004 there) and that affect no price: they are stored as text, digit for
 * digit, and never cause a rejection.
 */
const KEPT_AS_TEXT = new Set([
  'weight',
  'length',
  'width',
  'height',
  'dimensions',
  'average_rating',
  'rating_count',
  'review_count',
  'gtin',
  'brand',
  'category_paths',
  'image_details',
  'image_alt',
  'sale_ends_at',
  'min_quantity',
  'max_quantity',
])

/** A JSON text (UTF-8) that is equal for equal values, independent of key order, and its SHA-256. */
export interface CanonicalBody {
  text: Buffer
  hash: string
}

/**
 * Serialises a body with sorted keys. This is the only place that repairs the two things that JSON allows and PostgreSQL cannot
 * store: NUL characters are removed, lone surrogates become U+FFFD. The hash covers the repaired text, so that a repeated delivery
 * is recognised.
 * @throws {Problem} 400 for a number that cannot be stored exactly, in a field without a schema; 413 when the text exceeds
 * `maxBytes`
 */
export function canonicalBody(body: object, maxBytes = MAX_EVENT_BYTES): CanonicalBody {
  const room: Room = { left: maxBytes, maxBytes, expanded: 0 }
  let text = JSON.stringify(sortKeys(body, room))
  // JSON.stringify escapes both, so one scan of the result finds them. A preceding escaped backslash is rare and only costs an
  // unnecessary repair.
  if (text.includes('\\u') && /\\u(?:0000|d[89a-f])/i.test(text))
    text = JSON.stringify(sortKeys(repair(body) as object, { left: maxBytes, maxBytes, expanded: 0 }))
  // Encoded once, for the hash and for the database.
  const bytes = Buffer.from(text)
  if (bytes.length > maxBytes) throw tooLarge(maxBytes)
  return { text: bytes, hash: hash('sha256', bytes) }
}

/** The remaining size of a text. */
interface Room {
  left: number
  maxBytes: number
  /** Minimum number of bytes by which numbers have grown. */
  expanded: number
}

/**
 * Counts while it walks, so that no text much larger than the limit is built: `1e20` has 4 bytes in the body and 21 in the text. A
 * value counts with its minimum size (one byte per character); escapes and UTF-8 take at least as many bytes in the body.
 */
function sortKeys(value: unknown, room: Room, field = '', isKept = KEPT_AS_TEXT.has(field)): unknown {
  room.left -= leastBytes(value)
  if (typeof value === 'number' && Math.abs(value) >= 1e17)
    room.expanded += Math.max(0, String(value).length - value.toExponential().length)
  if (room.left < 0 || room.expanded > MAX_EXPANDED_BYTES) throw tooLarge(room.maxBytes)
  if (Array.isArray(value)) return value.map((item) => sortKeys(item, room, field, isKept))
  if (value === null || typeof value !== 'object') return value
  if (value instanceof InexactNumber) {
    if (isKept) return String(value)
    throw inexact(value, field)
  }
  const sorted: Record<string, unknown> = {}
  for (const key of Object.keys(value).sort()) {
    room.left -= key.length + 3
    sorted[key] = sortKeys((value as Record<string, unknown>)[key], room, key, isKept || KEPT_AS_TEXT.has(key))
  }
  return sorted
}

/** Size of the value itself; for a list or an object, its brackets. */
function leastBytes(value: unknown): number {
  if (typeof value === 'string') return value.length + 2
  return typeof value === 'number' ? String(value).length : 2
}

function tooLarge(maxBytes: number): Problem {
  const megabytes = maxBytes / 1e6
  const detail = {
    en: `would be stored as more than ${megabytes} MB of JSON; a number such as 1e20 counts with all its digits`,
    fa: `متن JSON آن از ${formatFa(megabytes)} مگابایت بیشتر می‌شود؛ عددی مانند 1e20 با همهٔ رقم‌هایش شمرده می‌شود`,
  }
  return new Problem(
    413,
    'too_large',
    {
      en: `The product is too large: its stored form has more than ${megabytes} MB. Remove unnecessary data (other plugins may have added it) and save the product.`,
      fa: `محصول بیش از اندازه بزرگ است: نوشتهٔ آن از ${formatFa(megabytes)} مگابایت بیشتر می‌شود. چیزهای غیرضروری آن را (شاید افزودهٔ افزونه‌های دیگر) حذف و محصول را ذخیره کنید.`,
    },
    { issues: [{ path: 'product', detail }] },
  )
}

/** Maximum length of a reported path, because a key may be as long as a body. */
const MAX_PATH = 100

function inexact(number: InexactNumber, field: string) {
  const detail = {
    en: `the number ${number} has more than 15 significant digits; send it as text`,
    fa: `عدد ${number} بیش از ۱۵ رقم معنادار دارد؛ آن را به‌صورت متن بفرستید`,
  }
  return invalidInput([{ path: field.slice(0, MAX_PATH), detail }])
}

function repair(value: unknown): unknown {
  if (typeof value === 'string') return repairText(value)
  if (Array.isArray(value)) return value.map(repair)
  if (value === null || typeof value !== 'object' || value instanceof InexactNumber) return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [repairText(key), repair(inner)]))
}

/** The stored form of a text: see `canonicalBody`. */
export function repairText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
