import { formatFa, type Language, type Localised } from '../platform/i18n.ts'
import type { SyncCause, SyncDecision, SyncFacts, SyncState } from './sync-machine.ts'

/** What the sentence about one store needs besides the facts. */
export interface SyncDetails {
  lastChangeAt: Date | null
  /** Median of the seconds from acknowledged to searchable; null without a recent change. */
  medianSeconds: number | null
  /** The plugin's own sentence about its state; null without a report. */
  pluginSentence: string | null
  /** The sentence about a paused budget; null while it is open. */
  pauseSentence: string | null
}

/** The one sentence about a store, for its owner: the state, what it means and what to do. */
export function syncSentence(
  facts: SyncFacts,
  decision: SyncDecision,
  details: SyncDetails,
  language: Language,
): string {
  const { state } = decision
  if (state === 'in_sync') return inSyncSentence(facts, details)[language]
  if (state === 'syncing') return syncingSentence(facts, decision)[language]
  const shown = decision.causes.filter((cause) => cause in SENTENCES)
  return shown.map((cause) => SENTENCES[cause]?.(facts, decision, details)[language] ?? '').join(' ')
}

type Sentence = (facts: SyncFacts, decision: SyncDecision, details: SyncDetails) => Localised

/** `work_waits` has no entry: while something else is the matter, work that waits needs no word. */
const SENTENCES: Partial<Record<SyncCause, Sentence>> = {
  tokens_ended: () => ({
    en: 'The sync of your shop is paused: its token was revoked or has expired. Create a token for the store and enter it in the plugin.',
    fa: 'همگام‌سازی فروشگاه شما متوقف است: توکن آن باطل شده یا مهلتش تمام شده است. برای فروشگاه توکن تازه‌ای بسازید و آن را در افزونه وارد کنید.',
  }),
  embedding_paused: ({ waitingTexts }, _decision, { pauseSentence }) => ({
    en: `The sync of your shop is paused for ${countEn(waitingTexts, 'product')}. ${pauseSentence ?? ''}`.trim(),
    fa: `همگام‌سازی ${formatFa(waitingTexts)} محصول شما متوقف است. ${pauseSentence ?? ''}`.trim(),
  }),
  products_failed: ({ failedProducts, failedPages }) => failedSentence(failedProducts, failedPages),
  plugin_trouble: (_facts, _decision, { pluginSentence }) => ({
    en: `The plugin in your shop needs your attention. ${pluginSentence ?? ''}`.trim(),
    fa: `افزونهٔ فروشگاه به اقدام شما نیاز دارد. ${pluginSentence ?? ''}`.trim(),
  }),
  site_waits: () => ({
    en: 'Another site used the token of your shop, and the server refused it. If the shop has moved, confirm the site in the list of tokens.',
    fa: 'سایت دیگری توکن فروشگاه شما را به کار برده و سرور آن را نپذیرفته است. اگر فروشگاه جابه‌جا شده، آن سایت را در فهرست توکن‌ها تأیید کنید.',
  }),
  never_connected: () => ({
    en: 'Your shop has not connected yet: install the plugin and enter the token.',
    fa: 'فروشگاه شما هنوز متصل نشده است: افزونه را نصب و توکن را در آن وارد کنید.',
  }),
  nothing_sent: () => ({
    en: 'Your shop is connected and has sent no product yet: press “Send all products” in the plugin.',
    fa: 'فروشگاه شما متصل است و هنوز محصولی نفرستاده است: در افزونه «ارسال همهٔ محصولات» را بزنید.',
  }),
  silent: ({ lastSignAt, now }) => {
    const since = lastSignAt ? agoOf(lastSignAt, now) : null
    return {
      en: `Your shop is quiet: ${since ? `its last sign of life was ${since.en}` : 'it gives no sign of life'}. Check that the shop is online and that the plugin is active and can send.`,
      fa: `فروشگاه شما بی‌خبر است${since ? `: آخرین تماس آن ${since.fa} بود` : ''}. ببینید که سایت فروشگاه باز می‌شود و افزونه فعال است و می‌تواند بفرستد.`,
    }
  },
}

function inSyncSentence({ products, now }: SyncFacts, { lastChangeAt, medianSeconds }: SyncDetails): Localised {
  const parts = figures({ products, lastChangeAt, medianSeconds, now })
  return {
    en: `Your shop is in sync: ${parts.map((part) => part.en).join(', ')}.`,
    fa: `فروشگاه شما همگام است: ${parts.map((part) => part.fa).join('، ')}.`,
  }
}

interface Figures {
  products: number
  lastChangeAt: Date | null
  medianSeconds: number | null
  now: Date
}

function figures({ products, lastChangeAt, medianSeconds, now }: Figures): Localised[] {
  const parts: Localised[] = [{ en: countEn(products, 'product'), fa: `${formatFa(products)} محصول` }]
  if (lastChangeAt) {
    const ago = agoOf(lastChangeAt, now)
    parts.push({ en: `last change ${ago.en}`, fa: `آخرین تغییر ${ago.fa}` })
  }
  if (medianSeconds !== null) {
    const within = lengthOf(medianSeconds)
    parts.push({ en: `searchable in ${within.en} (median)`, fa: `قابل جست‌وجو در ${within.fa} (میانه)` })
  }
  return parts
}

function syncingSentence(facts: SyncFacts, { total, waiting, isMoving }: SyncDecision): Localised {
  const done = Math.max(0, total - waiting)
  const still = isMoving ? null : stillSentence(facts)
  return {
    en: `Your shop is syncing: ${done.toLocaleString('en')} of ${countEn(total, 'product')}${total === 1 ? ' is' : ' are'} current.${still ? ` ${still.en}` : ''}`,
    fa: `فروشگاه شما در حال همگام‌سازی است: ${formatFa(done)} از ${formatFa(total)} محصول به‌روز است.${still ? ` ${still.fa}` : ''}`,
  }
}

function stillSentence({ waitingTexts, waitingEvents, providerFails }: SyncFacts): Localised {
  if (waitingTexts > 0 && waitingEvents === 0 && providerFails === true)
    return {
      en: 'The embedding service does not answer at the moment. Search by words finds the other products meanwhile, and the sync continues by itself.',
      fa: 'سرویس بردار معنایی اکنون پاسخ نمی‌دهد. تا آن زمان بقیهٔ محصولات با واژه‌ها پیدا می‌شوند و همگام‌سازی خودبه‌خود ادامه می‌یابد.',
    }
  return {
    en: 'Nothing has moved for a minute; the server tries again by itself.',
    fa: 'یک دقیقه است که چیزی پیش نرفته است؛ سرور خودبه‌خود دوباره تلاش می‌کند.',
  }
}

function failedSentence(products: number, pages: number): Localised {
  const [one, isOne] = [products + pages, products + pages === 1]
  const en = [products > 0 && countEn(products, 'product'), pages > 0 && countEn(pages, 'page')].filter(Boolean)
  const fa = [products > 0 && `${formatFa(products)} محصول`, pages > 0 && `${formatFa(pages)} برگه`].filter(Boolean)
  const it = isOne ? 'it' : 'them'
  return {
    en: `${en.join(' and ')} ${one === 1 ? 'needs' : 'need'} your attention: the AI does not find ${it} completely, or knows an old version. The page of the store names each with its reason.`,
    fa: `${fa.join(' و ')} به اقدام شما نیاز دارد: هوش مصنوعی آن را کامل پیدا نمی‌کند یا نسخهٔ قدیمی‌اش را می‌شناسد. صفحهٔ فروشگاه هر مورد را با علتش نشان می‌دهد.`,
  }
}

/** Several stores as one: the figures of all, or how many stores have each state. */
export interface SyncSum extends Figures {
  stores: number
  /** Number of stores by state; absent: none. */
  byState: Partial<Record<SyncState, number>>
  attention: number
  failedPages: number
  total: number
  waiting: number
}

const STATES: Record<Exclude<SyncState, 'syncing' | 'needs_attention'>, [one: string, many: string, fa: string]> = {
  paused: ['is paused', 'are paused', 'متوقف'],
  quiet: ['is quiet', 'are quiet', 'بی‌خبر'],
  in_sync: ['is in sync', 'are in sync', 'همگام'],
}

/** The sentence about several stores of a tenant, or about all stores for an operator. */
export function syncSumSentence(sum: SyncSum, language: Language): string {
  const { stores, byState } = sum
  if (byState.in_sync === stores) {
    const parts = figures(sum)
    return {
      en: `All ${stores.toLocaleString('en')} shops are in sync: ${parts.map((part) => part.en).join(', ')}.`,
      fa: `هر ${formatFa(stores)} فروشگاه همگام است: ${parts.map((part) => part.fa).join('، ')}.`,
    }[language]
  }
  const states = (['paused', 'needs_attention', 'syncing', 'quiet', 'in_sync'] as const).flatMap((state) => {
    const count = byState[state] ?? 0
    return count === 0 ? [] : [stateOfSome(state, count, sum)[language]]
  })
  return language === 'fa'
    ? `از ${formatFa(stores)} فروشگاه: ${states.join('، ')}.`
    : `Of ${stores.toLocaleString('en')} shops, ${states.join(', ')}.`
}

function stateOfSome(state: SyncState, count: number, sum: SyncSum): Localised {
  const [en, fa] = [count.toLocaleString('en'), formatFa(count)]
  if (state === 'needs_attention') {
    const troubled = failedCount(sum.attention, sum.failedPages)
    return {
      en: `${en} ${count === 1 ? 'needs' : 'need'} your attention${troubled && ` (${troubled.en})`}`,
      fa: `${fa} فروشگاه نیازمند اقدام شما${troubled && ` (${troubled.fa})`}`,
    }
  }
  if (state === 'syncing')
    return {
      en: `${en} ${count === 1 ? 'is' : 'are'} syncing`,
      fa: `${fa} فروشگاه در حال همگام‌سازی`,
    }
  const [one, many, persian] = STATES[state]
  return { en: `${en} ${count === 1 ? one : many}`, fa: `${fa} فروشگاه ${persian}` }
}

function failedCount(products: number, pages: number): Localised | '' {
  if (products + pages === 0) return ''
  const en = [products > 0 && countEn(products, 'product'), pages > 0 && countEn(pages, 'page')].filter(Boolean)
  const fa = [products > 0 && `${formatFa(products)} محصول`, pages > 0 && `${formatFa(pages)} برگه`].filter(Boolean)
  return { en: en.join(' and '), fa: fa.join(' و ') }
}

function countEn(count: number, thing: 'product' | 'page'): string {
  return `${count.toLocaleString('en')} ${thing}${count === 1 ? '' : 's'}`
}

const UNITS: [unit: 'day' | 'hour' | 'minute', seconds: number][] = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
]

/** Created once, because creation is slow. */
const AGO = { en: new Intl.RelativeTimeFormat('en'), fa: new Intl.RelativeTimeFormat('fa-IR') }

/** `2 minutes ago`; below a minute `a moment ago`. */
function agoOf(at: Date, now: Date): Localised {
  const seconds = (now.getTime() - at.getTime()) / 1000
  const found = UNITS.find(([, length]) => seconds >= length)
  if (!found) return { en: 'a moment ago', fa: 'لحظاتی پیش' }
  const [unit, length] = found
  const value = -Math.floor(seconds / length)
  return { en: AGO.en.format(value, unit), fa: AGO.fa.format(value, unit) }
}

/** `34 s`, `5 min`, `3 h`: whole numbers, because an owner reads no milliseconds. */
function lengthOf(seconds: number): Localised {
  if (seconds < 1) return { en: 'less than 1 s', fa: 'کمتر از ۱ ثانیه' }
  if (seconds < 120) return { en: `${Math.round(seconds)} s`, fa: `${formatFa(Math.round(seconds))} ثانیه` }
  if (seconds < 7_200)
    return { en: `${Math.round(seconds / 60)} min`, fa: `${formatFa(Math.round(seconds / 60))} دقیقه` }
  return { en: `${Math.round(seconds / 3_600)} h`, fa: `${formatFa(Math.round(seconds / 3_600))} ساعت` }
}
