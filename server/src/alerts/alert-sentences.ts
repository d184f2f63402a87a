import { reasonIn, refusedTextIn } from '../catalog/failure-sentences.ts'
import { formatFa, type Localised } from '../platform/i18n.ts'
import type { AlertKind, Facts } from './alert-kinds.ts'

/** The part of an alert that its sentences need. */
export interface Told {
  kind: AlertKind
  level: number
  count: number
  facts: Facts
  storeId: number | null
  /** True: about the whole installation. */
  isOfInstallation: boolean
}

/** The sentences about an alert: what happened, what it means, what to do, and that it is over. */
export interface AlertSentences {
  title: Localised
  message: Localised
  advice: Localised
  over: Localised
  /** Path of the dashboard's page that helps. */
  path: string
}

/** FIRST STRONG ISOLATE … POP: a name or an error keeps its direction in a sentence. */
const isolated = (text: unknown) => `\u2068${text ?? ''}\u2069`
const en = (number: unknown) => Number(number ?? 0).toLocaleString('en')
const fa = (number: unknown) => formatFa(Number(number ?? 0))

/** The sentences of an alert in both languages. Pure: equal facts give equal sentences. */
export function sentencesOf(alert: Told): AlertSentences {
  return SENTENCES[alert.kind](alert)
}

const SENTENCES: Record<AlertKind, (alert: Told) => AlertSentences> = {
  failed_events: ({ count, facts, isOfInstallation }) => {
    const isText = facts.source === 'text'
    const reason = String(facts.reason ?? '')
    const same = { en: count === 1 ? '' : ' for the same reason', fa: count === 1 ? '' : ' به یک علت' }
    const where = isOfInstallation
      ? { en: ` in ${en(facts.tenants)} tenants`, fa: ` در ${fa(facts.tenants)} کسب‌وکار` }
      : { en: '', fa: '' }
    const title = isText
      ? {
          en: `${count === 1 ? 'A text was' : `${en(count)} texts were`} refused${where.en}${same.en}`,
          fa: `${fa(count)} متن${where.fa}${same.fa} پذیرفته نشد`,
        }
      : {
          en: `${count === 1 ? 'An event' : `${en(count)} events`} failed${where.en}${same.en}`,
          fa: `${fa(count)} رویداد${where.fa}${same.fa} ناموفق شد`,
        }
    return {
      title,
      message: {
        en: `${productsEn(facts.products)}: ${isText ? refusedTextIn('en', reason) : reasonIn('en', reason)}`,
        fa: `${fa(facts.products)} محصول: ${isolated(isText ? refusedTextIn('fa', reason) : reasonIn('fa', reason))}`,
      },
      advice: {
        en: 'Open the dead letters, remove the cause, then replay them.',
        fa: 'رویدادهای ناموفق را باز کنید، علت را رفع کنید و سپس آن‌ها را دوباره اجرا کنید.',
      },
      over: {
        en: isText ? 'No refused text with this reason is left.' : 'No failed event with this reason is left.',
        fa: isText ? 'متن ردشده‌ای با این علت نمانده است.' : 'رویداد ناموفقی با این علت نمانده است.',
      },
      path: '/dead-letters',
    }
  },
  quiet_store: ({ facts, storeId }) => ({
    title: {
      en: `The store ${isolated(facts.store)} is quiet`,
      fa: `فروشگاه ${isolated(facts.store)} بی‌خبر است`,
    },
    message: {
      en: 'Its plugin has not made contact for more than a day. Changes of products do not arrive, so the AI may tell old prices and old stock.',
      fa: 'افزونهٔ آن بیش از یک روز است که تماسی نداشته است. تغییر محصولات نمی‌رسد، پس شاید هوش مصنوعی قیمت و موجودی قدیمی را بگوید.',
    },
    advice: {
      en: 'Open the plugin’s page in WordPress and press “Test connection”. Check that the site is reachable and that its scheduled tasks (WP-Cron) run.',
      fa: 'صفحهٔ افزونه را در وردپرس باز کنید و «آزمایش اتصال» را بزنید. ببینید سایت در دسترس است و کارهای زمان‌بندی‌شده (WP-Cron) اجرا می‌شوند.',
    },
    over: { en: 'The store has made contact again.', fa: 'فروشگاه دوباره تماس گرفته است.' },
    path: storeId === null ? '/stores' : `/stores/${storeId}`,
  }),
  drift: ({ count, facts, storeId }) => ({
    title: {
      en: `Many products of the store ${isolated(facts.store)} had drifted`,
      fa: `محصولات زیادی از فروشگاه ${isolated(facts.store)} ناهمخوان بودند`,
    },
    message: {
      en: `Reconciliation repaired ${en(count)} products within 24 hours, ${en(facts.percent)} % of the shop. Their changes had not arrived by themselves.`,
      fa: `تطبیق در ۲۴ ساعت ${fa(count)} محصول را اصلاح کرد: ${fa(facts.percent)} درصد فروشگاه. تغییر این محصولات خودبه‌خود نرسیده بود.`,
    },
    advice: {
      en: 'Look for the cause: an import that writes to the database directly, a caching or security plugin, or scheduled tasks that do not run.',
      fa: 'علت را پیدا کنید: درون‌ریزی‌ای که مستقیم در پایگاه داده می‌نویسد، افزونهٔ کش یا امنیت، یا کارهای زمان‌بندی‌شده‌ای که اجرا نمی‌شوند.',
    },
    over: {
      en: 'In the last 24 hours reconciliation repaired fewer products.',
      fa: 'در ۲۴ ساعت گذشته تطبیق محصولات کمتری را اصلاح کرده است.',
    },
    path: storeId === null ? '/stores' : `/stores/${storeId}`,
  }),
  budget: ({ level, facts }) => {
    const isUnknown = facts.reason === 'price_unknown'
    const unit = facts.unit === 'usd' ? { en: 'US dollars', fa: 'دلار' } : { en: 'tokens', fa: 'توکن' }
    const title = isUnknown
      ? {
          en: 'Embedding is paused: the price of the model is unknown',
          fa: 'بردار معنایی متوقف است: قیمت مدل مشخص نیست',
        }
      : level === 2
        ? { en: 'The embedding budget of this month is used up', fa: 'بودجهٔ بردار معنایی این ماه تمام شده است' }
        : {
            en: `${en(facts.percent)} % of this month’s embedding budget is spent`,
            fa: `${fa(facts.percent)} درصد بودجهٔ بردار معنایی این ماه خرج شده است`,
          }
    return {
      title,
      message: {
        en: `Spent: ${en(facts.spent)} of ${en(facts.amount)} ${unit.en}. ${level === 2 ? 'New texts wait, and search finds them by their words.' : 'When it is used up, new texts wait, and search finds them by their words.'}`,
        fa: `خرج‌شده: ${fa(facts.spent)} از ${fa(facts.amount)} ${unit.fa}. ${level === 2 ? 'متن‌های تازه منتظر می‌مانند و جست‌وجو آن‌ها را با واژه‌هایشان پیدا می‌کند.' : 'وقتی تمام شود، متن‌های تازه منتظر می‌مانند و جست‌وجو آن‌ها را با واژه‌هایشان پیدا می‌کند.'}`,
      },
      advice: isUnknown
        ? {
            en: 'Set the price of the model, or a budget in tokens.',
            fa: 'قیمت مدل یا بودجه‌ای بر پایهٔ توکن تعیین کنید.',
          }
        : {
            en: 'Ask an admin for a higher budget, or wait for the next month (UTC).',
            fa: 'از مدیر بودجهٔ بیشتری بخواهید، یا تا ماه بعد (به وقت UTC) صبر کنید.',
          },
      over: {
        en: 'The budget has room again: it was changed, or a new month has begun.',
        fa: 'بودجه دوباره جا دارد: تغییر کرده یا ماه تازه‌ای آغاز شده است.',
      },
      path: '/settings',
    }
  },
  channel_paused: ({ facts }) => ({
    title: {
      en: `The alert channel ${isolated(facts.channel)} is paused`,
      fa: `کانال هشدار ${isolated(facts.channel)} متوقف شده است`,
    },
    message:
      facts.reason === 'gone'
        ? {
            en: 'Its receiver refuses all messages. They are kept for 30 days.',
            fa: 'گیرندهٔ آن هیچ پیامی را نمی‌پذیرد. پیام‌ها ۳۰ روز نگه داشته می‌شوند.',
          }
        : {
            en: 'All attempts of two days have failed. Its messages are kept for 30 days.',
            fa: 'همهٔ تلاش‌های دو روز ناموفق بوده‌اند. پیام‌ها ۳۰ روز نگه داشته می‌شوند.',
          },
    advice: {
      en: 'Correct the channel and send a test message: after a success the waiting messages are sent.',
      fa: 'کانال را درست کنید و پیام آزمایشی بفرستید: پس از موفقیت، پیام‌های منتظر فرستاده می‌شوند.',
    },
    over: { en: 'The channel is in use again.', fa: 'کانال دوباره به کار افتاده است.' },
    path: '/alerts?view=channels',
  }),
  provider_down: ({ facts }) => ({
    title: { en: 'The embedding provider does not answer', fa: 'سرویس بردار معنایی پاسخ نمی‌دهد' },
    message: {
      en: `Requests to ${facts.provider} ${facts.model} have failed for more than 10 minutes${facts.error === null ? '' : ` (${facts.error})`}. New texts wait, and search answers from words.`,
      fa: `درخواست‌ها به ${isolated(`${facts.provider} ${facts.model}`)} بیش از ۱۰ دقیقه است که ناموفق‌اند${facts.error === null ? '' : ` (${isolated(facts.error)})`}. متن‌های تازه منتظر می‌مانند و جست‌وجو با واژه‌ها پاسخ می‌دهد.`,
    },
    advice: {
      en: 'Check the provider’s status page, the key and the balance of the account. The server continues by itself as soon as the provider answers.',
      fa: 'صفحهٔ وضعیت سرویس، کلید و اعتبار حساب را بررسی کنید. سرور به‌محض پاسخ سرویس خودش ادامه می‌دهد.',
    },
    over: { en: 'The embedding provider answers again.', fa: 'سرویس بردار معنایی دوباره پاسخ می‌دهد.' },
    path: '/settings',
  }),
  work_stalled: ({ count }) => ({
    title: { en: 'Events wait and none is applied', fa: 'رویدادها منتظرند و هیچ‌کدام اعمال نمی‌شود' },
    message: {
      en: `${en(count)} events have waited for more than 15 minutes. Nothing is lost, but search shows the state before them.`,
      fa: `${fa(count)} رویداد بیش از ۱۵ دقیقه است که منتظرند. چیزی از بین نرفته، ولی جست‌وجو وضعیت پیش از آن‌ها را نشان می‌دهد.`,
    },
    advice: {
      en: 'Check that a worker is running (ROLE=all or ROLE=worker), then see its log.',
      fa: 'ببینید پردازشگر روشن است (ROLE=all یا ROLE=worker) و گزارش سرور (log) آن را ببینید.',
    },
    over: { en: 'Events are applied again.', fa: 'رویدادها دوباره اعمال می‌شوند.' },
    path: '/settings',
  }),
  disk_low: ({ level, facts }) => ({
    title:
      level === 2
        ? { en: 'The disk of the server is almost full', fa: 'دیسک سرور تقریباً پر است' }
        : { en: 'The disk of the server has little room', fa: 'جای دیسک سرور کم است' },
    message: {
      en: `${en(facts.megabytes)} MB are free in ${facts.folder}. A full disk refuses events (503).`,
      fa: `${fa(facts.megabytes)} مگابایت در ${isolated(facts.folder)} خالی است. با دیسک پر، رویدادها پذیرفته نمی‌شوند (503).`,
    },
    advice: {
      en: 'Make room, or set EVENT_RETENTION_DAYS so that old events are deleted.',
      fa: 'جا باز کنید، یا EVENT_RETENTION_DAYS را تعیین کنید تا رویدادهای قدیمی حذف شوند.',
    },
    over: { en: 'The disk has room again.', fa: 'دیسک دوباره جا دارد.' },
    path: '/settings',
  }),
  maintenance_late: ({ count, facts }) => ({
    title: { en: 'The daily maintenance is overdue', fa: 'نگهداری روزانه عقب افتاده است' },
    message: {
      en: `${count === 1 ? 'A task has' : `${en(count)} tasks have`} not succeeded for two days: ${facts.tasks}${facts.error === null ? '' : ` (${facts.error})`}.`,
      fa: `${fa(count)} کار دو روز است که انجام نشده: ${isolated(facts.tasks)}${facts.error === null ? '' : ` (${isolated(facts.error)})`}.`,
    },
    advice: {
      en: 'See maintenance.task_failed in the server log. A due task is retried every hour while a server runs.',
      fa: 'در گزارش سرور (log) maintenance.task_failed را ببینید. تا وقتی سرور روشن است، کارِ عقب‌افتاده هر ساعت دوباره انجام می‌شود.',
    },
    over: { en: 'All tasks have succeeded again.', fa: 'همهٔ کارها دوباره انجام شده‌اند.' },
    path: '/settings',
  }),
  backup_failed: ({ facts }) => ({
    title:
      facts.error_en === null
        ? { en: 'The scheduled backup is overdue', fa: 'پشتیبان‌گیری زمان‌بندی‌شده عقب افتاده است' }
        : { en: 'The backup failed', fa: 'پشتیبان‌گیری ناموفق بود' },
    message: {
      en: `${facts.error_en ?? 'No backup was kept at its time.'} ${facts.last === null ? 'There is no verified backup yet.' : `The last verified one is of ${String(facts.last).slice(0, 16).replace('T', ' ')} UTC.`}`,
      fa: `${facts.error_fa ?? 'در زمانش پشتیبانی نگه داشته نشد.'} ${facts.last === null ? 'هنوز پشتیبان تأییدشده‌ای نیست.' : `آخرین پشتیبان تأییدشده: ${isolated(`${String(facts.last).slice(0, 16).replace('T', ' ')} UTC`)}.`}`,
    },
    advice: {
      en: 'Correct the cause, then press “Back up now” in the settings. A scheduled backup that failed is tried again every hour.',
      fa: 'علت را رفع کنید و در تنظیمات «پشتیبان‌گیری همین حالا» را بزنید. پشتیبان زمان‌بندی‌شدهٔ ناموفق هر ساعت دوباره انجام می‌شود.',
    },
    over: { en: 'A backup was kept and verified again.', fa: 'دوباره پشتیبانی نگه داشته و تأیید شد.' },
    path: '/settings',
  }),
}

function productsEn(products: unknown): string {
  return Number(products) === 1 ? '1 product' : `${en(products)} products`
}
