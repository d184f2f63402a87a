import type { FastifyRequest } from 'fastify'
import { Type } from 'typebox'
import type { Database } from '../../platform/db/database.ts'
import { Problem } from '../../platform/errors.ts'
import type { Http } from '../../platform/http/http.ts'
import { localized } from '../../platform/http/validation.ts'
import { type Language, negotiateLanguage } from '../../platform/i18n.ts'
import { writeAuditEntry } from '../audit.ts'
import type { AccountMails } from '../mails/account-mails.ts'
import type { RequestLimits } from '../request-limits.ts'
import { refuseForeignPages } from './csrf.ts'
import { makeResetLink } from './sign-in.ts'
import { SMALL_BODY_BYTES } from './sign-in-requests.ts'

interface Parts {
  db: Database
  mails: AccountMails
  limits: RequestLimits
  publicUrl: string | null
}

const ForgottenBody = Type.Object({
  email: Type.String({ minLength: 1, maxLength: 200, ...localized('an e-mail address', 'یک نشانی ایمیل') }),
})

/**
 * Links by e-mail for a forgotten password. The answer, and the time that it takes, are the same whether or not the account exists:
 * the account is looked up after the answer.
 */
export function forgottenPasswordRoutes(app: Http, { db, mails, limits, publicUrl }: Parts): void {
  const open = { config: { isOpen: true }, bodyLimit: SMALL_BODY_BYTES }

  app.get('/api/auth/sign-in-options', { ...open, schema: { hide: true } }, async () => ({
    canMailLinks: mails.canSendLinks(),
  }))

  app.post(
    '/api/auth/request-password-link',
    {
      ...open,
      schema: { hide: true, body: ForgottenBody },
      onRequest: async (request: FastifyRequest) => refuseForeignPages(request, publicUrl),
    },
    async (request, reply) => {
      if (!mails.canSendLinks()) throw notSetUp()
      const email = request.body.email.trim().toLowerCase()
      limits.admitLinkRequest(request.ip, email)
      const reader = negotiateLanguage(request.headers['accept-language'])
      mails.inBackground(() => sendLink({ db, mails }, { email, reader, sourceIp: request.ip }))
      reply.code(202)
      return { isAccepted: true }
    },
  )
}

async function sendLink(
  { db, mails }: Pick<Parts, 'db' | 'mails'>,
  { email, reader, sourceIp }: { email: string; reader: Language; sourceIp: string },
): Promise<void> {
  const made = await db.service.transaction(async (tx) => {
    const [user] = await tx.query<{ id: string; language: Language | null }>(
      'select id, language from users where email = $1 and is_active',
      [email],
    )
    if (!user) return null
    await writeAuditEntry(
      tx,
      { kind: 'anonymous', userId: null, tenantId: null, sourceIp },
      { action: 'password.link_asked', target: { kind: 'user', id: user.id } },
    )
    return { path: await makeResetLink(tx, user.id, { isAskedFor: true }), language: user.language ?? reader }
  })
  if (!made) return
  await mails.send({ kind: 'forgotten_password', path: made.path }, { email, language: made.language }, reader)
}

function notSetUp(): Problem {
  return new Problem(409, 'mail_not_set_up', {
    en: 'This server sends no e-mails. Ask your operator for a new link.',
    fa: 'این سرور ایمیل نمی‌فرستد. از مدیر سامانه پیوند تازه‌ای بخواهید.',
  })
}
