import { randomUUID } from 'node:crypto'
import { type Static, Type } from 'typebox'
import type { SmtpConfig } from '../../platform/config.ts'
import { Problem } from '../../platform/errors.ts'
import { component, nullable, oneOf } from '../../platform/http/contract.ts'
import type { Language } from '../../platform/i18n.ts'
import type { Log } from '../../platform/log.ts'
import { MAIL_FAILURES, type MailResult, mailFailureSentence, sendMail } from '../../platform/mail/send-mail.ts'
import { type AccountMail, renderAccountMail } from './render-account-mail.ts'

/** E-mails in progress that no caller waits for. An e-mail takes at most 20 s. */
const MAX_PENDING = 50

/** Whether an e-mail was sent, for the person who caused it. */
export const MailReport = component(
  'MailReport',
  Type.Object({
    is_sent: Type.Boolean({ description: 'true: the mail server accepted the e-mail' }),
    failure: nullable(oneOf([...MAIL_FAILURES, 'no_public_url'] as const)),
    detail: nullable(Type.String({ description: 'why it was not sent, with the words of the mail server' })),
  }),
)
export type MailReport = Static<typeof MailReport>

export interface AccountMails {
  /** True when e-mails with links can be sent: an SMTP server and PUBLIC_URL are set. */
  canSendLinks(): boolean
  /** Sends an e-mail and waits for the mail server, at most 20 s. Never throws. `reader`: the language of the report. */
  send(mail: AccountMail, to: Recipient, reader: Language): Promise<MailReport>
  /** Runs `work` without a caller that waits. @throws {Problem} 503 when too many run already */
  inBackground(work: () => Promise<void>): void
  /** Waits for the e-mails in progress. */
  stop(): Promise<void>
}

export interface Recipient {
  email: string
  language: Language
}

interface Parts {
  /** Read for each e-mail. null: not set up. */
  smtp: () => SmtpConfig | null
  publicUrl: string | null
  log: Log
}

/**
 * E-mails about accounts. A link in an e-mail begins with PUBLIC_URL and never with the host of a request, because a stranger who
 * asks for a link could name any host.
 */
export function createAccountMails({ smtp, publicUrl, log }: Parts): AccountMails {
  const pending = new Set<Promise<void>>()
  return {
    canSendLinks: () => smtp() !== null && publicUrl !== null,
    send: async (mail, { email, language }, reader) => {
      if (publicUrl === null && smtp() !== null) return notSent('no_public_url', NO_PUBLIC_URL[reader])
      const rendered = renderAccountMail(mail, { language, email, publicUrl: (publicUrl ?? '').replace(/\/+$/, '') })
      const result: MailResult = await sendMail(smtp(), { uid: randomUUID(), to: email, language, ...rendered })
      if (result.isSent) return { is_sent: true, failure: null, detail: null }
      const { failure, code, detail } = result
      if (failure !== 'not_configured') log.warn({ kind: mail.kind, failure, code, detail }, 'mail.failed')
      return notSent(failure, mailFailureSentence(result, reader))
    },
    inBackground: (work) => {
      if (pending.size >= MAX_PENDING) throw busy()
      const running = work()
        .catch((error: unknown) => log.warn({ error: String(error) }, 'mail.failed'))
        .finally(() => pending.delete(running))
      pending.add(running)
    },
    stop: async () => {
      await Promise.all(pending)
    },
  }
}

const NO_PUBLIC_URL = {
  en: 'The server sends no links by e-mail, because PUBLIC_URL is not set.',
  fa: 'سرور پیوندی ایمیل نمی‌کند، چون تنظیم PUBLIC_URL تعیین نشده است.',
}

function notSent(failure: NonNullable<MailReport['failure']>, detail: string): MailReport {
  return { is_sent: false, failure, detail }
}

function busy(): Problem {
  return new Problem(
    503,
    'overloaded',
    {
      en: 'The server sends too many e-mails at this moment. Try again in a minute.',
      fa: 'سرور هم‌اکنون ایمیل‌های زیادی می‌فرستد. یک دقیقهٔ دیگر دوباره تلاش کنید.',
    },
    { retryAfterSeconds: 60 },
  )
}
