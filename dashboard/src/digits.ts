/** What somebody typed for a number, with whichever of the three kinds of digits, as servers and addresses have it. */
export function inLatinDigits(text: string): string {
  return text.replaceAll(/[\u06f0-\u06f9\u0660-\u0669]/g, (digit) => String((digit.codePointAt(0) ?? 0) & 0xf))
}
