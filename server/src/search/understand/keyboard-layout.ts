/** Keys of the Latin keyboard and the letters that the Persian keyboard has there. */
const KEYS = "qwertyuiop[]asdfghjkl;'zxcvbnm,\\`"
const LETTERS = 'ضصثقفغعهخحجچشسیبلاتنمکگظطزرذدپوپپ'
/** Letters of other Persian layouts, and with shift. */
const MORE: [letter: string, key: string][] = [
  ['ئ', 'm'],
  ['ژ', '\\'],
  ['آ', 'h'],
  ['ي', 'd'],
  ['ك', ';'],
  ['ة', 'j'],
  ['ؤ', 'a'],
]

const TO_PERSIAN = new Map([...KEYS].map((key, at) => [key, [...LETTERS][at] ?? key]))
TO_PERSIAN.set('C', 'ژ').set('H', 'آ')
const TO_LATIN = new Map<string, string>([
  ...MORE,
  ...[...KEYS].slice(0, 31).map((key, at): [string, string] => [[...LETTERS][at] ?? key, key]),
])

/**
 * Converts a text to the other keyboard layout: «کفش» for `;ta`, `laptop` for «مشحفخح». Null when the text has no letter that the
 * other layout produces.
 */
export function otherLayout(text: string): string | null {
  const isPersian = /[\u0620-\u06d3]/.test(text)
  const isLatin = /[a-z]/i.test(text)
  if (isPersian === isLatin) return null
  let typed = ''
  for (const letter of text) {
    const other = isPersian ? TO_LATIN.get(letter) : (TO_PERSIAN.get(letter) ?? TO_PERSIAN.get(letter.toLowerCase()))
    typed += other ?? letter
  }
  return typed
}
