/** Maximum amount of money (and of stock): part of the API, not a storage limit. */
const MAX_AMOUNT = 10n ** 15n

const PLAIN = /^(?:0|[1-9]\d{0,14})(?:\.\d{1,30})?$/

/**
 * Reads an exact decimal: a JSON number, or text with Latin, Persian (۰-۹) or Arabic (٠-٩) digits, `.` or `٫` before the fraction,
 * and `,` or `٬` between groups of three. Returns a plain decimal (`"1234.50"`), null for "none" (null, absent, empty text), or
 * undefined for anything that has no exact value.
 */
export function readDecimal(value: unknown): string | null | undefined {
  if (value === null || value === undefined) return null
  const text =
    typeof value === 'number'
      ? numberText(value)
      : typeof value === 'string'
        ? PLAIN.test(value)
          ? value
          : plainDigits(value)
        : undefined
  // Nearly every price has this form and is below the maximum.
  if (text !== undefined && PLAIN.test(text)) return text
  if (text === undefined || text === '') return text === '' ? null : undefined
  if (!/^-?\d{1,30}(\.\d{1,30})?$/.test(text)) return undefined
  const negative = text.startsWith('-')
  const [whole = '0', fraction = ''] = text.replace('-', '').split('.')
  const integer = BigInt(whole)
  if (integer > MAX_AMOUNT || (integer === MAX_AMOUNT && /[1-9]/.test(fraction))) return undefined
  const plain = fraction === '' ? String(integer) : `${integer}.${fraction}`
  return negative && /[1-9]/.test(plain) ? `-${plain}` : plain
}

/** The shortest text of a double: exact for up to 15 significant digits; longer numbers were rejected before. */
function numberText(value: number): string | undefined {
  if (!Number.isFinite(value)) return undefined
  const [mantissa = '', exponent] = String(Math.abs(value)).split('e')
  const digits = mantissa.replace('.', '')
  if (digits.replace(/^0+|0+$/g, '').length > 15) return undefined
  const sign = value < 0 ? '-' : ''
  if (exponent === undefined) return sign + mantissa
  // JavaScript writes 1e-7 and 1e21; only the first is in range.
  return Number(exponent) < 0 ? `${sign}0.${'0'.repeat(-Number(exponent) - 1)}${digits}` : undefined
}

function plainDigits(text: string): string | undefined {
  const latin = text
    .replace(/[۰-۹]/g, (digit) => String(digit.charCodeAt(0) - 0x6f0))
    .replace(/[٠-٩]/g, (digit) => String(digit.charCodeAt(0) - 0x660))
    .replace(/[\u200c-\u200f\u202a-\u202e\u2066-\u2069]/g, '')
    .trim()
    .replaceAll('٫', '.')
    .replaceAll('٬', ',')
    .replace(/^\u2212/, '-')
  if (!latin.includes(',')) return latin
  return /^-?\d{1,3}(,\d{3})+(\.\d+)?$/.test(latin) ? latin.replaceAll(',', '') : undefined
}
