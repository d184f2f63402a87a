import type { DocumentKind } from '../../knowledge/documents/document-schemas.ts'
import { normaliseText, searchTokens } from '../../platform/text/language.ts'

/** Words that mean one topic of a shop's pages, in both languages, and the kinds of pages that are about it. */
export interface Topic {
  name: string
  kinds: readonly DocumentKind[]
  words: ReadonlySet<string>
}

/**
 * Subjects: a question that names one is about the shop, not about a product. Words that products have in their names as well (card,
 * box, open) are left out.
 */
const SUBJECTS: [name: string, kinds: DocumentKind[], words: string][] = [
  [
    'shipping',
    ['shipping'],
    'ارسال ارسالی میفرستید میفرستین بفرستید بفرستین فرستادن پست پستی پستچی پیک تیپاکس چاپار باربری تحویل مرسوله حمل shipping ship delivery deliver courier postage dispatch shipment tracking',
  ],
  [
    'returns',
    ['returns'],
    'مرجوع مرجوعی مرجوعه بازگشت برگشت بازگرداندن برگردوندن برگردونم برگردانم بازگردانم پس‌دادن عودت تعویض استرداد عوض return returns refund refunds refundable exchange exchanges',
  ],
  [
    'payment',
    ['payment'],
    'پرداخت درگاه اقساط اقساطی قسطی قسط کارت‌به‌کارت زرین‌پال payment payments pay paypal installment installments invoice',
  ],
  ['warranty', [], 'گارانتی ضمانت ضمانتنامه وارانتی warranty warranties guarantee guarantees'],
  ['privacy', ['privacy'], 'حریم محرمانگی privacy gdpr cookies'],
  ['terms', ['terms'], 'قوانین مقررات terms conditions'],
  ['faq', ['faq'], 'متداول سوالات faq faqs'],
  ['about', ['about'], 'درباره about'],
  [
    'contact',
    ['contact'],
    'تماس تلفن شماره‌تماس آدرس نشانی پشتیبانی شعبه حضوری contact phone telephone email address location support',
  ],
  ['hours', ['contact'], 'ساعت‌کاری تعطیلات hours closed'],
]

/** Aspects: what a question asks about its subject. */
const ASPECTS: [name: string, asks: RegExp, words: string][] = [
  [
    'cost',
    /هزینه|چقدر|چنده|قیمت|رایگان|مجانی|کرایه|how much|cost|price|fee\b|fees|free|charge/,
    'هزینه هزینهٔ قیمت مبلغ تومان ریال رایگان کرایه پس‌کرایه cost costs price fee fees free charge charges',
  ],
  [
    'duration',
    /چند روز|چه مدت|چقدر طول|چند وقت|کی می|کی به|چه زمان|زمان|how long|how soon|how many days|when|how fast|deadline|within/,
    'روز روزه روزکاری ساعت هفته ماه زمان مهلت طول day days hour hours week weeks month months business',
  ],
]

/** Words that only make a question. */
const FILLERS = new Set(
  searchTokens(
    'چقدر چقدره چقد چند چنده چندتا چطور چطوری چگونه چی چیه چیست کی کجا کجاست کدوم کدام ایا آیا میشه میشود میتونم میتوانم میتونید دارید دارین داره کنم کنید کنین بکنم بدم بدهم هستید هستین طول میکشه میکشد مدت برام براتون لطفا سلام ممنون شما شماها اگه اگر بخوام میخوام میخواهم توی داخل how long much many does do did can could will would what when where which who is are there take takes get need want tell know about please hi hello your you it my if',
  ),
)

const POSSESSIVE = /(?:هاتون|هاشون|تون|شون|مون|تان|شان|مان|اش|ات|ش|م|ت|ی)$/

const bySubject: Topic[] = SUBJECTS.map(([name, kinds, words]) => ({
  name,
  kinds,
  words: new Set(searchTokens(words)),
}))
const byAspect = ASPECTS.map(([name, asks, words]) => ({ name, asks, words: new Set(searchTokens(words)) }))

/** The subject that a word of a query names; undefined for other words. */
export function subjectOf(token: string): Topic | undefined {
  const known = bySubject.find(({ words }) => words.has(token))
  if (known) return known
  const base = token.replace(POSSESSIVE, '')
  return base.length >= 3 && base !== token ? bySubject.find(({ words }) => words.has(base)) : undefined
}

/** The aspects that a query asks about. */
export function aspectsOf(query: string): { name: string; words: ReadonlySet<string> }[] {
  const text = normaliseText(query)
  return byAspect.filter(({ asks }) => asks.test(text))
}

/** True for a word that only makes a question of a query, or only says which aspect is meant. */
export function isFiller(token: string): boolean {
  return FILLERS.has(token) || byAspect.some(({ words }) => words.has(token))
}

/** True for a text that is a question. */
export function isQuestion(query: string): boolean {
  return (
    /[?؟]|\b(?:how|what|when|where|which|who|can|could|do|does|is|are|will)\b/i.test(query) ||
    /(?:^|\s)(?:آیا|ایا|چطور|چگونه|چقدر|چند|کی|کجا|چه|میشه|می‌شه|می‌شود|میتونم|می‌تونم|می‌توانم)/.test(query)
  )
}
