import { type Static, Type } from 'typebox'
import type { EmbeddingConfig } from '../../platform/config.ts'
import type { Database } from '../../platform/db/database.ts'
import { invalidInput } from '../../platform/errors.ts'
import { bodyComponent, component, decimal, nullable, oneOf } from '../../platform/http/contract.ts'
import type { Http } from '../../platform/http/http.ts'
import { localized } from '../../platform/http/validation.ts'
import { writeAuditEntry } from '../../tenants/audit.ts'
import { type Authenticator, actorOf } from '../../tenants/authenticate.ts'
import { BY_PERSON } from '../../tenants/credentials.ts'
import { ScopeQuery, scopeOf } from '../../tenants/scope.ts'
import { ModelChoice, wantedProfile } from '../model-choice.ts'
import type { ModelInUse } from '../model-in-use.ts'
import { PRICES_READ, PUBLISHED_PRICES } from '../provider/known-models.ts'
import { resumeEmbedding } from './budgets.ts'
import { type Amount, countTexts, secondsFor } from './estimate.ts'
import { costOf } from './money.ts'
import { type Price, type Prices, readOperatorPrices, writeOperatorPrices } from './prices.ts'
import { readSavings } from './savings.ts'

const SOURCES = ['operator', 'setting', 'free', 'published', 'unknown'] as const
const priceSource = oneOf(SOURCES, {
  description:
    'operator: set by PUT /api/v1/knowledge/prices/; setting: EMBEDDING_PRICE_PER_MILLION_TOKENS; free: the own machine; published: the provider’s list',
})
const dollars = (description: string) => nullable(decimal(description))

const TextAmount = component(
  'EmbeddingAmount',
  Type.Object({
    texts: Type.Integer(),
    tokens: Type.Integer({ description: 'estimated' }),
    cost_usd: dollars('US dollars; null: the price is unknown'),
    seconds: Type.Integer({ description: 'rough duration' }),
  }),
)

const Estimate = component(
  'EmbeddingEstimate',
  Type.Object({
    provider: Type.String(),
    model: Type.String(),
    dimensions: Type.Integer(),
    price_per_million_tokens: dollars('US dollars; null: unknown'),
    price_source: priceSource,
    all: Type.Unsafe<Static<typeof TextAmount>>(TextAmount),
    kept: Type.Unsafe<Static<typeof TextAmount>>(TextAmount),
    to_embed: Type.Unsafe<Static<typeof TextAmount>>(TextAmount),
    tokens_are: Type.String({ description: 'how the tokens were estimated' }),
  }),
)
export type Estimate = Static<typeof Estimate>

const EstimateQuery = Type.Object({ ...ScopeQuery, ...ModelChoice })

const MAX_PRICES = 200
const PricesBody = bodyComponent(
  'EmbeddingPricesChange',
  Type.Object({
    prices: Type.Array(
      Type.Object({
        model: Type.String({
          minLength: 1,
          maxLength: 200,
          ...localized('the name of a model', 'نام یک مدل'),
        }),
        usd_per_million_tokens: Type.String({
          pattern: '^\\d{1,6}(\\.\\d{1,9})?$',
          ...localized(
            'an amount of US dollars such as "0.02", below a million',
            'مبلغی به دلار آمریکا مانند "0.02"، کمتر از یک میلیون',
          ),
        }),
      }),
      {
        maxItems: MAX_PRICES,
        ...localized(`a list of at most ${MAX_PRICES} prices`, 'فهرستی با حداکثر ۲۰۰ قیمت'),
      },
    ),
  }),
)

const PriceList = component(
  'EmbeddingPrices',
  Type.Object({
    results: Type.Array(
      Type.Object({
        model: Type.String(),
        usd_per_million_tokens: decimal(),
        source: oneOf(['operator', 'published']),
      }),
    ),
    in_use: Type.Object({
      model: Type.String(),
      usd_per_million_tokens: dollars('null: unknown'),
      source: priceSource,
    }),
    published_on: Type.String({ description: 'when the published prices were read' }),
    published_at: Type.String({ description: 'where they were read' }),
  }),
)
export type PriceList = Static<typeof PriceList>

const Savings = component(
  'EmbeddingSavings',
  Type.Object({
    results: Type.Array(
      Type.Object({
        store: Type.Object({ id: Type.Integer(), name: Type.String() }),
        embeddings_avoided: Type.Integer(),
        saved_usd: dollars('at the mean tokens of a text of the tenant; null: the price is unknown'),
      }),
      { description: 'at most 200 stores, the largest saving first' },
    ),
  }),
)
export type Savings = Static<typeof Savings>

interface Parts {
  db: Database
  auth: Authenticator
  model: ModelInUse
  prices: Prices
  config: EmbeddingConfig
}

/** Routes about the cost of embedding: estimates, prices and savings. */
export function costRoutes(app: Http, { db, auth, model, prices, config }: Parts): void {
  const shared = { tags: ['knowledge'], security: BY_PERSON }
  app.get(
    '/api/v1/knowledge/estimate/',
    {
      schema: {
        ...shared,
        operationId: 'estimateEmbedding',
        summary: 'Texts, tokens and cost of embedding everything with a model, before it is chosen',
        querystring: EstimateQuery,
        response: { 200: Estimate },
        problems: [404, 409],
        example: { query: { provider: 'offline' } },
      },
    },
    async (request) => {
      const person = await auth.person(request)
      const scope = await scopeOf(db, person, request.query)
      const profile = request.query.provider ? wantedProfile(request.query, config) : model.current().embedder.profile
      const { price, source } = await prices.of(profile)
      const { all, known } = await countTexts(scope.sql, profile, scope)
      const amount = ({ texts, tokens }: Amount) => ({
        texts,
        tokens,
        cost_usd: price === null ? null : costOf(BigInt(tokens), 1n, price),
        seconds: secondsFor(profile.provider, texts),
      })
      return {
        provider: profile.provider,
        model: profile.model,
        dimensions: profile.dimensions,
        price_per_million_tokens: price,
        price_source: source,
        all: amount(all),
        kept: amount(known),
        to_embed: amount({ texts: all.texts - known.texts, tokens: all.tokens - known.tokens }),
        tokens_are: 'estimated from the characters: 0.9 for a Persian letter, 0.3 for any other character',
      }
    },
  )

  const priceList = async (): Promise<PriceList> => {
    const { profile } = model.current().embedder
    const own = await readOperatorPrices(db.service)
    const { price, source } = await prices.of(profile)
    return {
      results: [
        ...[...own].map(([name, value]) => ({
          model: name,
          usd_per_million_tokens: value,
          source: 'operator' as const,
        })),
        ...PUBLISHED_PRICES.filter((entry) => !own.has(entry.model)).map((entry) => ({
          model: entry.model,
          usd_per_million_tokens: entry.usdPerMillionTokens,
          source: 'published' as const,
        })),
      ],
      in_use: { model: profile.model, usd_per_million_tokens: price, source },
      published_on: PRICES_READ.date,
      published_at: PRICES_READ.source,
    }
  }

  app.get(
    '/api/v1/knowledge/prices/',
    {
      schema: {
        ...shared,
        operationId: 'listEmbeddingPrices',
        summary: 'Prices of embedding models, with their source',
        response: { 200: PriceList },
      },
    },
    async (request) => {
      await auth.admin(request)
      return await priceList()
    },
  )

  app.put(
    '/api/v1/knowledge/prices/',
    {
      schema: {
        ...shared,
        operationId: 'setEmbeddingPrices',
        summary: 'Replace the operator’s own prices; they win over the published ones',
        body: PricesBody,
        response: { 200: PriceList },
        example: { body: { prices: [{ model: 'bge-m3', usd_per_million_tokens: '0.01' }] } },
      },
    },
    async (request) => {
      const admin = await auth.admin(request)
      const given = request.body.prices.map(({ model: name, usd_per_million_tokens: price }) => ({
        model: name.trim(),
        price,
      }))
      assureOncePerModel(given)
      await db.service.transaction(async (tx) => {
        await writeOperatorPrices(tx, given)
        await resumeEmbedding(tx)
        await writeAuditEntry(tx, actorOf(request, admin), {
          action: 'embedding_prices.changed',
          detail: { prices: given.map((each) => `${each.model} ${each.price}`) },
        })
      })
      prices.forget()
      return await priceList()
    },
  )

  app.get(
    '/api/v1/knowledge/savings/',
    {
      schema: {
        ...shared,
        operationId: 'listEmbeddingSavings',
        summary: 'Embeddings that each store did not need, and their cost',
        querystring: Type.Object({ ...ScopeQuery }),
        response: { 200: Savings },
        problems: [404],
      },
    },
    async (request) => {
      const scope = await scopeOf(db, await auth.person(request), request.query)
      const { price } = await prices.of(model.current().embedder.profile)
      return { results: await readSavings(scope, price) }
    },
  )
}

function assureOncePerModel(given: { model: string; price: Price }[]): void {
  const seen = new Set<string>()
  for (const [place, { model }] of given.entries()) {
    const detail =
      model === ''
        ? { en: 'must be the name of a model', fa: 'باید نام یک مدل باشد' }
        : seen.has(model)
          ? { en: 'has a price already in this list', fa: 'در همین فهرست قیمت دیگری دارد' }
          : null
    if (detail) throw invalidInput([{ path: `prices/${place}/model`, detail }])
    seen.add(model)
  }
}
