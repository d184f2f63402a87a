import type { Localised } from './i18n.ts'

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
  /** Fields of the answer that only this code has. */
  readonly extensions: Record<string, string>

  constructor(
    status: number,
    code: string,
    detail: Localised,
    more: { issues?: Issue[]; retryAfterSeconds?: number; extensions?: Record<string, string> } = {},
  ) {
    super(`${status} ${code}: ${detail.en}`)
    this.status = status
    this.code = code
    this.detail = detail
    this.issues = more.issues ?? []
    this.retryAfterSeconds = more.retryAfterSeconds
    this.extensions = more.extensions ?? {}
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

/** A dependency is unavailable: retry later without counting an attempt. */
export class RetryLater extends Error {
  override name = 'RetryLater'
  readonly afterMs: number

  constructor(reason: string, afterMs = 5_000) {
    super(reason)
    this.afterMs = afterMs
  }
}

/** Why work on the database failed, which decides what follows. */
export type Fault =
  /** The database, or the way to it, is not available: the work waits, and spends no attempt. */
  | 'outage'
  /** A limit of time or memory was reached. The work may be too heavy, or the database slow: `answersAtOnce` tells the two apart. */
  | 'limit'
  /** Locks that others hold, deadlocks, conflicts of concurrent transactions: the same work succeeds later. */
  | 'contention'
  /** The work itself is bad: it fails again, however often it is tried. */
  | 'own'

/** https://www.postgresql.org/docs/15/errcodes-appendix.html */
const CONTENTION_SQLSTATE = /^(40001|40P01|55P03)$/
/** A statement that was cancelled, and memory that was used up. */
const LIMIT_SQLSTATE = /^(57014|53200)$/
const OUTAGE_SQLSTATE = /^(08|53|57P0|58)|^(25006|25P03)$/
const OUTAGE_SYSTEM = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/
/** node-postgres reports these without a code. */
const LIMIT_MESSAGE = /Query read timeout/i
const OUTAGE_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end/i

/** The cause of a failure of work on the database. */
export function faultOf(error: unknown): Fault {
  if (error instanceof RetryLater) return 'outage'
  if (!(error instanceof Error)) return 'own'
  const code = 'code' in error && typeof error.code === 'string' ? error.code : ''
  if (CONTENTION_SQLSTATE.test(code)) return 'contention'
  if (LIMIT_SQLSTATE.test(code) || LIMIT_MESSAGE.test(error.message)) return 'limit'
  if (OUTAGE_SQLSTATE.test(code) || OUTAGE_SYSTEM.test(code) || OUTAGE_MESSAGE.test(error.message)) return 'outage'
  return 'own'
}

/**
 * True for every failure that is not the work's own: a caller over HTTP is asked to try again later. A stage must not take this for an
 * outage of the database (`faultOf`), because its own work may have caused a time-out.
 */
export function isOutage(error: unknown): boolean {
  return faultOf(error) !== 'own'
}
