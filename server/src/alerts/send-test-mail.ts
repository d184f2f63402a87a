import { randomUUID } from 'node:crypto'
import type { SmtpConfig } from '../platform/config.ts'
import type { Language } from '../platform/i18n.ts'
import { failureSentence } from './channels/delivery.ts'
import { emailSender } from './channels/send-email.ts'
import { renderMessage } from './render-message.ts'

export interface MailTest {
  isDelivered: boolean
  /** Of the SMTP server. */
  code: number | null
  /** The words of the SMTP server, at most 300 characters. */
  detail: string | null
  durationMs: number
  sentence: string
}

const TAKEN = { en: 'The mail server took the message.', fa: 'سرور ایمیل پیام را پذیرفت.' }

/** Sends one test e-mail with these settings, which need not be in use. */
export async function sendTestMail(smtp: SmtpConfig | null, to: string, language: Language): Promise<MailTest> {
  const startedAt = performance.now()
  const message = renderMessage(
    { kind: 'test', items: {}, createdAt: new Date() },
    { language, timeZone: 'UTC', publicUrl: '' },
  )
  const result = await emailSender(() => smtp)({ uid: randomUUID(), target: to, secret: {}, message, language })
  const { isDelivered, code } = result
  return {
    isDelivered,
    code,
    detail: result.detail ?? null,
    durationMs: Math.round(performance.now() - startedAt),
    sentence: result.isDelivered ? TAKEN[language] : failureSentence({ ...result, code: null, detail: null }, language),
  }
}
