import type { Language, Localised } from '../../platform/i18n.ts'

/** E-mails about an account. `path`: of a one-time page. */
export type AccountMail =
  | { kind: 'invitation'; path: string }
  | { kind: 'new_password'; path: string }
  | { kind: 'forgotten_password'; path: string }
  | { kind: 'second_factor_reset' }

interface Reader {
  language: Language
  email: string
  /** Address of the dashboard, without a trailing slash. */
  publicUrl: string
}

interface Words {
  subject: Localised
  /** Paragraphs before the link; `{email}` and `{host}` are replaced. */
  text: Record<Language, string[]>
  button: Localised
  /** Paragraphs after the link. */
  after: Record<Language, string[]>
}

const IGNORE = {
  en: 'If you did not ask for it, ignore this e-mail: your password stays as it is.',
  fa: 'اگر شما آن را نخواسته‌اید، این ایمیل را نادیده بگیرید؛ گذرواژهٔ شما تغییر نمی‌کند.',
}
const ONCE_A_DAY = {
  en: 'The link works once within 24 hours.',
  fa: 'این پیوند تا ۲۴ ساعت و فقط یک بار کار می‌کند.',
}

const WORDS: Record<AccountMail['kind'], Words> = {
  invitation: {
    subject: { en: 'Your account', fa: 'حساب کاربری شما' },
    text: {
      en: ['An account of Fiko Sync at {host} was made for you: {email}', 'Set your password, then sign in.'],
      fa: [
        'در همگام‌سازی فیکو ({host}) برای شما حساب کاربری ساخته شد: {email}',
        'گذرواژهٔ خود را تعیین کنید و سپس وارد شوید.',
      ],
    },
    button: { en: 'Set the password', fa: 'تعیین گذرواژه' },
    after: { en: [ONCE_A_DAY.en], fa: [ONCE_A_DAY.fa] },
  },
  new_password: {
    subject: { en: 'Set a new password', fa: 'تعیین گذرواژهٔ تازه' },
    text: {
      en: ['Your operator made a link with which you set a new password of {email} at {host}.'],
      fa: ['مدیر سامانه پیوندی ساخته است تا گذرواژهٔ تازه‌ای برای {email} در {host} تعیین کنید.'],
    },
    button: { en: 'Set the password', fa: 'تعیین گذرواژه' },
    after: {
      en: [ONCE_A_DAY.en, 'Your current password works until then.'],
      fa: [ONCE_A_DAY.fa, 'تا آن زمان گذرواژهٔ کنونی شما کار می‌کند.'],
    },
  },
  forgotten_password: {
    subject: { en: 'Set a new password', fa: 'تعیین گذرواژهٔ تازه' },
    text: {
      en: ['A new password of {email} was asked for at {host}.'],
      fa: ['برای {email} در {host} گذرواژهٔ تازه‌ای درخواست شده است.'],
    },
    button: { en: 'Set the password', fa: 'تعیین گذرواژه' },
    after: {
      en: ['The link works once within one hour.', IGNORE.en],
      fa: ['این پیوند تا یک ساعت و فقط یک بار کار می‌کند.', IGNORE.fa],
    },
  },
  second_factor_reset: {
    subject: { en: 'Two-step sign-in was turned off', fa: 'ورود دومرحله‌ای خاموش شد' },
    text: {
      en: [
        'Your operator turned off the two-step sign-in of {email} at {host}. You were signed out on all devices.',
        'Sign in with your password, and turn it on again under "My account".',
      ],
      fa: [
        'مدیر سامانه ورود دومرحله‌ای {email} را در {host} خاموش کرد و شما در همهٔ دستگاه‌ها از حساب خارج شدید.',
        'با گذرواژه وارد شوید و از بخش «حساب من» دوباره روشنش کنید.',
      ],
    },
    button: { en: 'Sign in', fa: 'ورود' },
    after: {
      en: ['If you did not ask for it, change your password and tell your operator.'],
      fa: ['اگر شما آن را نخواسته‌اید، گذرواژهٔ خود را تغییر دهید و به مدیر سامانه خبر دهید.'],
    },
  },
}

const PROGRAM: Localised = { en: 'Fiko Sync', fa: 'همگام‌سازی فیکو' }

/** The e-mail in the reader's language, as plain text and as simple HTML that asks for nothing from outside. Pure. */
export function renderAccountMail(
  mail: AccountMail,
  { language, email, publicUrl }: Reader,
): { subject: string; text: string; html: string } {
  const words = WORDS[mail.kind]
  const host = URL.parse(publicUrl)?.host ?? publicUrl
  const link = 'path' in mail ? `${publicUrl}${mail.path}` : `${publicUrl}/`
  // Isolated, so that an address keeps its direction in a Persian sentence.
  const isolated = (value: string) => `\u2068${value}\u2069`
  const fill = (text: string) => text.replace('{email}', isolated(email)).replace('{host}', isolated(host))
  const before = words.text[language].map(fill)
  const after = words.after[language].map(fill)
  const paragraph = (text: string) => `<p>${escapeHtml(text)}</p>`
  return {
    subject: `[${PROGRAM[language]}] ${words.subject[language]}`,
    text: [...before, link, ...after].join('\n\n'),
    html: `<!doctype html>
<html lang="${language}" dir="${language === 'fa' ? 'rtl' : 'ltr'}"><head><meta charset="utf-8"><title>${escapeHtml(words.subject[language])}</title></head>
<body style="font-family:Tahoma,Arial,sans-serif;font-size:16px;line-height:1.7">
${before.map(paragraph).join('\n')}
<p><a href="${escapeHtml(link)}" style="font-weight:bold">${escapeHtml(words.button[language])}</a></p>
<p dir="ltr" style="word-break:break-all">${escapeHtml(link)}</p>
${after.map(paragraph).join('\n')}
</body></html>
`,
  }
}

function escapeHtml(text: string): string {
  const names: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' }
  return text.replaceAll(/[&<>"']/g, (character) => names[character] ?? character)
}
