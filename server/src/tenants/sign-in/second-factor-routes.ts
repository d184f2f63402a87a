import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Database, Sql } from '../../platform/db/database.ts'
import { Problem } from '../../platform/errors.ts'
import type { Http } from '../../platform/http/http.ts'
import { localized } from '../../platform/http/validation.ts'
import type { RequestLimits } from '../request-limits.ts'
import { refuseForeignPages, refuseOtherOrigins } from './csrf.ts'
import type { RefusedSignIns } from './refused-sign-ins.ts'
import { endTrust, plainCode, type SecondFactors, secondStepCookies } from './second-factor.ts'
import {
  asFormIssue,
  codeAlreadyUsed,
  codeWrong,
  factorLocked,
  factorOff,
  factorOn,
  factorUnreadable,
  passwordWrong,
  signedOut,
  signInEnded,
} from './second-factor-problems.ts'
import type { LibraryCall, SignedIn, SignIn } from './sign-in.ts'
import { callOf, copyCookies, record, recordSession, SMALL_BODY_BYTES, unlessRefused } from './sign-in-requests.ts'

interface Parts {
  db: Database
  signIn: SignIn
  factors: SecondFactors
  limits: RequestLimits
  refused: RefusedSignIns
  publicUrl: string | null
}

const code = Type.String({ maxLength: 100, ...localized('a code', 'یک کد') })
const password = Type.String({ maxLength: 200, ...localized('a password', 'یک گذرواژه') })
const SecondStepBody = Type.Object({
  code,
  trustDevice: Type.Optional(Type.Boolean(localized('true or false', 'یکی از true یا false'))),
})
const PasswordBody = Type.Object({ password })
const CodeBody = Type.Object({ code })
const PasswordAndCodeBody = Type.Object({ password, code })

/** Endpoints of the library for the two kinds of codes. */
const VERIFY = { byTime: '/two-factor/verify-totp', backup: '/two-factor/verify-backup-code' }

/**
 * The second factor under `/api/auth/two-factor`: the second step of a sign-in, and the settings of the own account. Wrong codes are
 * counted like wrong passwords, by address and by account.
 */
export function secondFactorRoutes(app: Http, { db, signIn, factors, limits, refused, publicUrl }: Parts): void {
  const open = { config: { isOpen: true }, bodyLimit: SMALL_BODY_BYTES }
  const withSession = { ...open, onRequest: async (request: FastifyRequest) => refuseOtherOrigins(request, publicUrl) }
  const withoutSession = {
    ...open,
    onRequest: async (request: FastifyRequest) => refuseForeignPages(request, publicUrl),
  }

  app.post(
    '/api/auth/two-factor/verify',
    { ...withoutSession, schema: { hide: true, body: SecondStepBody } },
    async (request, reply) => {
      const user = await factors.userOfBegunSignIn(request.headers)
      const codeWasRight = limits.admitPassword(request.ip, user?.email ?? null)
      if (!user) throw signInEnded()
      await unlessRefused(codeWasRight, async () => {
        const state = await factors.read(user.userId)
        if (!state.isOn) throw signInEnded()
        if (!state.isReadable) throw factorUnreadable()
        const { isByTime, code } = plainCode(request.body.code)
        const { trustDevice } = request.body
        const call: LibraryCall = {
          ...callOf(request, isByTime ? VERIFY.byTime : VERIFY.backup, { code, trustDevice }),
          cookie: secondStepCookies(request.headers.cookie),
        }
        const accept = async (tx: Sql) => {
          if (isByTime && !(await factors.takeCode(tx, user.userId, code))) throw codeAlreadyUsed()
          await recordSession(tx, request, user)
          if (!isByTime)
            await record(tx, request, user, 'two_factor.backup_code_used', { left: state.backupCodesLeft - 1 })
        }
        const answer = await signIn
          .handle(call, accept, { keepsRefusals: true })
          .catch(async (error: unknown) => await noteRefusal(request, user, error))
        copyCookies(reply, answer)
        if (!answer.ok) {
          await refused.record(request.ip, user, 'two_factor.refused')
          throw await refusalOf(answer, user)
        }
      })
      codeWasRight()
      return { isSignedIn: true }
    },
  )

  app.get('/api/auth/two-factor', { ...withSession, schema: { hide: true } }, async (request) => {
    const user = await userOf(request)
    const { isOn, isReadable, backupCodesLeft } = await factors.read(user.userId)
    return { isOn, isReadable, backupCodesLeft }
  })

  app.post(
    '/api/auth/two-factor/enable',
    { ...withSession, schema: { hide: true, body: PasswordBody } },
    async (request) => {
      const user = await userOf(request)
      if ((await factors.read(user.userId)).isOn) throw factorOn()
      return await counted(request, user, async () => {
        await checkPassword(request, user)
        const call = callOf(request, '/two-factor/enable', { password: request.body.password })
        const { totpURI } = await answerOf<{ totpURI: string }>(await signIn.handle(call), user)
        return { uri: totpURI, key: new URL(totpURI).searchParams.get('secret') ?? '' }
      })
    },
  )

  app.post(
    '/api/auth/two-factor/confirm',
    { ...withSession, schema: { hide: true, body: CodeBody } },
    async (request, reply) => {
      const user = await userOf(request)
      if ((await factors.read(user.userId)).isOn) throw factorOn()
      return await counted(request, user, async () => {
        const call = callOf(request, VERIFY.byTime, { code: plainCode(request.body.code).code })
        const answer = await signIn.handle(call, async (tx, response) => {
          if (!(await factors.takeCode(tx, user.userId, plainCode(request.body.code).code))) throw codeAlreadyUsed()
          // Another person may be signed in with the password alone.
          await endOtherSessions(tx, user.userId, response)
          await endTrust(tx, user.userId, { links: false })
          await record(tx, request, user, 'two_factor.turned_on')
        })
        if (!answer.ok) await record(db.service, request, user, 'two_factor.refused')
        await answerOf(answer, user)
        copyCookies(reply, answer)
        return { backupCodes: await factors.backupCodes(user.userId) }
      })
    },
  )

  app.post(
    '/api/auth/two-factor/generate-backup-codes',
    { ...withSession, schema: { hide: true, body: PasswordAndCodeBody } },
    async (request) => {
      const user = await userOf(request)
      return await counted(request, user, async () => {
        await checkPassword(request, user)
        await checkCode(request, user)
        const call = callOf(request, '/two-factor/generate-backup-codes', { password: request.body.password })
        const answer = await signIn.handle(call, (tx) => record(tx, request, user, 'two_factor.codes_made'))
        return { backupCodes: (await answerOf<{ backupCodes: string[] }>(answer, user)).backupCodes }
      })
    },
  )

  app.post(
    '/api/auth/two-factor/disable',
    { ...withSession, schema: { hide: true, body: PasswordAndCodeBody } },
    async (request, reply) => {
      const user = await userOf(request)
      return await counted(request, user, async () => {
        await checkPassword(request, user)
        await checkCode(request, user)
        const call = callOf(request, '/two-factor/disable', { password: request.body.password })
        const answer = await signIn.handle(call, async (tx) => {
          await endTrust(tx, user.userId, { links: false })
          await record(tx, request, user, 'two_factor.turned_off')
        })
        await answerOf(answer, user)
        copyCookies(reply, answer)
        return { isOn: false }
      })
    },
  )

  const userOf = async (request: FastifyRequest): Promise<SignedIn> => {
    const user = await signIn.getSessionUser(request.headers)
    if (!user) throw signedOut()
    return user
  }

  /** Counts the attempt until it succeeds. */
  const counted = async <T>(request: FastifyRequest, user: SignedIn, attempt: () => Promise<T>): Promise<T> => {
    const wasRight = limits.admitPassword(request.ip, user.email)
    const result = await unlessRefused(wasRight, attempt).catch((error: unknown) => {
      throw asFormIssue(error)
    })
    wasRight()
    return result
  }

  const checkPassword = async (request: FastifyRequest<{ Body: { password: string } }>, user: SignedIn) => {
    if (await signIn.hasPassword(request.headers, request.body.password)) return
    await record(db.service, request, user, 'two_factor.refused')
    throw passwordWrong()
  }

  /** Verifies a code by time or a backup code of a signed-in user, and takes it. */
  const checkCode = async (request: FastifyRequest<{ Body: { code: string } }>, user: SignedIn) => {
    const state = await factors.read(user.userId)
    if (!state.isOn) throw factorOff()
    if (!state.isReadable) throw factorUnreadable()
    const { isByTime, code } = plainCode(request.body.code)
    const call = isByTime
      ? callOf(request, VERIFY.byTime, { code })
      : callOf(request, VERIFY.backup, { code, disableSession: true })
    const answer = await signIn
      .handle(call, async (tx) => {
        if (isByTime && !(await factors.takeCode(tx, user.userId, code))) throw codeAlreadyUsed()
        if (!isByTime)
          await record(tx, request, user, 'two_factor.backup_code_used', { left: state.backupCodesLeft - 1 })
      })
      .catch(async (error: unknown) => await noteRefusal(request, user, error))
    if (answer.ok) return
    await record(db.service, request, user, 'two_factor.refused')
    throw await refusalOf(answer, user)
  }

  /** A code that was used before is a refusal, too. */
  const noteRefusal = async (request: FastifyRequest, user: SignedIn, error: unknown): Promise<never> => {
    if (error instanceof Problem) await refused.record(request.ip, user, 'two_factor.refused')
    throw error
  }

  /** The body of a successful answer. @throws {Problem} for a refusal of the library */
  const answerOf = async <T>(answer: Response, user: SignedIn): Promise<T> => {
    if (!answer.ok) throw await refusalOf(answer, user)
    return (await answer.clone().json()) as T
  }

  const refusalOf = async (answer: Response, user: SignedIn): Promise<Error> => {
    const { code = '' } = (await answer.json().catch(() => ({}))) as { code?: string }
    if (code === 'ACCOUNT_TEMPORARILY_LOCKED') return factorLocked((await factors.read(user.userId)).lockedSeconds)
    const known = REFUSALS[code]
    if (known) return known()
    // A second request with the same backup code at the same moment.
    if (answer.status === 409) return codeAlreadyUsed()
    return new Error(`the sign-in library answered ${answer.status} ${code}`)
  }
}

const REFUSALS: Record<string, () => Problem> = {
  INVALID_CODE: codeWrong,
  INVALID_BACKUP_CODE: codeWrong,
  INVALID_PASSWORD: passwordWrong,
  INVALID_TWO_FACTOR_COOKIE: signInEnded,
  TOO_MANY_ATTEMPTS_REQUEST_NEW_CODE: signInEnded,
  TOTP_NOT_ENABLED: factorOff,
  BACKUP_CODES_NOT_ENABLED: factorOff,
  TWO_FACTOR_NOT_ENABLED: factorOff,
  TOTP_ALREADY_ENABLED: factorOn,
  UNAUTHORIZED: signedOut,
}

/** Ends all sessions but the one that the library's answer has just begun. */
async function endOtherSessions(tx: Sql, userId: string, answer: Response): Promise<void> {
  const cookie = answer.headers.getSetCookie().find((each) => /fiko\.session_token=/.test(each)) ?? ''
  const token = /fiko\.session_token=([^.;]+)/.exec(cookie)?.[1] ?? ''
  await tx.query('delete from sessions where user_id = $1::uuid and token <> $2', [userId, decodeURIComponent(token)])
}
