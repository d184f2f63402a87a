import { type Static, Type } from 'typebox'
import { bodyComponent, component, nullable, oneOf, time } from '../../platform/http/contract.ts'
import { listOf, PageQuery } from '../../platform/http/lists.ts'
import { idSchema, localized } from '../../platform/http/validation.ts'
import { StoreReference, UserReference } from '../credentials.ts'
import { CSV_LANGUAGE } from '../csv-exports.ts'
import { ENVIRONMENTS, INTEGRATION_TYPES } from './token-format.ts'

const userId = Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })
const storeId = idSchema(localized('the id of a store', 'شناسهٔ یک فروشگاه'))

export const TokensQuery = Type.Object({
  user_id: Type.Optional(userId),
  store_id: Type.Optional(storeId),
  ...PageQuery,
})

export const TokensExportQuery = Type.Object({
  user_id: Type.Optional(userId),
  store_id: Type.Optional(storeId),
  ...CSV_LANGUAGE,
})

export const NewTokenBody = bodyComponent(
  'NewToken',
  Type.Object({
    integration_type: oneOf(
      INTEGRATION_TYPES,
      localized('one of woocommerce, shopify, knowledge', 'یکی از woocommerce، shopify یا knowledge'),
    ),
    name: Type.String({
      minLength: 1,
      maxLength: 200,
      ...localized('a name of 1 to 200 characters', 'نامی با ۱ تا ۲۰۰ نویسه'),
    }),
    user_id: Type.Optional(userId),
    store_id: Type.Optional(storeId),
    environment: Type.Optional(oneOf(ENVIRONMENTS, localized('live or test', 'یکی از live یا test'))),
    expires_at: Type.Optional(
      Type.String({
        format: 'date-time',
        ...localized('a time such as 2027-01-31T00:00:00Z', 'زمانی مانند 2027-01-31T00:00:00Z'),
      }),
    ),
    allowed_ips: Type.Optional(
      Type.Array(Type.String(), {
        maxItems: 100,
        ...localized(
          'up to 100 addresses or networks, such as 203.0.113.7 or 2001:db8::/32',
          'حداکثر ۱۰۰ نشانی یا شبکه',
        ),
      }),
    ),
  }),
)
export type NewTokenBody = Static<typeof NewTokenBody>

export const RotateTokenBody = bodyComponent(
  'TokenRotation',
  Type.Object({
    grace_seconds: Type.Optional(
      Type.Integer({
        minimum: 0,
        maximum: 30 * 86_400,
        ...localized('a whole number of seconds from 0 to 30 days', 'تعداد ثانیه، از صفر تا ۳۰ روز'),
      }),
    ),
  }),
)
export type RotateTokenBody = Static<typeof RotateTokenBody>

export const TokenParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

const SHARED = {
  id: Type.Integer(),
  token_preview: Type.String({ description: 'the prefix and the last characters' }),
  integration_type: oneOf(INTEGRATION_TYPES),
  name: Type.String(),
  store: nullable(StoreReference),
  user: UserReference,
  created_at: time(),
}

/** A token without its secret. */
export const Token = component(
  'Token',
  Type.Object({
    ...SHARED,
    environment: oneOf(ENVIRONMENTS),
    is_active: Type.Boolean(),
    last_used_at: nullable(time()),
    usage_count: Type.Integer(),
    allowed_ips: Type.Array(Type.String()),
    expires_at: nullable(time()),
    revoked_at: nullable(time()),
    replaced_by: nullable(Type.Integer({ description: 'the token that replaces this one after its grace period' })),
    site_waits: Type.Boolean({ description: 'another site has presented the token; its owner must confirm it' }),
  }),
)
export type Token = Static<typeof Token>
export const TokenList = listOf('TokenList', Token)

/** The only response that contains a token. */
export const ShownToken = component(
  'ShownToken',
  Type.Object({ ...SHARED, token: Type.String({ description: 'shown only in this answer' }), message: Type.String() }),
)
export type ShownToken = Static<typeof ShownToken>
