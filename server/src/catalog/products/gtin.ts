const LENGTHS = new Set([8, 12, 13, 14])

/**
 * Reads a GTIN, UPC, EAN or ISBN: the digits without separators, in Latin form; an ISBN-10 becomes its ISBN-13. Null when it has
 * another length or other characters. The check digit may be wrong (`isGtin`): shops invent numbers, and people search for them.
 */
export function readGtin(value: unknown): string | null {
  if (typeof value !== 'string' && typeof value !== 'number') return null
  const text = String(value)
  if (text.length > 50) return null
  const code = text
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[\s\u200b-\u200f\u202a-\u202e\u2010-\u2015\u2066-\u2069-]/g, '')
  if (/^\d{9}[\dXx]$/.test(code)) return isbn13(code)
  return /^\d+$/.test(code) && LENGTHS.has(code.length) && /[1-9]/.test(code) ? code : null
}

/** True when the last digit is the check digit of the others. */
export function isGtin(code: string): boolean {
  return LENGTHS.has(code.length) && /^\d+$/.test(code) && checkDigit(code.slice(0, -1)) === code.at(-1)
}

function isbn13(isbn10: string): string {
  const digits = `978${isbn10.slice(0, 9)}`
  return digits + checkDigit(digits)
}

/** The digits have the weights 3, 1, 3, … from the right. */
function checkDigit(digits: string): string {
  const sum = [...digits].reverse().reduce((total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 3 : 1), 0)
  return String((10 - (sum % 10)) % 10)
}
