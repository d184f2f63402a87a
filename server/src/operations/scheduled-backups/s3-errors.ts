import { decodeXML } from 'entities'
import type { S3Destination } from '../../platform/config.ts'
import type { Localised } from '../../platform/i18n.ts'
import { TargetError } from './backup-target.ts'

/** Maximum length of a store's own words in our sentences. */
const MAX_WORDS = 200

/** The error about an answer of the store: its code in our words, or its own. */
export function answerError(destination: S3Destination, status: number, xml: string): TargetError {
  const found = (name: string) => decodeXML(new RegExp(`<${name}>([^<]*)</${name}>`).exec(xml)?.[1] ?? '')
  const code = found('Code')
  const sentence = SENTENCES[code]?.(destination) ?? byStatus(destination, status)
  if (sentence) return new TargetError(code || `http_${status}`, sentence)
  const words = `${code || status} ${found('Message')}`.trim().slice(0, MAX_WORDS)
  return new TargetError(code || `http_${status}`, {
    en: `The S3 store refused the request: ${words}.`,
    fa: `فضای S3 درخواست را نپذیرفت: \u2068${words}\u2069.`,
  })
}

/** The error about a store that gave no answer. */
export function networkError({ endpoint }: S3Destination, error: unknown): TargetError {
  const cause = (error as { cause?: { code?: string; message?: string } }).cause
  const words = (cause?.code ?? cause?.message ?? String(error)).slice(0, MAX_WORDS)
  return new TargetError('store_unreachable', {
    en: `${endpoint} (BACKUP_S3_ENDPOINT) cannot be reached (${words}). Check the address and the network.`,
    fa: `به \u2068${endpoint}\u2069 (BACKUP_S3_ENDPOINT) نمی‌توان وصل شد (\u2068${words}\u2069). نشانی و شبکه را بررسی کنید.`,
  })
}

const wrongRegion = ({ region }: S3Destination): Localised => ({
  en: `The bucket is not in the region ${region}, or not at this address. Set BACKUP_S3_REGION and BACKUP_S3_ENDPOINT as the store names them.`,
  fa: `این باکت در منطقهٔ \u2068${region}\u2069 یا در این نشانی نیست. BACKUP_S3_REGION و BACKUP_S3_ENDPOINT را مطابق فضای S3 تنظیم کنید.`,
})
const wrongKey = (): Localised => ({
  en: 'The S3 store does not know the key. Check BACKUP_S3_ACCESS_KEY_ID.',
  fa: 'فضای S3 این کلید را نمی‌شناسد. BACKUP_S3_ACCESS_KEY_ID را بررسی کنید.',
})
const full = (): Localised => ({
  en: 'The S3 store has no room left for the backup. Make room, or keep fewer backups (BACKUP_KEEP).',
  fa: 'فضای S3 برای پشتیبان جا ندارد. جا باز کنید یا پشتیبان‌های کمتری نگه دارید (BACKUP_KEEP).',
})

/** By the code of the store. */
const SENTENCES: Record<string, (destination: S3Destination) => Localised> = {
  NoSuchBucket: ({ bucket }) => ({
    en: `There is no bucket ${bucket} in the S3 store. Create it, or correct BACKUP_S3_BUCKET.`,
    fa: `باکت \u2068${bucket}\u2069 در فضای S3 نیست. آن را بسازید یا BACKUP_S3_BUCKET را درست کنید.`,
  }),
  InvalidAccessKeyId: wrongKey,
  SignatureDoesNotMatch: () => ({
    en: 'The S3 store refused the signature. Check BACKUP_S3_SECRET_ACCESS_KEY and BACKUP_S3_REGION.',
    fa: 'فضای S3 امضا را نپذیرفت. BACKUP_S3_SECRET_ACCESS_KEY و BACKUP_S3_REGION را بررسی کنید.',
  }),
  AccessDenied: ({ bucket }) => ({
    en: `The key may not do this in the bucket ${bucket}. Allow it to list the bucket and to read, write and delete its objects.`,
    fa: `این کلید در باکت \u2068${bucket}\u2069 چنین اجازه‌ای ندارد. اجازهٔ فهرست‌کردن باکت و خواندن، نوشتن و حذف فایل‌هایش را بدهید.`,
  }),
  RequestTimeTooSkewed: () => ({
    en: 'The clock of this server differs from the clock of the S3 store by more than 15 minutes. Correct the clock (NTP).',
    fa: 'ساعت این سرور با ساعت فضای S3 بیش از ۱۵ دقیقه اختلاف دارد. ساعت را درست کنید (NTP).',
  }),
  AuthorizationHeaderMalformed: wrongRegion,
  PermanentRedirect: wrongRegion,
  TemporaryRedirect: wrongRegion,
  IllegalLocationConstraintException: wrongRegion,
  QuotaExceeded: full,
  StorageFull: full,
  XMinioStorageFull: full,
  SlowDown: () => ({
    en: 'The S3 store is overloaded. The backup is tried again in an hour.',
    fa: 'فضای S3 شلوغ است. پشتیبان‌گیری یک ساعت دیگر دوباره انجام می‌شود.',
  }),
}

function byStatus(destination: S3Destination, status: number): Localised | null {
  if (status >= 300 && status < 400) return wrongRegion(destination)
  if (status === 401) return wrongKey()
  if (status === 403) return SENTENCES.AccessDenied?.(destination) ?? null
  if (status === 507) return full()
  return null
}
