import { IN_SEARCH, type ProductFilter, productConditions, RIALS } from '../catalog/products/product-view.ts'
import {
  CODE_MARK,
  NAME_MARK,
  type ReadTerms,
  readableTerms,
  readTerms,
  SEARCHED_COLUMNS,
  type SearchedContent,
  type SearchedVariant,
  searchTermsOf,
} from '../catalog/products/search-terms.ts'
import type { Sql, SqlValue } from '../platform/db/database.ts'
import type { QueryConcept } from './words/query-concepts.ts'

/** Maximum products that are scored. */
const MAX_CANDIDATES = 250
/** Maximum products per step, and the number from which on no further step is tried. */
const STEP = { bound: 200, enough: 200 }
/** With filters many products leave: when fewer than `MANY` of the first round meet them, a second round reads more. */
const FILTERED_ROUNDS = [
  { bound: 500, enough: 500 },
  { bound: 2_000, enough: 1_500 },
]
const MANY = 100
/** Maximum alternatives of a concept in the word index, besides the tenant's synonyms. */
const MAX_INDEXED = 12
/** "Everything" means at most this many of the rarest words: of sixteen words in a sentence no product has all. */
const MAX_TOGETHER = 6
/** With more hidden products than this, a step reads as many products as with a filter: all of the first ones may be hidden. */
const MAX_HIDDEN_IN_STEP = 20
/** Products whose words wait for their new form are split when they are asked for; at most this many a search. */
const MAX_SPLIT = 100

/** SQL: rials per unit of an Iranian currency, 1 for others. */
const RIALS_OR_ONE = `(case p.currency ${Object.entries(RIALS)
  .map(([currency, rials]) => `when '${currency}' then ${rials}`)
  .join(' ')} else 1 end)`

export interface FoundProduct {
  id: number
  inStock: boolean
  terms: ReadTerms
  /** For the order by price: in rials where the unit is Iranian; null without a price. */
  price: number | null
  createdAt: Date
  hasVariants: boolean
}

/**
 * The products worth scoring, in steps: SKUs; products with everything in the name; with the weightiest word in the name and the
 * rest anywhere; with everything; with all but one; with the rarest words. Each step has a bound, so that the work does not grow with
 * the catalogue. Only products that meet the filter are returned.
 */
export async function findCandidates(
  tx: Sql,
  filter: ProductFilter,
  concepts: QueryConcept[],
  codes: string[],
): Promise<FoundProduct[]> {
  const queries = queriesOf(concepts, codes)
  if (queries.length === 0) return []
  // Simple statements: the embedded database plans each one anew, and planning one with everything took longer than all of them.
  const source =
    filter.tenantId === null ? EVERYWHERE : 'select search_candidates($1::text[], $2::int[], $3::int) as id'
  const rounds = isFiltered(filter) ? FILTERED_ROUNDS : [STEP]
  for (const [round, { bound, enough }] of rounds.entries()) {
    const hits = await tx.query<{ id: number }>(source, [queries, queries.map(() => bound), enough])
    const ids = [...new Set(hits.map(({ id }) => id))]
    const isLast = round === rounds.length - 1 || hits.length < enough
    if (isLast && ids.length <= MAX_CANDIDATES) return await readMeeting(tx, filter, ids)
    const meeting = await meetingIds(tx, filter, ids)
    if (isLast || meeting.length >= MANY) {
      const first = meeting.slice(0, MAX_CANDIDATES)
      return inOrder(first, await readCandidates(tx, first))
    }
  }
  return []
}

/** Ids of the products that meet the filter, in their order. */
async function meetingIds(tx: Sql, filter: ProductFilter, ids: number[]): Promise<number[]> {
  const values: SqlValue[] = [ids]
  const rows = await tx.query<{ id: number }>(`select p.id ${fromMeeting(filter, values)}`, values)
  const meeting = new Set(rows.map(({ id }) => id))
  return ids.filter((id) => meeting.has(id))
}

function fromMeeting(filter: ProductFilter, values: SqlValue[]): string {
  const where = ['p.id = any($1::bigint[])', ...productConditions(filter, values), IN_SEARCH]
  return `from products p join stores s on s.id = p.store_id where ${where.join(' and ')}`
}

function inOrder(ids: number[], found: FoundProduct[]): FoundProduct[] {
  const byId = new Map(found.map((product) => [product.id, product]))
  return ids.flatMap((id) => byId.get(id) ?? [])
}

/** Those of the products that meet the filter, in their order. */
export async function readMeeting(tx: Sql, filter: ProductFilter, ids: number[]): Promise<FoundProduct[]> {
  if (ids.length === 0) return []
  const values: SqlValue[] = [ids]
  const rows = await tx.query<Row>(`select ${COLUMNS} ${fromMeeting(filter, values)}`, values)
  return inOrder(ids, await readRows(tx, rows))
}

/** Products by id, to be scored like the others; the caller has applied the filter. */
export async function readCandidates(tx: Sql, ids: number[]): Promise<FoundProduct[]> {
  const rows = await tx.query<Row>(`select ${COLUMNS} from products p where p.id = any($1::bigint[])`, [ids])
  return await readRows(tx, rows)
}

interface Row extends Omit<FoundProduct, 'terms'> {
  terms: string | null
  stateHash: string
}

const COLUMNS = `p.id, p.in_stock as "inStock", p.search_terms as terms, p.state_hash as "stateHash", p.created_at as "createdAt",
  p.variant_count > 0 as "hasVariants",
  (p.price * ${RIALS_OR_ONE})::float8 as price`

async function readRows(tx: Sql, rows: Row[]): Promise<FoundProduct[]> {
  const unread: Row[] = []
  const found: FoundProduct[] = []
  for (const { terms: column, stateHash, ...row } of rows) {
    const terms = readTerms(column, stateHash)
    if (terms) found.push({ ...row, terms })
    else if (unread.length < MAX_SPLIT) unread.push({ ...row, terms: null, stateHash })
  }
  return unread.length === 0 ? found : [...found, ...(await splitNow(tx, unread))]
}

/** For an admin, whose statements see all tenants: the same steps without a tenant. */
const EVERYWHERE = `select hit.id from unnest($1::text[], $2::int[]) with ordinality as step (query, bound, place)
  cross join lateral (select id from products where is_active and lexemes @@ step.query::tsquery and $3::int > 0 limit step.bound) hit
  order by step.place`

function isFiltered(filter: ProductFilter): boolean {
  const { tenantId: _, hidden = [], ...narrowing } = filter
  return hidden.length > MAX_HIDDEN_IN_STEP || Object.values(narrowing).some((each) => each != null)
}

async function splitNow(tx: Sql, products: Row[]): Promise<FoundProduct[]> {
  const rows = await tx.query<SearchedContent & { id: number; variants: SearchedVariant[] }>(
    `select p.id, ${SEARCHED_COLUMNS}
       from products p where p.id = any($1::bigint[])`,
    [products.map(({ id }) => id)],
  )
  const terms = new Map(rows.map((row) => [row.id, readableTerms(searchTermsOf(row, row.variants))]))
  return products.flatMap(({ stateHash: _, ...row }) => {
    const own = terms.get(row.id)
    return own === undefined ? [] : [{ ...row, terms: own }]
  })
}

/** The queries of the word index, the most precise first. Tokens contain only letters and digits. */
export function queriesOf(concepts: QueryConcept[], codes: string[]): string[] {
  const queries =
    codes.length === 0
      ? []
      : [codes.map((code) => `'${CODE_MARK}${code}'${isPrefixCode(code) ? ':*' : ''}`).join(' | ')]
  if (concepts.length === 0) return queries
  const inName = concepts.map((concept) => anyOf(concept, NAME_MARK))
  const anywhere = concepts.map((concept) => anyOf(concept, ''))
  const places = concepts
    .map((concept, place) => ({ place, weight: concept.weight * (concept.isThing ? 2 : 1) }))
    .sort((a, b) => b.weight - a.weight)
    .map(({ place }) => place)
  const rarest = places.slice(0, MAX_TOGETHER).map((place) => anywhere[place] ?? '')
  queries.push(inName.join(' & '))
  const [first] = places
  if (first !== undefined && rarest.length > 1) queries.push([inName[first], ...rarest.slice(1)].join(' & '))
  queries.push(rarest.join(' & '))
  if (concepts.length > 2 && concepts.length <= MAX_TOGETHER)
    queries.push(anywhere.map((_, left) => `(${anywhere.filter((__, at) => at !== left).join(' & ')})`).join(' | '))
  if (concepts.length > 1) {
    for (const place of places.slice(0, 3)) queries.push(inName[place] ?? '', anywhere[place] ?? '')
    queries.push(anywhere.join(' | '))
  }
  return queries
}

function isPrefixCode(code: string): boolean {
  return code.length >= 3 && /\d/.test(code)
}

/** Matches one alternative of the concept; for a compound in a name also all of its parts, anywhere also any of them. */
function anyOf(concept: QueryConcept, mark: string): string {
  const isAnywhere = mark === ''
  const wanted = isAnywhere ? withParts(concept) : indexed(concept)
  const own = fewest(wanted).map((tokens) => allOf(tokens, mark))
  const parts = isAnywhere ? [] : concept.parts.map((part) => anyOf(part, mark))
  return `(${[...own, ...(parts.length > 1 ? [`(${parts.join(' & ')})`] : parts)].join(' | ')})`
}

function indexed({ alternatives }: QueryConcept): string[][] {
  return alternatives.filter(({ by }, at) => at < MAX_INDEXED || by === 'tenant_synonym').map(({ tokens }) => tokens)
}

function withParts(concept: QueryConcept): string[][] {
  return [...indexed(concept), ...concept.parts.flatMap(withParts)]
}

/** Without the alternatives that another one implies: "shoe" finds "sport shoe", and each word costs the index a list to read. */
function fewest(alternatives: string[][]): string[][] {
  const single = new Set(alternatives.filter(({ length }) => length === 1).map(([token]) => token))
  const rest = alternatives
    .filter(({ length }) => length > 1)
    .filter((tokens) => !tokens.some((each) => single.has(each)))
  return [...[...single].map((token) => [token ?? '']), ...rest]
}

function allOf(tokens: string[], mark: string): string {
  const literals = tokens.map((token) => `'${mark}${token.replaceAll("'", "''")}'`)
  return literals.length === 1 ? (literals[0] ?? '') : `(${literals.join(' & ')})`
}
