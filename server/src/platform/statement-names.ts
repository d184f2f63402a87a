import { hash } from 'node:crypto'
import { LRUCache } from 'lru-cache'

const MAX_NAMES = 500
/** Texts that were used once are remembered as hashes. */
const MAX_SEEN = 2_000

export interface StatementNames {
  /** The name to prepare a statement by; undefined: it is not prepared. */
  nameOf(text: string): string | undefined
}

/**
 * Names for prepared statements, which PostgreSQL plans once a connection. A text has its name from its second use on, so that those built
 * at run time and used once get none. There are 500 names; the one that was used longest ago gives way, so that a text in
 * constant use keeps its name however many others come.
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
