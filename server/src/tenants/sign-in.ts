import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { hash, verify } from '@node-rs/argon2'
import { betterAuth } from 'better-auth'
import type { Database, Sql } from '../platform/database.ts'
import { Problem } from '../platform/errors.ts'
import { formatFa } from '../platform/i18n.ts'
import { authAdapter } from './auth-adapter.ts'
import { createSignInStorage } from './sign-in-storage.ts'
import { hashToken } from './token-format.ts'

/** Somebody who signed in. */
export interface SignedIn {
  userId: string
  email: string
  name: string
  role: 'admin' | 'owner'
  tenantId: number
}

/** One call of an endpoint of the sign-in library: made of values that are parsed already, never of the caller's bytes. */
export interface LibraryCall {
  /** Below `/api/auth`. */
  path: string
  /** Sent as JSON by POST; without it the call is a GET. */
  body?: Record<string, string | boolean | undefined>
  cookie: string | undefined
  userAgent: string | undefined
  /** The caller's address, which the library keeps with the session. */
  address: string
}

export interface SignIn {
  /**
   * Answers one of the library's own endpoints. `audit` runs in the transaction of what the library stored, when the answer is a
   * success; when it throws, nothing is stored. @throws an outage, or the error of `audit`
   */
  handle(call: LibraryCall, audit?: (tx: Sql) => Promise<void>): Promise<Response>
  /** The active user of the session cookie, or null. @throws an outage */
  getSessionUser(headers: IncomingHttpHeaders): Promise<SignedIn | null>
  /** True when this is the password of the session cookie's user. @throws an outage */
  hasPassword(headers: IncomingHttpHeaders, password: string): Promise<boolean>
  /** The user with this address (in lower case), active or not. */
  findByEmail(email: string): Promise<SignedIn | null>
  /**
   * Sets the password of the user that a one-time link was made for, uses the link up and ends the user's sessions; `audit` runs in the
   * same transaction. False when the link is unknown, used or expired. @throws {Problem} when the password is too short or too long
   */
  setPasswordByLink(
    token: string,
    password: string,
    audit: (tx: Sql, user: SignedIn) => Promise<void>,
  ): Promise<boolean>
}

const SIGNED_IN = `select u.id as "userId", u.email, u.name, u.role, n.id as "tenantId"
  from users u join tenants n on n.owner_id = u.id`

const RESET_LINK_HOURS = 24
const MIN_PASSWORD_LENGTH = 10

/**
 * E-mail and password by better-auth, with argon2id. Nobody signs up by themselves: an admin makes users. A caller's address,
 * which it keeps with the session, comes from us (`x-fiko-client-ip`), never from a header that anybody can send.
 */
export function createSignIn(db: Database, options: { secret: string; publicUrl: string }): SignIn {
  const storage = createSignInStorage(db)
  const auth = betterAuth({
    secret: options.secret,
    baseURL: options.publicUrl,
    basePath: '/api/auth',
    database: authAdapter(storage),
    telemetry: { enabled: false },
    logger: { disabled: true },
    advanced: {
      database: { generateId: 'uuid' },
      ipAddress: { ipAddressHeaders: ['x-fiko-client-ip'] },
      useSecureCookies: options.publicUrl.startsWith('https://'),
      cookiePrefix: 'fiko',
      // Ours stand before it (csrf.ts): they take whatever host people come by, and hold in tests, too.
      disableOriginCheck: true,
      disableCSRFCheck: true,
    },
    // Ours counts before a password is looked at, and by account as well (request-limits.ts).
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: MIN_PASSWORD_LENGTH,
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
          // A deactivated user gets the wrong-password answer and no session.
          before: async ({ userId }) => {
            const active = await storage.read.query('select 1 from users where id = $1::uuid and is_active', [userId])
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
    handle: (call, audit) => storage.together(() => auth.handler(asWebRequest(call)), audit),
    getSessionUser: async (headers) => {
      if (!headers.cookie?.includes('fiko.session_token')) return null
      const asked = new Headers({ cookie: headers.cookie })
      const session = await storage.alone(() => auth.api.getSession({ headers: asked }))
      if (!session) return null
      const [user] = await db.service.query<SignedIn>(`${SIGNED_IN} where u.id = $1 and u.is_active`, [session.user.id])
      return user ?? null
    },
    hasPassword: async ({ cookie }, password) => {
      const asked = { body: { password }, headers: new Headers({ cookie: cookie ?? '' }), asResponse: true } as const
      return (await storage.alone(() => auth.api.verifyPassword(asked))).ok
    },
    findByEmail: async (email) => {
      const [user] = await db.service.query<SignedIn>(`${SIGNED_IN} where u.email = $1`, [email])
      return user ?? null
    },
    setPasswordByLink: async (token, password, audit) => {
      const link = [linkIdentifier(token)]
      const isValid = 'identifier = $1 and expires_at > now()'
      const [user] = await db.service.query<SignedIn>(
        `${SIGNED_IN} where u.id::text = (select value from verifications where ${isValid})`,
        link,
      )
      if (!user) return false
      const passwordHash = await hashNewPassword(password)
      return await db.service.transaction(async (tx) => {
        // Of two requests with one link the second finds it used.
        const used = await tx.query(`delete from verifications where ${isValid} returning id`, link)
        if (used.length === 0) return false
        await storePassword(tx, user.userId, passwordHash)
        await audit(tx, user)
        return true
      })
    },
  }
}

/**
 * The library gets a request that we write: a fixed address, and of the caller's headers only the two that it needs. What the caller
 * sends as Host, address or body is parsed once, before this.
 */
function asWebRequest({ path, body, cookie, userAgent, address }: LibraryCall): Request {
  return new Request(`http://fiko.internal/api/auth${path}`, {
    method: body ? 'POST' : 'GET',
    headers: {
      'x-fiko-client-ip': address,
      ...(cookie !== undefined && { cookie }),
      ...(userAgent !== undefined && { 'user-agent': userAgent }),
      ...(body && { 'content-type': 'application/json' }),
    },
    ...(body && { body: JSON.stringify(body) }),
  })
}

async function hashPassword(password: string): Promise<string> {
  // argon2id with the library's defaults: 19 MiB, 2 passes (OWASP's recommendation).
  return await hash(password)
}

/**
 * The hash of a new password, to be stored with `storePassword`. It takes tens of milliseconds: call it before a transaction
 * begins. @throws {Problem} when the password is too short or too long
 */
export async function hashNewPassword(password: string): Promise<string> {
  if (password.length < MIN_PASSWORD_LENGTH || password.length > 200) throw passwordLength()
  return await hashPassword(password)
}

/** Stores a user's new password and ends their sessions. */
export async function storePassword(tx: Sql, userId: string, passwordHash: string): Promise<void> {
  await tx.query('delete from sessions where user_id = $1::uuid', [userId])
  await tx.query(
    `insert into accounts (user_id, account_id, provider_id, password) values ($1::uuid, $1::uuid::text, 'credential', $2)
     on conflict (provider_id, account_id) do update set password = excluded.password, updated_at = now()`,
    [userId, passwordHash],
  )
}

/** The path of a one-time link, good for 24 hours, with which the user sets a new password. Earlier links end. */
export async function makeResetLink(sql: Sql, userId: string): Promise<string> {
  const token = randomBytes(24).toString('base64url')
  await sql.query(`delete from verifications where value = $1 and identifier like 'reset-password:%'`, [userId])
  await sql.query(
    `insert into verifications (identifier, value, expires_at) values ($1, $2, now() + interval '${RESET_LINK_HOURS} hours')`,
    [linkIdentifier(token), userId],
  )
  return `/reset-password?token=${token}`
}

/** Links are stored as tokens are: a copy of the database gives no link that works. */
function linkIdentifier(token: string): string {
  return `reset-password:${hashToken(token)}`
}

function passwordLength(): Problem {
  return new Problem(400, 'invalid_input', {
    en: `password: must have ${MIN_PASSWORD_LENGTH} to 200 characters`,
    fa: `password: باید بین ${formatFa(MIN_PASSWORD_LENGTH)} تا ۲۰۰ نویسه باشد`,
  })
}
