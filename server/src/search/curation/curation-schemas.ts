import { type Static, Type } from 'typebox'
import { bodyComponent, component, nullable, oneOf, time } from '../../platform/http/contract.ts'
import { listOf, PageQuery } from '../../platform/http/lists.ts'
import { idSchema, localized } from '../../platform/http/validation.ts'
import { StoreReference, UserReference } from '../../tenants/credentials.ts'

/** Limits of a tenant. */
export const MAX_SYNONYM_GROUPS = 1_000
export const MAX_RULES = 500
export const MAX_PINS_OF_A_QUERY = 10
/** Limits of a group of synonyms. */
const MAX_WORDS = 20
export const MAX_WORD_LENGTH = 60
const MAX_QUERY_LENGTH = 200

const AUTHORS = ['admin', 'owner', 'operator'] as const
export const RULE_KINDS = ['pin', 'hide'] as const

const userId = Type.String({ format: 'uuid', ...localized('the id of a user', 'شناسهٔ یک کاربر') })
const oneWord = Type.String({
  minLength: 1,
  maxLength: MAX_WORD_LENGTH,
  ...localized(`a word or a phrase of 1 to ${MAX_WORD_LENGTH} characters`, `کلمه یا عبارتی با ۱ تا ۶۰ نویسه`),
})
const words = Type.Array(oneWord, {
  minItems: 1,
  maxItems: MAX_WORDS,
  ...localized(`a list of 1 to ${MAX_WORDS} words or phrases`, 'فهرستی از ۱ تا ۲۰ کلمه یا عبارت'),
})
const word = Type.Union(
  [oneWord, Type.Null()],
  localized(
    `the word that also finds the others, and not the reverse; null when all words mean the same`,
    'کلمه‌ای که کلمه‌های دیگر را هم پیدا می‌کند و نه برعکس؛ null اگر همهٔ کلمه‌ها مترادف باشند',
  ),
)
const query = Type.String({
  minLength: 1,
  maxLength: MAX_QUERY_LENGTH,
  ...localized(`a search text of 1 to ${MAX_QUERY_LENGTH} characters`, 'عبارت جست‌وجویی با ۱ تا ۲۰۰ نویسه'),
})
const position = Type.Integer({
  minimum: 1,
  maximum: MAX_PINS_OF_A_QUERY,
  ...localized(`a place from 1 to ${MAX_PINS_OF_A_QUERY}`, 'جایگاهی از ۱ تا ۱۰'),
})
const kind = oneOf(RULE_KINDS, localized('pin or hide', 'یکی از pin یا hide'))

export const CurationParams = Type.Object({ id: idSchema(localized('a whole number', 'یک عدد صحیح')) })

export const SynonymsQuery = Type.Object({ user_id: Type.Optional(userId), ...PageQuery })

export const NewSynonymBody = bodyComponent(
  'NewSynonym',
  Type.Object({ words, word: Type.Optional(word), user_id: Type.Optional(userId) }, { additionalProperties: false }),
)
export type NewSynonymBody = Static<typeof NewSynonymBody>

export const SynonymChange = bodyComponent(
  'SynonymChange',
  Type.Object({ words: Type.Optional(words), word: Type.Optional(word) }, { additionalProperties: false }),
)
export type SynonymChange = Static<typeof SynonymChange>

export const Synonym = component(
  'Synonym',
  Type.Object({
    id: Type.Integer(),
    word: nullable(Type.String({ description: 'null: all words mean the same' })),
    words: Type.Array(Type.String()),
    user: UserReference,
    created_by: oneOf(AUTHORS),
    created_at: time(),
    updated_at: time(),
  }),
)
export type Synonym = Static<typeof Synonym>
export const SynonymList = listOf('SynonymList', Synonym)

export const RulesQuery = Type.Object({
  user_id: Type.Optional(userId),
  kind: Type.Optional(kind),
  query: Type.Optional(query),
  product_id: Type.Optional(idSchema(localized('the id of a product', 'شناسهٔ یک محصول'))),
  ...PageQuery,
})

export const NewRuleBody = bodyComponent(
  'NewSearchRule',
  Type.Object(
    {
      kind,
      product_id: idSchema(localized('the id of a product', 'شناسهٔ یک محصول')),
      query: Type.Optional(
        Type.Union(
          [query, Type.Null()],
          localized(
            `a search text of 1 to ${MAX_QUERY_LENGTH} characters; null hides the product from every search`,
            'عبارت جست‌وجویی با ۱ تا ۲۰۰ نویسه؛ null محصول را از همهٔ جست‌وجوها پنهان می‌کند',
          ),
        ),
      ),
      position: Type.Optional(position),
    },
    { additionalProperties: false },
  ),
)
export type NewRuleBody = Static<typeof NewRuleBody>

export const RuleChange = bodyComponent('SearchRuleChange', Type.Object({ position }, { additionalProperties: false }))

export const SearchRule = component(
  'SearchRule',
  Type.Object({
    id: Type.Integer(),
    kind: oneOf(RULE_KINDS),
    query: nullable(Type.String({ description: 'null: every search' })),
    position: nullable(Type.Integer({ description: 'of a pin: its place among those of its query, from 1' })),
    product: Type.Object({
      id: Type.Integer(),
      external_id: Type.String(),
      name: Type.String(),
      image: Type.String({ description: 'the address of its picture; empty without one' }),
      is_active: Type.Boolean({ description: 'false: the shop does not show it, so a pin has no effect now' }),
      in_stock: Type.Boolean(),
    }),
    store: StoreReference,
    user: UserReference,
    created_by: oneOf(AUTHORS),
    created_at: time(),
  }),
)
export type SearchRule = Static<typeof SearchRule>
export const SearchRuleList = listOf('SearchRuleList', SearchRule)
