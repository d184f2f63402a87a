/** Tenants with all their credentials: created through the API, as an operator does. */
import { randomUUID } from 'node:crypto'
import { askJson } from './http-client.ts'

export const ADMIN_API_KEY = 'fuzz-admin-key-0123456789'

/** Rate limits would answer for the server; they have tests of their own. */
export const UNLIMITED = {
  RATE_LIMIT_PER_SECOND: '1000000',
  RATE_LIMIT_BURST: '1000000',
  FAILED_AUTH_PER_MINUTE: '1000000',
}

const PASSWORD = 'a long enough password'

export interface MadeToken {
  id: number
  token: string
  storeId: number
}

export type Headers = Record<string, string>

export const operator: Headers = { authorization: `Bearer ${ADMIN_API_KEY}` }

export async function makeToken(url: string, wanted: Record<string, unknown>): Promise<MadeToken> {
  const { body } = await askJson(url, 'POST', '/api/v1/integrations/tokens/generate/', operator, wanted)
  const store = body.store as { id: number } | null
  return { id: body.id as number, token: body.token as string, storeId: store?.id ?? 0 }
}

export interface SignedInUser {
  id: string
  email: string
  /** The headers of this user's browser: cookie and origin. */
  headers: Headers
}

export async function makeUser(url: string, role: 'admin' | 'owner', name = 'Fuzz'): Promise<SignedInUser> {
  const email = `${name}-${randomUUID().slice(0, 8)}@example.com`.toLowerCase()
  const made = await askJson(url, 'POST', '/api/v1/users/', operator, { email, name, role, password: PASSWORD })
  const session = await askJson(url, 'POST', '/api/auth/sign-in/email', { origin: url }, { email, password: PASSWORD })
  const cookie = session.headers.getSetCookie()[0]?.split(';')[0] ?? ''
  return { id: made.body.id as string, email, headers: { cookie, origin: url } }
}
