import type { SmtpConfig } from '../config.ts'
import type { Language, Localised } from '../i18n.ts'

/** Limits of each step of an SMTP dialogue, and of all of it. */
const STEP_TIMEOUT_MS = 8_000
const TIMEOUT_MS = 20_000

/** An e-mail to one person. */
export interface Mail {
  /** Equal in each attempt, so that a mailbox can recognise a repeated message. */
  uid: string
  to: string
  subject: string
  text: string
  html?: string
  language: Language
}

export const MAIL_FAILURES = ['answer', 'timeout', 'unreachable', 'not_configured'] as const
export type MailFailure = (typeof MAIL_FAILURES)[number]

/** `code` and `detail` are the words of the SMTP server, or the code of the network error. */
export type MailResult =
  | { isSent: true; code: number | null; detail: string | null }
  | { isSent: false; failure: MailFailure; code: number | null; detail: string | null }

interface SmtpError extends Error {
  code?: string
  responseCode?: number
  response?: string
}

/** Sends one e-mail through the operator's SMTP server; `smtp` null: not set up. Takes at most 20 s. Never throws. */
export async function sendMail(smtp: SmtpConfig | null, mail: Mail): Promise<MailResult> {
  if (smtp === null) return { isSent: false, failure: 'not_configured', code: null, detail: null }
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
        to: { name: '', address: mail.to },
        subject: mail.subject,
        text: mail.text,
        ...(mail.html !== undefined && { html: mail.html }),
        messageId: `<${mail.uid}@fiko-sync>`,
        headers: { 'Auto-Submitted': 'auto-generated', 'Content-Language': mail.language },
      }),
      late,
    ])
    return { isSent: true, code: codeOf(sent.response), detail: oneLine(sent.response) }
  } catch (error) {
    return failed(error as SmtpError)
  } finally {
    clearTimeout(timer)
    transport.close()
  }
}

function failed({ code, responseCode, response }: SmtpError): MailResult {
  if (responseCode !== undefined && responseCode > 0)
    return { isSent: false, failure: 'answer', code: responseCode, detail: oneLine(response) }
  if (code === 'ETIMEDOUT') return { isSent: false, failure: 'timeout', code: null, detail: null }
  return { isSent: false, failure: 'unreachable', code: null, detail: oneLine(code) }
}

function codeOf(response: unknown): number | null {
  const code = Number.parseInt(String(response), 10)
  return Number.isFinite(code) ? code : null
}

const MAX_DETAIL_LENGTH = 300

/** A receiver's words in one line, at most 300 characters; null: no words. */
export function oneLine(text: string | null | undefined): string | null {
  const line = (text ?? '').replaceAll(/[\s\p{Cc}]+/gu, ' ').trim()
  return line === '' ? null : line.slice(0, MAX_DETAIL_LENGTH).toWellFormed()
}

const SENTENCES: Record<MailFailure, Localised> = {
  answer: { en: 'The mail server refused the e-mail.', fa: 'سرور ایمیل این پیام را نپذیرفت.' },
  timeout: { en: 'The mail server did not answer in time.', fa: 'سرور ایمیل به‌موقع پاسخ نداد.' },
  unreachable: { en: 'The mail server cannot be reached.', fa: 'سرور ایمیل در دسترس نیست.' },
  not_configured: {
    en: 'The server sends no e-mails: SMTP_URL and ALERT_FROM are not set.',
    fa: 'سرور ایمیل نمی‌فرستد: تنظیم‌های SMTP_URL و ALERT_FROM تعیین نشده‌اند.',
  },
}

/** The sentence about an e-mail that was not sent, with the words of the mail server. */
export function mailFailureSentence(
  { failure, code, detail }: Extract<MailResult, { isSent: false }>,
  language: Language,
): string {
  const words = [code, detail?.replace(new RegExp(`^${code}[ -]`), '') ?? null]
    .filter((part) => part !== null)
    .join(' ')
  return words === '' ? SENTENCES[failure][language] : `${SENTENCES[failure][language]} (\u2068${words}\u2069)`
}
