import { randomBytes } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { hash, verify } from '@node-rs/argon2'
import { betterAuth } from 'better-auth/minimal'
import { twoFactor } from 'better-auth/plugins/two-factor'
import type { Database, Sql } from '../../platform/db/database.ts'
import { Problem } from '../../platform/errors.ts'
import { formatFa } from '../../platform/i18n.ts'
import { hashToken } from '../tokens/token-format.ts'
import { authAdapter } from './auth-adapter.ts'
import { endTrust, makeBackupCodes } from './second-factor.ts'
import { type Audit, createSignInStorage } from './sign-in-storage.ts'
import { SIGNED_IN, type SignedIn } from './signed-in.ts'

export type { SignedIn } from './signed-in.ts'

/** One call of an endpoint of the sign-in library, built from parsed values and never from the caller's bytes. */
export interface LibraryCall {
  /** Path below `/api/auth`. */
  path: string
  /** Sent as JSON by POST; without a body the call is a GET. */
  body?: Record<string, string | boolean | undefined>
  cookie: string | undefined
  userAgent: string | undefined
  /** The caller's address, which the library stores with the session. */
  address: string
}

export interface SignIn {
  /**
   * Calls an endpoint of the library. On success `audit` runs in the transaction of the library's writes; if it throws, nothing is
   * stored. With `keepsRefusals` a refusal keeps the library's writes: its counts of wrong codes. @throws an outage, or the error of
   * `audit`
   */
  handle(call: LibraryCall, audit?: Audit, options?: { keepsRefusals?: boolean }): Promise<Response>
  /** The active user of the session cookie, or null. @throws an outage */
  getSessionUser(headers: IncomingHttpHeaders): Promise<SignedIn | null>
  /** True when the password is that of the session cookie's user. @throws an outage */
  hasPassword(headers: IncomingHttpHeaders, password: string): Promise<boolean>
  /** The user with this address (in lower case), active or not. */
  findByEmail(email: string): Promise<SignedIn | null>
  /**
   * Sets the password of the user of a one-time link, consumes the link and ends the user's sessions; `audit` runs in the same
   * transaction. Returns false when the link is unknown, used or expired. @throws {Problem} when the password is too short or too
   * long
   */
  setPasswordByLink(
    token: string,
    password: string,
    audit: (tx: Sql, user: SignedIn) => Promise<void>,
  ): Promise<boolean>
}

const RESET_LINK_HOURS = 24
const ASKED_LINK_HOURS = 1
/** Of a sign-in between its two steps. */
const SECOND_STEP_SECONDS = 600
const TRUSTED_DEVICE_DAYS = 30
/** Consecutive wrong codes of an account, then a pause. */
const WRONG_CODES = 10
const WRONG_CODES_PAUSE_SECONDS = 900
const MIN_PASSWORD_LENGTH = 10

/** Our names of the library's tables and columns. */
const TABLES = {
  user: {
    modelName: 'users',
    fields: { emailVerified: 'email_verified', createdAt: 'created_at', updatedAt: 'updated_at' },
    additionalFields: { role: { type: 'string' as const, input: false } },
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
  verification: {
    modelName: 'verifications',
    fields: { expiresAt: 'expires_at', createdAt: 'created_at', updatedAt: 'updated_at' },
  },
}

const SECOND_FACTOR_TABLES = {
  user: { fields: { twoFactorEnabled: 'two_factor_enabled' } },
  twoFactor: {
    modelName: 'two_factors',
    fields: {
      userId: 'user_id',
      backupCodes: 'backup_codes',
      failedVerificationCount: 'failed_verification_count',
      lockedUntil: 'locked_until',
    },
  },
}

/**
 * Sign-in with e-mail and password by better-auth, with argon2id. There is no self-registration: admins create users. The address
 * stored with a session comes from this server (`x-fiko-client-ip`), never from a header of the client.
 */
export function createSignIn(db: Database, options: { secret: string; publicUrl: string }): SignIn {
  const storage = createSignInStorage(db)
  const auth = betterAuth({
    secret: options.secret,
    appName: 'Fiko Sync',
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
      // csrf.ts checks origins before the library: it accepts every host name of the server, and also runs in tests.
      disableOriginCheck: true,
      disableCSRFCheck: true,
    },
    // request-limits.ts counts before a password is checked, and also by account.
    rateLimit: { enabled: false },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: MIN_PASSWORD_LENGTH,
      maxPasswordLength: 200,
      revokeSessionsOnPasswordReset: true,
      password: { hash: hashPassword, verify: ({ hash: stored, password }) => verify(stored, password) },
    },
    databaseHooks: {
      session: {
        create: {
          // Deactivated users get the wrong-password response and no session.
          before: async ({ userId }) => {
            const active = await storage.read.query('select 1 from users where id = $1::uuid and is_active', [userId])
            return active.length > 0
          },
        },
      },
    },
    plugins: [
      twoFactor({
        issuer: 'Fiko Sync',
        twoFactorCookieMaxAge: SECOND_STEP_SECONDS,
        trustDeviceMaxAge: TRUSTED_DEVICE_DAYS * 86_400,
        accountLockout: { maxFailedAttempts: WRONG_CODES, durationSeconds: WRONG_CODES_PAUSE_SECONDS },
        backupCodeOptions: { customBackupCodesGenerate: makeBackupCodes },
        schema: SECOND_FACTOR_TABLES,
      }),
    ],
    ...TABLES,
  })

  return {
    handle: (call, audit, choices) => storage.together(() => auth.handler(asWebRequest(call)), audit, choices),
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
        // The second of two requests with one link finds it used.
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
 * Builds the request for the library: a fixed URL, and only the two headers of the caller that it needs. Host, address and body of
 * the caller are parsed once, before this.
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
  // argon2id with the library's defaults: 19 MiB, 2 passes (recommended by OWASP).
  return await hash(password)
}

/**
 * Hashes a new password for `storePassword`. It takes tens of milliseconds: call it before a transaction begins. @throws {Problem}
 * when the password is too short or too long
 */
export async function hashNewPassword(password: string): Promise<string> {
  if (password.length < MIN_PASSWORD_LENGTH || password.length > 200) throw passwordLength()
  return await hashPassword(password)
}

/** Stores a user's new password. Ends the user's sessions, one-time links, trusted devices and begun sign-ins. */
export async function storePassword(tx: Sql, userId: string, passwordHash: string): Promise<void> {
  await endTrust(tx, userId, { links: true })
  await tx.query('delete from sessions where user_id = $1::uuid', [userId])
  await tx.query(
    `insert into accounts (user_id, account_id, provider_id, password) values ($1::uuid, $1::uuid::text, 'credential', $2)
     on conflict (provider_id, account_id) do update set password = excluded.password, updated_at = now()`,
    [userId, passwordHash],
  )
}

/**
 * Creates the path of a one-time link to set a password. An admin's link is valid for 24 hours, and earlier links of the user become
 * invalid. A link that a caller without a session asked for (`isAskedFor`) is valid for one hour and leaves the others: a stranger must
 * not end an invitation.
 */
export async function makeResetLink(sql: Sql, userId: string, { isAskedFor = false } = {}): Promise<string> {
  const token = randomBytes(24).toString('base64url')
  if (!isAskedFor)
    await sql.query(`delete from verifications where value = $1 and identifier like 'reset-password:%'`, [userId])
  await sql.query(
    'insert into verifications (identifier, value, expires_at) values ($1, $2, now() + make_interval(hours => $3))',
    [linkIdentifier(token), userId, isAskedFor ? ASKED_LINK_HOURS : RESET_LINK_HOURS],
  )
  return `/reset-password?token=${token}`
}

/** Links are stored as hashes, like tokens: a copy of the database contains no usable link. */
function linkIdentifier(token: string): string {
  return `reset-password:${hashToken(token)}`
}

function passwordLength(): Problem {
  return new Problem(400, 'invalid_input', {
    en: `password: must have ${MIN_PASSWORD_LENGTH} to 200 characters`,
    fa: `password: باید بین ${formatFa(MIN_PASSWORD_LENGTH)} تا ۲۰۰ نویسه باشد`,
  })
}
