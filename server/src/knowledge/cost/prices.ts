import { isIP } from 'node:net'
import type { EmbeddingConfig } from '../../platform/config.ts'
import type { Sql } from '../../platform/db/database.ts'
import type { EmbeddingProfile } from '../provider/embedder.ts'
import { PUBLISHED_PRICES } from '../provider/known-models.ts'

/** US dollars per million tokens as decimal text; null: unknown, which is never taken for 0. */
export type Price = string | null
export type PriceSource = 'operator' | 'setting' | 'free' | 'published' | 'unknown'

/** TTL of the operator's prices: every process follows a change within seconds. */
const TTL_MS = 2_000

export interface Prices {
  of(profile: Pick<EmbeddingProfile, 'provider' | 'url' | 'model'>): Promise<{ price: Price; source: PriceSource }>
  /** Reads the operator's prices again at the next question. */
  forget(): void
}

/** Prices of models. The operator's price wins, then the one of the settings; the server's own machines are free. */
export function createPrices(sql: Sql, config: EmbeddingConfig): Prices {
  let known: { prices: Map<string, string>; until: number } | null = null
  return {
    of: async (profile) => {
      if (known === null || performance.now() > known.until)
        known = { prices: await readOperatorPrices(sql), until: performance.now() + TTL_MS }
      return priceOf(profile, config, known.prices)
    },
    forget: () => {
      known = null
    },
  }
}

/** The operator's own prices by model. */
export async function readOperatorPrices(sql: Sql): Promise<Map<string, string>> {
  const rows = await sql.query<{ model: string; price: string }>(
    'select model, usd_per_million_tokens::text as price from embedding_prices order by model',
  )
  return new Map(rows.map(({ model, price }) => [model, price]))
}

/** The price of a model and its origin. */
export function priceOf(
  { provider, url, model }: Pick<EmbeddingProfile, 'provider' | 'url' | 'model'>,
  config: EmbeddingConfig,
  operatorPrices: Map<string, string>,
): { price: Price; source: PriceSource } {
  const own = operatorPrices.get(model)
  if (own !== undefined) return { price: own, source: 'operator' }
  if (provider !== 'openai') return { price: '0', source: 'free' }
  const isOfSettings = config.provider === 'openai' && url === config.baseUrl && model === config.model
  if (isOfSettings && config.pricePerMillionTokens !== null)
    return { price: config.pricePerMillionTokens, source: 'setting' }
  const host = URL.parse(url)?.hostname ?? ''
  if (isOwnMachine(host)) return { price: '0', source: 'free' }
  const published = PUBLISHED_PRICES.find((entry) => entry.host === host && entry.model === model)
  return published ? { price: published.usdPerMillionTokens, source: 'published' } : { price: null, source: 'unknown' }
}

/** True for an address that only the operator's own network has: private addresses, and names without a public ending. */
export function isOwnMachine(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, '').toLowerCase()
  const family = isIP(name)
  if (family === 4) return /^(127\.|10\.|192\.168\.|169\.254\.|172\.(1[6-9]|2\d|3[01])\.)/.test(name)
  if (family === 6) return name === '::1' || /^f[cd]/.test(name) || name.startsWith('fe80:')
  return name === 'localhost' || !name.includes('.') || /\.(local|internal|lan|home\.arpa|localhost)$/.test(name)
}

/** Replaces the operator's prices. */
export async function writeOperatorPrices(tx: Sql, prices: { model: string; price: string }[]): Promise<void> {
  const models = prices.map(({ model }) => model)
  await tx.query('delete from embedding_prices where model <> all($1::text[])', [models])
  await tx.query(
    `insert into embedding_prices as p (model, usd_per_million_tokens)
     select * from unnest($1::text[], $2::numeric[])
     on conflict (model) do update set usd_per_million_tokens = excluded.usd_per_million_tokens, changed_at = now()
      where p.usd_per_million_tokens <> excluded.usd_per_million_tokens`,
    [models, prices.map(({ price }) => price)],
  )
}
