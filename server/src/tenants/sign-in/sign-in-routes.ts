import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Database } from '../../platform/db/database.ts'
import { Problem } from '../../platform/errors.ts'
import type { Http } from '../../platform/http/http.ts'
import { localized } from '../../platform/http/validation.ts'
import { negotiateLanguage } from '../../platform/i18n.ts'
import type { RequestLimits } from '../request-limits.ts'
import { refuseForeignPages, refuseOtherOrigins } from './csrf.ts'
import type { RefusedSignIns } from './refused-sign-ins.ts'
import { endTrust } from './second-factor.ts'
import type { SignIn } from './sign-in.ts'
import { callOf, passOn, record, recordSession, SMALL_BODY_BYTES, unlessRefused } from './sign-in-requests.ts'

interface Parts {
  db: Database
  signIn: SignIn
  limits: RequestLimits
  refused: RefusedSignIns
  publicUrl: string | null
}

// The offered endpoints of the sign-in library. All others (changing the e-mail address without a password, deleting the own
// account, …) do not exist here.
const SESSION = '/get-session'
const SIGN_IN = '/sign-in/email'
const SIGN_OUT = '/sign-out'
const CHANGE_PASSWORD = '/change-password'

const email = Type.String({ maxLength: 200, ...localized('an e-mail address', 'یک نشانی ایمیل') })
const password = Type.String(localized('a password', 'یک گذرواژه'))
const SignInBody = Type.Object({
  email,
  password,
  rememberMe: Type.Optional(Type.Boolean(localized('true or false', 'یکی از true یا false'))),
})
const ChangePasswordBody = Type.Object({ currentPassword: password, newPassword: password })
const NoBody = Type.Union(
  [Type.Object({}), Type.Undefined()],
  localized('a JSON object, or nothing', 'یک شیء JSON یا هیچ'),
)

/**
 * Sign-in under `/api/auth`, and the page of a one-time link. The JSON parser of all routes parses a body once; rate limits, audit
 * log and sign-in library receive the same values.
 */
export async function signInRoutes(app: Http, { db, signIn, limits, refused, publicUrl }: Parts): Promise<void> {
  const open = { config: { isOpen: true }, bodyLimit: SMALL_BODY_BYTES }
  const hidden = { schema: { hide: true } }
  const withSession = { ...open, onRequest: async (request: FastifyRequest) => refuseOtherOrigins(request, publicUrl) }
  const withoutSession = {
    ...open,
    onRequest: async (request: FastifyRequest) => refuseForeignPages(request, publicUrl),
  }

  app.get(`/api/auth${SESSION}`, { ...open, ...hidden }, async (request, reply) => {
    return await passOn(reply, await signIn.handle(callOf(request, SESSION)))
  })

  app.post(`/api/auth${SIGN_OUT}`, { ...withSession, schema: { hide: true, body: NoBody } }, async (request, reply) => {
    const user = await signIn.getSessionUser(request.headers)
    const answer = await signIn.handle(callOf(request, SIGN_OUT, {}), async (tx) => {
      if (user) await record(tx, request, user, 'session.ended')
    })
    return await passOn(reply, answer)
  })

  app.post(
    `/api/auth${SIGN_IN}`,
    { ...withoutSession, schema: { hide: true, body: SignInBody } },
    async (request, reply) => {
      // One spelling for the limit of the account, the audit log and the library.
      const account = request.body.email.trim().toLowerCase()
      const passwordWasRight = limits.admitPassword(request.ip, account)
      const { password, rememberMe } = request.body
      const [user, answer] = await unlessRefused(passwordWasRight, async () => {
        const user = await signIn.findByEmail(account)
        const call = callOf(request, SIGN_IN, { email: account, password, rememberMe })
        const answer = await signIn.handle(call, async (tx, response) => {
          const { twoFactorRedirect: isFirstStep } = (await response.clone().json()) as { twoFactorRedirect?: boolean }
          // Between the two steps there is no session.
          if (!isFirstStep) await recordSession(tx, request, user)
        })
        return [user, answer] as const
      })
      if (answer.ok) passwordWasRight()
      else await refused.record(request.ip, user)
      return await passOn(reply, answer)
    },
  )

  app.post(
    `/api/auth${CHANGE_PASSWORD}`,
    { ...withSession, schema: { hide: true, body: ChangePasswordBody } },
    async (request, reply) => {
      const user = await signIn.getSessionUser(request.headers)
      const passwordWasRight = limits.admitPassword(request.ip, user?.email ?? null)
      const { currentPassword, newPassword } = request.body
      // Another person may be signed in with the old password: all other sessions end, and the request cannot prevent it.
      const call = callOf(request, CHANGE_PASSWORD, { currentPassword, newPassword, revokeOtherSessions: true })
      const answer = await unlessRefused(passwordWasRight, () =>
        signIn.handle(call, async (tx) => {
          if (!user) return
          await endTrust(tx, user.userId, { links: true })
          await record(tx, request, user, 'password.changed')
        }),
      )
      if (answer.ok) passwordWasRight()
      else if (user) await record(db.service, request, user, 'password.refused')
      return await passOn(reply, answer)
    },
  )

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      /^application\/x-www-form-urlencoded(?:\s*;|$)/i,
      { parseAs: 'string', bodyLimit: SMALL_BODY_BYTES },
      async (_request: unknown, body: string) => body,
    )
    scope.get('/reset-password', { ...open, ...hidden }, async (request, reply) => {
      return reply.type('text/html; charset=utf-8').headers(PAGE_HEADERS).send(resetPage(request, null))
    })
    // The secret in the link authorizes the request, not a cookie. A form on another site that has the secret gains nothing from
    // this server.
    scope.post('/reset-password', { ...open, ...hidden }, async (request, reply) => {
      const form = new URLSearchParams(String(request.body ?? ''))
      const linkWasRight = limits.admitPassword(request.ip, null)
      const isSet = await unlessRefused(linkWasRight, () =>
        signIn.setPasswordByLink(form.get('token') ?? '', form.get('password') ?? '', (tx, user) =>
          record(tx, request, user, 'password.set_by_link'),
        ),
      ).catch((error: unknown) => {
        // The page reports a password of the wrong length like an expired link.
        if (error instanceof Problem && error.status === 400) return false
        throw error
      })
      if (isSet) linkWasRight()
      return reply
        .code(isSet ? 200 : 400)
        .type('text/html; charset=utf-8')
        .headers(PAGE_HEADERS)
        .send(resetPage(request, isSet ? 'done' : 'refused'))
    })
  })
}

const PAGE_HEADERS = {
  'content-security-policy': "default-src 'none'; form-action 'self'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'cache-control': 'no-store',
}

const WORDS = {
  en: {
    title: 'Set a new password',
    label: 'New password (10 to 200 characters)',
    button: 'Set password',
    done: 'Your password is set. You can sign in now.',
    refused:
      'This link was already used or has expired, or the password is too short. Ask your operator for a new link.',
  },
  fa: {
    title: 'تعیین گذرواژهٔ تازه',
    label: 'گذرواژهٔ تازه (۱۰ تا ۲۰۰ نویسه)',
    button: 'ثبت گذرواژه',
    done: 'گذرواژهٔ شما ثبت شد. اکنون می‌توانید وارد شوید.',
    refused: 'این پیوند استفاده شده، منقضی شده، یا گذرواژه کوتاه است. از مدیر سامانه پیوند تازه‌ای بخواهید.',
  },
} as const

/** A page without scripts or styles, so that nothing on it can leak the link. */
function resetPage(request: FastifyRequest, result: 'done' | 'refused' | null): string {
  const language = negotiateLanguage(request.headers['accept-language'])
  const words = WORDS[language]
  const token = (request.query as { token?: unknown }).token
  const safeToken = typeof token === 'string' ? token.replaceAll(/[^\w-]/g, '').slice(0, 100) : ''
  const form = `<form method="post" action="/reset-password"><input type="hidden" name="token" value="${safeToken}">
<label>${words.label} <input type="password" name="password" autocomplete="new-password" minlength="10" maxlength="200" required></label>
<button>${words.button}</button></form>`
  return `<!doctype html><html lang="${language}" dir="${language === 'fa' ? 'rtl' : 'ltr'}"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>${words.title}</title><h1>${words.title}</h1>
${result ? `<p>${words[result]}</p>` : form}</html>`
}
