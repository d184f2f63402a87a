import type { ProblemDocument } from '../../../server/src/platform/http/contract.ts'

/** A field that the server refused, and the reason, in the user's language. */
export type FieldIssue = NonNullable<ProblemDocument['issues']>[number]

/** A refusal of the server (RFC 9457), or no answer at all (`status` 0, code `offline`; `detail` is empty then). */
export class ApiProblem extends Error {
  override name = 'ApiProblem'
  readonly status: number
  readonly code: string
  readonly detail: string
  readonly issues: FieldIssue[]
  /** Seconds in `Retry-After`; null without this header. */
  readonly retryAfterSeconds: number | null

  constructor(
    status: number,
    { code, detail, issues }: { code: string; detail: string; issues?: FieldIssue[] | undefined },
    retryAfterSeconds: number | null = null,
  ) {
    super(`${status} ${code}: ${detail}`)
    this.status = status
    this.code = code
    this.detail = detail
    this.issues = issues ?? []
    this.retryAfterSeconds = retryAfterSeconds
  }

  /** Only what the server itself promises to take later is worth asking again without a person. */
  get isTemporary(): boolean {
    return (this.status === 503 || this.status === 429) && this.retryAfterSeconds !== null
  }

  /** The problem of this field of a form, if there is one. */
  issueOf(path: string): string | undefined {
    return this.issues.find((issue) => issue.path === path)?.detail
  }
}
