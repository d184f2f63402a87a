import { type Static, Type } from 'typebox'
import { bodyComponent, component, nullable, oneOf, time } from '../platform/http/contract.ts'
import { listOf, PageQuery } from '../platform/http/lists.ts'
import { idSchema, localized } from '../platform/http/validation.ts'
import { StoreReference } from '../tenants/credentials.ts'

/** Formats of feeds. `acp` is the Agentic Commerce Protocol of ChatGPT. */
export const FEED_KINDS = ['google', 'acp', 'llms', 'torob'] as const
export type FeedKind = (typeof FEED_KINDS)[number]

/** Why a product is not in a feed. */
export const LEFT_OUT_REASONS = [
  'no_link',
  'no_image',
  'no_price',
  'price_too_high',
  'no_currency',
  'other_currency',
  'other_language',
] as const
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number]

export const FeedsQuery = Type.Object({
  store_id: Type.Optional(idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه'))),
  ...PageQuery,
})

export const FeedParams = Type.Object({ id: idSchema(localized('the id of a feed', 'شناسهٔ یک فید')) })

export const NewFeedBody = bodyComponent(
  'NewFeed',
  Type.Object({
    store_id: idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه')),
    kind: oneOf(FEED_KINDS, localized('one of google, acp, llms, torob', 'یکی از google، acp، llms یا torob')),
    target_country: Type.Optional(
      Type.String({
        pattern: '^[A-Z]{2}$',
        ...localized('a country of ISO 3166, such as IR', 'کد دوحرفی کشور، مانند IR'),
      }),
    ),
    language: Type.Optional(
      Type.String({
        pattern: '^[a-z]{2,3}$',
        ...localized(
          'a language such as fa: products in another language are left out',
          'زبانی مانند fa: محصولات زبان‌های دیگر در فید نمی‌آیند',
        ),
      }),
    ),
    currency: Type.Optional(
      Type.String({
        pattern: '^[A-Z]{3}$',
        ...localized(
          'a currency of ISO 4217, such as IRR or EUR: products in another currency are left out',
          'ارزی از ISO 4217 مانند IRR یا EUR: محصولات با ارز دیگر در فید نمی‌آیند',
        ),
      }),
    ),
  }),
)
export type NewFeedBody = Static<typeof NewFeedBody>

const FIELDS = {
  id: Type.Integer(),
  kind: oneOf(FEED_KINDS),
  store: StoreReference,
  token_preview: Type.String({ description: 'the last characters of the token in its address' }),
  target_country: nullable(Type.String()),
  language: nullable(Type.String()),
  currency: nullable(Type.String()),
  created_at: time(),
  rotated_at: nullable(time('when the address was last replaced')),
  last_read_at: nullable(time()),
  reads: Type.Integer(),
}

/** A feed without its address. */
export const Feed = component('Feed', Type.Object(FIELDS))
export type Feed = Static<typeof Feed>
export const FeedList = listOf('FeedList', Feed)

/** The only response that contains the addresses of a feed. */
export const ShownFeed = component(
  'ShownFeed',
  Type.Object({
    ...FIELDS,
    addresses: Type.Array(Type.String(), {
      description: 'the addresses to give to the service; only this answer has them',
    }),
    message: Type.String(),
  }),
)
export type ShownFeed = Static<typeof ShownFeed>

/** The products of a feed, and those that it leaves out. */
export const FeedCoverage = component(
  'FeedCoverage',
  Type.Object({
    products: Type.Integer({ description: 'products that the shop shows in its search' }),
    included: Type.Integer({ description: 'products of which the feed has at least one line' }),
    items: Type.Integer({ description: 'lines of the feed: one for each variant' }),
    left_out: Type.Array(
      Type.Object({
        reason: oneOf(LEFT_OUT_REASONS),
        products: Type.Integer(),
        examples: Type.Array(Type.Object({ id: Type.Integer(), name: Type.String() })),
      }),
    ),
  }),
)
export type FeedCoverage = Static<typeof FeedCoverage>
