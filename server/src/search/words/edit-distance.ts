/**
 * Number of slips between two words (a letter too many, missing, wrong, or two swapped), or `max + 1` when there are more than
 * `max`. Only the diagonals that can be reached are computed.
 */
export function slipsBetween(one: string, other: string, max: number): number {
  const tooMany = max + 1
  if (Math.abs(one.length - other.length) > max) return tooMany
  let beforeLast: number[] = []
  let last = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (let row = 1; row <= one.length; row += 1) {
    const current = new Array<number>(other.length + 1).fill(tooMany)
    if (row <= max) current[0] = row
    let best = current[0] ?? tooMany
    const to = Math.min(other.length, row + max)
    for (let column = Math.max(1, row - max); column <= to; column += 1) {
      const same = one.charCodeAt(row - 1) === other.charCodeAt(column - 1) ? 0 : 1
      let slips = Math.min(
        (last[column - 1] ?? tooMany) + same,
        (last[column] ?? tooMany) + 1,
        (current[column - 1] ?? tooMany) + 1,
      )
      const isSwapped =
        row > 1 &&
        column > 1 &&
        one.charCodeAt(row - 1) === other.charCodeAt(column - 2) &&
        one.charCodeAt(row - 2) === other.charCodeAt(column - 1)
      if (isSwapped) slips = Math.min(slips, (beforeLast[column - 2] ?? tooMany) + 1)
      current[column] = slips
      best = Math.min(best, slips)
    }
    if (best > max) return tooMany
    beforeLast = last
    last = current
  }
  return Math.min(last[other.length] ?? tooMany, tooMany)
}
