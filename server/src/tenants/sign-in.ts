import { AsyncLocalStorage } from 'node:async_hooks'
import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { hash, verify } from '@node-rs/argon2'
import { betterAuth } from 'better-auth'
import type { Database, Sql } from '../platform/database.ts'
import { isOutage, Problem } from '../platform/errors.ts'
import { inPersian } from '../platform/speech.ts'
import { authAdapter } from './auth-adapter.ts'

/** Somebody who signed in. */
export interface SignedIn {
  userId: string
  email: string
  name: string
  role: 'admin' | 'owner'
  tenantId: number
}

export interface SignIn {
  /** Answers the library's own endpoints under `/api/auth`: sign-in, sign-out, session, password. @throws an outage */
  handle(request: Request): Promise<Response>
  /** Whoever the session cookie belongs to, or null. @throws an outage */
  whoIs(headers: IncomingHttpHeaders): Promise<SignedIn | null>
  /** Whether this is the password of whoever the session cookie belongs to. @throws an outage */
  hasPassword(headers: IncomingHttpHeaders, password: string): Promise<boolean>
  /** Whoever has this address, whether or not they may sign in. */
  findByEmail(email: string): Promise<SignedIn | null>
  /** Whoever a one-time link was made for. */
  findByLink(token: string): Promise<SignedIn | null>
}

const SIGNED_IN = `select u.id as "userId", u.email, u.name, u.role, n.id as "tenantId"
  from users u join tenants n on n.owner_id = u.id`

const RESET_HOURS = 24
const SHORTEST_PASSWORD = 10

/**
 * E-mail and password by better-auth, with argon2id. Nobody signs up by themselves: an admin makes users. A caller's address,
 * which it keeps with the session, comes from us (`x-fiko-client-ip`), never from a header that anybody can send.
 */
export function createSignIn(db: Database, options: { secret: string; publicUrl: string }): SignIn {
  const outages = rememberOutages(db)
  const auth = betterAuth({
    secret: options.secret,
    baseURL: options.publicUrl,
    basePath: '/api/auth',
    database: authAdapter(outages.db),
    telemetry: { enabled: false },
    logger: { disabled: true },
    advanced: {
      database: { generateId: 'uuid' },
      ipAddress: { ipAddressHeaders: ['x-fiko-client-ip'] },
      useSecureCookies: options.publicUrl.startsWith('https://'),
      cookiePrefix: 'fiko',
      // Ours stand before it (own-origin.ts): they take whatever host people come by, and hold in tests, too.
      disableOriginCheck: true,
      disableCSRFCheck: true,
    },
    // Ours counts before a password is looked at, and by account as well (request-limits.ts).
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: SHORTEST_PASSWORD,
      maxPasswordLength: 200,
      revokeSessionsOnPasswordReset: true,
      password: { hash: hashPassword, verify: ({ hash: stored, password }) => verify(stored, password) },
    },
    user: {
      modelName: 'users',
      fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
      additionalFields: { role: { type: 'string', input: false } },
    },
    session: {
      modelName: 'sessions',
      fields: {
        userId: 'user_id',
        expiresAt: 'expires_at',
        ipAddress: 'ip_address',
        userAgent: 'user_agent',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    account: {
      modelName: 'accounts',
      fields: {
        userId: 'user_id',
        accountId: 'account_id',
        providerId: 'provider_id',
        accessToken: 'access_token',
        refreshToken: 'refresh_token',
        idToken: 'id_token',
        accessTokenExpiresAt: 'access_token_expires_at',
        refreshTokenExpiresAt: 'refresh_token_expires_at',
        createdAt: 'created_at',
        updatedAt: 'updated_at',
      },
    },
    databaseHooks: {
      session: {
        create: {
          // Whoever was deactivated gets the same answer as for a wrong password, and no session.
          before: async ({ userId }) => {
            const active = await outages.db.service.query('select 1 from users where id = $1::uuid and is_active', [
              userId,
            ])
            return active.length > 0
          },
        },
      },
    },
    verification: {
      modelName: 'verifications',
      fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
    },
  })

  return {
    handle: (request) => outages.rethrow(() => auth.handler(request)),
    whoIs: async (headers) => {
      if (!headers.cookie?.includes('fiko.session_token')) return null
      const asked = new Headers({ cookie: headers.cookie })
      const session = await outages.rethrow(() => auth.api.getSession({ headers: asked }))
      if (!session) return null
      const [user] = await db.service.query<SignedIn>(`${SIGNED_IN} where u.id = $1 and u.is_active`, [session.user.id])
      return user ?? null
    },
    hasPassword: async ({ cookie }, password) => {
      const asked = { body: { password }, headers: new Headers({ cookie: cookie ?? '' }), asResponse: true } as const
      return (await outages.rethrow(() => auth.api.verifyPassword(asked))).ok
    },
    findByLink: async (token) => {
      const [user] = await db.service.query<SignedIn>(
        `${SIGNED_IN} where u.id::text = (select value from verifications where identifier = $1)`,
        [`reset-password:${token.replaceAll('\0', '')}`],
      )
      return user ?? null
    },
    findByEmail: async (email) => {
      if (email.includes('\0')) return null
      const [user] = await db.service.query<SignedIn>(`${SIGNED_IN} where u.email = lower($1)`, [email])
      return user ?? null
    },
  }
}

/**
 * The library turns every error of its storage into a 500 of its own that does not say why. An outage of the database is
 * remembered past it, so that the caller gets the 503 that everybody else gets.
 */
function rememberOutages(db: Database) {
  const current = new AsyncLocalStorage<{ outage?: unknown }>()
  const query = async <Row>(...given: Parameters<Sql['query']>): Promise<Row[]> => {
    try {
      return await db.service.query<Row>(...given)
    } catch (error) {
      const call = current.getStore()
      if (call && isOutage(error)) call.outage = error
      throw error
    }
  }
  const rethrow = async <T>(work: () => Promise<T>): Promise<T> => {
    const call: { outage?: unknown } = {}
    try {
      const result = await current.run(call, work)
      if (call.outage === undefined) return result
    } catch (error) {
      if (call.outage === undefined) throw error
    }
    throw call.outage
  }
  return { db: { ...db, service: { ...db.service, query } }, rethrow }
}

async function hashPassword(password: string): Promise<string> {
  // argon2id with the library's defaults: 19 MiB, 2 passes (OWASP's recommendation).
  return await hash(password)
}

/** Sets a user's password and ends their sessions. @throws {Problem} when it is too short */
export async function setPassword(tx: Sql, userId: string, password: string): Promise<void> {
  if (password.length < SHORTEST_PASSWORD || password.length > 200) throw passwordLength()
  await tx.query('delete from sessions where user_id = $1::uuid', [userId])
  await tx.query(
    `insert into accounts (user_id, account_id, provider_id, password) values ($1::uuid, $1::uuid::text, 'credential', $2)
     on conflict (provider_id, account_id) do update set password = excluded.password, updated_at = now()`,
    [userId, await hashPassword(password)],
  )
}

/** The path of a one-time link, good for 24 hours, with which the user sets a new password. Earlier links end. */
export async function makeResetLink(sql: Sql, userId: string): Promise<string> {
  const token = randomBytes(24).toString('base64url')
  await sql.query(`delete from verifications where value = $1 and identifier like 'reset-password:%'`, [userId])
  await sql.query(
    `insert into verifications (identifier, value, expires_at) values ($1, $2, now() + interval '${RESET_HOURS} hours')`,
    [`reset-password:${token}`, userId],
  )
  return `/reset-password?token=${token}`
}

function passwordLength(): Problem {
  return new Problem(400, 'invalid_input', {
    en: `password: must have ${SHORTEST_PASSWORD} to 200 characters`,
    fa: `password: باید بین ${inPersian(SHORTEST_PASSWORD)} تا ۲۰۰ نویسه باشد`,
  })
}
