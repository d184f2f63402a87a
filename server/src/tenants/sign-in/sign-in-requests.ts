import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Sql } from '../../platform/db/database.ts'
import { Problem } from '../../platform/errors.ts'
import { negotiateLanguage } from '../../platform/i18n.ts'
import { type Actor, type AuditAction, type AuditEntry, writeAuditEntry } from '../audit.ts'
import type { LibraryCall, SignedIn } from './sign-in.ts'

export const SMALL_BODY_BYTES = 20_000

/** An attempt that failed because of an outage is not counted as a failure. */
export async function unlessRefused<T>(giveBack: () => void, attempt: () => Promise<T>): Promise<T> {
  try {
    return await attempt()
  } catch (error) {
    if (!(error instanceof Problem)) giveBack()
    throw error
  }
}

/** Records an action of a user on their own account; null: of an unknown user. */
export async function record(
  sql: Sql,
  request: FastifyRequest,
  user: SignedIn | null,
  action: AuditAction,
  detail: NonNullable<AuditEntry['detail']> = {},
): Promise<void> {
  const by: Actor = user
    ? { kind: user.role, userId: user.userId, tenantId: null, sourceIp: request.ip }
    : { kind: 'anonymous', userId: null, tenantId: null, sourceIp: request.ip }
  await writeAuditEntry(sql, by, { action, detail, ...(user && { target: { kind: 'user', id: user.userId } }) })
}

/** Records a session, and the language in which the user signed in. */
export async function recordSession(tx: Sql, request: FastifyRequest, user: SignedIn | null): Promise<void> {
  await record(tx, request, user, 'session.started')
  if (!user) return
  const language = negotiateLanguage(request.headers['accept-language'])
  await tx.query('update users set language = $2 where id = $1::uuid and language is distinct from $2', [
    user.userId,
    language,
  ])
}

/** A call of the library with the cookie, the user agent and the address of the request. */
export function callOf(request: FastifyRequest, path: string, body?: LibraryCall['body']): LibraryCall {
  const { cookie, 'user-agent': userAgent } = request.headers
  return { path, ...(body && { body }), cookie, userAgent, address: request.ip }
}

export function copyCookies(reply: FastifyReply, response: Response): void {
  for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie)
}

/** Sends the answer of the library. */
export async function passOn(reply: FastifyReply, response: Response): Promise<FastifyReply> {
  const body = Buffer.from(await response.arrayBuffer())
  reply.code(response.status)
  for (const [header, value] of response.headers) if (header !== 'set-cookie') reply.header(header, value)
  copyCookies(reply, response)
  return reply.send(body)
}
