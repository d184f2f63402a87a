import { normaliseUnicode } from './canonical-text.ts'

/** WordPress truncates a slug at this many bytes of percent-encoded UTF-8. */
const MAX_SLUG_BYTES = 200

const pairs = (text: string) => text.split(' ').map((pair) => [pair.slice(0, 1), pair.slice(1)] as const)

// Replacements of WordPress's remove_accents for letters that Unicode does not decompose into a letter and accents.
const LETTERS = new Map(
  pairs(
    'ªa ºo ÆAE ÐD ØO ÞTH ßs æae ðd øo þth ĐD đd ĦH ħh ıi ĲIJ ĳij ĸk ĿL ŀl ŁL łl ŉn ŊN ŋn ŒOE œoe ŦT ŧt ſs ƏE ǝe €E £',
  ),
)
// Replacements on German and Danish sites.
const NORTHERN = new Map(pairs('ÄAe äae ÖOe öoe ÜUe üue ẞSS ßss ÆAe æae ØOe øoe ÅAa åaa'))

// In the order of sanitize_title_with_dashes: first the characters that become a hyphen, then those that are removed.
const HYPHENS = /[\u00a0\u2000-\u200a\u2013\u2014\u2028\u2029\u202f/]|&(?:nbsp|#160|ndash|#8211|mdash|#8212);/g
const STRIPPED =
  /[\u0300\u0301\u0304\u030c\u0341\u00a1\u00a9\u00ab\u00ad\u00ae\u00b0\u00b4\u00bb\u00bf\u02ca\u200b-\u200f\u2018-\u201f\u2022\u2026\u202a-\u202e\u2039\u203a\u2122\ufeff\ufffc]/g

/**
 * The slug that WordPress gives a title (`sanitize_title`), decoded: Persian stays readable, where WordPress stores `%d9%82…`.
 * Letters outside ASCII stay; ZWNJ and most signs are removed; spaces, points and slashes become hyphens; truncated at 200 bytes.
 */
export function wordpressSlug(title: string): string {
  return toSlug(removeAccents(title, LETTERS))
}

/** The same with the replacements of German and Danish sites (ü → ue, å → aa). */
export function northernSlug(title: string): string {
  return toSlug(removeAccents(title, new Map([...LETTERS, ...NORTHERN])))
}

/**
 * Makes a stored slug comparable with `wordpressSlug`: lower case, percent-encoding decoded. A slug that was truncated inside a
 * character stays encoded.
 */
export function decodeSlug(slug: string): string {
  return decodePercent(slug)?.toLowerCase() ?? slug.toLowerCase()
}

/** Percent-encoded UTF-8 as readable text, or null: nothing outside ASCII, invalid UTF-8, or control characters. */
export function decodePercent(text: string): string | null {
  if (!/%[89a-f][\da-f]/i.test(text)) return null
  try {
    const decoded = decodeURIComponent(text)
    return /\p{Cc}/u.test(decoded) ? null : decoded
  } catch {
    return null
  }
}

function removeAccents(title: string, letters: Map<string, string>): string {
  if (!/[\u0080-\uffff]/.test(title)) return title
  return normaliseUnicode(title, 'NFC').replace(/[\u00a0-\u024f\u1e00-\u1eff\u20ac]/g, (letter) => {
    const known = letters.get(letter)
    if (known !== undefined) return known
    const plain = letter.normalize('NFD')
    return /^[a-z]\p{M}+$/iu.test(plain) ? plain.charAt(0) : letter
  })
}

function toSlug(title: string): string {
  const text = title
    .replace(/<[^<>]*>/g, '')
    .replace(/%(?![\da-f]{2})/gi, '')
    .toLowerCase()
  return cutBytes(text)
    .replace(HYPHENS, '-')
    .replace(STRIPPED, '')
    .replace(/\u00d7/g, 'x')
    .replace(/&[^&;]+;/g, '')
    .replace(/\./g, '-')
    .replace(/[^%a-z0-9 _\s\u0080-\u{10ffff}-]/gu, '')
    .replace(/\s+/g, '-')
    .replace(/-+/g, '-')
    .replace(/^-|-$/g, '')
}

/** Percent-encoding takes three bytes for each UTF-8 byte of a letter outside ASCII. */
function cutBytes(text: string): string {
  if (text.length * 9 <= MAX_SLUG_BYTES) return text
  let bytes = 0
  let at = 0
  for (const character of text) {
    const code = character.codePointAt(0) ?? 0
    bytes += code < 0x80 ? 1 : code < 0x800 ? 6 : code < 0x1_0000 ? 9 : 12
    if (bytes > MAX_SLUG_BYTES) return text.slice(0, at)
    at += character.length
  }
  return text
}
