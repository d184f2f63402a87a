/** A typed number with Latin digits; Persian and Arabic digits are converted. */
export function inLatinDigits(text: string): string {
  return text.replaceAll(/[\u06f0-\u06f9\u0660-\u0669]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf))
}
