import { isUtf8 } from 'node:buffer'
import { Problem } from '../errors.ts'

/** Deeper documents are rejected before recursive code sees them; a product event needs 5 levels. */
const MAX_DEPTH = 32

/**
 * Parses a JSON body without loss. Rejects text that is not UTF-8 (a byte order mark is removed), nesting deeper than 32, and the
 * key `__proto__`. `JSON.parse` would round a number that has no exact JavaScript value; such a number becomes an `InexactNumber`,
 * so that only its event is rejected. The last of repeated keys counts, as in JavaScript.
 * @throws {Problem} 400
 */
export function parseExactJson(body: Buffer): unknown {
  const bytes = body[0] === 0xef && body[1] === 0xbb && body[2] === 0xbf ? body.subarray(3) : body
  if (!isUtf8(bytes)) throw malformed('The body is not valid UTF-8.', 'متن درخواست UTF-8 معتبر نیست.')
  if (deeperThan(bytes, MAX_DEPTH)) {
    throw malformed(`The body is nested deeper than ${MAX_DEPTH} levels.`, `متن درخواست بیش از ${MAX_DEPTH} لایه دارد.`)
  }
  const text = bytes.toString('utf8')
  try {
    return MAY_BE_INEXACT.test(text) ? JSON.parse(text, markInexact) : JSON.parse(text)
  } catch (error) {
    if (error instanceof Problem) throw error
    throw malformed(
      `The body is not valid JSON: ${(error as Error).message}`,
      `متن درخواست JSON معتبر نیست: ${(error as Error).message}`,
    )
  }
}

function malformed(en: string, fa: string): Problem {
  return new Problem(400, 'malformed_json', { en, fa })
}

/** Placeholder for a number that cannot be held exactly. No schema accepts it, so validation names its path. */
export class InexactNumber {
  readonly #source: string

  constructor(source: string) {
    this.#source = source
  }

  toString(): string {
    return this.#source.length > 40 ? `${this.#source.slice(0, 40)}…` : this.#source
  }
}

/**
 * A cheap test that selects the bodies for the exact pass, which is ten times slower: a literal of 17 or more digits and points, or
 * of 16 digits with a leading 9 (as in 2^53), or an exponent, or the key `__proto__`, also with escapes. Shorter literals are
 * exact: a double holds 15 significant digits and every integer up to 2^53.
 */
const MAY_BE_INEXACT = /[\s:,[]-?(?:[\d.]{17}|9\d{15}|[\d.]+[eE])|__proto__|\\u005f/i

/** Runs for each value and must stay cheap: 200,000 short numbers in a body of 1 MB took 0.5 s. */
function markInexact(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value === 'number') {
    const source = context?.source
    return source !== undefined && !isExact(value, source) ? new InexactNumber(source) : value
  }
  if (value !== null && typeof value === 'object' && Object.hasOwn(value, '__proto__')) {
    throw malformed('The key "__proto__" is not allowed.', 'کلید «__proto__» مجاز نیست.')
  }
  return value
}

function isExact(value: number, source: string): boolean {
  // A literal this short has at most 15 digits. It was rounded only if it overflowed or underflowed.
  if (source.length <= 15 && Number.isFinite(value) && value !== 0) return true
  if (Number.isSafeInteger(value) && /^-?\d+$/.test(source)) return true
  const significant = source
    .replace(/[eE].*$/, '')
    .replaceAll(/[-.]/g, '')
    .replace(/^0+/, '')
    .replace(/0+$/, '')
  return Number.isFinite(value) && significant.length <= 15 && !(value === 0 && significant.length > 0)
}

/** Counts brackets outside strings, on bytes: JSON's structural characters are ASCII, so no UTF-8 decoding is needed. */
function deeperThan(bytes: Buffer, limit: number): boolean {
  let depth = 0
  let inString = false
  for (let i = 0; i < bytes.length; i++) {
    const byte = bytes[i]
    if (inString) {
      if (byte === 0x5c) i += 1
      else if (byte === 0x22) inString = false
    } else if (byte === 0x22) inString = true
    else if (byte === 0x7b || byte === 0x5b) {
      depth += 1
      if (depth > limit) return true
    } else if (byte === 0x7d || byte === 0x5d) depth -= 1
  }
  return false
}
