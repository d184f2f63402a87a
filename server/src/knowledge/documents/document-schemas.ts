import { type Static, Type } from 'typebox'
import { bodyComponent, component, nullable, oneOf, time } from '../../platform/http/contract.ts'
import { localized } from '../../platform/http/validation.ts'

export const DOCUMENT_KINDS = [
  'shipping',
  'returns',
  'payment',
  'faq',
  'privacy',
  'terms',
  'about',
  'contact',
  'other',
] as const
export type DocumentKind = (typeof DOCUMENT_KINDS)[number]

/** Limits of one set. */
export const MAX_DOCUMENTS = 50
export const MAX_SET_BYTES = 2_000_000
/** Maximum bytes of one content in UTF-8. */
export const MAX_CONTENT_BYTES = 200_000
const MAX_TITLE = 500
export const MAX_URL = 2_000
const MAX_NAMES = 50

const words = DOCUMENT_KINDS.join(', ')
export const kindWords = localized(`one of ${words}`, `یکی از ${words}`)
const text = (maxLength: number) =>
  Type.Optional(
    Type.String({
      maxLength,
      ...localized(`a text of at most ${maxLength} characters`, `متنی با حداکثر ${maxLength} نویسه`),
    }),
  )
const names = Type.Optional(
  Type.Array(Type.String({ maxLength: 200, ...localized('a name', 'یک نام') }), {
    maxItems: MAX_NAMES,
    ...localized(`a list of at most ${MAX_NAMES} names`, `فهرستی با حداکثر ${MAX_NAMES} نام`),
  }),
)

const SentDocument = Type.Object({
  id: Type.Integer({
    minimum: 1,
    maximum: Number.MAX_SAFE_INTEGER,
    ...localized('the shop’s number of the page', 'شمارهٔ برگه در فروشگاه'),
  }),
  kind: oneOf(DOCUMENT_KINDS, kindWords),
  title: Type.String({
    maxLength: MAX_TITLE,
    ...localized(`a title of at most ${MAX_TITLE} characters`, `عنوانی با حداکثر ${MAX_TITLE} نویسه`),
  }),
  content: Type.String(localized('HTML or text, at most 200 KB', 'HTML یا متن، حداکثر ۲۰۰ کیلوبایت')),
  url: text(MAX_URL),
  language: text(20),
  date_modified: text(40),
})
export type SentDocument = Static<typeof SentDocument>

const SentShop = Type.Object({
  name: text(200),
  address: text(500),
  hours: text(500),
  phone: text(100),
  email: text(200),
  shipping_zones: names,
  payment_methods: names,
  links: Type.Optional(
    Type.Unsafe<Record<string, string>>({
      type: 'object',
      maxProperties: 20,
      additionalProperties: { type: 'string', maxLength: MAX_URL },
      ...localized('an object of at most 20 addresses', 'شیئی با حداکثر ۲۰ نشانی'),
    }),
  ),
})
export type SentShop = Static<typeof SentShop>

/** The whole set of a store: documents that are absent from it are deleted. */
export const DocumentSetBody = bodyComponent(
  'DocumentSet',
  Type.Object({
    version: Type.Integer({
      minimum: 1,
      maximum: Number.MAX_SAFE_INTEGER,
      ...localized('microseconds of the epoch', 'میکروثانیه از مبدأ epoch'),
    }),
    documents: Type.Array(SentDocument, {
      maxItems: MAX_DOCUMENTS,
      ...localized(`a list of at most ${MAX_DOCUMENTS} documents`, `فهرستی با حداکثر ${MAX_DOCUMENTS} سند`),
    }),
    shop: Type.Optional(SentShop),
  }),
)
export type DocumentSetBody = Static<typeof DocumentSetBody>

export const DocumentSetReceipt = component(
  'DocumentSetReceipt',
  Type.Object({
    status: oneOf(['stored', 'unchanged']),
    version: Type.Integer(),
    documents: Type.Integer({ description: 'documents of the store after this request' }),
    message: Type.String(),
  }),
)

/** Facts about a shop, as its owner maintains them; only those that the shop sent. */
export const ShopFacts = component(
  'ShopFacts',
  Type.Object({
    name: Type.Optional(Type.String()),
    address: Type.Optional(Type.String()),
    hours: Type.Optional(Type.String()),
    phone: Type.Optional(Type.String()),
    email: Type.Optional(Type.String()),
    shipping_zones: Type.Optional(Type.Array(Type.String())),
    payment_methods: Type.Optional(Type.Array(Type.String())),
    links: Type.Optional(
      Type.Unsafe<Record<string, string>>({ type: 'object', additionalProperties: { type: 'string' } }),
    ),
  }),
)
export type ShopFacts = Static<typeof ShopFacts>

export const DocumentSummary = component(
  'DocumentSummary',
  Type.Object({
    id: Type.Integer(),
    external_id: Type.String({ description: 'page_ and the shop’s number of the page' }),
    kind: oneOf(DOCUMENT_KINDS),
    title: Type.String(),
    url: Type.String({ description: 'empty when the shop sent no http(s) address' }),
    language: Type.String(),
    modified_at: nullable(time('as the shop says')),
    updated_at: time('last change of the text, the title or the address'),
    state: oneOf(['searchable', 'embedding', 'failed'], {
      description:
        'embedding: search finds the words, the vectors are not complete; failed: the provider refuses a passage, search finds its words',
    }),
    passages: Type.Integer(),
  }),
)
export type DocumentSummary = Static<typeof DocumentSummary>
