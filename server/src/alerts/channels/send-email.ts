import type { SmtpConfig } from '../../platform/config.ts'
import { type Send, shortDetail } from './delivery.ts'

/** Limits of each step of an SMTP dialogue, and of all of it. */
const STEP_TIMEOUT_MS = 8_000
const TIMEOUT_MS = 20_000

interface SmtpError extends Error {
  code?: string
  responseCode?: number
  response?: string
}

/** Sends e-mails through the operator's SMTP server, which is asked for before each; null: not set up. */
export function emailSender(smtpInUse: () => SmtpConfig | null): Send {
  return async ({ uid, target, message, language }) => {
    const smtp = smtpInUse()
    if (smtp === null) return { isDelivered: false, failure: 'not_configured', code: null, detail: null }
    // Loaded with the first e-mail: most installations send none, and a start should not wait for it.
    const { createTransport } = await import('nodemailer')
    const { host, port, isImplicitTls, user, password, from } = smtp
    const transport = createTransport({
      host,
      port,
      secure: isImplicitTls,
      // A password never crosses a network in clear text.
      requireTLS: user !== null && !isImplicitTls,
      ...(user !== null && { auth: { user, pass: password ?? '' } }),
      connectionTimeout: STEP_TIMEOUT_MS,
      greetingTimeout: STEP_TIMEOUT_MS,
      socketTimeout: STEP_TIMEOUT_MS,
      dnsTimeout: STEP_TIMEOUT_MS,
      disableFileAccess: true,
      disableUrlAccess: true,
    })
    let timer: NodeJS.Timeout | undefined
    try {
      const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(Object.assign(new Error('too late'), { code: 'ETIMEDOUT' })), TIMEOUT_MS)
      })
      const sent = await Promise.race([
        transport.sendMail({
          from,
          to: { name: '', address: target },
          subject: message.subject,
          text: message.text,
          // Equal in each attempt, so that a mailbox can recognise a repeated message.
          messageId: `<${uid}@fiko-sync>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': language },
        }),
        late,
      ])
      return { isDelivered: true, code: codeOf(sent.response), detail: shortDetail(sent.response) }
    } catch (error) {
      return failed(error as SmtpError)
    } finally {
      clearTimeout(timer)
      transport.close()
    }
  }
}

function failed({ code, responseCode, response }: SmtpError): Awaited<ReturnType<Send>> {
  if (responseCode !== undefined && responseCode > 0)
    return { isDelivered: false, failure: 'answer', code: responseCode, detail: shortDetail(response) }
  if (code === 'ETIMEDOUT') return { isDelivered: false, failure: 'timeout', code: null, detail: null }
  return { isDelivered: false, failure: 'unreachable', code: null, detail: shortDetail(code) }
}

function codeOf(response: unknown): number | null {
  const code = Number.parseInt(String(response), 10)
  return Number.isFinite(code) ? code : null
}
