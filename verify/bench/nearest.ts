import { createRandom } from '../../scripts/random.ts'
import { createOfflineEmbedder } from '../../server/src/knowledge/provider/offline-embedder.ts'
import { maintainVectorIndexes } from '../../server/src/knowledge/vector-indexes.ts'
import { readConfig } from '../../server/src/platform/config.ts'
import { type Database, openDatabase } from '../../server/src/platform/db/database.ts'
import { migrate } from '../../server/src/platform/db/migrate.ts'
import { createLog } from '../../server/src/platform/log.ts'
import { findByVector } from '../../server/src/search/vectors/find-by-vector.ts'
import type { BenchDatabase } from './bench-servers.ts'
import { makeProduct } from './products.ts'
import { number, quantile, table } from './report.ts'
import { seedShop } from './search.ts'

const CHUNKS_PER_PRODUCT = 3
const BATCH = 500
const QUERIES = 40
const DIMENSIONS = 384

/** Filters by the share of products that meet them. */
const FILTERS: [kind: string, filter: Record<string, unknown>][] = [
  ['no filter', {}],
  ['in stock', { inStock: true }],
  ['a category (one in eight)', { category: 'پوشاک' }],
  [
    'a category, in stock, a tenth of the prices',
    { category: 'پوشاک', inStock: true, minPrice: '500000', maxPrice: '600000', currency: 'IRT' },
  ],
]

/**
 * Recall@10 and time of the index over a large tenant's vectors, against comparing all of them. The vectors are those of the offline
 * embedder, stored as if a model had made them. PostgreSQL only: the embedded database has no such index.
 */
export async function benchNearest(database: BenchDatabase): Promise<void> {
  if (database.kind === 'embedded') {
    console.log('### Nearest vectors: the embedded database has no index of vectors\n')
    return
  }
  const products = Number(process.env.BENCH_PRODUCTS ?? 100_000)
  const installation = await database.create()
  const db = await openDatabase(
    readConfig({ EMBEDDING_PROVIDER: 'offline', ...installation.settings }),
    createLog('silent'),
  )
  try {
    await migrate(db, createLog('silent'))
    const { tenantId } = await seedShop(db, products)
    const profileId = await seedVectors(db, tenantId)
    const startedAt = performance.now()
    await maintainVectorIndexes(db, installation.settings.DATABASE_URL ?? null, createLog('silent'))
    const buildSeconds = (performance.now() - startedAt) / 1000
    await db.script('vacuum (analyze) chunk_embeddings')
    await db.script('vacuum (analyze) knowledge_chunks')
    const lines = await measure(db, tenantId, profileId)
    console.log(
      `### Nearest vectors: ${number(products)} products, ${number(products * CHUNKS_PER_PRODUCT)} vectors of ${DIMENSIONS} dimensions, ${QUERIES} queries; index built in ${buildSeconds.toFixed(0)} s\n`,
    )
    console.log(`${table(['filter', 'recall@10', 'index p50, ms', 'index p95, ms', 'all compared p50, ms'], lines)}\n`)
  } finally {
    await db.close()
    await installation.remove()
  }
}

export async function measure(db: Database, tenantId: number, profileId: number): Promise<string[][]> {
  const embedder = createOfflineEmbedder(DIMENSIONS)
  const random = createRandom(11)
  const texts = Array.from({ length: QUERIES }, (_, at) => makeProduct(at + 1, random).sentences[0] ?? '')
  const { vectors } = await embedder.embed(texts, 'query', new AbortController().signal)
  const lines: string[][] = []
  for (const [kind, given] of FILTERS) {
    const filter = { tenantId, ...given }
    const [indexed, compared]: [number[], number[]] = [[], []]
    let [found, wanted] = [0, 0]
    for (const each of vectors) {
      const query = { profileId, vector: `[${Array.from(each, (value) => value.toPrecision(9)).join()}]` }
      const near = await timed(indexed, () =>
        db.forTenant(tenantId).transaction((tx) => findByVector(tx, query, filter, [])),
      )
      // Without the bound of vectors that are compared one by one: the truth.
      const all = await timed(compared, () =>
        db.forTenant(tenantId).transaction((tx) => findByVector(tx, query, filter, [], Number.MAX_SAFE_INTEGER)),
      )
      const truth = all.slice(0, 10).map(({ productId }) => productId)
      const got = new Set(near.slice(0, 10).map(({ productId }) => productId))
      wanted += truth.length
      found += truth.filter((id) => got.has(id)).length
    }
    lines.push([
      kind,
      wanted === 0 ? 'no products' : (found / wanted).toFixed(3),
      quantile(indexed, 0.5).toFixed(1),
      quantile(indexed, 0.95).toFixed(1),
      quantile(compared, 0.5).toFixed(1),
    ])
  }
  return lines
}

async function timed<T>(times: number[], work: () => Promise<T>): Promise<T> {
  const startedAt = performance.now()
  const result = await work()
  times.push(performance.now() - startedAt)
  return result
}

/** Gives each product three chunks with vectors of an invented model, which is the active one. */
export async function seedVectors(db: Database, tenantId: number): Promise<number> {
  const [profile] = await db.service.query<{ id: number }>(
    `insert into embedding_profiles (provider, url, model, dimensions, state)
     values ('openai', 'https://model.example/v1', 'bench', ${DIMENSIONS}, 'active') returning id`,
  )
  const profileId = profile?.id ?? 0
  const embedder = createOfflineEmbedder(DIMENSIONS)
  let after = 0
  for (;;) {
    const products = await db.service.query<{ id: number; name: string; short: string; description: string }>(
      `select id, name, short_description as short, description from products
        where tenant_id = $1 and id > $2 order by id limit ${BATCH}`,
      [tenantId, after],
    )
    if (products.length === 0) return profileId
    after = products.at(-1)?.id ?? after
    const chunks = products.flatMap(({ id, name, short, description }) => {
      const half = description.length / 2
      return [short, description.slice(0, half), description.slice(half)].map((text, position) => ({
        id,
        position,
        text: `${name}\n${text}`,
      }))
    })
    const { vectors } = await embedder.embed(
      chunks.map(({ text }) => text),
      'passage',
      new AbortController().signal,
    )
    await db.service.query(
      `with chunk as (
         insert into knowledge_chunks (tenant_id, store_id, product_id, position, text, text_hash, language, embedding_status)
         select p.tenant_id, p.store_id, p.id, made.position, made.text, md5(made.text), 'fa', 'stored'
           from unnest($1::bigint[], $2::int[], $3::text[]) as made (product_id, position, text) join products p on p.id = made.product_id
         returning id, tenant_id, product_id, position, text_hash)
       insert into chunk_embeddings (chunk_id, profile_id, tenant_id, text_hash, embedding)
       select chunk.id, $5, chunk.tenant_id, chunk.text_hash, made.vector::vector
         from unnest($1::bigint[], $2::int[], $4::text[]) as made (product_id, position, vector)
         join chunk on chunk.product_id = made.product_id and chunk.position = made.position`,
      [
        chunks.map(({ id }) => id),
        chunks.map(({ position }) => position),
        chunks.map(({ text }) => text),
        vectors.map((each) => `[${Array.from(each, (value) => value.toPrecision(6)).join()}]`),
        profileId,
      ],
    )
  }
}
