/** Indexes a shop's events with `index()` of LangChain JS, on PostgreSQL with pgvector. */
import { Document } from '@langchain/core/documents'
import { index } from '@langchain/core/indexing'
import pg from 'pg'
import type { BenchEvent } from '../../shop.ts'
import type { LangchainSettings, LangchainVariant, PeerAnswer, PeerOrder } from './langchain.ts'
import { PgRecordManager, PgVectorStore, ProviderEmbeddings } from './langchain-stores.ts'

/**
 * All documents of a batch of events go into one batch of `index()`. With smaller ones its incremental cleanup deletes the texts of a
 * product that stands in two batches, and embeds them again.
 */
const DOCUMENTS_AT_ONCE = 5_000

interface Peer {
  pool: pg.Pool
  records: PgRecordManager
  store: PgVectorStore
  variant: LangchainVariant
}

let peer: Peer | undefined

process.on('message', (order: PeerOrder) => {
  obey(order).then(
    () => answer({ done: true }),
    (error: unknown) => answer({ error: String(error) }),
  )
})
process.on('disconnect', () => process.exit(0))

function answer(message: PeerAnswer): void {
  process.send?.(message)
}

async function obey(order: PeerOrder): Promise<void> {
  if ('settings' in order) {
    peer = await open(order.settings)
  } else if (peer && 'events' in order) {
    await indexEvents(peer, order.events)
  } else {
    await peer?.pool.end()
    process.disconnect()
  }
}

async function open({ databaseUrl, providerUrl, dimensions, variant }: LangchainSettings): Promise<Peer> {
  const pool = new pg.Pool({ connectionString: databaseUrl })
  const records = new PgRecordManager(pool)
  await records.createSchema()
  const store = new PgVectorStore(new ProviderEmbeddings(providerUrl), pool)
  await store.createSchema(dimensions)
  return { pool, records, store, variant }
}

async function indexEvents({ records, store, variant }: Peer, events: BenchEvent[]): Promise<void> {
  // The last event of a product counts; `index()` would otherwise embed what the next event replaces.
  const latest = [...new Map(events.map((event) => [event.product.id, event])).values()]
  const removed = latest.filter((event) => event.event_type === 'product.deleted')
  if (removed.length > 0) {
    const keys = await records.listKeys({ groupIds: removed.map(({ product }) => String(product.id)) })
    await store.delete({ ids: keys })
    await records.deleteKeys(keys)
  }
  const documents = latest
    .filter((event) => event.event_type !== 'product.deleted')
    .flatMap((event) => documentsOf(event.product, variant))
  if (documents.length === 0) return
  await index({
    docsSource: documents,
    recordManager: records,
    vectorStore: store,
    options: { cleanup: 'incremental', sourceIdKey: 'source', batchSize: DOCUMENTS_AT_ONCE },
  })
}

/** A document for the name with the short description, and one for each paragraph. */
function documentsOf(product: BenchEvent['product'], variant: LangchainVariant): Document[] {
  if (!('description' in product)) return []
  const { id, name, short_description: short, description } = product
  const paragraphs = description
    .split('\n')
    .map((paragraph) => paragraph.replace(/<\/?p>/g, '').trim())
    .filter((paragraph) => paragraph !== '')
  const metadata: Record<string, string> = { source: String(id) }
  if (variant === 'whole') {
    Object.assign(metadata, {
      sku: product.sku,
      price: product.price,
      stock: String(product.stock_quantity),
      image: product.image,
      visibility: product.catalog_visibility,
      permalink: product.permalink,
    })
  }
  return [`${name}\n${short}`, ...paragraphs].map((text) => new Document({ pageContent: text, metadata }))
}
