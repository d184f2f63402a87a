import { invalidInput, Problem } from '../../platform/errors.ts'
import { formatFa } from '../../platform/i18n.ts'

/** The refusals of the second factor, in both languages. */

export function codeWrong(): Problem {
  return new Problem(401, 'wrong_code', {
    en: 'The code is wrong. Enter the code that your app shows now, or a backup code.',
    fa: 'کد درست نیست. کدی را که برنامه اکنون نشان می‌دهد یا یک کد پشتیبان وارد کنید.',
  })
}

export function codeAlreadyUsed(): Problem {
  return new Problem(401, 'code_used', {
    en: 'This code was already used. Wait up to 30 s for the next code.',
    fa: 'این کد پیش‌تر استفاده شده است. تا ۳۰ ثانیه برای کد بعدی صبر کنید.',
  })
}

export function signInEnded(): Problem {
  return new Problem(401, 'sign_in_ended', {
    en: 'This sign-in has ended: it lasts 10 minutes and 5 wrong codes. Start again with your password.',
    fa: 'این ورود پایان یافته است، چون بیش از ۱۰ دقیقه یا ۵ کد نادرست طول کشیده است. دوباره با گذرواژه آغاز کنید.',
  })
}

export function factorLocked(seconds: number): Problem {
  const minutes = Math.max(1, Math.ceil(seconds / 60))
  return new Problem(
    429,
    'second_step_locked',
    {
      en: `Too many wrong codes for this account. Wait ${minutes} min before the next code.`,
      fa: `برای این حساب کدهای نادرست زیادی وارد شده است. پیش از کد بعدی ${formatFa(minutes)} دقیقه صبر کنید.`,
    },
    { retryAfterSeconds: Math.max(1, seconds) },
  )
}

export function factorUnreadable(): Problem {
  return new Problem(409, 'second_factor_unreadable', {
    en: 'The server cannot verify codes of this account, because its SESSION_SECRET changed. Ask your operator to reset the two-step sign-in.',
    fa: 'سرور کدهای این حساب را نمی‌تواند بررسی کند، چون SESSION_SECRET تغییر کرده است. از مدیر سامانه بخواهید ورود دومرحله‌ای را بازنشانی کند.',
  })
}

export function factorOff(): Problem {
  return new Problem(409, 'second_factor_off', {
    en: 'The two-step sign-in of this account is off.',
    fa: 'ورود دومرحله‌ای این حساب خاموش است.',
  })
}

export function factorOn(): Problem {
  return new Problem(409, 'second_factor_on', {
    en: 'The two-step sign-in of this account is on already.',
    fa: 'ورود دومرحله‌ای این حساب از پیش روشن است.',
  })
}

/** The refusal of a code in a form of a signed-in user: 400, because a 401 means that the session has ended. */
export function asFormIssue(error: unknown): unknown {
  if (!(error instanceof Problem) || !['wrong_code', 'code_used'].includes(error.code)) return error
  return new Problem(400, 'invalid_input', error.detail, { issues: [{ path: 'code', detail: error.detail }] })
}

export function passwordWrong(): Problem {
  return invalidInput([{ path: 'password', detail: { en: 'is not your password', fa: 'گذرواژهٔ شما نیست' } }])
}

export function signedOut(): Problem {
  return new Problem(401, 'unauthorized', {
    en: 'Your session has ended. Sign in again.',
    fa: 'نشست شما پایان یافته است. دوباره وارد شوید.',
  })
}
