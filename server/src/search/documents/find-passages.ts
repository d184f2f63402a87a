import type { DocumentKind, ShopFacts } from '../../knowledge/documents/document-schemas.ts'
import type { Sql, SqlValue } from '../../platform/db/database.ts'
import { indexTokens } from '../../platform/text/index-tokens.ts'
import { tsqueryLiteral } from '../../platform/text/language.ts'
import { FLOOR } from '../score-products.ts'
import { type SearchParts, shoppingWords } from '../search-products.ts'
import type { QueryVector } from '../vectors/embed-query.ts'
import type { Asker } from '../vectors/query-vectors.ts'
import { type ReadQuestion, rate, readQuestion } from './read-question.ts'

/** A passage of a shop's page that answers a question. */
export interface FoundPassage {
  id: number
  external_id: string
  store: { id: number; name: string }
  kind: DocumentKind
  title: string
  url: string
  text: string
  /** Share of the question that the passage has, 0 to 1. */
  relevance: number
}

/** Facts about one store. */
export interface StoreFacts {
  store: { id: number; name: string }
  shop: ShopFacts
}

export interface DocumentFilter {
  tenantId: number | null
  storeId?: number | null | undefined
  storeIds?: number[] | undefined
  environment?: 'live' | 'test' | null | undefined
  kind?: DocumentKind | undefined
}

export interface FoundDocuments {
  passages: FoundPassage[]
  /** At most 5 stores. */
  facts: StoreFacts[]
  /** False: none of the stores has sent a page. */
  hasDocuments: boolean
  /** Subjects of the question. */
  subjects: string[]
  degraded: boolean
}

/** Passages that are scored: those with most words of the question, and the nearest ones. */
const MAX_BY_WORDS = 200
const MAX_BY_VECTOR = 20
/** Passages of one document in an answer. */
const MAX_OF_ONE = 2
const MAX_FACTS = 5
/** Vectors whose similarities tell how far one stands out. */
const SAMPLE = 400
const MIN_SAMPLE = 30
/** As for products: meaning alone never makes a sure answer. */
const RELEVANCE_BY_MEANING = 0.6

interface Row {
  chunkId: number
  id: number
  externalId: string
  storeId: number
  storeName: string
  kind: DocumentKind
  title: string
  url: string
  text: string
}

const COLUMNS = `c.id as "chunkId", d.id, 'page_' || d.external_id as "externalId", d.kind, d.title, d.url, c.text,
  s.id as "storeId", s.name as "storeName"`
const SOURCE = 'knowledge_chunks c join documents d on d.id = c.document_id join stores s on s.id = d.store_id'

/**
 * The passages of shops' pages that answer a question, the best first, and facts about the shops. Words are compared, and vectors
 * where a model is active. Without a query: the beginning of each page of the kind. Only what reaches `floor` is an answer.
 */
export async function findPassages(
  { db, queries, vocabularies, asker }: Pick<SearchParts, 'db' | 'queries' | 'vocabularies'> & { asker: Asker },
  { query, filter, limit, floor = FLOOR }: { query: string; filter: DocumentFilter; limit: number; floor?: number },
): Promise<FoundDocuments> {
  const { tenantId } = filter
  const access = tenantId === null ? db.service : db.forTenant(tenantId)
  const held = await access.transaction(async (tx) => {
    const facts = await readFacts(tx, filter)
    if (!(await hasDocuments(tx, filter))) return { facts, passages: null }
    return { facts, passages: await readWords(tx, query, filter, vocabularies) }
  })
  const { facts } = held
  if (held.passages === null)
    return { passages: [], facts, hasDocuments: false, subjects: subjectsOf(query), degraded: false }
  const { question, rows } = held.passages
  const usesVectors = query !== '' && tenantId !== null && !(await queries.isOffline())
  const vector = usesVectors ? await queries.embed(query, asker) : null
  const near = vector === null ? [] : await access.transaction((tx) => readNear(tx, vector, filter))
  const nearness = new Map(near.map((row) => [row.chunkId, row.nearness]))
  const all = new Map([...rows, ...near].map((row) => [row.chunkId, row]))
  const rated = [...all.values()]
    .map((row) => {
      const own =
        question === null ? { relevance: 1, score: 1 } : rate(question, new Set(indexTokens(row.text)), row.kind)
      const meaning = nearness.get(row.chunkId) ?? 0
      const relevance = Math.max(own.relevance, meaning * RELEVANCE_BY_MEANING)
      return { row, relevance, score: Math.max(own.score, relevance) + 0.3 * meaning }
    })
    .filter(({ relevance }) => relevance >= floor)
    .sort((a, b) => b.score - a.score || a.row.chunkId - b.row.chunkId)
  const perDocument = new Map<number, number>()
  const passages = rated.flatMap(({ row, relevance }): FoundPassage[] => {
    const count = perDocument.get(row.id) ?? 0
    perDocument.set(row.id, count + 1)
    if (count >= MAX_OF_ONE) return []
    const { id, externalId, storeId, storeName, kind, title, url, text } = row
    const store = { id: storeId, name: storeName }
    return [
      { id, external_id: externalId, store, kind, title, url, text, relevance: Math.round(relevance * 1000) / 1000 },
    ]
  })
  return {
    passages: passages.slice(0, limit),
    facts,
    hasDocuments: true,
    subjects: question?.subjects ?? [],
    degraded: usesVectors && vector === null,
  }
}

function subjectsOf(query: string): string[] {
  return readQuestion(query, () => false).subjects
}

/**
 * True when a question may be about the shop and not about a product: it names a subject, or it is a question. Other queries show
 * no passages beside the products.
 */
export function mayAskAboutShop(query: string): boolean {
  const { subjects, isQuestion } = readQuestion(query, () => false)
  return subjects.length > 0 || isQuestion
}

function conditions(filter: DocumentFilter, of: string, values: SqlValue[]): string[] {
  const { tenantId, storeId, storeIds, environment } = filter
  const where: string[] = ['s.deleted_at is null']
  const bind = (value: SqlValue) => {
    values.push(value)
    return `$${values.length}`
  }
  if (tenantId !== null) where.push(`${of}.tenant_id = ${bind(tenantId)}::bigint`)
  if (storeId != null) where.push(`${of}.store_id = ${bind(storeId)}::bigint`)
  if (storeIds !== undefined) where.push(`${of}.store_id = any(${bind(storeIds)}::bigint[])`)
  if (environment != null) where.push(`s.environment = ${bind(environment)}`)
  return where
}

async function hasDocuments(tx: Sql, filter: DocumentFilter): Promise<boolean> {
  const values: SqlValue[] = []
  const where = conditions(filter, 'd', values)
  const [row] = await tx.query(
    `select 1 from documents d join stores s on s.id = d.store_id where ${where.join(' and ')} limit 1`,
    values,
  )
  return row !== undefined
}

/** The facts about the stores, of at most 5 of them. */
export async function readFacts(tx: Sql, filter: DocumentFilter): Promise<StoreFacts[]> {
  const values: SqlValue[] = []
  const where = conditions(filter, 'd', values)
  const rows = await tx.query<{ id: number; name: string; shop: ShopFacts }>(
    `select s.id, s.name, d.shop from document_sets d join stores s on s.id = d.store_id
      where ${where.join(' and ')} and d.shop is not null order by s.id limit ${MAX_FACTS}`,
    values,
  )
  return rows.map(({ id, name, shop }) => ({ store: { id, name }, shop }))
}

async function readWords(
  tx: Sql,
  query: string,
  filter: DocumentFilter,
  vocabularies: SearchParts['vocabularies'],
): Promise<{ question: ReadQuestion | null; rows: Row[] }> {
  const values: SqlValue[] = []
  const where = [...conditions(filter, 'c', values), 'c.document_id is not null']
  if (filter.kind !== undefined) {
    values.push(filter.kind)
    where.push(`d.kind = $${values.length}`)
  }
  if (query === '') {
    const rows = await tx.query<Row>(
      `select ${COLUMNS} from ${SOURCE} where ${where.join(' and ')} and c.position = 0 order by d.kind, d.id limit ${MAX_BY_WORDS}`,
      values,
    )
    return { question: null, rows }
  }
  const words = await vocabularies.read(tx, filter.tenantId)
  const related = shoppingWords()
  const question = readQuestion(
    query,
    (token) =>
      words.some((vocabulary) => vocabulary.count(token) > 0) ||
      related.namedBy([token]).some(({ isThing }) => isThing),
  )
  const kinds = question.asked.flatMap((each) => each.kinds)
  values.push(
    tsqueryLiteral([...new Set(question.asked.flatMap((each) => [...each.words, ...each.parts]))], 'any'),
    kinds,
  )
  const [tsquery, kindList] = [`$${values.length - 1}::text::tsquery`, `$${values.length}::text[]`]
  const rows = await tx.query<Row>(
    `select ${COLUMNS} from ${SOURCE}
      where ${where.join(' and ')} and (c.lexemes @@ ${tsquery} or d.kind = any(${kindList}))
      order by d.kind = any(${kindList}) desc, ts_rank(c.lexemes, ${tsquery}) desc, c.id limit ${MAX_BY_WORDS}`,
    values,
  )
  return { question, rows }
}

/** The passages whose vectors are nearest, and how far each stands out among the tenant's chunks, 0 to 1. */
async function readNear(
  tx: Sql,
  { vector, profileId }: QueryVector,
  filter: DocumentFilter,
): Promise<(Row & { nearness: number })[]> {
  const values: SqlValue[] = [vector, profileId]
  const where = [...conditions(filter, 'c', values), 'c.document_id is not null', 'e.profile_id = $2::bigint']
  if (filter.kind !== undefined) {
    values.push(filter.kind)
    where.push(`d.kind = $${values.length}`)
  }
  const rows = await tx.query<Row & { likeness: number }>(
    `select ${COLUMNS}, 1 - (e.embedding <=> $1::vector) as likeness
       from ${SOURCE} join chunk_embeddings e on e.chunk_id = c.id
      where ${where.join(' and ')} order by likeness desc limit ${MAX_BY_VECTOR}`,
    values,
  )
  if (rows.length === 0) return []
  const [all] = await tx.query<{ mean: number; spread: number; count: number }>(
    `select coalesce(avg(likeness), 0) as mean, coalesce(stddev_samp(likeness), 0) as spread, count(*)::int as count
       from (select 1 - (embedding <=> $1::vector) as likeness from chunk_embeddings
              where tenant_id = $3::bigint and profile_id = $2::bigint limit ${SAMPLE}) sample`,
    [vector, profileId, filter.tenantId],
  )
  const { mean, spread, count } = all ?? { mean: 0, spread: 0, count: 0 }
  const isTelling = spread > 0 && count >= MIN_SAMPLE
  return rows.map(({ likeness, ...row }) => ({
    ...row,
    nearness: isTelling ? Math.max(0, Math.min(1, ((likeness - mean) / spread - 2) / 3)) : 0,
  }))
}
