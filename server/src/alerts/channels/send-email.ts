import type { SmtpConfig } from '../../platform/config.ts'
import { sendMail } from '../../platform/mail/send-mail.ts'
import type { Send } from './delivery.ts'

/** Sends alerts through the operator's SMTP server, which is asked for before each; null: not set up. */
export function emailSender(smtpInUse: () => SmtpConfig | null): Send {
  return async ({ uid, target, message, language }) => {
    const { subject, text } = message
    const sent = await sendMail(smtpInUse(), { uid, to: target, subject, text, language })
    if (sent.isSent) return { isDelivered: true, code: sent.code, detail: sent.detail }
    return { isDelivered: false, failure: sent.failure, code: sent.code, detail: sent.detail }
  }
}
