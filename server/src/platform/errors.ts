import type { Localised } from './i18n.ts'

/** One error in the caller's input: its path and the expected value. */
export interface Issue {
  path: string
  detail: Localised
}

/**
 * An error response: becomes `application/problem+json` (RFC 9457) in one place, `http.ts`. `code` is stable and never translated;
 * `detail` tells the caller what to do.
 */
export class Problem extends Error {
  override name = 'Problem'
  readonly status: number
  readonly code: string
  readonly detail: Localised
  readonly issues: Issue[]
  readonly retryAfterSeconds: number | undefined
  /** Fields of the response that only this code has. */
  readonly extensions: Record<string, string>
  /** Headers of the response. */
  readonly headers: Record<string, string>

  constructor(
    status: number,
    code: string,
    detail: Localised,
    more: {
      issues?: Issue[]
      retryAfterSeconds?: number
      extensions?: Record<string, string>
      headers?: Record<string, string>
    } = {},
  ) {
    super(`${status} ${code}: ${detail.en}`)
    this.status = status
    this.code = code
    this.detail = detail
    this.issues = more.issues ?? []
    this.retryAfterSeconds = more.retryAfterSeconds
    this.extensions = more.extensions ?? {}
    this.headers = more.headers ?? {}
  }
}

/** 400 with the list of input errors. */
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

/** 404 for an object that does not exist or belongs to another tenant. The two answers must be identical. */
export function notFound(): Problem {
  return new Problem(404, 'not_found', { en: 'No object with this id exists.', fa: 'چیزی با این شناسه پیدا نشد.' })
}

/** The work can never succeed: it becomes a dead letter immediately, with this reason. */
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

/** Cause of a failed database operation; it decides the next step. */
export type Fault =
  /** The database is unreachable: the work waits and no attempt is counted. */
  | 'outage'
  /** A time or memory limit was reached. The work is too heavy or the database slow: `answersAtOnce` tells which. */
  | 'limit'
  /** Lock timeouts, deadlocks, serialization conflicts: the same work succeeds later. */
  | 'contention'
  /** The work itself is faulty: it fails on every attempt. */
  | 'own'

/** https://www.postgresql.org/docs/15/errcodes-appendix.html */
const CONTENTION_SQLSTATE = /^(40001|40P01|55P03)$/
/** Cancelled statement; out of memory. */
const LIMIT_SQLSTATE = /^(57014|53200)$/
const OUTAGE_SQLSTATE = /^(08|53|57P0|58)|^(25006|25P03)$/
const OUTAGE_SYSTEM = /^(ECONNREFUSED|ECONNRESET|EPIPE|ETIMEDOUT|ENOTFOUND|EAI_AGAIN|EHOSTUNREACH|ENETUNREACH)$/
/** node-postgres reports these errors without a code. */
const LIMIT_MESSAGE = /Query read timeout/i
const OUTAGE_MESSAGE =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool after calling end/i

/** Classifies an error of a database operation. */
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
 * True for every failure that the work did not cause itself: an HTTP client is asked to retry. A stage must use `faultOf` instead,
 * because its own work may have caused a timeout.
 */
export function isOutage(error: unknown): boolean {
  return faultOf(error) !== 'own'
}
