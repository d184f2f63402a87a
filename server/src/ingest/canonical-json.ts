import { hash } from 'node:crypto'
import { invalidInput } from '../platform/errors.ts'
import { InexactNumber } from '../platform/exact-json.ts'

/** A JSON text (UTF-8) that is equal for equal values, whatever the order of keys; with it a SHA-256 that identifies the body. */
export interface CanonicalBody {
  text: Buffer
  hash: string
}

/**
 * Serialises a body with sorted keys and repairs, here and nowhere else, the two things that JSON allows and PostgreSQL
 * cannot hold: NUL characters are left out, lone surrogates become U+FFFD. The repaired text is what is hashed, so that
 * a delivery repeated is recognised.
 * @throws {Problem} 400 for a number that we cannot keep as it was sent, in a field that no schema knows
 */
export function canonicalBody(body: object): CanonicalBody {
  let text = JSON.stringify(sortKeys(body))
  // JSON.stringify writes both as escapes, so one scan of the result finds them; an escaped backslash before is rare
  // and only costs the repair's walk.
  if (text.includes('\\u') && /\\u(?:0000|d[89a-f])/i.test(text))
    text = JSON.stringify(sortKeys(repair(body) as object))
  // Encoded once: for the hash and for the database.
  const bytes = Buffer.from(text)
  return { text: bytes, hash: hash('sha256', bytes) }
}

function sortKeys(value: unknown, field = ''): unknown {
  if (Array.isArray(value)) return value.map((item) => sortKeys(item, field))
  if (value === null || typeof value !== 'object') return value
  if (value instanceof InexactNumber) throw inexact(value, field)
  const sorted: Record<string, unknown> = {}
  for (const key of Object.keys(value).sort()) sorted[key] = sortKeys((value as Record<string, unknown>)[key], key)
  return sorted
}

function inexact(number: InexactNumber, field: string) {
  const detail = {
    en: `the number ${number} has more than 15 significant digits; send it as text`,
    fa: `عدد ${number} بیش از ۱۵ رقم معنادار دارد؛ آن را به‌صورت متن بفرستید`,
  }
  return invalidInput([{ path: field, detail }])
}

function repair(value: unknown): unknown {
  if (typeof value === 'string') return repairText(value)
  if (Array.isArray(value)) return value.map(repair)
  if (value === null || typeof value !== 'object') return value
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [repairText(key), repair(inner)]))
}

/** What a text is stored as: see `canonicalBody`. */
export function repairText(text: string): string {
  return text.replaceAll('\0', '').toWellFormed()
}
