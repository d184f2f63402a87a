import type { Database } from '../../platform/db/database.ts'
import { answersByFacts } from '../../search/documents/document-answers.ts'
import { nothingFound } from '../../search/documents/document-search-routes.ts'
import { findPassages } from '../../search/documents/find-passages.ts'
import type { Reader } from '../../tenants/authenticate.ts'
import type { Caller, CatalogParts } from '../catalog/catalog-scope.ts'
import type { PoliciesRequest } from '../catalog/requests.ts'
import { visibleLine } from '../catalog/visible-text.ts'
import { visibleFacts, visiblePassage } from './shop-facts.ts'

/** Passages of one answer, and their length: together with the facts below 4,000 tokens. */
const MAX_PASSAGES = 5
const MAX_TEXT = 1_200

export interface PoliciesAnswer {
  /** For feedback. */
  question_id?: string
  results: ReturnType<typeof visiblePassage>[]
  answered: boolean
  shops: Record<string, unknown>[]
  message?: string
}

/** The tool `search_shop_policies_and_faqs`: passages of the shop's pages with their addresses, and what the shop says of itself. */
export async function searchPolicies(
  parts: CatalogParts,
  caller: Caller,
  { query, store_id: asksFor }: PoliciesRequest,
): Promise<PoliciesAnswer> {
  const startedAt = performance.now()
  const { reader, language } = caller
  const { tenantId, environment, storeId } = reader
  if (asksFor !== undefined && storeId !== null && asksFor !== storeId)
    return { results: [], answered: false, shops: [], message: nothingFound(false, language) }
  const question = visibleLine(query)
  const { passages, facts, hasDocuments, subjects, degraded } = await findPassages(
    { ...parts, asker: tenantId },
    {
      query: question,
      filter: { tenantId, environment, storeId: storeId ?? asksFor ?? null },
      limit: MAX_PASSAGES,
    },
  )
  const results = passages.map((passage) => visiblePassage(passage, MAX_TEXT))
  const answered = results.length > 0 || answersByFacts(facts, subjects)
  const questionId =
    question === ''
      ? null
      : parts.questions.note(caller, {
          query: question,
          storeId: storeId ?? asksFor ?? null,
          understood: null,
          filters: {},
          results: passages.length,
          productIds: [],
          documentIds: passages.map(({ id }) => id),
          relevance: passages[0]?.relevance ?? null,
          answered,
          degraded,
          startedAt,
        })
  return {
    ...(questionId !== null && { question_id: questionId }),
    results,
    answered,
    shops: facts.map(visibleFacts),
    ...(results.length === 0 && { message: nothingFound(hasDocuments, language) }),
  }
}

/** True when a store of the caller has sent pages or facts: only then the tool is listed. */
export async function hasPolicies(db: Database, reader: Reader): Promise<boolean> {
  const { tenantId, storeId, environment } = reader
  const [row] = await db.inScope(reader.scope).query(
    `select 1 from document_sets d join stores s on s.id = d.store_id
      where ($1::bigint is null or d.tenant_id = $1) and ($2::bigint is null or s.id = $2)
        and ($3::text is null or s.environment = $3) and s.deleted_at is null
        and (d.shop is not null or exists (select 1 from documents n where n.store_id = d.store_id)) limit 1`,
    [tenantId, storeId, environment],
  )
  return row !== undefined
}
