/** Rules for every answer, to any request. */
import type { WireAnswer } from './http-client.ts'
import type { FuzzRequest } from './requests.ts'

export const SLOW_MS = 10_000
/** A page of 200 products may be large; an answer that grows with the data of anonymous clients must have an end. */
export const LARGEST_ANSWER_BYTES = 64_000_000

/** Words of PostgreSQL and of stack traces that no request contains and no answer may contain. */
const INSIDES =
  /\bat (?:async )?[\w$.<>]+ \((?:file:|node:|\/)|node_modules\/|\.ts:\d+:\d+|syntax error at or near|invalid input syntax|violates \w+[ -]\w+ constraint|relation "\w+"|column "\w+"|operator does not exist|invalid byte sequence|SQLSTATE|TypeError|RangeError/

/** The violations in an answer; an empty list is the expected result. */
export function violationsOf(request: FuzzRequest, answer: WireAnswer): string[] {
  const wrong: string[] = []
  const type = answer.headers['content-type'] ?? ''
  // A backup is a file, and is compressed.
  const text = type.includes('gzip') || type.includes('zip') ? '' : answer.body.subarray(0, 2_000_000).toString('utf8')
  if (answer.status >= 500) wrong.push(`answered ${answer.status}`)
  if (answer.body.length > LARGEST_ANSWER_BYTES) wrong.push(`answered ${answer.body.length} bytes`)
  const insides = INSIDES.exec(text)
  if (insides && !sentBy(request, insides[0])) wrong.push(`shows its insides: ${insides[0]}`)
  if (answer.status >= 400 && request.method !== 'HEAD' && !isLibrary(request) && !isProblem(type, text)) {
    wrong.push(`${answer.status} is not a problem document: ${type} ${text.slice(0, 200)}`)
  }
  return wrong
}

/** The sign-in library, the page of a one-time link and MCP answer in forms of their own. */
function isLibrary(request: FuzzRequest): boolean {
  return /^\/(api\/auth|reset-password|docs|mcp)/.test(request.route.path)
}

function isProblem(type: string, text: string): boolean {
  if (!type.startsWith('application/problem+json')) return false
  try {
    const { error, detail } = JSON.parse(text) as Record<string, unknown>
    return typeof error === 'string' && error !== '' && typeof detail === 'string' && detail !== ''
  } catch {
    return false
  }
}

function sentBy(request: FuzzRequest, words: string): boolean {
  return request.path.includes(words) || (request.body?.includes(words) ?? false)
}
