import type { Sql } from '../platform/db/database.ts'

export interface Facet {
  value: string
  products: number
}

/** Counts of values among the found products, the most frequent first. */
export interface Facets {
  categories: Facet[]
  in_stock: { true: number; false: number }
  /** Lowest and highest price per currency. */
  prices: { currency: string; min: string; max: string; products: number }[]
  attributes: { name: string; values: Facet[] }[]
}

const MAX_VALUES = 20
const MAX_ATTRIBUTES = 20

interface Row {
  categories: string[]
  inStock: boolean
  price: string | null
  currency: string
  attributes: { name: string; options: string[] }[]
}

/** Counts categories, stock, prices and attributes of products that were found. */
export async function countFacets(tx: Sql, ids: number[]): Promise<Facets> {
  const rows = await tx.query<Row>(
    'select categories, in_stock as "inStock", price, currency, attributes from products where id = any($1::bigint[])',
    [ids],
  )
  const categories = new Map<string, number>()
  const attributes = new Map<string, Map<string, number>>()
  for (const row of rows) {
    for (const category of new Set(row.categories)) add(categories, category)
    for (const { name, options } of row.attributes) {
      const values = attributes.get(name) ?? new Map<string, number>()
      attributes.set(name, values)
      for (const option of new Set(options)) add(values, option)
    }
  }
  const inStock = rows.filter((row) => row.inStock).length
  return {
    categories: mostFrequent(categories),
    in_stock: { true: inStock, false: rows.length - inStock },
    prices: pricesOf(rows),
    attributes: [...attributes]
      .sort((a, b) => sumOf(b[1]) - sumOf(a[1]))
      .slice(0, MAX_ATTRIBUTES)
      .map(([name, values]) => ({ name, values: mostFrequent(values) })),
  }
}

function pricesOf(rows: Row[]): Facets['prices'] {
  const byCurrency = Map.groupBy(
    rows.filter((row) => row.price !== null),
    (row) => row.currency,
  )
  return [...byCurrency].map(([currency, priced]) => {
    const prices = priced.map((row) => row.price ?? '0').sort((a, b) => Number(a) - Number(b))
    return { currency, min: prices[0] ?? '0', max: prices.at(-1) ?? '0', products: priced.length }
  })
}

function add(counts: Map<string, number>, value: string): void {
  counts.set(value, (counts.get(value) ?? 0) + 1)
}

function sumOf(counts: Map<string, number>): number {
  return [...counts.values()].reduce((sum, count) => sum + count, 0)
}

function mostFrequent(counts: Map<string, number>): Facet[] {
  return [...counts]
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, MAX_VALUES)
    .map(([value, products]) => ({ value, products }))
}
