import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Database } from '../platform/database.ts'
import { Problem } from '../platform/errors.ts'
import type { Http } from '../platform/http.ts'
import { languageOf } from '../platform/speech.ts'
import { type Actor, recordDeed } from './audit.ts'
import { refuseForeignPages, refuseOtherOrigins } from './own-origin.ts'
import type { RequestLimits } from './request-limits.ts'
import type { SignedIn, SignIn } from './sign-in.ts'

interface Parts {
  db: Database
  signIn: SignIn
  limits: RequestLimits
  publicUrl: string | null
}

/** What of the library is offered. Its other endpoints (changing one's e-mail without a password, deleting oneself, …) are not there. */
const OFFERED = {
  signIn: '/api/auth/sign-in/email',
  signOut: '/api/auth/sign-out',
  changePassword: '/api/auth/change-password',
  session: '/api/auth/get-session',
}

/** Sign-in under `/api/auth` (in a scope of its own: the library reads its bodies itself), and the page of a one-time link. */
export async function signInRoutes(app: Http, { db, signIn, limits, publicUrl }: Parts): Promise<void> {
  const open = { schema: { hide: true }, config: { isOpen: true } }
  const answer = (reply: FastifyReply, response: Response, body: ArrayBuffer) => {
    reply.code(response.status)
    for (const [header, value] of response.headers) if (header !== 'set-cookie') reply.header(header, value)
    for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie)
    return reply.send(Buffer.from(body))
  }
  const pass = async (request: FastifyRequest, reply: FastifyReply) => {
    const response = await signIn.handle(asWebRequest(request))
    return answer(reply, response, await response.arrayBuffer())
  }
  /** What was right, and what an outage kept from being looked at, does not count as a failure. */
  const attempt = async (request: Request, giveBack: () => void): Promise<Response> => {
    const response = await signIn.handle(request).catch((error: unknown) => {
      giveBack()
      throw error
    })
    if (response.ok) giveBack()
    return response
  }
  const record = async (request: FastifyRequest, user: SignedIn | null, action: string, byThemselves = true) => {
    const by: Actor = { kind: 'nobody', userId: null, tenantId: null, sourceIp: request.ip }
    if (byThemselves && user) Object.assign(by, { kind: user.role, userId: user.userId })
    // What was typed for an address that is nobody's is not kept: it may be a password.
    await recordDeed(db.service, by, { action, ...(user && { target: { kind: 'user', id: user.userId } }) })
  }

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    // Not a type that another site's form could send.
    scope.addContentTypeParser(
      /^application\/json(?:\s*;|$)/i,
      { parseAs: 'buffer', bodyLimit: SMALL_BODY_BYTES },
      async (_request: unknown, body: Buffer) => body,
    )
    const withSession = {
      ...open,
      onRequest: async (request: FastifyRequest) => refuseOtherOrigins(request, publicUrl),
    }
    const withoutSession = {
      ...open,
      onRequest: async (request: FastifyRequest) => refuseForeignPages(request, publicUrl),
    }

    scope.get(OFFERED.session, open, async (request, reply) => await pass(request, reply))
    scope.post(OFFERED.signOut, withSession, async (request, reply) => {
      const user = await signIn.whoIs(request.headers)
      if (user) await record(request, user, 'session.ended')
      return await pass(request, reply)
    })
    scope.post(OFFERED.signIn, withoutSession, async (request, reply) => {
      const email = emailIn(request.body)
      const passwordWasRight = limits.admitPassword(request.ip, email)
      const response = await attempt(asWebRequest(request), passwordWasRight)
      const user = email === null ? null : await signIn.findByEmail(email)
      await record(request, user, response.ok ? 'session.started' : 'session.refused', response.ok)
      return answer(reply, response, await response.arrayBuffer())
    })
    scope.post(OFFERED.changePassword, withSession, async (request, reply) => {
      const user = await signIn.whoIs(request.headers)
      const passwordWasRight = limits.admitPassword(request.ip, user?.email ?? null)
      const response = await attempt(asWebRequest(request, endingOtherSessions(request.body)), passwordWasRight)
      if (user) await record(request, user, response.ok ? 'password.changed' : 'password.refused')
      return answer(reply, response, await response.arrayBuffer())
    })
  })

  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      /^application\/x-www-form-urlencoded(?:\s*;|$)/i,
      { parseAs: 'string', bodyLimit: SMALL_BODY_BYTES },
      async (_request: unknown, body: string) => body,
    )
    scope.get('/reset-password', open, async (request, reply) => {
      return reply.type('text/html; charset=utf-8').headers(PAGE_HEADERS).send(resetPage(request, null))
    })
    // What allows it is the link's own secret, not a cookie: another site's form that has it needs no help of ours.
    scope.post('/reset-password', open, async (request, reply) => {
      const form = new URLSearchParams(String(request.body ?? ''))
      const linkWasRight = limits.admitPassword(request.ip, null)
      const user = await signIn.findByLink(form.get('token') ?? '')
      const answer = await attempt(
        new Request('http://fiko.internal/api/auth/reset-password', {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-fiko-client-ip': request.ip },
          body: JSON.stringify({ token: form.get('token') ?? '', newPassword: form.get('password') ?? '' }),
        }),
        linkWasRight,
      )
      if (answer.ok) await record(request, user, 'password.set_by_link')
      return reply
        .code(answer.ok ? 200 : 400)
        .type('text/html; charset=utf-8')
        .headers(PAGE_HEADERS)
        .send(resetPage(request, answer.ok ? 'done' : 'refused'))
    })
  })
}

/** The address an attempt is for; anything that is not one is left to the library to refuse. */
function emailIn(body: unknown): string | null {
  try {
    const { email } = JSON.parse(String(body)) as { email?: unknown }
    return typeof email === 'string' ? email : null
  } catch {
    return null
  }
}

/** Whoever changes a password may do so because somebody else is signed in with it: that is not the caller's to choose. */
function endingOtherSessions(body: unknown): string {
  const text = String(body)
  try {
    return JSON.stringify({ ...JSON.parse(text), revokeOtherSessions: true })
  } catch {
    return text
  }
}

function asWebRequest(request: FastifyRequest, body: unknown = request.body): Request {
  const headers = new Headers()
  for (const [header, value] of Object.entries(request.headers)) {
    if (typeof value === 'string' && !header.startsWith(':')) headers.set(header, value)
  }
  headers.set('x-fiko-client-ip', request.ip)
  const url = URL.parse(request.url, `${request.protocol}://${request.headers.host}`)
  if (!url) throw new Problem(400, 'bad_request', { en: 'The address is not valid.', fa: 'نشانی معتبر نیست.' })
  return new Request(url, {
    method: request.method,
    headers,
    ...(request.method === 'POST' && { body: (body as Uint8Array<ArrayBuffer> | string) ?? null }),
  })
}

const SMALL_BODY_BYTES = 20_000

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
    refused: 'This link was used, has ended, or the password is too short. Ask your operator for another link.',
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
  const language = languageOf(request.headers['accept-language'])
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
