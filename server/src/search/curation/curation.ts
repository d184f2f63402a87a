import { LRUCache } from 'lru-cache'
import type { Sql } from '../../platform/db/database.ts'
import type { RelatedWords } from '../words/related-words.ts'
import type { Vocabulary } from '../words/vocabulary.ts'
import { CURATION_ROW } from './curation-version.ts'
import { queryKey } from './phrase-keys.ts'
import { type SynonymGroup, withSynonyms } from './tenant-synonyms.ts'

/** Maximum memory of all tenants' synonyms and rules; a tenant at all limits takes about 5 MB. */
const MAX_BYTES = 32_000_000
const BYTES_PER_RULE = 300
const BYTES_PER_WORD = 400

/** A tenant's part in search: its synonyms with the thesaurus, its pins and its hides. */
export interface Curation {
  related: RelatedWords
  /** Ids of the products that are pinned to a query (as `queryKey` gives it), in their order. */
  pinnedTo(key: string): number[]
  /** Ids of the products that a query must not find. */
  hiddenFrom(key: string): number[]
  /** False: no rule depends on the query, and its key need not be known. */
  hasQueries: boolean
}

export interface Curations {
  /** The tenant's synonyms and rules as the transaction sees them; null (all tenants) has none. */
  read(tx: Sql, vocabularies: Vocabulary[], tenantId: number | null): Promise<Curation>
}

interface Kept extends Curation {
  version: number
  bytes: number
}

/** Keeps synonyms and rules in memory; they are read again when the vocabulary, which each search reads, has a newer version of them. */
export function createCurations(thesaurus: () => RelatedWords): Curations {
  const kept = new LRUCache<number, Kept>({ maxSize: MAX_BYTES, sizeCalculation: ({ bytes }) => bytes })
  const none = (): Curation => ({
    related: thesaurus(),
    pinnedTo: () => [],
    hiddenFrom: () => [],
    hasQueries: false,
  })
  return {
    read: async (tx, [vocabulary], tenantId) => {
      if (tenantId === null || vocabulary === undefined || vocabulary.curationVersion === 0) return none()
      const version = vocabulary.curationVersion
      const known = kept.get(tenantId)
      if (known?.version === version) return known
      const found = await readCuration(tx, tenantId, thesaurus())
      kept.set(tenantId, found)
      return found
    },
  }
}

interface RuleRow {
  kind: 'pin' | 'hide'
  query: string | null
  productId: number
}

/** The version is that of this transaction: a read replica may be behind the one that gave the vocabulary. */
async function readCuration(tx: Sql, tenantId: number, thesaurus: RelatedWords): Promise<Kept> {
  const [row] = await tx.query<{ version: number }>(
    'select seq as version from search_words where tenant_id = $1 and word = $2',
    [tenantId, CURATION_ROW],
  )
  const groups = await tx.query<SynonymGroup>(
    'select word, words from search_synonyms where tenant_id = $1 order by id',
    [tenantId],
  )
  const rules = await tx.query<RuleRow>(
    `select kind, query, product_id as "productId" from search_rules where tenant_id = $1
      order by kind, query_key, position, id`,
    [tenantId],
  )
  const pins = new Map<string, number[]>()
  const hides = new Map<string, number[]>()
  for (const { kind, query, productId } of rules) {
    const list = kind === 'pin' ? pins : hides
    const key = query === null ? EVERYWHERE : queryKey(query)
    list.set(key, [...(list.get(key) ?? []), productId])
  }
  const everywhere = hides.get(EVERYWHERE) ?? []
  const words = groups.reduce((sum, group) => sum + group.words.length + 1, 0)
  return {
    version: row?.version ?? 0,
    related: withSynonyms(thesaurus, groups),
    pinnedTo: (key) => pins.get(key) ?? [],
    hiddenFrom: (key) => (key === EVERYWHERE ? everywhere : [...everywhere, ...(hides.get(key) ?? [])]),
    hasQueries: rules.some(({ query }) => query !== null),
    bytes: 1_000 + BYTES_PER_WORD * words + BYTES_PER_RULE * rules.length,
  }
}

/** Key of the rules of every search; no query with a word has it. */
const EVERYWHERE = ''
