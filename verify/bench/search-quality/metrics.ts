/** Measures of ranked lists. All are from 0 to 1; a list holds product ids, best first. */

type Grades = ReadonlyMap<number, number>

/** From this grade on a product counts as found for recall and MRR. */
const RELEVANT = 2

/** Normalised discounted cumulative gain of the first `depth`, with gain 2^grade − 1. @throws {Error} without any grade */
export function ndcg(ranked: number[], grades: Grades, depth = 10): number {
  const best = dcg(
    [...grades.values()].sort((a, b) => b - a),
    depth,
  )
  if (best === 0) throw new Error('nothing has a grade')
  const seen = new Set<number>()
  const found = ranked.map((id) => {
    // A product that is listed twice is worth something once.
    const grade = seen.has(id) ? 0 : (grades.get(id) ?? 0)
    seen.add(id)
    return grade
  })
  return dcg(found, depth) / best
}

/** Share of the relevant products in the first `depth`; of `depth` when there are more relevant products than that. */
export function recall(ranked: number[], grades: Grades, depth = 20): number {
  const relevant = relevantOf(grades)
  const found = new Set(ranked.slice(0, depth).filter((id) => relevant.has(id)))
  return found.size / Math.min(depth, relevant.size)
}

/** One divided by the place of the first relevant product; 0 when there is none. */
export function reciprocalRank(ranked: number[], grades: Grades): number {
  const relevant = relevantOf(grades)
  const place = ranked.findIndex((id) => relevant.has(id))
  return place < 0 ? 0 : 1 / (place + 1)
}

export function mean(values: number[]): number {
  return values.length === 0 ? Number.NaN : values.reduce((sum, value) => sum + value, 0) / values.length
}

export interface Comparison {
  /** Mean of ours minus theirs. */
  difference: number
  /** 95 % of the resampled means lie between these. */
  low: number
  high: number
  /** Two-sided: how often resampling turns the sign, doubled. */
  p: number
}

/**
 * Paired bootstrap: the queries are drawn again with replacement, each with both of its scores.
 * @param below draws from 0 to below its limit
 */
export function pairedBootstrap(
  ours: number[],
  theirs: number[],
  below: (limit: number) => number,
  rounds = 5_000,
): Comparison {
  if (ours.length !== theirs.length || ours.length === 0) throw new Error('the two systems have different queries')
  const differences = ours.map((score, i) => score - (theirs[i] ?? 0))
  const means = Array.from({ length: rounds }, () => {
    let sum = 0
    for (let i = 0; i < differences.length; i++) sum += differences[below(differences.length)] ?? 0
    return sum / differences.length
  }).sort((a, b) => a - b)
  const at = (share: number) => means[Math.min(rounds - 1, Math.floor(share * rounds))] ?? Number.NaN
  const notBetter = means.filter((value) => value <= 0).length / rounds
  const notWorse = means.filter((value) => value >= 0).length / rounds
  return {
    difference: mean(differences),
    low: at(0.025),
    high: at(0.975),
    p: Math.min(1, 2 * Math.min(notBetter, notWorse)),
  }
}

function dcg(grades: number[], depth: number): number {
  return grades.slice(0, depth).reduce((sum, grade, i) => sum + (2 ** grade - 1) / Math.log2(i + 2), 0)
}

function relevantOf(grades: Grades): Set<number> {
  return new Set([...grades].filter(([, grade]) => grade >= RELEVANT).map(([id]) => id))
}
