import { randomBytes } from 'node:crypto'

/** The only scope: read the knowledge base. */
export const SCOPE = 'knowledge:read'

/** Lifetimes in seconds. A refresh token is replaced at each use; the new one lives for the same time. */
export const CODE_SECONDS = 60
export const ACCESS_SECONDS = 3_600
export const REFRESH_SECONDS = 30 * 86_400

const PREFIX = {
  code: 'fo_code_',
  access: 'fo_access_',
  refresh: 'fo_refresh_',
  client: 'fo_client_',
  secret: 'fo_secret_',
}

/** A random value of 256 bits. The prefix shows its kind to people and to scanners for leaked secrets. */
export function makeValue(kind: keyof typeof PREFIX): string {
  return PREFIX[kind] + randomBytes(32).toString('base64url')
}

/** True when the text has the form of an access token; it may still not exist. */
export function isAccessTokenForm(text: string): boolean {
  return /^fo_access_[\w-]{43}$/.test(text)
}

/** The path of the protected resource, and of its metadata (RFC 9728). */
export const RESOURCE_PATH = '/mcp'
export const RESOURCE_METADATA_PATH = `/.well-known/oauth-protected-resource${RESOURCE_PATH}`
