import { type Static, Type } from 'typebox'
import { PRODUCT_FIELDS } from '../catalog/products/product-view.ts'
import { component, decimal, nullable, oneOf, record } from '../platform/http/contract.ts'

import { DocumentPassage } from './documents/document-answers.ts'

const FIELDS = ['name', 'category', 'attribute', 'tag', 'sku', 'short_description', 'description'] as const

const MatchedWord = component(
  'MatchedWord',
  Type.Object({
    word: Type.String({ description: 'a word of the query' }),
    found: Type.String({ description: 'the word of the product that was found for it' }),
    by: Type.String({
      description:
        'how: exact, joined, split, unit, sound, spelling, form, prefix, tenant_synonym, synonym, narrower, broader, related',
    }),
    fields: Type.Array(oneOf(FIELDS)),
  }),
)

/** The product has only the requested fields. */
export const SearchResult = component(
  'SearchResult',
  Type.Object({
    product: Type.Partial(Type.Object(PRODUCT_FIELDS)),
    chunk: Type.Object({ text: Type.String() }),
    score: Type.Number({ description: 'orders the results of one query; not comparable between queries' }),
    match: oneOf(['strong', 'partial', 'weak']),
    relevance: Type.Number({ description: 'share of the query that the product has, 0 to 1' }),
    matched: Type.Object({ words: Type.Array(Type.String()), fields: Type.Array(oneOf(FIELDS)) }),
    matched_variants: Type.Array(
      Type.Object({
        id: Type.Integer(),
        sku: Type.String(),
        attributes: record(Type.String()),
        price: nullable(decimal()),
        in_stock: Type.Boolean(),
      }),
      { description: 'variants that have what was asked for and meet the filters, the best first' },
    ),
    price_range: nullable(Type.Object({ min: decimal(), max: decimal() })),
    pinned: Type.Boolean({ description: 'true when the tenant pinned the product to this query' }),
    why: Type.Optional(Type.Array(MatchedWord, { description: 'only with explain' })),
  }),
)
export type SearchResult = Static<typeof SearchResult>

export const Understood = component(
  'UnderstoodQuery',
  Type.Object({
    text: Type.String({ description: 'the words that were searched for' }),
    layout: nullable(
      Type.String({ description: 'the query in the other keyboard layout, when it was typed in the wrong one' }),
    ),
    price: nullable(
      Type.Object({
        min: nullable(decimal()),
        max: nullable(decimal()),
        currency: nullable(Type.String()),
        about: Type.Boolean(),
        applied: Type.Boolean({
          description: 'false: the unit cannot be converted into the shop’s, so every price is shown',
        }),
      }),
    ),
    in_stock: nullable(Type.Boolean()),
    sort: nullable(oneOf(['relevance', 'price', '-price', 'newest'])),
    ignored: Type.Array(Type.String(), { description: 'words that only make a question of the query' }),
    words: Type.Array(
      Type.Object({
        word: Type.String(),
        known: Type.Boolean({ description: 'true when names or labels of the shop contain it' }),
        also: Type.Array(Type.String(), { description: 'what else was looked for in its place' }),
      }),
    ),
  }),
)

const Facet = Type.Object({ value: Type.String(), products: Type.Integer() })
const Facets = component(
  'SearchFacets',
  Type.Object({
    categories: Type.Array(Facet),
    in_stock: Type.Object({ true: Type.Integer(), false: Type.Integer() }),
    prices: Type.Array(
      Type.Object({ currency: Type.String(), min: decimal(), max: decimal(), products: Type.Integer() }),
    ),
    attributes: Type.Array(Type.Object({ name: Type.String(), values: Type.Array(Facet) })),
  }),
)

/** Fields may be added: clients ignore those that they do not know. */
export const SearchAnswer = component(
  'SearchAnswer',
  Type.Object({
    question_id: nullable(
      Type.String({
        format: 'uuid',
        description: 'the id of this question, for feedback; null on further pages and for searches of users',
      }),
    ),
    results: Type.Array(SearchResult),
    documents: Type.Array(DocumentPassage, {
      description: 'at most 3 passages of the shop’s pages (shipping, returns …) that answer the question',
    }),
    answered: Type.Boolean({
      description: 'false: the shop has nothing that was asked for; results and documents are empty',
    }),
    did_you_mean: nullable(Type.String({ description: 'the query with corrected spelling' })),
    nearest_categories: Type.Array(Type.String(), { description: 'when nothing was found' }),
    emptied_by: Type.Array(oneOf(['store', 'in_stock', 'price', 'category']), {
      description: 'filters without which products would have been found',
    }),
    total: Type.Integer({ description: 'number of products found, up to the 200 that can be paged' }),
    next: nullable(Type.String({ description: 'cursor of the next page; null on the last one' })),
    facets: nullable(Facets),
    degraded: Type.Boolean({
      description: 'true when the query’s vector did not arrive in time: the results come from words only',
    }),
    understood: Understood,
    floor: Type.Number({ description: 'relevance from which a product counts as an answer' }),
    took_ms: Type.Number(),
  }),
)
export type SearchAnswer = Static<typeof SearchAnswer>
