import type { Localised } from './speech.ts'

/** One thing wrong with the caller's input: where it is, and what would be right there. */
export interface Issue {
  path: string
  detail: Localised
}

/**
 * An answer the caller should get instead of a result: becomes `application/problem+json` (RFC 9457) in one place,
 * `http.ts`. `code` is stable and never translated; `detail` is a sentence that says what to do.
 */
export class Problem extends Error {
  override name = 'Problem'
  readonly status: number
  readonly code: string
  readonly detail: Localised
  readonly issues: Issue[]
  readonly retryAfterSeconds: number | undefined

  constructor(
    status: number,
    code: string,
    detail: Localised,
    more: { issues?: Issue[]; retryAfterSeconds?: number } = {},
  ) {
    super(`${status} ${code}: ${detail.en}`)
    this.status = status
    this.code = code
    this.detail = detail
    this.issues = more.issues ?? []
    this.retryAfterSeconds = more.retryAfterSeconds
  }
}

/** The caller's input is wrong, here is where. */
export function invalidInput(issues: Issue[]): Problem {
  const first = issues[0]
  return new Problem(
    400,
    'invalid_input',
    {
      en: first ? `${first.path}: ${first.detail.en}` : 'The request is not valid.',
      fa: first ? `${first.path}: ${first.detail.fa}` : 'درخواست معتبر نیست.',
    },
    { issues },
  )
}

/** The thing asked for does not exist, or belongs to somebody else: the two must look the same. */
export function notFound(): Problem {
  return new Problem(404, 'not_found', { en: 'There is nothing here by that id.', fa: 'چیزی با این شناسه پیدا نشد.' })
}

/** The work itself can never succeed: it becomes a dead letter now, with this reason. */
export class Reject extends Error {
  override name = 'Reject'
}

/** Something outside the work is not answering: park it, spend no attempt. */
export class RetryLater extends Error {
  override name = 'RetryLater'
  readonly afterMs: number

  constructor(reason: string, afterMs = 5_000) {
    super(reason)
    this.afterMs = afterMs
  }
}

/** SQLSTATE classes and codes that speak of the server or the connection, not of the statement's own data. */
const OUTAGE_SQLSTATE =
  /^(08|53|57P0|58)|^(40001|40P01|25006|25P03|55P03|57014)$/ /* https://www.postgresql.org/docs/15/errcodes-appendix.html */
const OUTAGE_SYSTEM = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/
/** node-postgres reports a lost or unobtainable connection without a code. */
const OUTAGE_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|Cannot use a pool after calling end/i

/** True when an error says that the database (or the way to it) is not available, rather than that the work is bad. */
export function isOutage(error: unknown): boolean {
  if (error instanceof RetryLater) return true
  if (!(error instanceof Error)) return false
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  return OUTAGE_SQLSTATE.test(code) || OUTAGE_SYSTEM.test(code) || OUTAGE_MESSAGE.test(error.message)
}
