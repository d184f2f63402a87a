import { createBoundedCache } from '../../platform/runtime/bounded-cache.ts'
import { understandQuery } from '../understand/understand-query.ts'
import { queryWords } from '../words/query-concepts.ts'

/** Phrases whose keys stay in memory: a change of one synonym does not split the tenant's other words again. */
const MAX_KEPT = 50_000
const kept = createBoundedCache<string, string[][]>({ max: MAX_KEPT })

/**
 * The token sequences under which a word or phrase of a tenant can stand in a query, the usual one first: a compound (t-shirt) as one
 * word and as its parts, and without the words that only make a question of a query. Empty for a text without letters and digits.
 */
export function phraseKeys(phrase: string): string[][] {
  const known = kept.get(phrase)
  if (known) return known
  const texts = /\s/.test(phrase) ? [phrase, withoutChatter(phrase)] : [phrase]
  const keys = new Map<string, string[]>()
  for (const words of texts.map(queryWords)) {
    const joined = words.map(({ token }) => token)
    const parts = words.flatMap((word) => (word.parts.length > 1 ? word.parts : [word.token]))
    for (const tokens of [joined, parts]) if (tokens.length > 0) keys.set(tokens.join(' '), tokens)
  }
  const all = [...keys.values()]
  kept.set(phrase, all)
  return all
}

/** The form in which a query and the query of a rule are compared: its telling words, normalised. Empty without any. */
export function queryKey(query: string): string {
  return queryWords(withoutChatter(query))
    .map(({ token }) => token)
    .join(' ')
}

const ALL_BUT_CHATTER = new Set(['price', 'stock', 'sort'] as const)

/** Prices, stock words and superlatives stay: «کفش زیر ۵۰۰ هزار» is another query than «کفش». */
function withoutChatter(text: string): string {
  return understandQuery(text, ALL_BUT_CHATTER).text
}
