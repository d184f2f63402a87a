/**
 * Reciprocal rank fusion: the n-th entry of each list scores 1 / (60 + n), and the scores are added. Ranks of different methods can
 * be added, their scores cannot; 60 is the constant of the paper (Cormack, Clarke, Büttcher, SIGIR 2009). Equal sums are ordered by
 * list, then by position: the sort is stable, and a map keeps the insertion order.
 */
export function fuseRanks(lists: number[][]): { id: number; score: number }[] {
  const scores = new Map<number, number>()
  for (const list of lists) {
    for (const [index, id] of list.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (60 + index + 1))
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score)
}

/** A product that contains at least one of the query's words. */
export interface WordHit {
  id: number
  /** For each word of the query, true when the product contains it. */
  matches: boolean[]
  /** PostgreSQL's ts_rank: position and frequency of the words. */
  rank: number
}

/**
 * Orders word hits: a rare word weighs more than a common one (inverse document frequency among the hits); equal weights are
 * ordered by ts_rank, a title before a description.
 */
export function rankWordHits(hits: WordHit[]): number[] {
  const words = hits[0]?.matches.length ?? 0
  const weights = Array.from({ length: words }, (_, word) => {
    const having = hits.filter((hit) => hit.matches[word]).length
    return Math.log(1 + hits.length / (having + 1)) + 0.1
  })
  const weightOf = (hit: WordHit) =>
    hit.matches.reduce((sum, matched, word) => sum + (matched ? (weights[word] ?? 0) : 0), 0)
  return hits
    .map((hit) => ({ id: hit.id, weight: weightOf(hit), rank: hit.rank }))
    .sort((a, b) => b.weight - a.weight || b.rank - a.rank || a.id - b.id)
    .map((hit) => hit.id)
}
