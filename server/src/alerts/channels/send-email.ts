import type { SmtpConfig } from '../../platform/config.ts'
import { sendMail } from '../../platform/mail/send-mail.ts'
import type { Send } from './delivery.ts'

/** Sends alerts through the operator's SMTP server; null: not set up. */
export function emailSender(smtp: SmtpConfig | null): Send {
  return async ({ uid, target, message, language }) => {
    const { subject, text } = message
    const sent = await sendMail(smtp, { uid, to: target, subject, text, language })
    if (sent.isSent) return { isDelivered: true, code: sent.code }
    return { isDelivered: false, failure: sent.failure, code: sent.code, detail: sent.detail }
  }
}
