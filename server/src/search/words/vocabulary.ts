import { LRUCache } from 'lru-cache'
import type { Sql } from '../../platform/db/database.ts'
import { skeletonsOf, spokenForms } from '../../platform/text/phonetic.ts'
import { CURATION_ROW } from '../curation/curation-version.ts'

/** Maximum memory of all vocabularies; 50,000 words take about 10 MB. */
const MAX_BYTES = 128_000_000
const BYTES_PER_WORD = 200
/** After this time all counts of a vocabulary are read again. New and vanished words are known at once. */
const MAX_AGE_MS = 10 * 60_000
/** An admin's search over all tenants expands its words with the vocabularies of this many tenants only. */
const MAX_TENANTS = 20
/** Maximum words of one lookup by prefix that are compared by their number of products. */
const MAX_PREFIX_SCAN = 400
/** Sorting 100,000 words takes 100 ms; this many are looked through without. */
const MAX_UNSORTED = 500
const IS_NUMBER = /^\d+$/

/** The words of one tenant's shown products, with the number of products that have each. */
export class Vocabulary {
  /** Number of shown products. */
  products = 0
  seq = 0
  /** Version of the tenant's synonyms, pins and hides; 0 when it never had any. */
  curationVersion = 0
  readonly #loadedAt = performance.now()
  readonly #counts = new Map<string, number>()
  readonly #bySkeleton = new Map<string, Set<string>>()
  readonly #byLength = new Map<number, Set<string>>()
  /** For prefixes; words that came later wait unsorted until there are many. */
  #sorted: string[] = []
  #unsorted: string[] = []

  get size(): number {
    return this.#counts.size
  }

  get isOld(): boolean {
    return performance.now() - this.#loadedAt > MAX_AGE_MS
  }

  /** Sets a word's number of products; 0 removes it. The empty word stands for the products themselves. */
  set(word: string, products: number): void {
    if (word === '') {
      this.products = products
      return
    }
    const isNew = !this.#counts.has(word)
    if (products <= 0) {
      // The lists below keep the word until it is read again; every look-up asks the counts.
      this.#counts.delete(word)
      return
    }
    this.#counts.set(word, products)
    // Numbers are found as they are only.
    if (!isNew || IS_NUMBER.test(word)) return
    this.#unsorted.push(word)
    addTo(this.#byLength, word.length, word)
    for (const skeleton of new Set(spokenForms(word).flatMap(skeletonsOf))) addTo(this.#bySkeleton, skeleton, word)
  }

  /** Number of shown products with the word in name or labels. */
  count(word: string): number {
    return this.#counts.get(word) ?? 0
  }

  soundingLike(skeleton: string): string[] {
    return [...(this.#bySkeleton.get(skeleton) ?? [])].filter((word) => this.#counts.has(word))
  }

  /** May contain words that have vanished since: their count is 0. */
  ofLength(length: number): Iterable<string> {
    return this.#byLength.get(length) ?? []
  }

  /** Words that begin with the prefix and are longer, the most common first. */
  startingWith(prefix: string, max: number): string[] {
    if (this.#unsorted.length > MAX_UNSORTED) {
      this.#sorted = [...new Set([...this.#sorted, ...this.#unsorted])].filter((word) => this.#counts.has(word)).sort()
      this.#unsorted = []
    }
    const isLonger = (word: string) => word !== prefix && word.startsWith(prefix) && this.#counts.has(word)
    const sorted = this.#sorted
    let [low, high] = [0, sorted.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((sorted[middle] ?? '') < prefix) low = middle + 1
      else high = middle
    }
    const found = this.#unsorted.filter((word) => isLonger(word))
    for (let at = low; at < sorted.length && found.length < MAX_PREFIX_SCAN; at += 1) {
      const word = sorted[at] ?? ''
      if (!word.startsWith(prefix)) break
      if (isLonger(word)) found.push(word)
    }
    return [...new Set(found)].sort((a, b) => this.count(b) - this.count(a)).slice(0, max)
  }
}

function addTo<Key>(map: Map<Key, Set<string>>, key: Key, word: string): void {
  const words = map.get(key)
  if (words === undefined) map.set(key, new Set([word]))
  else words.add(word)
}

export interface Vocabularies {
  /** The vocabulary of a tenant (null: of some tenants, for an admin), as the transaction sees it. */
  read(tx: Sql, tenantId: number | null): Promise<Vocabulary[]>
}

/** Keeps vocabularies in memory; each search asks the database for the words that appeared or vanished since. */
export function createVocabularies(): Vocabularies {
  const kept = new LRUCache<number, Vocabulary>({
    maxSize: MAX_BYTES,
    sizeCalculation: (vocabulary) => 1_000 + BYTES_PER_WORD * vocabulary.size,
  })
  return {
    read: async (tx, tenantId) => {
      const tenants =
        tenantId === null
          ? (await tx.query<{ id: number }>(`select id from tenants order by id limit ${MAX_TENANTS}`)).map(
              ({ id }) => id,
            )
          : [tenantId]
      const known = new Map(
        tenants.map((tenant) => {
          const vocabulary = kept.get(tenant)
          return [tenant, vocabulary === undefined || vocabulary.isOld ? new Vocabulary() : vocabulary]
        }),
      )
      const seqs = tenants.map((tenant) => known.get(tenant)?.seq ?? 0)
      const changes = await tx.query<{ tenantId: number; word: string; products: number; seq: number }>(
        `select w.tenant_id as "tenantId", w.word, w.products, w.seq
           from unnest($1::bigint[], $2::bigint[]) as known (tenant_id, seq)
          cross join lateral (select * from search_words s where s.tenant_id = known.tenant_id and s.seq > known.seq) w`,
        [tenants, seqs],
      )
      for (const [tenant, rows] of Map.groupBy(changes, (row) => row.tenantId)) {
        const vocabulary = known.get(tenant)
        if (!vocabulary) continue
        // A search that began later may have brought later rows already.
        for (const { word, products, seq } of rows) {
          if (seq <= vocabulary.seq) continue
          if (word === CURATION_ROW) vocabulary.curationVersion = seq
          else vocabulary.set(word, products)
        }
        // Each commit gives its highest seq to the empty word.
        vocabulary.seq = Math.max(vocabulary.seq, rows.find(({ word }) => word === '')?.seq ?? 0)
      }
      for (const [tenant, vocabulary] of known) kept.set(tenant, vocabulary)
      return [...known.values()]
    },
  }
}
