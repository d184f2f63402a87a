import { type Issue, Problem } from '../platform/errors.ts'
import { InexactNumber } from '../platform/http/exact-json.ts'
import { formatFa, type Language, type Localised } from '../platform/i18n.ts'
import { cleanName } from '../platform/text/clean-html.ts'
import { WebhookEvent } from './event-schema.ts'
import { fieldWords, itemWords, TEXT } from './owner-words.ts'

/** Maximum characters of a value in a message to the shop owner. */
const MAX_SHOWN = 60

/**
 * The rejection of an event. `detail` is one sentence for the shop owner about the first issue, with the owner's field names;
 * `issues` name the paths, for developers. `body` is the unchecked event.
 */
export function refuseEvent(issues: Issue[], body: unknown): Problem {
  const [first] = issues
  if (!first) throw new Error('an event was refused without a reason')
  return new Problem(400, 'invalid_input', ownerSentence(first, body), { issues })
}

/** Names the problem in the owner's words, the rule and the next step. */
function ownerSentence({ path }: Issue, body: unknown): Localised {
  const keys = path.split('.')
  const { subject, holder, field, isField, value } = findPlace(keys, body)
  const isName = field === 'name' && keys.length === 2
  if (isName && !value) return emptyName('')
  if (isName && typeof value === 'string' && cleanName(value) === '') return emptyName(value)
  const shown = showValue(value)
  const limits = limitsAt(keys)
  const word = isField ? fieldWords.get(field) : undefined
  if (value instanceof InexactNumber) return tooManyDigits(subject, shown)
  // A variation or attribute that is not an object.
  const isStructure = !isField && (field === 'variations' || (field === 'attributes' && keys.length === 3))
  if (word?.sender || isStructure) return notUnderstood(subject, shown)
  if (typeof value === 'string' && limits.maxLength !== undefined && value.length > limits.maxLength)
    return tooLong(subject, value.length, limits.maxLength)
  const count = countOf(value)
  const things = isField ? itemWords.get(field)?.many : undefined
  if (things && count !== null && limits.maxItems !== undefined && count > limits.maxItems)
    return tooMany(holder, things, count, limits.maxItems)
  return wrongValue(subject, word?.rule ?? TEXT, shown)
}

interface Place {
  /** "the price of variation 3 (#415)" */
  subject: Localised
  /** Owner of the field or list: "variation 3 (#415)"; null for the product itself. */
  holder: Localised | null
  /** Name of the field, or of the list that contains the item. */
  field: string
  /** True for a field, false for an item of a list. */
  isField: boolean
  value: unknown
}

/** Follows a path through the event and names each step: a field, or a list item by its position. */
function findPlace(keys: string[], body: unknown): Place {
  const parts: Localised[] = []
  let [value, field, isField] = [body, 'body', true]
  for (let at = 0; at < keys.length && keys[0] !== 'body'; ) {
    field = keys[at] ?? ''
    value = childOf(value, field)
    at += 1
    isField = at === keys.length || !itemWords.has(field)
    if (isField) continue
    // Attributes of a variation have names, which may contain dots.
    const isNamed = field === 'attributes' && parts.length > 0
    const key = isNamed ? keys.slice(at).join('.') : (keys[at] ?? '')
    const list = value
    value = childOf(list, key)
    parts.unshift(isNamed ? nameAttribute(key) : nameItem(field, list, key, value))
    at = isNamed ? keys.length : at + 1
  }
  const holder = parts.length > 0 ? joinParts(parts) : null
  const word = fieldWords.get(field) ?? unknownField(field)
  const subject = isField ? joinParts([word, ...(holder ? [holder] : ofProduct(field))]) : (holder ?? word)
  return { subject, holder, field, isField, value }
}

function unknownField(name: string): Localised {
  return { en: `the field ${quoted(name).en}`, fa: `فیلد ${quoted(name).fa}` }
}

/** "the id" needs its owner: "the id of the product". */
function ofProduct(field: string): Localised[] {
  return field === 'id' || field === 'product_hash' ? [{ en: 'the product', fa: 'محصول' }] : []
}

function joinParts(parts: Localised[]): Localised {
  return { en: parts.map((part) => part.en).join(' of '), fa: parts.map((part) => part.fa).join(' ') }
}

/** `attribute “Colour”` of a variation. */
function nameAttribute(name: string): Localised {
  return { en: `attribute ${quoted(name).en}`, fa: `ویژگی ${quoted(name).fa}` }
}

/** "variation 3 (#415)", `attribute 1 “Colour”`, "category 2". */
function nameItem(field: string, list: unknown, key: string, item: unknown): Localised {
  const words = itemWords.get(field)?.one ?? unknownField(field)
  const index = list !== null && typeof list === 'object' ? Object.keys(list).indexOf(key) : Number(key)
  const id = childOf(item, 'id')
  const name = childOf(item, 'name')
  const number = index + 1
  const more: Localised =
    field === 'variations' && Number.isSafeInteger(id) && (id as number) > 0
      ? { en: ` (#${id})`, fa: ` (شناسهٔ ${(id as number).toLocaleString('fa-IR', { useGrouping: false })})` }
      : field === 'attributes' && typeof name === 'string' && name !== ''
        ? { en: ` ${quoted(name).en}`, fa: ` ${quoted(name).fa}` }
        : { en: '', fa: '' }
  return { en: `${words.en} ${number}${more.en}`, fa: `${words.fa} ${formatFa(number)}${more.fa}` }
}

function childOf(parent: unknown, key: string): unknown {
  const isHeld = parent !== null && typeof parent === 'object' && Object.hasOwn(parent, key)
  return isHeld ? (parent as Record<string, unknown>)[key] : undefined
}

function countOf(value: unknown): number | null {
  if (Array.isArray(value)) return value.length
  return value !== null && typeof value === 'object' ? Object.keys(value).length : null
}

interface SchemaNode {
  anyOf?: SchemaNode[]
  properties?: Record<string, SchemaNode>
  items?: SchemaNode
  maxLength?: number
  maxItems?: number
}

/** Limits of a field, from its schema. */
function limitsAt(keys: string[]): { maxLength: number | undefined; maxItems: number | undefined } {
  let nodes = formsOf(WebhookEvent as SchemaNode)
  for (const key of keys) nodes = nodes.flatMap((node) => node.properties?.[key] ?? node.items ?? []).flatMap(formsOf)
  return {
    maxLength: nodes.find((node) => node.maxLength !== undefined)?.maxLength,
    maxItems: nodes.find((node) => node.maxItems !== undefined)?.maxItems,
  }
}

function formsOf(node: SchemaNode): SchemaNode[] {
  return node.anyOf ? node.anyOf.flatMap(formsOf) : [node]
}

function showValue(value: unknown): Localised {
  if (value === undefined || value === null || value === '') return { en: 'an empty value', fa: 'مقدار خالی' }
  if (typeof value === 'boolean') return value ? { en: 'yes', fa: 'بله' } : { en: 'no', fa: 'خیر' }
  if (Array.isArray(value)) return { en: 'a list', fa: 'یک فهرست' }
  if (typeof value === 'object' && !(value instanceof InexactNumber)) return { en: 'several values', fa: 'چند مقدار' }
  if (typeof value === 'string') return quoted(value)
  return { en: String(value), fa: isolated(String(value)) }
}

/** At most 60 characters of a received text, on one line. */
export function quoted(text: string): Localised {
  const line = text
    .slice(0, 4 * MAX_SHOWN)
    .toWellFormed()
    .replaceAll(/[\s\p{Cc}]+/gu, ' ')
    // Direction overrides and isolates would affect the text after the value.
    .replaceAll(/[\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
  const characters = [...line]
  const isCut = characters.length > MAX_SHOWN || text.length > 4 * MAX_SHOWN
  const shown = isCut ? `${characters.slice(0, MAX_SHOWN).join('')}…` : line
  return { en: `“${shown}”`, fa: `«${isolated(shown)}»` }
}

/** FIRST STRONG ISOLATE … POP: a word in another direction must not reorder the sentence. */
function isolated(text: string): string {
  return `\u2068${text}\u2069`
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

const grouped = (number: number, language: Language) =>
  language === 'fa' ? formatFa(number) : number.toLocaleString('en')

function emptyName(value: string): Localised {
  const seen = value.trim() === '' ? null : quoted(value)
  return {
    en: `${seen ? `The name ${seen.en} has no readable characters` : 'The product has no name'}: give it a name in the shop and save it.`,
    fa: `${seen ? `از نام ${seen.fa} چیزی برای خواندن نمی‌ماند` : 'محصول نام ندارد'}: در فروشگاه برای آن نام بگذارید و ذخیره‌اش کنید.`,
  }
}

function wrongValue(subject: Localised, rule: Localised, shown: Localised): Localised {
  return {
    en: `${capital(subject.en)} must be ${rule.en}, but the shop sent ${shown.en}: correct it in the shop and save the product.`,
    fa: `${subject.fa} باید ${rule.fa} باشد، ولی فروشگاه ${shown.fa} فرستاده است: آن را در فروشگاه درست و محصول را ذخیره کنید.`,
  }
}

function tooManyDigits(subject: Localised, shown: Localised): Localised {
  return {
    en: `${capital(subject.en)} has more than 15 digits (${shown.en}): round it in the shop and save the product.`,
    fa: `${subject.fa} بیش از ۱۵ رقم دارد (${shown.fa}): آن را در فروشگاه گرد و محصول را ذخیره کنید.`,
  }
}

function tooLong(subject: Localised, length: number, max: number): Localised {
  return {
    en: `${capital(subject.en)} has ${grouped(length, 'en')} characters, and at most ${grouped(max, 'en')} are possible: shorten it in the shop and save the product.`,
    fa: `${subject.fa} ${grouped(length, 'fa')} نویسه دارد و حداکثر ${grouped(max, 'fa')} ممکن است: آن را در فروشگاه کوتاه و محصول را ذخیره کنید.`,
  }
}

function tooMany(holder: Localised | null, many: Localised, number: number, max: number): Localised {
  return {
    en: `${capital(holder?.en ?? 'the product')} has ${grouped(number, 'en')} ${many.en}, and at most ${grouped(max, 'en')} are possible: remove some in the shop and save the product.`,
    fa: `${holder?.fa ?? 'محصول'} ${grouped(number, 'fa')} ${many.fa} دارد و حداکثر ${grouped(max, 'fa')} ممکن است: تعدادی را در فروشگاه حذف و محصول را ذخیره کنید.`,
  }
}

/** A fault that the shop owner cannot correct in the product. */
function notUnderstood(subject: Localised, shown: Localised): Localised {
  return {
    en: `The plugin sent ${subject.en} in an unsupported form (${shown.en}): update the Fiko Sync plugin; if that does not help, contact the operator of the server.`,
    fa: `افزونه ${subject.fa} را به شکلی فرستاده که سرور نمی‌فهمد (${shown.fa}): افزونهٔ همگام‌سازی فیکو را به‌روز کنید و اگر درست نشد، به مدیر سامانه بگویید.`,
  }
}

/** A number that cannot be stored exactly, in a field without a schema. `path` is the name of the field. */
export function refuseInexact({ path, detail }: Issue): Problem {
  const field = unknownField(path)
  return new Problem(
    400,
    'invalid_input',
    {
      en: `${capital(field.en)} has a number of more than 15 digits: round it in the shop (another plugin may have added it) and save the product.`,
      fa: `${field.fa} عددی با بیش از ۱۵ رقم دارد: آن را در فروشگاه گرد کنید (شاید افزونهٔ دیگری آن را افزوده باشد) و محصول را ذخیره کنید.`,
    },
    { issues: [{ path, detail }] },
  )
}

/** A version more than 24 hours ahead of the time of receipt. */
export function versionAhead(): Problem {
  const detail = {
    en: 'is more than 24 hours ahead of the time of receipt: the clock of the shop’s server is wrong. Ask the hosting provider to correct it (NTP), then send the product again with a version of the correct time',
    fa: 'بیش از ۲۴ ساعت جلوتر از زمان دریافت است، پس ساعت سرور فروشگاه درست نیست: آن را تنظیم کنید (میزبان این کار را با NTP انجام می‌دهد) و محصول را با نسخه‌ای از زمان درست دوباره بفرستید',
  }
  return new Problem(
    400,
    'invalid_input',
    {
      en: 'The date of this change is more than 24 hours in the future: the clock of the shop’s server is wrong. Ask the hosting provider to correct it, then save the product again.',
      fa: 'تاریخ تغییر محصول بیش از ۲۴ ساعت جلوتر است، پس ساعت سرور فروشگاه درست نیست: از میزبان بخواهید آن را تنظیم کند، سپس محصول را دوباره ذخیره کنید.',
    },
    { issues: [{ path: 'version', detail }] },
  )
}

/** An event id that was received before with a different body. */
export function eventIdTaken(eventId: string): Problem {
  const id = quoted(eventId)
  return new Problem(
    409,
    'event_id_conflict',
    {
      en: `This change was already sent with different content (event id ${id.en}): save the product in the shop again.`,
      fa: `این تغییر پیش‌تر با محتوای دیگری فرستاده شده است (شناسهٔ رویداد ${id.fa}): محصول را در فروشگاه دوباره ذخیره کنید.`,
    },
    {
      issues: [
        {
          path: 'event_id',
          detail: {
            en: 'was already received with a different body: every event needs its own id',
            fa: 'پیش‌تر با محتوای دیگری دریافت شده است: هر رویداد شناسهٔ خودش را لازم دارد',
          },
        },
      ],
    },
  )
}

/** An event whose lists alone are too large to be stored. `path` is its largest field. */
export function tooLargeWithoutTexts(path: string, megabytes: string): Problem {
  const field = path.split('.')[1] ?? 'product'
  const word = fieldWords.get(field) ?? unknownField(field)
  const persian = Number(megabytes).toLocaleString('fa-IR')
  return new Problem(
    413,
    'too_large',
    {
      en: `The product is larger than 1 MB even without its texts, and ${word.en} alone take ${megabytes} MB: remove some in the shop and save the product.`,
      fa: `محصول حتی بدون متن‌هایش بزرگ‌تر از ۱ مگابایت است و ${word.fa} به‌تنهایی ${persian} مگابایت است: تعدادی را در فروشگاه حذف و محصول را ذخیره کنید.`,
    },
    { issues: [{ path, detail: { en: `has ${megabytes} MB`, fa: `${persian} مگابایت است` } }] },
  )
}
