import type { Database } from '../platform/db/database.ts'
import type { Log } from '../platform/log.ts'
import type { Metrics } from '../platform/metrics.ts'
import { type Avoided, addAvoided, addUsage, INSTALLATION, type Usage } from '../tenants/usage.ts'
import { createTextStore } from './chunks/store-texts.ts'
import { type Charge, charge, settle } from './cost/budgets.ts'
import { estimateTokens } from './cost/count-tokens.ts'
import type { Prices } from './cost/prices.ts'
import { type Embedder, InputRefused, ProviderUnavailable } from './provider/embedder.ts'
import type { HealthRecorder } from './provider/provider-health.ts'
import { shareTokens } from './share-tokens.ts'
import { cacheVectors, findCached, type LeasedChunk, markRefused, releaseLeases, textKey } from './vector-store.ts'

/** A text to embed, with all leased chunks that contain it. */
interface Text {
  tenantId: number
  textHash: string
  text: string
  chunks: LeasedChunk[]
}

export interface TextEmbedder {
  /** Gives the chunks their vectors. @throws {ProviderUnavailable} when the provider does not answer */
  embed(chunks: LeasedChunk[]): Promise<void>
  /** Texts of a full request; it shrinks when the provider refuses a size. */
  batchLimit(): number
  /** Start of the last request, on the clock of `performance.now()`. */
  lastRequestAt(): number
}

interface Parts {
  db: Database
  embedder: Embedder
  profileId: number
  log: Log
  counters: ReturnType<typeof embeddingCounters>
  health: HealthRecorder
  prices: Prices
  /** Aborts a request in progress. */
  signal: AbortSignal
}

/** The counters of `/metrics`, of all models together. */
export function embeddingCounters(metrics: Metrics) {
  return {
    requests: metrics.counter('fiko_embedding_requests_total', 'Requests to the embedding provider'),
    inputs: metrics.counter('fiko_embedding_inputs_total', 'Texts that the embedding provider answered'),
    failed: metrics.counter('fiko_embedding_failures_total', 'Requests that the embedding provider failed'),
  }
}

/** Embeds the texts of leased chunks: cached vectors without a request, the others many per request. */
export function createTextEmbedder({
  db,
  embedder,
  profileId,
  log,
  counters,
  health,
  prices,
  signal,
}: Parts): TextEmbedder {
  const { requests, inputs, failed } = counters
  const textStore = createTextStore({ db, profileId, dimensions: embedder.profile.dimensions, log })
  let batchLimit = embedder.maxBatch
  let lastRequestAt = 0

  const embed = async (chunks: LeasedChunk[]) => {
    const texts = groupByText(chunks)
    const { known, missing } = await lookUpCached(texts)
    await store(known)
    const batches: Text[][] = []
    for (let i = 0; i < missing.length; i += batchLimit) batches.push(missing.slice(i, i + batchLimit))
    const results = await Promise.allSettled(batches.map(embedWithinBudget))
    for (const result of results) if (result.status === 'rejected') throw result.reason
    const avoided = chunks.length - missing.length
    await addAvoided(db.service, avoidedBy(chunks, missing))
    log.info({ chunks: chunks.length, requests: batches.length, avoided }, 'chunks.embedded')
  }

  /** A tenant whose look-up failed appears in neither list. */
  const lookUpCached = async (texts: Text[]) => {
    const cached = new Set<string>()
    const able: Text[] = []
    for (const [tenantId, own] of Map.groupBy(texts, (text) => text.tenantId)) {
      const isDone = await textStore.guard(tenantId, chunksOf(own), async () => {
        for (const key of await findCached(db.forTenant(tenantId), profileId, own)) cached.add(key)
      })
      if (isDone) able.push(...own)
    }
    return {
      known: able.filter((text) => cached.has(textKey(text))),
      missing: able.filter((text) => !cached.has(textKey(text))),
    }
  }

  /**
   * Embeds the texts of a batch that the budgets of their tenants allow. They are charged before the request; afterwards the charge is
   * corrected to the tokens that the provider counted. The other texts wait until their tenant's pause ends.
   */
  const embedWithinBudget = async (texts: Text[]): Promise<void> => {
    const { price } = await prices.of(embedder.profile)
    const byTenant = Map.groupBy(texts, (text) => text.tenantId)
    const wanted = [...byTenant].map(([tenantId, own]) => ({ tenantId, texts: own.map(({ text }) => text) }))
    const charges = await charge(db.service, wanted, price)
    const allowed = charges.flatMap((each) => (byTenant.get(each.tenantId) ?? []).slice(0, each.allowed))
    const paid = new Map<number, number>()
    try {
      if (allowed.length > 0) await embedBatch(allowed, paid)
    } finally {
      const settled = charges.map((each): Charge & { real: number } => ({
        ...each,
        real: paid.get(each.tenantId) ?? 0,
      }))
      await settle(db.service, settled, price)
    }
    if (allowed.length === texts.length) return
    const going = new Set(allowed)
    const kept = texts.filter((text) => !going.has(text))
    await releaseLeases(
      db.service,
      chunksOf(kept).map((chunk) => chunk.id),
    )
    const tenants = [...new Set(kept.map((text) => text.tenantId))]
    log.info({ tenants, texts: kept.length }, 'budget.reached')
  }

  /**
   * Embeds and stores a batch, and adds the tokens of each tenant to `paid`. A refused batch is halved until the faulty text is alone.
   * Returns the number of refused texts.
   */
  const embedBatch = async (texts: Text[], paid: Map<number, number>): Promise<number> => {
    try {
      const { vectors, tokens } = await request(texts.map((text) => text.text))
      for (const [tenantId, share] of sharesOf(texts, tokens)) paid.set(tenantId, (paid.get(tenantId) ?? 0) + share)
      const kept = await keep(texts.map((text, index) => ({ ...text, vector: vectors[index] ?? new Float32Array() })))
      inputs.inc(texts.length)
      await addUsage(db.service, [...requestUsage(tokens), ...textUsage(texts, tokens)])
      await store(kept)
      return 0
    } catch (error) {
      if (!(error instanceof InputRefused)) throw error
      const [only] = texts
      if (texts.length === 1 && only) return await refuse(only, error.message)
      const middle = texts.length >> 1
      const refused = (await embedBatch(texts.slice(0, middle), paid)) + (await embedBatch(texts.slice(middle), paid))
      // Both halves were accepted, so the provider refused the size of the batch.
      if (refused === 0) batchLimit = Math.min(batchLimit, Math.max(1, middle))
      return refused
    }
  }

  const refuse = async (text: Text, reason: string): Promise<number> => {
    await confirmProviderWorks(reason)
    await markRefused(db.forTenant(text.tenantId), text.chunks, reason)
    log.warn({ chunks: text.chunks.map((chunk) => chunk.id), reason }, 'chunk.refused')
    return 1
  }

  /**
   * A provider that refuses every text is misconfigured (a wrong model, for example); the text must not become a dead letter then.
   */
  const confirmProviderWorks = async (reason: string) => {
    try {
      const { tokens } = await request(['a'])
      await addUsage(db.service, requestUsage(tokens))
    } catch (error) {
      if (error instanceof InputRefused) throw new ProviderUnavailable(`the provider refuses every text: ${reason}`)
      throw error
    }
  }

  /** The caller must store the answer before it counts the usage. */
  const request = async (texts: string[]) => {
    lastRequestAt = performance.now()
    requests.inc()
    try {
      const answer = await embedder.embed(texts, 'passage', signal)
      health.answered()
      return answer
    } catch (error) {
      if (error instanceof ProviderUnavailable) failed.inc()
      await addUsage(db.service, requestUsage(null))
      throw error
    }
  }

  /** Returns the texts whose vectors are stored in the cache. */
  const keep = async (answered: (Text & { vector: Float32Array })[]): Promise<Text[]> => {
    const kept: Text[] = []
    for (const [tenantId, own] of Map.groupBy(answered, (text) => text.tenantId)) {
      const cache = () => cacheVectors(db.forTenant(tenantId), profileId, own)
      if (await textStore.guard(tenantId, chunksOf(own), cache)) kept.push(...own)
    }
    return kept
  }

  const store = async (texts: Text[]) => {
    for (const [tenantId, own] of Map.groupBy(texts, (text) => text.tenantId))
      await textStore.store(tenantId, chunksOf(own))
  }

  return { embed, batchLimit: () => batchLimit, lastRequestAt: () => lastRequestAt }
}

function chunksOf(texts: Text[]): LeasedChunk[] {
  return texts.flatMap((text) => text.chunks)
}

/** Chunks with the same text are one input, paid for once. */
function groupByText(chunks: LeasedChunk[]): Text[] {
  const texts = new Map<string, Text>()
  for (const chunk of chunks) {
    const text = texts.get(textKey(chunk))
    if (text) text.chunks.push(chunk)
    else
      texts.set(textKey(chunk), {
        tenantId: chunk.tenantId,
        textHash: chunk.textHash,
        text: chunk.text,
        chunks: [chunk],
      })
  }
  return [...texts.values()]
}

/** A request is counted for the installation, because it may contain texts of several tenants. */
function requestUsage(tokens: number | null): Usage[] {
  return [
    { tenantId: INSTALLATION, counter: 'embedding_requests', by: 1 },
    { tenantId: INSTALLATION, counter: 'embedding_tokens', by: tokens ?? 0 },
  ]
}

function textUsage(texts: Text[], tokens: number | null): Usage[] {
  return [
    { tenantId: INSTALLATION, counter: 'embedding_inputs', by: texts.length },
    ...texts.map((text): Usage => ({ tenantId: text.tenantId, counter: 'embedding_inputs', by: 1 })),
    ...[...new Set(texts.map((text) => text.tenantId))].map(
      (tenantId): Usage => ({ tenantId, counter: 'embedding_requests', by: 1 }),
    ),
    ...(tokens === null ? [] : tokensOf(texts, tokens)),
  ]
}

/** Each tenant's tokens of a request: its share of the provider's count, or an estimate without one. */
function sharesOf(texts: Text[], tokens: number | null): [tenantId: number, tokens: number][] {
  const byTenant = [...Map.groupBy(texts, (text) => text.tenantId)]
  if (tokens === null)
    return byTenant.map(([tenantId, own]) => [tenantId, own.reduce((sum, { text }) => sum + estimateTokens(text), 0)])
  const shares = shareTokens(
    tokens,
    byTenant.map(([, own]) => own.reduce((sum, { text }) => sum + text.length, 0)),
  )
  return byTenant.map(([tenantId], place) => [tenantId, shares[place] ?? 0])
}

/** Each tenant's share of the tokens of a request; the request itself is counted for the installation. */
function tokensOf(texts: Text[], tokens: number): Usage[] {
  const shares = new Map(sharesOf(texts, tokens))
  const counted = (tenantId: Usage['tenantId'], count: number, by: number): Usage[] => [
    { tenantId, counter: 'text_tokens', by },
    { tenantId, counter: 'texts_with_tokens', by: count },
  ]
  return [
    ...counted(INSTALLATION, texts.length, tokens),
    ...[...Map.groupBy(texts, (text) => text.tenantId)].flatMap(([tenantId, own]) => {
      const share = shares.get(tenantId) ?? 0
      return [{ tenantId, counter: 'embedding_tokens' as const, by: share }, ...counted(tenantId, own.length, share)]
    }),
  ]
}

function avoidedBy(chunks: LeasedChunk[], missing: Text[]): Avoided[] {
  const sent = new Set(missing.map((text) => text.chunks[0]?.id))
  return chunks.filter((chunk) => !sent.has(chunk.id)).map(({ tenantId, storeId }) => ({ tenantId, storeId, by: 1 }))
}
