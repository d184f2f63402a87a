import { formatFa, type Language, type Localised } from '../platform/i18n.ts'
import type { Silence } from './ask-shop.ts'
import type { Field } from './compare-answers.ts'
import type { StoreFreshness } from './freshness-schemas.ts'

/** Wrong products that a sentence names. */
const MAX_NAMED = 3

const FIELD_NAMES: Record<Field, Localised> = {
  price: { en: 'price', fa: 'قیمت' },
  currency: { en: 'currency', fa: 'واحد پول' },
  stock: { en: 'stock', fa: 'موجودی' },
  quantity: { en: 'quantity in stock', fa: 'تعداد موجودی' },
  visibility: { en: 'shown or not', fa: 'نمایش در فروشگاه' },
}

const NOT_CHECKED: Record<'off' | 'unavailable' | 'waiting', Localised> = {
  off: {
    en: 'Checks are off for this store. Turn them on to compare the answers of the AI with the shop every hour.',
    fa: 'سنجش تازگی این فروشگاه غیرفعال است. آن را روشن کنید تا پاسخ‌های هوش مصنوعی هر ساعت با فروشگاه مقایسه شود.',
  },
  unavailable: {
    en: 'Answers of this store are not compared: it is a test copy or no WooCommerce shop, or the operator has turned checks off (FRESHNESS_CHECKS).',
    fa: 'پاسخ‌های این فروشگاه مقایسه نمی‌شود: نسخهٔ آزمایشی است یا ووکامرس نیست، یا مدیر سامانه سنجش تازگی را خاموش کرده است (FRESHNESS_CHECKS).',
  },
  waiting: {
    en: 'The first comparison with the shop comes within an hour.',
    fa: 'نخستین مقایسه با فروشگاه در کمتر از یک ساعت انجام می‌شود.',
  },
}

/** The cause, and the next step of the owner. */
const SILENT: Record<Silence, Localised> = {
  no_products: { en: 'The store has no products to compare yet.', fa: 'فروشگاه هنوز محصولی برای مقایسه ندارد.' },
  no_address: {
    en: 'The address of the shop is not known, so nothing is compared. Enter the site address of the store exactly as in WordPress under Settings → General.',
    fa: 'نشانی فروشگاه معلوم نیست و مقایسه‌ای انجام نمی‌شود. نشانی سایت را در مشخصات فروشگاه درست مانند «تنظیمات ← عمومی» وردپرس وارد کنید.',
  },
  robots: {
    en: 'The robots.txt of the shop disallows its public product list (/wp-json/wc/store/). Allow it for the robot FikoSync, or turn the checks off.',
    fa: 'فایل robots.txt فروشگاه فهرست عمومی محصولات (/wp-json/wc/store/) را ممنوع کرده است. آن را برای ربات FikoSync آزاد کنید، یا سنجش تازگی را خاموش کنید.',
  },
  refused: {
    en: 'The shop refuses to show its public product list: a firewall or a security plugin blocks it. Allow requests to /wp-json/wc/store/, or turn the checks off.',
    fa: 'فروشگاه فهرست عمومی محصولات را نشان نمی‌دهد: دیوار آتش یا افزونه‌ای امنیتی جلوی آن را گرفته است. درخواست‌های /wp-json/wc/store/ را آزاد کنید، یا سنجش تازگی را خاموش کنید.',
  },
  busy: {
    en: 'The shop is too busy to answer. It is asked again later by itself.',
    fa: 'فروشگاه زیر بار زیاد بود و پاسخ نداد. بعداً خودکار دوباره پرسیده می‌شود.',
  },
  missing: {
    en: 'The shop has no public product list (the Store API of WooCommerce). Update WooCommerce, or allow /wp-json/wc/store/.',
    fa: 'فروشگاه فهرست عمومی محصولات (Store API ووکامرس) ندارد. ووکامرس را به‌روز کنید، یا /wp-json/wc/store/ را آزاد کنید.',
  },
  not_json: {
    en: 'The shop answers with a web page instead of its public product list: a maintenance page, a login or a firewall. Allow requests to /wp-json/wc/store/.',
    fa: 'فروشگاه به‌جای فهرست عمومی محصولات یک صفحهٔ وب می‌فرستد: صفحهٔ تعمیر، ورود یا دیوار آتش. درخواست‌های /wp-json/wc/store/ را آزاد کنید.',
  },
  unreachable: {
    en: 'The shop could not be reached. It is asked again later by itself.',
    fa: 'فروشگاه در دسترس نبود. بعداً خودکار دوباره پرسیده می‌شود.',
  },
  private_address: {
    en: 'The address of the shop belongs to a private network, which is not visited. For a shop on the same network the operator can set OUTGOING_PRIVATE_ADDRESSES=on.',
    fa: 'نشانی فروشگاه در شبکه‌ای خصوصی است و بازدید نمی‌شود. برای فروشگاهی در همان شبکه، مدیر سامانه می‌تواند OUTGOING_PRIVATE_ADDRESSES=on را بگذارد.',
  },
  other_host: {
    en: 'The shop redirects to another host, which is not visited. Correct the site address in WordPress under Settings → General.',
    fa: 'فروشگاه به میزبان دیگری هدایت می‌کند که بازدید نمی‌شود. نشانی سایت را در «تنظیمات ← عمومی» وردپرس درست کنید.',
  },
  too_slow: {
    en: 'The shop did not answer within 10 seconds. It is asked again later by itself.',
    fa: 'فروشگاه در ۱۰ ثانیه پاسخ نداد. بعداً خودکار دوباره پرسیده می‌شود.',
  },
  too_large: {
    en: 'The answer of the shop is too large to be read. Ask the developer of the shop: an extension adds much data to the Store API.',
    fa: 'پاسخ فروشگاه بزرگ‌تر از آن است که خوانده شود. از برنامه‌نویس فروشگاه بپرسید: افزونه‌ای دادهٔ زیادی به Store API می‌افزاید.',
  },
}

type Told = Omit<StoreFreshness, 'message'>

/** The result of the checks in sentences: the figure with its wrong answers, and why the last visit compared nothing. */
export function freshnessSentence(found: Told, language: Language): string {
  const { state } = found
  if (state === 'off' || state === 'unavailable') return NOT_CHECKED[state][language]
  const figure = figureSentence(found, language)
  const reason = state === 'silent' && found.reason !== null ? SILENT[found.reason][language] : null
  if (figure === null && reason === null) return NOT_CHECKED.waiting[language]
  return [reason, figure].filter((sentence) => sentence !== null).join(' ')
}

function figureSentence(found: Told, language: Language): string | null {
  const { percent, sampled } = found
  if (percent === null) return null
  const wrong = found.wrong_now === 0 ? null : wrongOnes(found)[language]
  return language === 'fa'
    ? `${formatFa(percent)}٪ از ${formatFa(sampled)} پاسخ نمونه درست بود${wrong === null ? '.' : `؛ پاسخ‌های نادرست: ${wrong}.`}`
    : `${percent} % of ${sampled.toLocaleString('en')} sampled answers were right${wrong === null ? '.' : `; the wrong ones: ${wrong}.`}`
}

/** The first wrong products with their fields, and how many more there are. */
function wrongOnes({ findings, wrong_now: wrong }: Told): Localised {
  const named = [...Map.groupBy(findings, ({ product }) => product.external_id).values()].slice(0, MAX_NAMED)
  const list = (language: Language) =>
    named.map((ofProduct) => {
      const fields = ofProduct.map(({ field }) => FIELD_NAMES[field][language])
      const [first] = ofProduct
      const name = first?.product.name || first?.product.external_id.replace('woo_', '#')
      return language === 'fa' ? `«${name}» (${fields.join('، ')})` : `“${name}” (${fields.join(', ')})`
    })
  const rest = wrong - named.length
  return {
    en: [...list('en'), ...(rest > 0 ? [`${rest} more`] : [])].join(', '),
    fa: [...list('fa'), ...(rest > 0 ? [`${formatFa(rest)} محصول دیگر`] : [])].join('، '),
  }
}
