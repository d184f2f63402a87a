import { createHmac, randomInt, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import { symmetricDecrypt } from 'better-auth/crypto'
import type { Database, Sql } from '../../platform/db/database.ts'
import { SIGNED_IN, type SignedIn } from './signed-in.ts'

/** The second factor of one user. */
export interface SecondFactorState {
  isOn: boolean
  /** Backup codes that are not used yet; 0 while the factor is off. */
  backupCodesLeft: number
  /** False: another SESSION_SECRET has encrypted the key, so no code can be verified. */
  isReadable: boolean
  /** Seconds until the second step accepts codes again, after too many wrong ones; 0: it accepts them. */
  lockedSeconds: number
}

export interface SecondFactors {
  /** The active user of a sign-in that waits for its second step, or null. The library verifies the signature of the cookie. */
  userOfBegunSignIn(headers: IncomingHttpHeaders): Promise<SignedIn | null>
  read(userId: string): Promise<SecondFactorState>
  /** The backup codes that are not used yet. */
  backupCodes(userId: string): Promise<string[]>
  /**
   * Marks a code by time as used, in the transaction that accepts it. Returns false when it, or a later one, was accepted before.
   */
  takeCode(tx: Sql, userId: string, code: string): Promise<boolean>
}

/** Period and digits of codes by time (RFC 6238); a code of the period before or after is accepted, too. */
const PERIOD_MS = 30_000
const DIGITS = 6
const ACCEPTED_STEPS = [-1, 0, 1]

const BACKUP_CODES = 10
/** Without letters and digits that look alike: 31^10 codes (49 bits), of which one account accepts 10 attempts in 15 minutes. */
const ALPHABET = 'abcdefghjkmnpqrstuvwxyz23456789'

export function createSecondFactors(db: Database, secret: string): SecondFactors {
  const decrypted = async (data: string): Promise<string | null> => {
    try {
      return await symmetricDecrypt({ key: secret, data })
    } catch {
      return null
    }
  }
  return {
    userOfBegunSignIn: async ({ cookie }) => {
      const identifier = begunSignIn(cookie)
      if (identifier === null) return null
      const [user] = await db.service.query<SignedIn>(
        `${SIGNED_IN} where u.is_active
            and u.id::text = (select value from verifications where identifier = $1 and expires_at > now() limit 1)`,
        [identifier],
      )
      return user ?? null
    },
    read: async (userId) => {
      const [row] = await db.service.query<{ backup_codes: string; secret: string; locked: number }>(
        `select f.backup_codes, f.secret, greatest(0, ceil(extract(epoch from f.locked_until - now())))::int as locked
           from two_factors f join users u on u.id = f.user_id where u.id = $1::uuid and u.two_factor_enabled`,
        [userId],
      )
      if (!row) return { isOn: false, backupCodesLeft: 0, isReadable: true, lockedSeconds: 0 }
      const codes = await decrypted(row.backup_codes)
      const isReadable = codes !== null && (await decrypted(row.secret)) !== null
      const left = codes === null ? 0 : (JSON.parse(codes) as string[]).length
      return { isOn: true, backupCodesLeft: left, isReadable, lockedSeconds: row.locked ?? 0 }
    },
    backupCodes: async (userId) => {
      const [row] = await db.service.query<{ codes: string }>(
        'select backup_codes as codes from two_factors where user_id = $1::uuid',
        [userId],
      )
      const codes = row ? await decrypted(row.codes) : null
      return codes === null ? [] : (JSON.parse(codes) as string[])
    },
    takeCode: async (tx, userId, code) => {
      const [row] = await tx.query<{ secret: string }>('select secret from two_factors where user_id = $1::uuid', [
        userId,
      ])
      const key = row ? await decrypted(row.secret) : null
      const step = key === null ? null : stepOf(code, key, Date.now())
      if (step === null) return false
      const taken = await tx.query(
        'update two_factors set last_step = $2 where user_id = $1::uuid and (last_step is null or last_step < $2) returning 1',
        [userId, step],
      )
      return taken.length > 0
    },
  }
}

/** Ends trusted devices and sign-ins that wait for their second step; with `links`, also one-time links. */
export async function endTrust(tx: Sql, userId: string, { links }: { links: boolean }): Promise<void> {
  await tx.query(
    `delete from verifications where value = $1
        and (identifier like 'trust-device-%' or identifier like '2fa-%' or ($2 and identifier like 'reset-password:%'))`,
    [userId, links],
  )
}

/** Turns a user's second factor off and signs the user out everywhere. Returns false when it was off. */
export async function resetSecondFactor(tx: Sql, userId: string): Promise<boolean> {
  const was = await tx.query(
    'update users set two_factor_enabled = false, updated_at = now() where id = $1::uuid and two_factor_enabled returning 1',
    [userId],
  )
  await tx.query('delete from two_factors where user_id = $1::uuid', [userId])
  await endTrust(tx, userId, { links: false })
  if (was.length > 0) await tx.query('delete from sessions where user_id = $1::uuid', [userId])
  return was.length > 0
}

export function makeBackupCodes(): string[] {
  const part = () => Array.from({ length: 5 }, () => ALPHABET[randomInt(ALPHABET.length)]).join('')
  return Array.from({ length: BACKUP_CODES }, () => `${part()}-${part()}`)
}

/** A typed code in its stored form: Latin digits, small letters, no spaces, a backup code with its hyphen. */
export function plainCode(typed: string): { isByTime: boolean; code: string } {
  const code = typed
    .normalize('NFKC')
    .replaceAll(/[\u06f0-\u06f9\u0660-\u0669]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf))
    .toLowerCase()
    .replaceAll(/[^a-z0-9]/g, '')
  if (/^\d{6}$/.test(code)) return { isByTime: true, code }
  return { isByTime: false, code: code.length > 5 ? `${code.slice(0, 5)}-${code.slice(5)}` : code }
}

/** The period of an accepted code, or null for a wrong one. Equal to the library's check, which does not say the period. */
export function stepOf(code: string, key: string, nowMs: number): number | null {
  const now = Math.floor(nowMs / PERIOD_MS)
  const given = Buffer.from(code)
  let found: number | null = null
  for (const offset of ACCEPTED_STEPS) {
    const expected = Buffer.from(codeOfStep(key, now + offset))
    if (given.length === expected.length && timingSafeEqual(given, expected)) found = now + offset
  }
  return found
}

/** HOTP (RFC 4226) with SHA-1, as authenticator apps compute it. */
export function codeOfStep(key: string, step: number): string {
  const counter = Buffer.alloc(8)
  counter.writeBigUInt64BE(BigInt(step))
  const digest = createHmac('sha1', key).update(counter).digest()
  const number = digest.readUInt32BE((digest.at(-1) ?? 0) & 0xf) & 0x7fffffff
  return String(number % 10 ** DIGITS).padStart(DIGITS, '0')
}

/** The identifier in the cookie of a begun sign-in, before its signature. */
function begunSignIn(cookie: string | undefined): string | null {
  const [, value = ''] = /(?:^|;\s*)(?:__Secure-)?fiko\.two_factor=([^;]+)/.exec(cookie ?? '') ?? []
  return /^(2fa-[\w-]{1,100})(?:\.|%2E)/i.exec(value)?.[1] ?? null
}

/** The cookies of the second step, without a session that another user of the browser may still have. */
export function secondStepCookies(cookie: string | undefined): string {
  return (cookie ?? '')
    .split(/;\s*/)
    .filter((part) => /^(?:__Secure-)?fiko\.(?:two_factor|dont_remember|trust_device)=/.test(part))
    .join('; ')
}
