import { formatFa, type Language, type Localised } from '../platform/i18n.ts'

/** The last report of a shop's plugin. */
export interface PluginReport {
  version: string
  /** A state below, or a state of a newer plugin. */
  state: string
  since: Date | null
  /** Products that wait for sending, and products that failed. */
  waiting: number
  failed: number
  oldestWaitingAt: Date | null
  details: Record<string, string | number>
  reportedAt: Date
}

/** States in which products reach the server. `no_background` is among them: cron reads the products then. */
const SENDING_STATES = new Set(['ok', 'syncing', 'catching_up', 'failed_products', 'no_background'])

/** True when the plugin cannot send until the owner acts. An unknown state counts, because it may be serious. */
export function isTrouble(state: string): boolean {
  return !SENDING_STATES.has(state)
}

/** True when the owner must act. */
export function needsOwner({ state, failed }: Pick<PluginReport, 'state' | 'failed'>): boolean {
  return failed > 0 || state === 'failed_products' || isTrouble(state)
}

/** The meaning of a report and the next step, for the owner. Durations end at `now`. */
export function pluginSentence(report: PluginReport, language: Language, now: Date): string {
  const sentenceOf = SENTENCES.get(report.state) ?? unknownState
  const sentences = [sentenceOf(report, now), waitingToo(report, now), failedToo(report)]
  return sentences.flatMap((sentence) => (sentence ? [sentence[language]] : [])).join(' ')
}

const PAGE: Localised = {
  en: 'The reason is shown in the shop’s wp-admin under WooCommerce → Fiko Sync.',
  fa: 'در پیشخوان وردپرس فروشگاه «ووکامرس ← همگام‌سازی فیکو» را باز کنید؛ علت آنجا نوشته شده است.',
}

const OF_STATES: Record<string, (report: PluginReport, now: Date) => Localised> = {
  ok: ({ waiting }) =>
    waiting === 0
      ? { en: 'The plugin works; no products are waiting.', fa: 'افزونه درست کار می‌کند و چیزی در صف نیست.' }
      : {
          en: `The plugin works; ${waits(waiting)} to be sent.`,
          fa: `افزونه درست کار می‌کند؛ ${formatFa(waiting)} محصول در صف ارسال است.`,
        },
  syncing: ({ waiting }) => ({
    en: waiting === 0 ? 'The plugin is sending products.' : `The plugin is sending products; ${waits(waiting)}.`,
    fa:
      waiting === 0
        ? 'افزونه در حال ارسال محصولات است.'
        : `افزونه در حال ارسال محصولات است؛ ${formatFa(waiting)} محصول در صف است.`,
  }),
  catching_up: ({ waiting }) => ({
    en: `After a pause the plugin compares the whole shop with the AI and sends what changed${waiting === 0 ? '' : `; ${waits(waiting)}`}.`,
    fa: `افزونه پس از یک وقفه همهٔ فروشگاه را با هوش مصنوعی مقایسه می‌کند و تغییرها را می‌فرستد${waiting === 0 ? '' : `؛ ${formatFa(waiting)} محصول در صف است`}.`,
  }),
  failed_products: ({ failed }) => failedProducts(failed),
  stuck: ({ waiting, oldestWaitingAt, since }, now) => {
    const from = oldestWaitingAt ?? since
    return {
      en: `Nothing was sent${from ? ` for ${lasting(from, now).en}` : ''}${waiting === 0 ? '' : ` although ${waits(waiting)}`}. ${PAGE.en}`,
      fa: `${from ? `${lasting(from, now).fa} است که ` : ''}چیزی فرستاده نشده${waiting === 0 ? '' : `، با اینکه ${formatFa(waiting)} محصول در صف است`}. ${PAGE.fa}`,
    }
  },
  wall: ({ details }) => ({
    en: `A firewall or login page in front of this server answered instead of it${inBrackets(details, 'en')}. Allow the shop’s requests to this server there, or ask the hosting provider to do so.`,
    fa: `به جای سرور، یک فایروال یا صفحهٔ ورود پیش از آن پاسخ داده است${inBrackets(details, 'fa')}. راه درخواست‌های فروشگاه به این سرور را در آن باز کنید یا این را از میزبان بخواهید.`,
  }),
  no_answer: ({ details }) => ({
    en: `The shop got no answer from this server${inBrackets(details, 'en')}. If this continues, ask the shop’s hosting provider to allow connections to the address of this server.`,
    fa: `فروشگاه از این سرور پاسخی نگرفته است${inBrackets(details, 'fa')}. اگر ادامه یافت، از میزبان فروشگاه بخواهید اتصال به نشانی این سرور را آزاد کند.`,
  }),
  no_background: () => ({
    en: 'The shop cannot send requests to itself, so cron reads the products; prices from plugins that are inactive in cron may be missing. Ask the shop’s hosting provider to allow requests from the site to its own address.',
    fa: 'فروشگاه نمی‌تواند به نشانی خودش درخواست بفرستد؛ محصولات با کرون خوانده می‌شوند و قیمت‌های افزونه‌هایی که در کرون خاموش‌اند شاید نرسد. از میزبان فروشگاه بخواهید درخواست سایت به نشانی خودش را آزاد کند.',
  }),
  low_memory: ({ details }) => ({
    en: `PHP in the shop has too little memory to send products${inBrackets(details, 'en')}. Raise WP_MEMORY_LIMIT to 256 MB in wp-config.php, or ask the hosting provider to do so.`,
    fa: `حافظهٔ PHP در فروشگاه برای ارسال محصولات کم است${inBrackets(details, 'fa')}. مقدار WP_MEMORY_LIMIT را در wp-config.php به ۲۵۶ مگابایت برسانید یا این را از میزبان بخواهید.`,
  }),
  paused: () => ({
    en: 'The plugin has paused sending until the shop’s owner acts. The reason and the next step are shown in the shop’s wp-admin under WooCommerce → Fiko Sync.',
    fa: 'افزونه ارسال را تا اقدام مالک فروشگاه متوقف کرده است. در پیشخوان وردپرس فروشگاه «ووکامرس ← همگام‌سازی فیکو» را باز کنید؛ علت و راه ادامه آنجاست.',
  }),
}

/** A map instead of an object, because the state comes from outside and may be a name of Object.prototype. */
const SENTENCES = new Map(Object.entries(OF_STATES))

function unknownState({ state }: PluginReport): Localised {
  return {
    en: `The plugin reports “${state}”, which this server does not know yet. ${PAGE.en}`,
    fa: `افزونه وضعیت «${isolated(state)}» را گزارش می‌دهد که این سرور هنوز نمی‌شناسد. ${PAGE.fa}`,
  }
}

/** States whose own sentence contains the number of waiting products, or in which sending continues. */
const STATES_WITH_WAITING = ['ok', 'syncing', 'catching_up', 'stuck', 'no_background']

function waitingToo({ state, waiting, oldestWaitingAt }: PluginReport, now: Date): Localised | null {
  if (waiting === 0 || STATES_WITH_WAITING.includes(state)) return null
  const oldest = oldestWaitingAt ? lasting(oldestWaitingAt, now) : null
  return {
    en: `${capital(waits(waiting))}${oldest ? `, the oldest for ${oldest.en}` : ''}.`,
    fa: `${formatFa(waiting)} محصول در صف است${oldest ? `، قدیمی‌ترین آن‌ها ${oldest.fa}` : ''}.`,
  }
}

function failedToo({ state, failed }: PluginReport): Localised | null {
  return failed === 0 || state === 'failed_products' ? null : failedProducts(failed)
}

function failedProducts(failed: number): Localised {
  const few = failed === 0
  return {
    en: `${few ? 'Some products' : `${failed.toLocaleString('en')} ${failed === 1 ? 'product' : 'products'}`} could not be sent; the reasons are shown in the shop’s product list, filter “Failed”.`,
    fa: `${few ? 'برخی محصولات' : `${formatFa(failed)} محصول`} فرستاده نشد؛ علت در فهرست محصولات فروشگاه با فیلتر «ناموفق» آمده است.`,
  }
}

function waits(count: number): string {
  return count === 1 ? '1 product waits' : `${count.toLocaleString('en')} products wait`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const HOUR_MS = 3_600_000

/** A duration such as `26 hours`: minutes below an hour, days from three days on. */
function lasting(from: Date, now: Date): Localised {
  const ms = Math.max(0, now.getTime() - from.getTime())
  const [unit, length] =
    ms < HOUR_MS ? ['minute', 60_000] : ms < 72 * HOUR_MS ? ['hour', HOUR_MS] : ['day', 24 * HOUR_MS]
  const value = Math.max(1, Math.floor(ms / length))
  const inWords = (locale: string) =>
    new Intl.NumberFormat(locale, { style: 'unit', unit, unitDisplay: 'long' }).format(value)
  return { en: inWords('en'), fa: inWords('fa-IR') }
}

const MAX_SHOWN = 60

/** Details from the plugin: ` (Cloudflare, 403)`. */
function inBrackets({ what, status }: PluginReport['details'], language: Language): string {
  const shown = [what, status].flatMap((value) => {
    if (value === undefined || value === '') return []
    if (typeof value === 'number')
      return [language === 'fa' ? value.toLocaleString('fa-IR', { useGrouping: false }) : String(value)]
    const text = value.replaceAll(/\s+/g, ' ').trim()
    return [isolated(text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN).toWellFormed()}…` : text)]
  })
  return shown.length === 0 ? '' : ` (${shown.join(language === 'fa' ? '، ' : ', ')})`
}

/** FIRST STRONG ISOLATE … POP: a word in another direction must not reorder the sentence. */
function isolated(text: string): string {
  return `\u2068${text}\u2069`
}
