import { isIP } from 'node:net'
import type { SettingTexts } from './changeable-settings.ts'
import type { SmtpConfig } from './config.ts'
import { bounded, ConfigError, oneOf, text } from './environment.ts'

const SECURITIES = ['starttls', 'tls'] as const

/** The mail server; null: none is configured. @throws {ConfigError} */
export function readSmtp(env: SettingTexts): SmtpConfig | null {
  const from = text(env, 'ALERT_FROM', '') || null
  if (from !== null && !/^[^\r\n<>]*<?[^\s@<>]+@[^\s@<>]+>?$/.test(from))
    throw new ConfigError(
      'ALERT_FROM must be an e-mail address, such as alerts@example.com or Fiko <alerts@example.com>.',
      'ALERT_FROM باید نشانی ایمیل باشد، مانند alerts@example.com یا Fiko <alerts@example.com>.',
    )
  // SMTP_HOST takes the place of the whole SMTP_URL.
  const isOwnHost = env.SMTP_HOST !== undefined
  const url = isOwnHost ? null : mailUrl(env)
  const host = isOwnHost ? mailHost(env) : (url?.hostname.replace(/^\[|\]$/g, '') ?? '')
  const security = oneOf(env, 'SMTP_SECURITY', SECURITIES, url?.protocol === 'smtps:' ? 'tls' : 'starttls')
  const isImplicitTls = security === 'tls'
  const port = text(env, 'SMTP_PORT', '') === '' ? null : bounded(env, 'SMTP_PORT')
  const user = env.SMTP_USER?.trim() ?? decodedPart(url?.username ?? '')
  const password = env.SMTP_PASSWORD ?? decodedPart(url?.password ?? '')
  if (/[\r\n]/.test(user + password))
    throw new ConfigError(
      'SMTP_USER and SMTP_PASSWORD must be one line.',
      'SMTP_USER و SMTP_PASSWORD باید یک خط باشند.',
    )
  if (host === '') return null
  if (from === null)
    throw new ConfigError(
      'ALERT_FROM must be set when SMTP_URL or SMTP_HOST is set: the sender of the e-mails.',
      'با SMTP_URL یا SMTP_HOST باید ALERT_FROM، یعنی فرستندهٔ ایمیل‌ها، نیز تعیین شود.',
    )
  return {
    host,
    port: port ?? (url?.port ? Number(url.port) : isImplicitTls ? 465 : 587),
    isImplicitTls,
    user: user === '' ? null : user,
    password: password === '' ? null : password,
    from,
  }
}

function mailUrl(env: SettingTexts): URL | null {
  const address = text(env, 'SMTP_URL', '')
  if (address === '') return null
  const url = URL.parse(address)
  // The address itself may contain a password.
  if (!url || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    throw new ConfigError('SMTP_URL must be an address such as smtps://user:password@mail.example.com:465.')
  return url
}

function mailHost(env: SettingTexts): string {
  const host = text(env, 'SMTP_HOST', '').replace(/^\[|\]$/g, '')
  if (host !== '' && isIP(host) === 0 && !/^[a-z0-9]([a-z0-9._-]{0,251}[a-z0-9])?\.?$/i.test(host))
    throw new ConfigError(
      'SMTP_HOST must be a host name such as mail.example.com, without smtp:// and without a port.',
      'SMTP_HOST باید نام یک سرور باشد، مانند mail.example.com، بدون smtp:// و بدون درگاه.',
    )
  return host
}

function decodedPart(part: string): string {
  try {
    return decodeURIComponent(part)
  } catch {
    throw new ConfigError('SMTP_URL must contain the user name and the password in percent-encoding.')
  }
}
