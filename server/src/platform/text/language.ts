import { normaliseUnicode } from './canonical-text.ts'
import { isParticle, isStopWord, stem } from './word-forms.ts'

/** A part of a document and its weight in the ranking; A is the highest. */
export type WeightedText = { text: string; weight: 'A' | 'B' | 'C' | 'D' }

const maxTextLength = 100_000
const maxTokens = 5_000
const maxTokenLength = 64
const maxQueryTokens = 32
// PostgreSQL's limits: positions up to 16,383, 255 positions per lexeme, 1 MB per tsvector (the literal is longer than that form).
const maxPosition = 16_383
const maxPositionsPerLexeme = 255
const maxLiteralBytes = 1_000_000

const zwnj = '\u200c'
const beyondAscii = /[\u0080-\uffff]/
const controls = /\p{Cc}/gu
// NFKC would append these to the word: "Nike™" must become "nike".
const marks = /[™℠®©]/g
// Accented Latin letters and combining marks, then harakat, tatweel, Arabic variants of Persian letters and format characters.
const foldable = new RegExp(
  '[\u00ad\u00df-\u024f\u0300-\u036f\u061c\u0621-\u0626\u0629\u0640\u0643\u0649-\u066b\u0670-\u0673\u06aa' +
    '\u06be-\u06c3\u06cd-\u06ed\u06f0-\u06f9\u1e00-\u1eff\u200b\u200d-\u200f\u2010\u2011\u202a-\u202e' +
    '\u2060-\u206f\u2212\ufe00-\ufe0f\ufeff]',
  'g',
)
const detachedSuffix =
  /(?<=[\u0622-\u06d3]) +(?=(?:ها(?:ی|یی|یم|یت|یش|یمان|یتان|یشان)?|ترین)(?![\u0620-\u06d3\u200c]))/g
const detachedPrefix = /(?<![\u0620-\u06d3\u200c])(ن?می) +(?=[\u0622-\u06d3])/g
const joiners = /[-_./\u200c]/

const folds = new Map<string, string>([
  ...pairs('أإآٱٲٳ', 'ا'),
  ...pairs('يىئۍێېےۓ', 'ی'),
  ...pairs('كڪ', 'ک'),
  ...pairs('ةهھۀہۂۃە', 'ه'),
  ['ؤ', 'و'],
  ['\u200b', zwnj],
  ['\u2010', '-'],
  ['\u2011', '-'],
  ['\u2212', '-'],
  ['٫', '.'],
  ['ß', 'ss'],
  ['æ', 'ae'],
  ['œ', 'oe'],
  ['ø', 'o'],
  ['ł', 'l'],
  ['đ', 'd'],
  ['ð', 'd'],
  ['þ', 'th'],
  ['ı', 'i'],
])

// One table look-up per character: a regular expression with \p{L} took 59 µs for a 2 KB Persian text, the table takes 10.
const separator = 0
const letterOrDigit = 1
const joiner = 2
const unitKind = Uint8Array.from({ length: 0x10000 }, (_, code) => {
  const unit = String.fromCharCode(code)
  if (joiners.test(unit)) return joiner
  return /[\p{L}\p{N}]/u.test(unit) ? letterOrDigit : separator
})

/**
 * Normalises Persian and English text for storage and look-up: NFKC, lower case, Persian forms of Arabic letters (آ أ → ا, ئ ي ى →
 * ی, ؤ → و, ك → ک, ة → ه), ASCII digits, no harakat, tatweel, Latin accents, bidi marks or ZWNJ. A Persian affix joins its word, so
 * می‌شود, می شود and میشود become one spelling.
 */
export function normaliseText(text: string): string {
  return foldCharacters(text).replaceAll(zwnj, '')
}

/**
 * Splits a text into normalised, stemmed words, in order and with repetitions: letters and digits only, at most 64 characters each.
 * A compound (v-neck, PROD-001, نرم‌افزار) yields its parts and then the joined form, so that "vneck" finds it. Limits: the first
 * 100,000 characters and 5,000 words. Letters beyond the basic multilingual plane separate words.
 */
export function searchTokens(text: string): string[] {
  const folded = foldCharacters(text.length > maxTextLength ? text.slice(0, maxTextLength) : text)
  const tokens: string[] = []
  let at = 0
  while (at < folded.length && tokens.length < maxTokens) {
    if (unitKind[folded.charCodeAt(at)] !== letterOrDigit) {
      at += 1
      continue
    }
    const start = at
    let compound = false
    // Beyond the end charCodeAt returns NaN, which is not in the table: the word ends there.
    for (let kind: number | undefined = letterOrDigit; kind === letterOrDigit; ) {
      at += 1
      kind = unitKind[folded.charCodeAt(at)]
      if (kind === joiner && unitKind[folded.charCodeAt(at + 1)] === letterOrDigit) {
        compound = true
        kind = letterOrDigit
      }
    }
    const run = folded.slice(start, at)
    if (compound) tokens.push(...compoundTokens(run))
    else tokens.push(stem(run.slice(0, maxTokenLength)))
  }
  return tokens.length > maxTokens ? tokens.slice(0, maxTokens) : tokens
}

/**
 * The distinct words of a query without stop words (unless it has no others), at most 32. A compound yields its parts and its
 * joined form, so a search must match any of them and rank: a search for all words would not find "vneck" by "v-neck".
 */
export function queryTokens(query: string): string[] {
  const distinct = [...new Set(searchTokens(query))]
  const telling = distinct.filter((token) => !isStopWord(token))
  return (telling.length > 0 ? telling : distinct).slice(0, maxQueryTokens)
}

/**
 * Builds a PostgreSQL tsvector as text, for `$1::tsvector`: the words of `searchTokens`, independent of the server's locale. The
 * most important text goes first: positions continue through the fields and stop at 16,383. Repetitions after the 255th and words
 * after 1 MB are dropped.
 */
export function tsvectorLiteral(fields: WeightedText[]): string {
  return tsvectorOfTokens(fields.map(({ text, weight }) => ({ tokens: searchTokens(text), weight })))
}

/** The same for tokens that are already split. */
export function tsvectorOfTokens(fields: { tokens: string[]; weight: WeightedText['weight'] }[]): string {
  const lexemes = new Map<string, string[]>()
  let position = 0
  let bytes = 0
  for (const { tokens, weight } of fields) {
    for (const token of tokens) {
      position = Math.min(position + 1, maxPosition)
      const positions = lexemes.get(token)
      const entry = `${position}${weight}`
      const size = entry.length + 1 + (positions === undefined ? Buffer.byteLength(token) + 3 : 0)
      if (bytes + size > maxLiteralBytes || positions?.at(-1) === entry) continue
      if (positions === undefined) lexemes.set(token, [entry])
      else if (positions.length < maxPositionsPerLexeme) positions.push(entry)
      else continue
      bytes += size
    }
  }
  return [...lexemes].map(([token, positions]) => `${asTsqueryLiteral(token)}:${positions.join(',')}`).join(' ')
}

/**
 * Detects the language of a text by its letters: `fa` when at least a third of them are Arabic script (Persian product texts
 * contain many Latin brand names), `other` without Persian or Latin letters or when another script has the majority.
 */
export function detectLanguage(text: string): 'fa' | 'en' | 'other' {
  let arabic = 0
  let latin = 0
  let other = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code < 0x250) {
      if (((code | 0x20) >= 0x61 && (code | 0x20) <= 0x7a) || code >= 0xc0) latin += 1
    } else if (unitKind[code] === letterOrDigit) {
      if ((code >= 0x600 && code <= 0x77f) || (code >= 0xfb50 && code <= 0xfeff)) arabic += 1
      else other += 1
    }
  }
  if (arabic + latin === 0 || other > arabic + latin) return 'other'
  return arabic * 2 >= latin ? 'fa' : 'en'
}

// Normalises, but keeps the ZWNJ, which separates the parts of a compound.
function foldCharacters(text: string): string {
  if (!beyondAscii.test(text)) return text.toLowerCase().replace(controls, ' ').replace(/'s\b/g, '')
  return normaliseUnicode(text.replace(marks, ' '), 'NFKC')
    .toLowerCase()
    .replace(controls, ' ')
    .replace(/['’]s\b/g, '')
    .replace(foldable, foldCharacter)
    .replace(detachedSuffix, zwnj)
    .replace(detachedPrefix, `$1${zwnj}`)
}

function foldCharacter(character: string): string {
  const known = folds.get(character)
  if (known !== undefined) return known
  const folded = plainLetterOrDigit(character)
  folds.set(character, folded)
  return folded
}

function plainLetterOrDigit(character: string): string {
  const code = character.charCodeAt(0)
  if ((code >= 0x660 && code <= 0x669) || (code >= 0x6f0 && code <= 0x6f9)) return String(code & 0xf)
  return /[\p{M}\p{Cf}ءـ]/u.test(character) ? '' : character.normalize('NFD').charAt(0)
}

function compoundTokens(run: string): string[] {
  const parts = run.split(joiners)
  const tokens = parts.filter((part) => !isParticle(part)).map((part) => stem(part.slice(0, maxTokenLength)))
  const joined = stem(parts.join('').slice(0, maxTokenLength))
  if (tokens.length !== 1 || tokens[0] !== joined) tokens.push(joined)
  return tokens
}

/** Builds a PostgreSQL tsquery as text, for `$1::tsquery`, that matches all tokens or any of them. No token matches nothing. */
export function tsqueryLiteral(tokens: string[], match: 'all' | 'any'): string {
  // No text contains this character.
  if (tokens.length === 0) return "'\u0001'"
  return tokens.map(asTsqueryLiteral).join(match === 'all' ? ' & ' : ' | ')
}

// Tokens cannot contain a quote or a backslash today; the escaping keeps the literal safe if that changes.
function asTsqueryLiteral(token: string): string {
  return `'${token.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
}

function pairs(from: string, to: string): [string, string][] {
  return [...from].map((character) => [character, to])
}
