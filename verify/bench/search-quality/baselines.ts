/** Three usual ways to search without this server, over the same products. */
import MiniSearch from 'minisearch'
import pg from 'pg'
import type { WebhookProduct } from '../../../demo/catalogue.ts'
import { createScratchDatabase } from '../../../scripts/scratch-database.ts'
import { wordsOf } from './normalise.ts'
import type { System } from './systems.ts'

/** Usual values of BM25. */
const K1 = 1.2
const B = 0.75
/** The name counts as if it were written so often. */
const NAME_WEIGHT = 3

/** The texts of a product by field, as all baselines see them. */
function fieldsOf(product: WebhookProduct) {
  return {
    id: product.id,
    name: product.name,
    sku: [product.sku, ...product.variations.map(({ sku }) => sku)].join(' '),
    labels: [...product.categories, ...product.tags].join(' '),
    attributes: product.attributes.map(({ name, options }) => `${name} ${options.join(' ')}`).join(' '),
    description: `${product.short_description} ${product.description}`,
  }
}

export function bm25(products: WebhookProduct[]): System {
  const postings = new Map<string, Map<number, number>>()
  const lengths = new Map<number, number>()
  for (const product of products) {
    const { name, sku, labels, attributes, description } = fieldsOf(product)
    const words = wordsOf([...Array(NAME_WEIGHT).fill(name), sku, labels, attributes, description].join(' '))
    lengths.set(product.id, words.length)
    for (const word of words) {
      const counts = postings.get(word) ?? new Map<number, number>()
      counts.set(product.id, (counts.get(product.id) ?? 0) + 1)
      postings.set(word, counts)
    }
  }
  const average = [...lengths.values()].reduce((sum, length) => sum + length, 0) / products.length
  return {
    name: 'BM25',
    search: async (text, limit) => {
      const scores = new Map<number, number>()
      for (const word of new Set(wordsOf(text))) {
        const counts = postings.get(word)
        if (!counts) continue
        const idf = Math.log(1 + (products.length - counts.size + 0.5) / (counts.size + 0.5))
        for (const [id, count] of counts) {
          const norm = K1 * (1 - B + (B * (lengths.get(id) ?? 0)) / average)
          scores.set(id, (scores.get(id) ?? 0) + (idf * count * (K1 + 1)) / (count + norm))
        }
      }
      const ranked = [...scores].sort(([a, x], [b, y]) => y - x || a - b).slice(0, limit)
      return { ids: ranked.map(([id]) => id), answered: null }
    },
    close: async () => {},
  }
}

export function miniSearch(products: WebhookProduct[]): System {
  const index = new MiniSearch({
    fields: ['name', 'sku', 'labels', 'attributes', 'description'],
    tokenize: wordsOf,
    processTerm: (term) => term,
  })
  index.addAll(products.map(fieldsOf))
  const options = { boost: { name: 3, sku: 3, labels: 2 }, prefix: true, fuzzy: 0.2 }
  return {
    name: 'MiniSearch',
    search: async (text, limit) => ({
      ids: index
        .search(text, options)
        .slice(0, limit)
        .map(({ id }) => Number(id)),
      answered: null,
    }),
    close: async () => {},
  }
}

/** PostgreSQL's full text as it comes: configuration `simple`, all words of the query, `ts_rank`. */
export async function postgresFullText(products: WebhookProduct[], serverUrl: string): Promise<System> {
  const scratch = await createScratchDatabase(serverUrl)
  const client = new pg.Client({ connectionString: scratch.url })
  await client.connect()
  await client.query('create table products (id integer primary key, words tsvector not null)')
  const texts = products.map((product) => {
    const { id: _, ...fields } = fieldsOf(product)
    return Object.values(fields)
      .join('\n')
      .replaceAll(/<[^>]*>/g, ' ')
  })
  await client.query(
    `insert into products select id, to_tsvector('simple', text) from unnest($1::integer[], $2::text[]) as given (id, text)`,
    [products.map(({ id }) => id), texts],
  )
  await client.query('create index on products using gin (words)')
  return {
    name: 'PostgreSQL',
    search: async (text, limit) => {
      const { rows } = await client.query<{ id: number }>(
        `select id from products, plainto_tsquery('simple', $1) asked where words @@ asked
          order by ts_rank(words, asked) desc, id limit $2`,
        [text, limit],
      )
      return { ids: rows.map(({ id }) => id), answered: null }
    },
    close: async () => {
      await client.end()
      await scratch.drop()
    },
  }
}
