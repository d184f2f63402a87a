import { LRUCache } from 'lru-cache'
import type { Database } from '../platform/db/database.ts'
import { feedEntry } from './feed-items.ts'
import type { FeedCoverage, LeftOutReason } from './feed-schemas.ts'
import { readFeedState } from './feed-state.ts'
import type { ServedFeed } from './feeds.ts'
import { readProducts } from './read-products.ts'

/** Products that are named for each reason. */
const MAX_EXAMPLES = 5
const MAX_CACHED = 200

/**
 * Counts the products of a feed and those that it leaves out, with the function that prints it. Reads all products without their
 * texts; the result is cached until one of them changes.
 */
export function createCoverage(db: Database): (feed: ServedFeed) => Promise<FeedCoverage> {
  const known = new LRUCache<string, FeedCoverage>({ max: MAX_CACHED })
  return async (feed) => {
    const access = db.inBackground().forTenant(feed.tenantId)
    const { key } = await readFeedState(access, feed)
    const cached = known.get(key)
    if (cached) return cached
    const counted = await countProducts(access, feed)
    known.set(key, counted)
    return counted
  }
}

async function countProducts(access: Parameters<typeof readProducts>[0], feed: ServedFeed): Promise<FeedCoverage> {
  const coverage = { products: 0, included: 0, items: 0 }
  const reasons = new Map<LeftOutReason, FeedCoverage['left_out'][number]>()
  for await (const page of readProducts(access, feed, { hasTexts: false })) {
    for (const product of page) {
      const { items, leftOut } = feedEntry(product, feed)
      coverage.products += 1
      coverage.items += items.length
      if (leftOut === null) {
        coverage.included += 1
        continue
      }
      const reason = reasons.get(leftOut) ?? { reason: leftOut, products: 0, examples: [] }
      reason.products += 1
      if (reason.examples.length < MAX_EXAMPLES) reason.examples.push({ id: product.id, name: product.name })
      reasons.set(leftOut, reason)
    }
  }
  return { ...coverage, left_out: [...reasons.values()].sort((a, b) => b.products - a.products) }
}
