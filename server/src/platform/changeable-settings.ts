import type { Localised } from './i18n.ts'

/** Groups of settings in the dashboard, in this order. */
export const SETTING_GROUPS = ['limits', 'retention', 'freshness', 'alerts', 'mail', 'provider', 'updates'] as const

export const SETTING_KINDS = ['number', 'switch', 'choice', 'text', 'secret'] as const

export const SETTING_UNITS = [
  'requests',
  'requests_per_second',
  'attempts_per_minute',
  'days',
  'products',
  'percent',
] as const

interface Described {
  group: (typeof SETTING_GROUPS)[number]
  title: Localised
  description: Localised
  /** True: an empty text is a value of its own, which means none. */
  mayBeEmpty?: boolean
}

export interface NumberSetting extends Described {
  kind: 'number'
  fallback: number
  min: number
  max: number
  isWhole: boolean
  unit: (typeof SETTING_UNITS)[number] | null
}

interface OtherSetting extends Described {
  kind: 'switch' | 'choice' | 'text' | 'secret'
  choices?: readonly string[]
}

export type ChangeableSetting = NumberSetting | OtherSetting

/**
 * The settings that an admin can change while the server runs, with their bounds: `config.ts` reads the environment with the same
 * bounds. Addresses of networks and files, keys of the installation, and permissions for private networks are not among them.
 */
export const CHANGEABLE = {
  RATE_LIMIT_PER_SECOND: {
    group: 'limits',
    kind: 'number',
    fallback: 100,
    min: 0.01,
    max: 1_000_000,
    isWhole: false,
    unit: 'requests_per_second',
    title: { en: 'Requests per second', fa: 'درخواست در ثانیه' },
    description: {
      en: 'Rate of one token, of one signed-in user, and of one address without either.',
      fa: 'سرعت مجاز هر توکن، هر کاربر واردشده و هر نشانی بدون این دو.',
    },
  },
  RATE_LIMIT_BURST: {
    group: 'limits',
    kind: 'number',
    fallback: 500,
    min: 1,
    max: 1_000_000,
    isWhole: true,
    unit: 'requests',
    title: { en: 'Requests at once', fa: 'درخواست همزمان' },
    description: {
      en: 'Requests that a caller may send at once before the rate applies. A page of the dashboard needs about 20.',
      fa: 'تعداد درخواست‌هایی که پیش از اعمال سرعت مجاز یکجا پذیرفته می‌شوند. هر صفحهٔ داشبورد حدود ۲۰ درخواست دارد.',
    },
  },
  FAILED_AUTH_PER_MINUTE: {
    group: 'limits',
    kind: 'number',
    fallback: 20,
    min: 1,
    max: 1_000_000,
    isWhole: true,
    unit: 'attempts_per_minute',
    title: { en: 'Failed sign-ins per minute', fa: 'ورود ناموفق در دقیقه' },
    description: {
      en: 'Wrong tokens and passwords that one address, or one account, may try.',
      fa: 'تعداد توکن‌ها و رمزهای اشتباهی که هر نشانی یا هر حساب می‌تواند امتحان کند.',
    },
  },
  EVENT_RETENTION_DAYS: {
    group: 'retention',
    kind: 'number',
    fallback: 0,
    min: 0,
    max: 36_500,
    isWhole: true,
    unit: 'days',
    title: { en: 'Retention of the event log', fa: 'مدت نگهداری رویدادها' },
    description: {
      en: 'Older events are deleted once a day and cannot be restored. 0: nothing is deleted.',
      fa: 'رویدادهای قدیمی‌تر هر روز حذف می‌شوند و بازنمی‌گردند. ۰: چیزی حذف نمی‌شود.',
    },
  },
  FRESHNESS_CHECKS: {
    group: 'freshness',
    kind: 'switch',
    title: { en: 'Compare answers with the shops', fa: 'مقایسهٔ پاسخ‌ها با فروشگاه‌ها' },
    description: {
      en: 'Each hour a sample of each live store is compared with its shop.',
      fa: 'هر ساعت نمونه‌ای از محصولات هر فروشگاه با خود فروشگاه مقایسه می‌شود.',
    },
  },
  FRESHNESS_SAMPLE_SIZE: {
    group: 'freshness',
    kind: 'number',
    fallback: 20,
    min: 1,
    // Beside the sample, a request asks for up to 40 products again, and has at most 100.
    max: 60,
    isWhole: true,
    unit: 'products',
    title: { en: 'Products of a sample', fa: 'محصولات هر نمونه' },
    description: {
      en: 'Products of a store that are compared each hour.',
      fa: 'تعداد محصولاتی از هر فروشگاه که هر ساعت مقایسه می‌شوند.',
    },
  },
  ALERTS: {
    group: 'alerts',
    kind: 'switch',
    title: { en: 'Alerts', fa: 'هشدارها' },
    description: {
      en: 'Off: no alert is opened and no message is sent.',
      fa: 'خاموش: هشداری باز نمی‌شود و پیامی فرستاده نمی‌شود.',
    },
  },
  ALERT_DRIFT_PERCENT: {
    group: 'alerts',
    kind: 'number',
    fallback: 5,
    min: 0.1,
    max: 100,
    isWhole: false,
    unit: 'percent',
    title: { en: 'Drift for an alert', fa: 'ناهمخوانی لازم برای هشدار' },
    description: {
      en: 'Share of a shop’s products that reconciliation must repair within 24 hours.',
      fa: 'سهمی از محصولات فروشگاه که تطبیق باید در ۲۴ ساعت اصلاح کند.',
    },
  },
  SMTP_HOST: {
    group: 'mail',
    kind: 'text',
    mayBeEmpty: true,
    title: { en: 'Mail server', fa: 'سرور ایمیل' },
    description: {
      en: 'Host name or address of the SMTP server. Empty: no e-mail is sent.',
      fa: 'نام یا نشانی سرور SMTP. خالی: ایمیلی فرستاده نمی‌شود.',
    },
  },
  SMTP_SECURITY: {
    group: 'mail',
    kind: 'choice',
    choices: ['starttls', 'tls'],
    title: { en: 'Encryption', fa: 'رمزنگاری' },
    description: {
      en: 'tls: from the first byte. starttls: after the greeting; required with a user name.',
      fa: 'tls: از آغاز اتصال. starttls: پس از خوشامد سرور؛ با نام کاربری اجباری است.',
    },
  },
  SMTP_PORT: {
    group: 'mail',
    kind: 'number',
    fallback: 587,
    min: 1,
    max: 65_535,
    isWhole: true,
    unit: null,
    title: { en: 'Port', fa: 'درگاه' },
    description: { en: 'Usually 587 with starttls and 465 with tls.', fa: 'معمولاً ۵۸۷ با starttls و ۴۶۵ با tls.' },
  },
  SMTP_USER: {
    group: 'mail',
    kind: 'text',
    mayBeEmpty: true,
    title: { en: 'User name', fa: 'نام کاربری' },
    description: { en: 'Empty: the server needs no sign-in.', fa: 'خالی: سرور به ورود نیاز ندارد.' },
  },
  SMTP_PASSWORD: {
    group: 'mail',
    kind: 'secret',
    mayBeEmpty: true,
    title: { en: 'Password', fa: 'رمز عبور' },
    description: {
      en: 'Stored encrypted and never shown.',
      fa: 'رمزنگاری‌شده ذخیره می‌شود و هرگز نمایش داده نمی‌شود.',
    },
  },
  ALERT_FROM: {
    group: 'mail',
    kind: 'text',
    title: { en: 'Sender', fa: 'فرستنده' },
    description: {
      en: 'Such as alerts@example.com or Fiko <alerts@example.com>.',
      fa: 'مانند \u2066alerts@example.com\u2069 یا \u2066Fiko <alerts@example.com>\u2069.',
    },
  },
  OPENAI_BASE_URL: {
    group: 'provider',
    kind: 'text',
    title: { en: 'Address of the embedding provider', fa: 'نشانی سرویس بردار معنایی' },
    description: {
      en: 'Ends before /embeddings. The model in use keeps its address until a model is chosen again.',
      fa: 'پیش از ‎/embeddings‎ تمام می‌شود. مدل کنونی تا انتخاب دوبارهٔ مدل، نشانی خود را نگه می‌دارد.',
    },
  },
  OPENAI_API_KEY: {
    group: 'provider',
    kind: 'secret',
    mayBeEmpty: true,
    title: { en: 'API key of the embedding provider', fa: 'کلید API سرویس بردار معنایی' },
    description: {
      en: 'Sent only to the address above. Stored encrypted and never shown.',
      fa: 'فقط به نشانی بالا فرستاده می‌شود. رمزنگاری‌شده ذخیره می‌شود و هرگز نمایش داده نمی‌شود.',
    },
  },
  UPDATE_CHECK: {
    group: 'updates',
    kind: 'switch',
    title: { en: 'Look for a newer version', fa: 'بررسی نسخهٔ جدیدتر' },
    description: {
      en: 'Once a day the server asks one address for the newest version. Off: no such request leaves the server.',
      fa: 'سرور روزی یک بار نسخهٔ تازه را از یک نشانی می‌پرسد. خاموش: چنین درخواستی از سرور فرستاده نمی‌شود.',
    },
  },
} as const satisfies Record<string, ChangeableSetting>

export type ChangeableName = keyof typeof CHANGEABLE

export const CHANGEABLE_NAMES = Object.keys(CHANGEABLE) as ChangeableName[]

export function isChangeable(name: string): name is ChangeableName {
  return Object.hasOwn(CHANGEABLE, name)
}

/** Secrets, and the settings that name the server to which each is sent. */
export const SENT_TO = [
  { secret: 'OPENAI_API_KEY', address: ['OPENAI_BASE_URL'] },
  { secret: 'SMTP_PASSWORD', address: ['SMTP_HOST', 'SMTP_SECURITY', 'SMTP_PORT', 'SMTP_USER'] },
] as const satisfies { secret: ChangeableName; address: readonly ChangeableName[] }[]

/** Texts of settings by their name. */
export type SettingTexts = Record<string, string | undefined>

/**
 * The texts of the environment with those of the dashboard in their place. A secret of the environment is left out when the dashboard
 * names another server: it is sent only to the server that it was given for. `ALERTS=off` of the environment stays, so that a copy of
 * an installation sends nothing.
 */
export function overlay(given: SettingTexts, chosen: SettingTexts): SettingTexts {
  const texts: SettingTexts = { ...given, ...chosen }
  for (const { secret, address } of SENT_TO) {
    if (chosen[secret] === undefined && address.some((name) => chosen[name] !== undefined)) delete texts[secret]
  }
  const mail = SENT_TO[1]
  const url = URL.parse(texts.SMTP_URL ?? '')
  if (url && mail.address.some((name) => chosen[name] !== undefined)) {
    url.password = ''
    texts.SMTP_URL = url.href
  }
  if (given.ALERTS === 'off') texts.ALERTS = 'off'
  return texts
}
