import type { FastifyRequest } from 'fastify'
import { Problem } from '../platform/errors.ts'
import type { Http } from '../platform/http.ts'
import { languageOf } from '../platform/speech.ts'
import type { Authenticator } from './authenticate.ts'
import type { SignIn } from './sign-in.ts'

/** Sign-in under `/api/auth` (in a scope of its own: the library reads its bodies itself), who am I, and the page of a one-time link. */
export async function signInRoutes(app: Http, signIn: SignIn, auth: Authenticator): Promise<void> {
  await app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser(
      '*',
      { parseAs: 'buffer', bodyLimit: 20_000 },
      async (_request: unknown, body: Buffer) => body,
    )
    scope.route({
      method: ['GET', 'POST'],
      url: '/api/auth/*',
      schema: { hide: true },
      handler: async (request, reply) => {
        const response = await signIn.handle(asWebRequest(request))
        reply.code(response.status)
        for (const [header, value] of response.headers) if (header !== 'set-cookie') reply.header(header, value)
        for (const cookie of response.headers.getSetCookie()) reply.header('set-cookie', cookie)
        return reply.send(Buffer.from(await response.arrayBuffer()))
      },
    })
    scope.get('/reset-password', { schema: { hide: true } }, async (request, reply) => {
      return reply.type('text/html; charset=utf-8').headers(PAGE_HEADERS).send(resetPage(request, null))
    })
    scope.post('/reset-password', { schema: { hide: true } }, async (request, reply) => {
      const form = new URLSearchParams(String(request.body ?? ''))
      const answer = await signIn.handle(
        new Request(`http://${request.headers.host}/api/auth/reset-password`, {
          method: 'POST',
          headers: { 'content-type': 'application/json', 'x-fiko-client-ip': request.ip },
          body: JSON.stringify({ token: form.get('token') ?? '', newPassword: form.get('password') ?? '' }),
        }),
      )
      return reply
        .code(answer.ok ? 200 : 400)
        .type('text/html; charset=utf-8')
        .headers(PAGE_HEADERS)
        .send(resetPage(request, answer.ok ? 'done' : 'refused'))
    })
  })

  app.get('/api/v1/me/', { schema: { summary: 'Who am I', tags: ['users'] } }, async (request) => {
    const person = await auth.person(request)
    return { user_id: person.userId, role: person.role, tenant_id: person.ownTenantId }
  })
}

function asWebRequest(request: FastifyRequest): Request {
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
    ...(request.method === 'POST' && { body: (request.body as Uint8Array<ArrayBuffer>) ?? null }),
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
