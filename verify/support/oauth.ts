import { createHash, randomBytes, randomInt } from 'node:crypto'
import type { Person } from './people.ts'
import { type Answer, call } from './test-server.ts'

export const REDIRECT = 'https://agent.example/callback'

/** A program that connects with OAuth, as an MCP client does. */
export interface OAuthProgram {
  id: string
  verifier: string
  /** The query of the authorization address; a null removes a parameter. */
  query(changes?: Record<string, string | null>): string
  /** A request to the token endpoint. */
  token(form: Record<string, string>, headers?: Record<string, string>): Promise<Answer>
  /** Exchanges the code of a redirect. */
  exchange(code: string, changes?: Record<string, string>): Promise<Answer>
  refresh(refreshToken: string): Promise<Answer>
}

type Server = { url: string }

/** Sends a form. */
export async function form(
  server: Server,
  path: string,
  fields: Record<string, string> | string,
  headers: Record<string, string> = {},
): Promise<Answer> {
  const body = typeof fields === 'string' ? fields : new URLSearchParams(fields).toString()
  return await call(server.url, 'POST', path, { 'content-type': 'application/x-www-form-urlencoded', ...headers }, body)
}

/** Another address each time, where the server trusts this one as a proxy: registrations are limited by address. */
export const fromAnywhere = () => ({ 'x-forwarded-for': `198.18.${randomInt(256)}.${randomInt(256)}` })

/** Registers a program without a secret, unless `metadata` says otherwise. */
export async function registered(server: Server, metadata: Record<string, unknown> = {}): Promise<OAuthProgram> {
  const answer = await call(server.url, 'POST', '/oauth/register', fromAnywhere(), {
    client_name: 'Test agent',
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: 'none',
    ...metadata,
  })
  if (answer.status !== 201) throw new Error(`no client: ${JSON.stringify(answer.body)}`)
  return programOf(server, answer.body.client_id)
}

/** The program with this id. */
export function programOf(server: Server, id: string): OAuthProgram {
  const verifier = randomBytes(32).toString('base64url')
  const token = (fields: Record<string, string>, headers = {}) => form(server, '/oauth/token', fields, headers)
  return {
    id,
    verifier,
    query: (changes = {}) => {
      const parameters: Record<string, string | null> = {
        response_type: 'code',
        client_id: id,
        redirect_uri: REDIRECT,
        state: 'st/ate',
        scope: 'knowledge:read',
        code_challenge: createHash('sha256').update(verifier).digest('base64url'),
        code_challenge_method: 'S256',
        resource: `${server.url}/mcp`,
        ...changes,
      }
      const given = Object.entries(parameters).filter((entry): entry is [string, string] => entry[1] !== null)
      return new URLSearchParams(given).toString()
    },
    token,
    exchange: (code, changes = {}) =>
      token({
        grant_type: 'authorization_code',
        code,
        client_id: id,
        redirect_uri: REDIRECT,
        code_verifier: verifier,
        resource: `${server.url}/mcp`,
        ...changes,
      }),
    refresh: (refreshToken) => token({ grant_type: 'refresh_token', refresh_token: refreshToken, client_id: id }),
  }
}

/** The user's answer on the consent page; returns the parameters with which the user is sent back. */
export async function decide(
  user: Person,
  query: string,
  decision: { allow: boolean; store_id?: number; environment?: 'live' | 'test' },
): Promise<URLSearchParams> {
  const answer = await user.request('POST', '/api/v1/oauth/decision/', { query, ...decision })
  if (answer.status !== 200) throw new Error(`no decision: ${JSON.stringify(answer.body)}`)
  return new URL(answer.body.redirect_to).searchParams
}

/** The tokens of a program that the user allowed. */
export async function connected(
  server: Server,
  user: Person,
  decision: { store_id?: number; environment?: 'live' | 'test' } = {},
): Promise<{ program: OAuthProgram; access: string; refresh: string }> {
  const program = await registered(server)
  const back = await decide(user, program.query(), { allow: true, ...decision })
  const { status, body } = await program.exchange(back.get('code') ?? '')
  if (status !== 200) throw new Error(`no tokens: ${JSON.stringify(body)}`)
  return { program, access: body.access_token, refresh: body.refresh_token }
}
