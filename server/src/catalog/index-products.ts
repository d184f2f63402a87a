import type { Config } from '../platform/config.ts'
import { answersAtOnce, type Database, type Sql } from '../platform/db/database.ts'
import { faultOf } from '../platform/errors.ts'
import type { Log } from '../platform/log.ts'
import { createBatchSizes } from '../platform/runtime/batch-sizes.ts'
import { createCpuBudget } from '../platform/runtime/cpu-budget.ts'
import { WORK_ID, WORK_STORE, type WorkList } from '../platform/runtime/fair-turns.ts'
import type { Stage } from '../platform/runtime/stage-runner.ts'
import { type StoreTurn, type TurnResult, takeStoresInTurn } from '../platform/runtime/store-turns.ts'
import { describeFailure } from './failure-sentences.ts'
import {
  SEARCHED_COLUMNS,
  type SearchedContent,
  type SearchedVariant,
  type SearchTerms,
  stampOf,
  UNWRITABLE_STAMP,
  wordsOf,
  writeTerms,
} from './products/search-terms.ts'
import { countWords } from './products/word-counts.ts'

/** The stage that writes the search words of products whose words have an older form. */
export const INDEX_STAGE = 'index-products'

/** Limits of one turn: products, bytes of their texts, and CPU time. */
const MAX_PRODUCTS_PER_TURN = 100
const MAX_BYTES_PER_TURN = 2_000_000
const CPU_BUDGET_MS = 200
const BATCH_TIMEOUT_MS = 3_000

const TO_INDEX: WorkList = { table: 'products', open: 'search_terms is null' }

interface Parts {
  db: Database
  log: Log
  config: Pick<Config, 'databasePoolSize'>
}

interface Unindexed extends SearchedContent {
  id: number
  stateHash: string
  variants: SearchedVariant[]
}

interface Indexed {
  id: number
  stateHash: string
  lexemes: string | null
  terms: string
}

const NO_TERMS: SearchTerms = { name: [], categories: [], tags: [], attributes: [], codes: [], short: [], text: [] }

/**
 * After an upgrade that changes the form of the word index, writes the words of every product again, store by store. Search uses the
 * old words of a product until its turn. A product whose words cannot be written keeps the old ones and is not scored by words.
 */
export function indexProductsStage({ db, log, config }: Parts): Stage {
  const sizes = createBatchSizes(MAX_PRODUCTS_PER_TURN)

  const indexStore = async ({ storeId, tenantId, priority }: StoreTurn): Promise<TurnResult> => {
    // The products are deleted together with their tenant.
    if (tenantId === null) return 'busy'
    const access = db.forTenant(tenantId)
    let found: Unindexed[] = []
    try {
      found = await readUnindexed(access, storeId, priority, sizes.of(storeId))
      if (found.length === 0) return 'busy'
      const indexed = await computeTerms(found)
      const written = await access.transaction((tx) => write(tx, tenantId, indexed), { limitMs: BATCH_TIMEOUT_MS })
      sizes.double(storeId)
      log.info({ storeId, products: written }, 'products.indexed')
      return 'worked'
    } catch (error) {
      const fault = faultOf(error)
      if (fault === 'outage' || (fault === 'limit' && !(await answersAtOnce(db)))) throw error
      log.warn({ storeId, products: found.length, fault, ...describeFailure(error) }, 'products.not_indexed')
      if (fault === 'contention') return 'failed'
      sizes.halve(storeId, found.length)
      const [alone] = found
      if (found.length !== 1 || alone === undefined || fault === 'limit') return 'failed'
      const empty = {
        id: alone.id,
        stateHash: alone.stateHash,
        lexemes: null,
        terms: writeTerms(NO_TERMS, UNWRITABLE_STAMP),
      }
      await access.transaction((tx) => write(tx, tenantId, [empty]), { limitMs: BATCH_TIMEOUT_MS })
      return 'worked'
    }
  }

  const turns = takeStoresInTurn({
    service: db.service,
    list: TO_INDEX,
    knowsNewest: false,
    atOnce: db.kind === 'embedded' || config.databasePoolSize < 6 ? 1 : 2,
    work: indexStore,
  })
  return { name: INDEX_STAGE, takeTurn: turns.takeTurn, drain: turns.drain }
}

/** The number of a tenant's shown products (null: of all tenants) that wait for their words. */
export async function countUnindexed(sql: Sql, tenantId: number | null): Promise<number> {
  const [row] = await sql.query<{ count: number }>(
    `select count(*)::int as count from products
      where search_terms is null and is_active and ($1::bigint is null or tenant_id = $1)`,
    [tenantId],
  )
  return row?.count ?? 0
}

async function readUnindexed(sql: Sql, storeId: number, priority: number, limit: number): Promise<Unindexed[]> {
  return await sql.query<Unindexed>(
    `select p.id, p.state_hash as "stateHash", ${SEARCHED_COLUMNS}
       from (select *, row_number() over oldest_first as place,
                    sum(octet_length(name) + octet_length(short_description) + octet_length(description)
                        + pg_column_size(attributes)) over oldest_first as total
               from (select * from products where search_terms is null and priority = $1 and ${WORK_STORE} = $2
                      order by ${WORK_ID} limit $3) oldest
             window oldest_first as (order by id rows unbounded preceding)) p
      where place = 1 or total <= $4
      order by p.id`,
    [priority, storeId, limit, MAX_BYTES_PER_TURN],
  )
}

async function computeTerms(products: Unindexed[]): Promise<Indexed[]> {
  const cpu = createCpuBudget(CPU_BUDGET_MS)
  const indexed: Indexed[] = []
  for (const product of products) {
    indexed.push(
      cpu.spend(() => {
        const { id, stateHash, variants } = product
        const { lexemes, search_terms: terms } = wordsOf(product, variants, stampOf(product, variants))
        return { id, stateHash, lexemes, terms }
      }),
    )
    if (cpu.isSpent()) break
    await cpu.yield()
  }
  return indexed
}

/** Writes the words of products that are still as read. */
async function write(tx: Sql, tenantId: number, indexed: Indexed[]): Promise<number> {
  const rows = await tx.query<{ terms: string | null }>(
    `update products p set search_terms = r.terms, lexemes = coalesce(r.lexemes::tsvector, p.lexemes)
       from unnest($2::bigint[], $3::text[], $4::text[], $5::text[]) as r (id, state_hash, terms, lexemes)
      where p.tenant_id = $1 and p.id = r.id and p.state_hash = r.state_hash and p.search_terms is null
     returning case when p.is_active then p.search_terms end as terms`,
    [
      tenantId,
      indexed.map((each) => each.id),
      indexed.map((each) => each.stateHash),
      indexed.map((each) => each.terms),
      indexed.map((each) => each.lexemes),
    ],
  )
  await countWords(
    tx,
    tenantId,
    rows.map(({ terms }) => ({ before: null, after: terms })),
  )
  return rows.length
}
