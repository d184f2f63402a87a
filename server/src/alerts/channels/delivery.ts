import type { Language, Localised } from '../../platform/i18n.ts'
import type { RenderedMessage } from '../render-message.ts'
import type { ChannelSecret } from '../seal-secret.ts'

/** Why a message was not delivered. Stored in the log of deliveries. */
export const FAILURES = [
  'answer',
  'redirect',
  'timeout',
  'unreachable',
  'private_address',
  'bad_address',
  'not_configured',
  'secret_unreadable',
] as const
export type Failure = (typeof FAILURES)[number]

/** The result of one attempt. */
export type Delivery =
  | {
      isDelivered: true
      code: number | null
      /** The words of an SMTP server. */
      detail?: string | null
    }
  | {
      isDelivered: false
      failure: Failure
      /** Of HTTP or SMTP. */
      code: number | null
      /** The receiver's words, at most 300 characters. Never an address or a token. */
      detail: string | null
      /** Seconds that the receiver asks to wait. */
      retryAfterS?: number
      /** True: the receiver refuses every message, so the channel is paused at once. */
      isGone?: boolean
    }

/** A message on its way to one channel. */
export interface Outgoing {
  /** Equal in each attempt. */
  uid: string
  target: string
  secret: ChannelSecret
  message: RenderedMessage
  language: Language
  signal?: AbortSignal | undefined
}

/** Sends a message by one kind of channel. Never throws. */
export type Send = (outgoing: Outgoing) => Promise<Delivery>

const SENTENCES: Record<Failure, Localised> = {
  answer: { en: 'The receiver refused the message.', fa: 'گیرنده پیام را نپذیرفت.' },
  redirect: {
    en: 'The receiver redirects to another address, which is not followed. Enter the final address.',
    fa: 'گیرنده به نشانی دیگری ارجاع می‌دهد و ارجاع دنبال نمی‌شود. نشانی نهایی را وارد کنید.',
  },
  timeout: { en: 'The receiver did not answer within 10 seconds.', fa: 'گیرنده در ۱۰ ثانیه پاسخ نداد.' },
  unreachable: { en: 'The receiver cannot be reached.', fa: 'گیرنده در دسترس نیست.' },
  private_address: {
    en: 'The address leads to a private network, which is not allowed. The operator can allow it (OUTGOING_PRIVATE_ADDRESSES=on).',
    fa: 'این نشانی به شبکهٔ خصوصی می‌رسد و مجاز نیست. مدیر سامانه می‌تواند اجازه دهد (OUTGOING_PRIVATE_ADDRESSES=on).',
  },
  bad_address: { en: 'The address must begin with https://.', fa: 'نشانی باید با https:// آغاز شود.' },
  not_configured: {
    en: 'E-mail is not set up. The operator sets SMTP_URL and ALERT_FROM.',
    fa: 'ارسال ایمیل تنظیم نشده است. مدیر سامانه باید SMTP_URL و ALERT_FROM را تعیین کند.',
  },
  secret_unreadable: {
    en: 'The secret of this channel cannot be read, because the server has another SESSION_SECRET now. Enter it again.',
    fa: 'اطلاعات محرمانهٔ این کانال خوانده نمی‌شود، چون SESSION_SECRET سرور تغییر کرده است. آن را دوباره وارد کنید.',
  },
}

/** The sentence about a failed attempt, with the code and the receiver's words. */
export function failureSentence(
  { failure, code, detail }: { failure: Failure; code: number | null; detail: string | null },
  language: Language,
): string {
  const said = [code, detail].filter((part) => part !== null).join(' ')
  return said === '' ? SENTENCES[failure][language] : `${SENTENCES[failure][language]} (\u2068${said}\u2069)`
}
