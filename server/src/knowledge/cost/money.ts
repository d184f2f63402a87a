const PER_MILLION_PLACES = 6

/**
 * The cost of `tokens / parts` tokens at a price per million tokens, as decimal text: exact for one part, otherwise rounded to the last
 * decimal place of one part.
 */
export function costOf(tokens: bigint, parts: bigint, price: string): string {
  const [whole = '', fraction = ''] = price.split('.')
  const places = fraction.length + PER_MILLION_PLACES
  const units = (2n * tokens * BigInt(whole + fraction) + parts) / (2n * parts)
  const digits = String(units).padStart(places + 1, '0')
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '')
}
