import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'

const MAX_NAMES = 500
/** Hashes of texts that were used once. */
const MAX_SEEN = 2_000

export interface StatementNames {
  /** The name of the prepared statement; undefined: the statement is not prepared. */
  nameOf(text: string): string | undefined
}

/**
 * Names for prepared statements, which PostgreSQL plans once per connection. A text gets a name on its second use, so that SQL
 * built at run time and used once gets none. There are 500 names; the least recently used one is dropped, so a text in constant use
 * keeps its name.
 */
export function createStatementNames(): StatementNames {
  const names = new LRUCache<string, string>({ max: MAX_NAMES })
  const seen = new LRUCache<string, true>({ max: MAX_SEEN })
  return {
    nameOf: (text) => {
      const known = names.get(text)
      if (known !== undefined) return known
      const digest = hash('sha256', text).slice(0, 24)
      if (!seen.has(digest)) {
        seen.set(digest, true)
        return undefined
      }
      const name = `fiko_${digest}`
      names.set(text, name)
      return name
    },
  }
}
