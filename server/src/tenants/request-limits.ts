import type { IncomingHttpHeaders } from 'node:http'
import type { Config } from '../platform/config.ts'
import { Problem } from '../platform/errors.ts'
import { addressKey } from '../platform/http/address-key.ts'
import { createTokenBuckets } from '../platform/http/token-buckets.ts'
import { formatFa, type Localised } from '../platform/i18n.ts'

/**
 * Rate limits of this process, checked before a body is read or the database is used. An address is one IPv4 address or one IPv6
 * /64.
 */
export interface RequestLimits {
  /**
   * Limits a token or a signed-in user. A body counts by its announced size before it is read, which bounds the bodies in progress
   * of one caller: ten of 5 MB at once, by default. @throws {Problem} 429
   */
  limitByCaller(key: string | number, headers: IncomingHttpHeaders): void
  /** Charges the additional cost of a request afterwards. Never refuses; later requests with this key wait for it. */
  chargeCaller(key: string | number, cost: number): void
  /**
   * Limits an IP address without a known credential: public routes, and credentials seen for the first time. @throws {Problem} 429
   */
  limitByIp(address: string): void
  /** The answer to a wrong credential: `refusal`, or 429 after too many of them from this address. */
  refuse(address: string, refusal: Problem): Problem
  /**
   * Counts a password attempt (or, without an account, a one-time link) by address and by account, so that distributed guessing is
   * slow too. Call the returned function when the password was right. @throws {Problem} 429 before the password is checked
   */
  admitPassword(address: string, account: string | null): () => void
  /**
   * Counts a request for a password link by e-mail, by address and by the account that it names, whether or not the account exists.
   * @throws {Problem} 429
   */
  admitLinkRequest(address: string, account: string): void
}

/** Password links by e-mail: for one account 3 at once and 3 an hour, from one address 10 at once and 10 an hour. */
const LINKS_OF_ACCOUNT = { perSecond: 3 / 3600, burst: 3 }
const LINKS_FROM_ADDRESS = { perSecond: 10 / 3600, burst: 10 }

const BYTES_PER_REQUEST = 100_000
/** Assumed size of a body without Content-Length: the maximum. */
const UNANNOUNCED_BYTES = 5_000_000

/** Read at each request: an admin can change them while the server runs. */
type Settings = Pick<Config, 'rateLimitPerSecond' | 'rateLimitBurst' | 'failedAuthPerMinute'>

export function createRequestLimits(settings: Settings): RequestLimits {
  const asking = {
    get perSecond() {
      return settings.rateLimitPerSecond
    },
    get burst() {
      return settings.rateLimitBurst
    },
  }
  const failing = {
    get perSecond() {
      return settings.failedAuthPerMinute / 60
    },
    get burst() {
      return settings.failedAuthPerMinute
    },
  }
  const callers = createTokenBuckets(asking)
  const ips = createTokenBuckets(asking)
  const failedByAddress = createTokenBuckets(failing)
  const failedByAccount = createTokenBuckets(failing)
  const linksOfAccount = createTokenBuckets(LINKS_OF_ACCOUNT)
  const linksFromAddress = createTokenBuckets(LINKS_FROM_ADDRESS)

  return {
    limitByCaller: (key, headers) => {
      const seconds = callers.take(key)
      if (seconds > 0) throw tooMany('too_many_requests', seconds, TOO_FAST)
      const bytes = headers['transfer-encoding'] ? UNANNOUNCED_BYTES : Number(headers['content-length'] ?? 0)
      if (bytes >= BYTES_PER_REQUEST) callers.charge(key, Math.floor(bytes / BYTES_PER_REQUEST))
    },
    chargeCaller: (key, cost) => callers.charge(key, cost),
    limitByIp: (address) => {
      const seconds = ips.take(addressKey(address))
      if (seconds > 0) throw tooMany('too_many_requests', seconds, TOO_FAST)
    },
    refuse: (address, refusal) => {
      const seconds = failedByAddress.take(addressKey(address))
      return seconds > 0 ? tooMany('too_many_failures', seconds, TOO_MANY_FAILURES) : refusal
    },
    admitPassword: (address, account) => {
      const from = addressKey(address)
      const owner = account?.trim().toLowerCase().slice(0, 200)
      const byAddress = failedByAddress.take(from)
      if (byAddress > 0) throw tooMany('too_many_failures', byAddress, TOO_MANY_FAILURES)
      const byAccount = owner ? failedByAccount.take(owner) : 0
      if (byAccount > 0) {
        failedByAddress.giveBack(from)
        throw tooMany('too_many_failures', byAccount, TOO_MANY_FAILURES)
      }
      return () => {
        failedByAddress.giveBack(from)
        if (owner) failedByAccount.giveBack(owner)
      }
    },
    admitLinkRequest: (address, account) => {
      const byAddress = linksFromAddress.take(addressKey(address))
      if (byAddress > 0) throw tooMany('too_many_links', byAddress, TOO_MANY_LINKS)
      const byAccount = linksOfAccount.take(account.slice(0, 200))
      if (byAccount > 0) throw tooMany('too_many_links', byAccount, TOO_MANY_LINKS)
    },
  }
}

type Sentence = (seconds: number) => Localised

const TOO_FAST: Sentence = (seconds) => ({
  en: `Too many requests; this request was not stored. Wait ${seconds} s (Retry-After), then send requests more slowly.`,
  fa: `درخواست‌ها بیش از حد سریع‌اند. ${formatFa(seconds)} ثانیه صبر کنید و سپس آهسته‌تر ادامه دهید. چیزی از این درخواست ذخیره نشد.`,
})

const TOO_MANY_FAILURES: Sentence = (seconds) => ({
  en: `Too many failed attempts to sign in or to use a token. Wait ${seconds} s (Retry-After) before the next attempt.`,
  fa: `تلاش‌های ناموفق برای ورود یا استفاده از توکن زیاد بوده است. پیش از تلاش بعدی ${formatFa(seconds)} ثانیه صبر کنید.`,
})

const TOO_MANY_LINKS: Sentence = (seconds) => ({
  en: `Too many links were asked for. Look into your mailbox, or wait ${Math.ceil(seconds / 60)} min.`,
  fa: `پیوندهای زیادی درخواست شده است. صندوق ایمیل خود را ببینید یا ${formatFa(Math.ceil(seconds / 60))} دقیقه صبر کنید.`,
})

function tooMany(code: string, seconds: number, sentence: Sentence): Problem {
  return new Problem(429, code, sentence(seconds), { retryAfterSeconds: seconds })
}
