/**
 * Reciprocal rank fusion: each list gives its n-th entry 1 / (60 + n), and the sums decide. Ranks of different methods can
 * be added where their scores cannot; 60 is the constant of the method's paper (Cormack, Clarke, Büttcher, SIGIR 2009).
 * Between equals the earlier list decides, then the place in it: the sort is stable, and a map keeps the order of entry.
 */
export function fuseRanks(lists: number[][]): { id: number; score: number }[] {
  const scores = new Map<number, number>()
  for (const list of lists) {
    for (const [index, id] of list.entries()) scores.set(id, (scores.get(id) ?? 0) + 1 / (60 + index + 1))
  }
  return [...scores].map(([id, score]) => ({ id, score })).sort((a, b) => b.score - a.score)
}

/** A product that has some of the query's words. */
export interface WordHit {
  id: number
  /** For each word of the query, whether the product has it. */
  matches: boolean[]
  /** PostgreSQL's ts_rank: where and how often. */
  rank: number
}

/**
 * Orders word hits: a rare word weighs more than a common one (its inverse document frequency among the hits), and among
 * equals the place of the words decides, a title before a description.
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
