/**
 * Distributes the tokens of a request by the lengths of its texts: whole numbers with the sum `tokens`, each within 1 of its exact
 * share.
 */
export function shareTokens(tokens: number, lengths: number[]): number[] {
  const whole = lengths.reduce((sum, length) => sum + length, 0)
  let length = 0
  let shared = 0
  return lengths.map((own, place) => {
    length += own
    // The running sum is rounded instead of each share, so that the shares add up.
    const upTo = place === lengths.length - 1 ? tokens : Math.round(tokens * (whole === 0 ? 0 : length / whole))
    const share = upTo - shared
    shared = upTo
    return share
  })
}
