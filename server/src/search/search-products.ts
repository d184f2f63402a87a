import type { ProductFilter } from '../catalog/products/product-view.ts'
import type { Database, Sql } from '../platform/db/database.ts'
import type { Curations } from './curation/curation.ts'
import { queryKey } from './curation/phrase-keys.ts'
import { findCandidates, readMeeting } from './find-candidates.ts'
import { type RankedAnswer, type Ranking, rankProducts, type SearchOrder } from './rank-products.ts'
import { loadThesaurus } from './thesaurus/load-thesaurus.ts'
import { applyPrice, type UnderstoodPrice } from './understand/apply-price.ts'
import { type UnderstandingPart, understandQuery } from './understand/understand-query.ts'
import type { QueryEmbedder } from './vectors/embed-query.ts'
import type { Asker } from './vectors/query-vectors.ts'
import { fixLayout } from './words/fix-layout.ts'
import { queryCodes } from './words/query-codes.ts'
import { conceptsOf, type QueryConcept, queryWords } from './words/query-concepts.ts'
import { indexRelatedWords, type RelatedWords } from './words/related-words.ts'
import type { Vocabularies } from './words/vocabulary.ts'

/** How the query was read. */
export interface Understood {
  /** The words that were searched for. */
  text: string
  /** The query in the other keyboard layout, when it was typed with the wrong one. */
  layout: string | null
  price: UnderstoodPrice | null
  in_stock: boolean | null
  sort: SearchOrder | null
  /** Words that only make a question of the query. */
  ignored: string[]
  /** Each word, whether the shop's names and labels have it, and what else was looked for in its place. */
  words: { word: string; known: boolean; also: string[] }[]
}

export interface Found extends RankedAnswer {
  /** True when the query's vector did not arrive in time: the results come from words only. */
  degraded: boolean
  understood: Understood
}

export interface SearchParts {
  db: Database
  queries: QueryEmbedder
  vocabularies: Vocabularies
  curations: Curations
}

export interface SearchRequest {
  query: string
  /** Explicit filters; they win over those that the query expresses. */
  filter: ProductFilter
  limit: number
  offset?: number
  /** Relevance below which nothing is an answer. */
  floor: number
  /** null: by relevance, or as the query asks. */
  sort?: SearchOrder | null
  facets?: boolean
  /** Parts of understanding that are switched off. */
  literal?: ReadonlySet<UnderstandingPart>
}

const MAX_ALSO = 5

let relatedWords: RelatedWords | undefined
/** The thesaurus, indexed at the first call: that takes 0.4 s, so the server calls it as soon as it serves. */
export function shoppingWords(): RelatedWords {
  relatedWords ??= indexRelatedWords(loadThesaurus())
  return relatedWords
}
const NO_RELATED_WORDS: RelatedWords = {
  longest: 1,
  namedBy: () => [],
  namesNear: () => [],
  isOtherThing: () => false,
}

/**
 * Finds a tenant's products. Words decide; the vectors of a model add products that say it in other words. Every result is joined to
 * the current product, so that hidden products are not found and prices are current. The query is embedded for `asker`: the asking
 * tenant, or null for an admin, independent of the filter.
 */
export async function searchProducts(
  { db, queries, vocabularies, curations, asker }: SearchParts & { asker: Asker },
  request: SearchRequest,
): Promise<Found> {
  const { tenantId } = request.filter
  const access = tenantId === null ? db.service : db.forTenant(tenantId)
  const read = (tx: Sql) => readQuery(tx, { vocabularies, curations }, request)
  if (!/[\p{L}\p{N}]/u.test(request.query)) {
    const understood = {
      ...understandQuery(request.query),
      text: '',
      layout: null,
      price: null,
      in_stock: null,
      words: [],
    }
    const { inStock: _, ...rest } = understood
    return { ...nothing(), degraded: false, understood: rest }
  }
  if (await queries.isOffline()) {
    return await access.transaction(async (tx) => {
      const { understood, ranking } = await read(tx)
      return { ...(await rankProducts(tx, { ...ranking, vector: null })), degraded: false, understood }
    })
  }
  const [{ understood, ranking }, vector] = await Promise.all([
    access.transaction(read),
    queries.embed(request.query, asker),
  ])
  const ranked = await access.transaction((tx) => rankProducts(tx, { ...ranking, vector }))
  return { ...ranked, degraded: vector === null, understood }
}

/** The answer without any product. */
export function nothing(): RankedAnswer {
  return {
    results: [],
    answered: false,
    did_you_mean: null,
    nearest_categories: [],
    emptied_by: [],
    total: 0,
    next: null,
    facets: null,
  }
}

async function readQuery(
  tx: Sql,
  { vocabularies, curations }: Pick<SearchParts, 'vocabularies' | 'curations'>,
  { query, filter, sort, literal = new Set(), ...paging }: SearchRequest,
): Promise<{ understood: Understood; ranking: Omit<Ranking, 'vector'> }> {
  const words = await vocabularies.read(tx, filter.tenantId)
  const curation = await curations.read(tx, words, filter.tenantId)
  const related = literal.has('related') ? NO_RELATED_WORDS : curation.related
  const layout = literal.has('layout') ? null : fixLayout(query, words, curation.related)
  const typed = layout ?? query
  const said = understandQuery(typed, literal)
  const hasPrice = filter.minPrice != null || filter.maxPrice != null
  const priced = said.price && !hasPrice ? await applyPrice(tx, said.price, filter) : null
  const narrowed: ProductFilter = { ...(priced?.filter ?? filter) }
  if (narrowed.inStock === undefined && said.inStock !== null) narrowed.inStock = said.inStock
  const key = curation.hasQueries ? queryKey(typed) : ''
  narrowed.hidden = curation.hiddenFrom(key)
  const concepts = conceptsOf(queryWords(said.text), words, related, !literal.has('spelling'))
  const codes = queryCodes(said.text)
  const candidates = await findCandidates(tx, narrowed, concepts, codes)
  const pinned = await readMeeting(tx, narrowed, curation.pinnedTo(key))
  const order = sort ?? said.sort ?? 'relevance'
  return {
    understood: {
      text: said.text,
      layout,
      price: priced?.price ?? null,
      in_stock: filter.inStock === undefined ? said.inStock : null,
      sort: sort == null ? said.sort : null,
      ignored: said.ignored,
      words: concepts.map(wordOf),
    },
    ranking: {
      concepts,
      related,
      candidates,
      pinned,
      codes,
      filter: narrowed,
      given: filter,
      order,
      layout,
      floor: paging.floor,
      limit: paging.limit,
      offset: paging.offset ?? 0,
      hasFacets: paging.facets ?? false,
    },
  }
}

function wordOf(concept: QueryConcept): Understood['words'][number] {
  const also = concept.alternatives.filter(({ by }) => by !== 'exact').map(({ tokens }) => tokens.join(' '))
  return { word: concept.text, known: concept.isKnown, also: also.slice(0, MAX_ALSO) }
}
