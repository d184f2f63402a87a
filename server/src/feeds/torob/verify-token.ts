import { type KeyObject, verify } from 'node:crypto'

/** Tolerated difference between Torob's clock and this one. */
const CLOCK_TOLERANCE_S = 30
const MAX_TOKEN_LENGTH = 4_000
/** The version of the token that Torob sends in `X-Torob-Token-Version`. */
const TOKEN_VERSION = '1'

interface Given {
  token: string
  /** Some proxies drop the header; the signature decides, so an absent version is accepted. */
  version: string | undefined
  key: KeyObject
  /** The shop's host, with its port if it has one. */
  audience: string
  nowMs: number
}

/**
 * Checks the token of a request from Torob: a JWT with the algorithm EdDSA for the host of the shop. Returns the refusal as a sentence,
 * or null for a valid token. The algorithm is fixed here and not taken from the token.
 */
export function refusalOfToken({ token, version, key, audience, nowMs }: Given): string | null {
  if (version !== undefined && version.trim() !== TOKEN_VERSION) return 'X-Torob-Token-Version must be 1'
  if (token === '') return 'the header X-Torob-Token is missing'
  const [head = '', body = '', signature = '', ...rest] = token.split('.')
  if (token.length > MAX_TOKEN_LENGTH || rest.length > 0 || ![head, body, signature].every(isBase64Url))
    return 'X-Torob-Token is not a JWT'
  const header = readJson(head)
  const claims = readJson(body)
  if (header === null || claims === null) return 'X-Torob-Token is not a JWT'
  if (header.alg !== 'EdDSA') return 'the token must be signed with EdDSA'
  if (!verify(null, Buffer.from(`${head}.${body}`), key, Buffer.from(signature, 'base64url')))
    return 'the signature of the token is wrong'
  const { exp, nbf, aud } = claims
  const now = nowMs / 1_000
  if (typeof exp !== 'number' || now > exp + CLOCK_TOLERANCE_S) return 'the token has expired, or has no exp'
  if (typeof nbf !== 'number' || now < nbf - CLOCK_TOLERANCE_S) return 'the token is not valid yet, or has no nbf'
  const audiences = Array.isArray(aud) ? aud : [aud]
  if (!audiences.some((one) => typeof one === 'string' && one.toLowerCase() === audience))
    return `the token is for another host; this shop is ${audience}`
  return null
}

function isBase64Url(text: string): boolean {
  return /^[\w-]+$/.test(text)
}

function readJson(part: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'))
    return value !== null && typeof value === 'object' && !Array.isArray(value) ? { ...value } : null
  } catch {
    return null
  }
}
