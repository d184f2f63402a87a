import { readLetters, spellOut } from '../../platform/text/acronyms.ts'
import { indexTokens, smallNumber } from '../../platform/text/index-tokens.ts'
import { searchTokens } from '../../platform/text/language.ts'
import { foldHomophones, scriptOf, skeletonsOf, soundLikeness, spokenForms } from '../../platform/text/phonetic.ts'
import { unitOf } from '../../platform/text/units.ts'
import { isStopWord } from '../../platform/text/word-forms.ts'
import { slipsBetween } from './edit-distance.ts'
import type { NamedConcept, RelatedWords } from './related-words.ts'
import type { Vocabulary } from './vocabulary.ts'
import { variantsOf } from './word-variants.ts'

/** How an alternative was found, from the nearest to the furthest. */
export type FoundBy =
  | 'exact'
  | 'joined'
  | 'split'
  | 'unit'
  | 'sound'
  | 'spelling'
  | 'form'
  | 'prefix'
  | 'tenant_synonym'
  | 'synonym'
  | 'narrower'
  | 'broader'
  | 'related'

/** Words of which a product must have all, to have what the query asked for, and how near they are to it (1: the same). */
export interface Alternative {
  tokens: string[]
  weight: number
  by: FoundBy
}

/** One thing that a query asks for: a word, or several words that belong together. */
export interface QueryConcept {
  /** As it stands in the query. */
  text: string
  /** Share in the answer: the rarer the words, the higher. */
  weight: number
  isThing: boolean
  /** The things of the thesaurus that it names. */
  thingIds: string[]
  /** True for what the wanted thing is for, after "for" or "with": the puppies of "dog food for puppies". */
  isPurpose: boolean
  /** True when the shop's vocabulary has the word itself, joined or split. */
  isKnown: boolean
  alternatives: Alternative[]
  /** The single words, when the concept has several. */
  parts: QueryConcept[]
}

/** Bounds, so that no text makes a search expensive: concepts of a query, and alternatives of a concept. */
const MAX_WORDS = 16
const MAX_ALTERNATIVES = 24
const MAX_TOKEN_LENGTH = 40
/** Maximum other names of a word that the shop's vocabulary does not have. */
const MAX_UNCOUNTED = 6

const WEIGHTS = { joined: 0.97, split: 0.93, unit: 1, form: 0.8, prefix: 0.62 } as const
const SOUND_WEIGHT = 0.85
const MIN_SOUND_LIKENESS = 0.78
const SAME_SOUND = 0.95
const SLIP_WEIGHTS = [0.95, 0.84, 0.62]
const MIN_LENGTH_FOR_SLIPS = 3
const MIN_LENGTH_FOR_TWO_SLIPS = 6
const SHORT_WORD = 4
const MIN_LENGTH_FOR_NAME_SLIPS = 3
/** Below this weight a slip may be another word, and the names of the thesaurus are tried, too. */
const SURE_SLIP = 0.8
const MIN_LENGTH_FOR_PREFIX = 2
/** Maximum words that one search compares letter by letter: 60,000 take about 30 ms. */
const MAX_COMPARED = 60_000

/** A word of the query: its joined form and, for a compound, its parts. */
interface Word {
  text: string
  token: string
  parts: string[]
  /** True after "for" or "with". */
  isPurpose: boolean
}

const BEFORE_PURPOSE = new Set(['for', 'with'])

/** The words of a query in order, without those that are too common to search for (unless there are no others). */
export function queryWords(text: string): Word[] {
  const words: Word[] = []
  let isPurpose = false
  for (const piece of text.split(/[^\p{L}\p{N}\p{M}\u200c\-_./'’٫]+/u)) {
    const tokens = searchTokens(piece).map((token) => token.slice(0, MAX_TOKEN_LENGTH))
    const token = tokens.at(-1)
    if (token === undefined) continue
    const mixed = indexTokens(token).filter((each) => each !== token)
    const parts = tokens.length > 1 ? tokens.slice(0, -1) : mixed
    words.push({ text: piece, token, parts, isPurpose })
    if (words.length > 1 && BEFORE_PURPOSE.has(token)) isPurpose = true
    if (words.length >= 4 * MAX_WORDS) break
  }
  // «یک» says nothing, except before a unit: «یک ترابایت».
  const isAmount = (at: number) =>
    smallNumber(words[at]?.token ?? '') !== undefined && unitOf(words[at + 1]?.token ?? '') !== undefined
  const telling = words.filter((word, at) => !isStopWord(word.token) || isAmount(at))
  return (telling.length > 0 ? telling : words).slice(0, MAX_WORDS)
}

/**
 * Turns the words of a query into concepts, each with its alternatives in the shop's vocabulary. Pure; the work is bounded for every text. Without
 * `corrects` a word must stand in the product as it is in the query, or as another word for the same.
 */
export function conceptsOf(
  words: Word[],
  vocabularies: Vocabulary[],
  related: RelatedWords,
  corrects = true,
): QueryConcept[] {
  const shop = lookUpIn(vocabularies)
  const concepts: QueryConcept[] = []
  for (let at = 0; at < words.length; ) {
    const span = spanAt(words, at, shop, related)
    const inside = words.slice(at, at + span.length)
    const parts = inside.map((word, index) => conceptOf(word, shop, related, corrects, at + index === words.length - 1))
    const [first] = parts
    if (span.length === 1 && first) concepts.push(first)
    else if (first) {
      concepts.push({
        text: inside.map((word) => word.text).join(' '),
        weight: parts.reduce((sum, part) => sum + part.weight, 0),
        isThing: span.isThing,
        thingIds: span.thingIds,
        isPurpose: first.isPurpose,
        isKnown:
          parts.every((part) => part.isKnown) ||
          span.alternatives.some((each) => each.weight > 0.8 && shop.has(each.tokens)),
        alternatives: best(span.alternatives),
        parts,
      })
    }
    at += span.length
  }
  return concepts
}

interface Shop {
  products: number
  count(token: string): number
  has(tokens: string[]): boolean
  vocabularies: Vocabulary[]
  /** Comparisons of words that are left for this search. */
  comparisons: { left: number }
}

function lookUpIn(vocabularies: Vocabulary[]): Shop {
  const count = (token: string) => vocabularies.reduce((sum, vocabulary) => sum + vocabulary.count(token), 0)
  return {
    products: vocabularies.reduce((sum, vocabulary) => sum + vocabulary.products, 0),
    count,
    has: (tokens) => vocabularies.some((vocabulary) => tokens.every((token) => vocabulary.count(token) > 0)),
    vocabularies,
    comparisons: { left: MAX_COMPARED },
  }
}

/** Words from here on that belong together: a term of the thesaurus, a number with its unit, a compound that is written apart. */
function spanAt(words: Word[], at: number, shop: Shop, related: RelatedWords) {
  const alternatives: Alternative[] = []
  const tokensOf = (length: number) => words.slice(at, at + length).map((word) => word.token)
  const longest = Math.min(Math.max(related.longest, 2), words.length - at, 5)
  for (let length = longest; length > 1; length -= 1) {
    const tokens = tokensOf(length)
    const named = namedWithEndings(tokens, related)
    const joined = tokens.join('').slice(0, MAX_TOKEN_LENGTH)
    if (length <= 3 && shop.count(joined) > 0)
      alternatives.push({ tokens: [joined], weight: WEIGHTS.joined, by: 'joined' })
    alternatives.push(...termsIn(named, shop))
    for (const letters of readLetters(tokens))
      if (shop.count(letters) > 0) alternatives.push({ tokens: [letters], weight: SOUND_WEIGHT, by: 'sound' })
    const [number, unit] = [smallNumber(tokens[0] ?? ''), unitOf(tokens[1] ?? '')]
    if (length === 2 && number !== undefined && unit !== undefined)
      alternatives.push({ tokens: [number + unit], weight: WEIGHTS.unit, by: 'unit' })
    if (alternatives.length > 0 || named.length > 0)
      return { length, alternatives, thingIds: thingsOf(named), isThing: named.some((concept) => concept.isThing) }
  }
  return { length: 1, alternatives, thingIds: [], isThing: false }
}

function thingsOf(named: NamedConcept[]): string[] {
  return named.filter(({ isThing }) => isThing).map(({ id }) => id)
}

/** Persian endings of possession, «گردن دردم», and the spoken "is". */
const ENDINGS = ['هایم', 'هام', 'مون', 'تون', 'شون', 'م', 'ت', 'ش', 'ه']
/** The stem of a phrase may be shorter than that of a single word, because the phrase's other words prove it. */
const MIN_STEM = { single: 4, phrase: 3 }

/** The concepts that a term names, as it is or without an ending of its last word. */
function namedWithEndings(tokens: string[], related: RelatedWords): NamedConcept[] {
  const named = related.namedBy(tokens)
  const last = tokens.at(-1) ?? ''
  if (named.length > 0 || last.charCodeAt(0) < 128) return named
  const least = tokens.length === 1 ? MIN_STEM.single : MIN_STEM.phrase
  for (const ending of ENDINGS) {
    if (!last.endsWith(ending) || last.length - ending.length < least) continue
    const found = related.namedBy([...tokens.slice(0, -1), last.slice(0, -ending.length)])
    if (found.length > 0) return found
  }
  return []
}

function conceptOf(word: Word, shop: Shop, related: RelatedWords, corrects: boolean, isLast: boolean): QueryConcept {
  const { token, parts } = word
  const alternatives: Alternative[] = [{ tokens: [token], weight: 1, by: 'exact' }]
  if (parts.length > 1) alternatives.push({ tokens: parts, weight: WEIGHTS.split, by: 'split' })
  const [number = '', unit] = parts.length === 2 ? [parts[0], unitOf(parts[1] ?? '')] : []
  if (unit !== undefined && /^\d+$/.test(number))
    alternatives.push({ tokens: [number + unit], weight: WEIGHTS.unit, by: 'unit' })
  alternatives.push(...splitsOf(token, shop))
  const isKnown = alternatives.some(({ tokens }) => shop.has(tokens))
  const named = isKnown || !corrects ? related.namedBy([token]) : namedWithEndings([token], related)
  let meant = named
  alternatives.push(...termsIn(named, shop))
  if (corrects) {
    // The thesaurus has the other names of its words in both scripts; a sound would only add chance (lens: Lenovo).
    const sounds = named.length > 0 ? [] : soundingLike(token, shop, isKnown)
    const names = spellOut(token)
    const letters = names.filter((name) => !isStopWord(name))
    if (!isKnown && letters.length >= names.length - 1 && new Set(letters).size > 1 && shop.has(letters))
      sounds.push({ tokens: letters, weight: SOUND_WEIGHT, by: 'sound' })
    alternatives.push(...sounds)
    if (!isKnown) {
      const isNamed = named.length > 0
      alternatives.push(...formsOf(token, shop))
      // A word of the thesaurus is spelt right; the shop does not have it.
      if (!isNamed) {
        const slips = slipsOf(token, shop)
        alternatives.push(...slips)
        meant = related.namedBy(slips[0]?.tokens ?? [])
        if (slips.every(({ weight }) => weight < SURE_SLIP)) alternatives.push(...slipsOfNames(token, shop, related))
      }
    }
    // A whole word of the thesaurus that the shop does not have is no beginning: «اسب» is no «اسباب‌بازی».
    if ((isKnown ? isLast : named.length === 0) && token.length >= MIN_LENGTH_FOR_PREFIX)
      alternatives.push(...longerOf(token, shop, isKnown))
  }
  return {
    text: word.text,
    weight: rarity(token, alternatives, shop),
    isThing: meant.some((concept) => concept.isThing),
    thingIds: thingsOf(meant),
    isPurpose: word.isPurpose,
    isKnown,
    alternatives: best(alternatives),
    parts: [],
  }
}

/**
 * Inverse document frequency, between about 0.3 for a word of every product and the logarithm of their number. A word that no
 * product has counts as its nearest alternative; without one, as a rare word.
 */
function rarity(token: string, alternatives: Alternative[], shop: Shop): number {
  const own = shop.count(token)
  const products = Math.max(shop.products, 1)
  const counted =
    own > 0
      ? own
      : alternatives
          .filter(({ weight, tokens }) => weight >= 0.8 && shop.has(tokens))
          .reduce((sum, { tokens }) => sum + Math.min(...tokens.map((each) => shop.count(each))), 0)
  const count = Math.min(counted === 0 ? Math.max(1, products * 0.002) : counted, products)
  const idf = Math.log(1 + (products - count + 0.5) / (count + 0.5))
  // A lone number says little: sizes, versions and amounts look alike.
  return (0.3 + idf) * (/^\d{1,3}$/.test(token) ? 0.6 : counted === 0 ? 1.25 : 1)
}

function best(alternatives: Alternative[]): Alternative[] {
  const byTokens = new Map<string, Alternative>()
  for (const alternative of alternatives) {
    const key = alternative.tokens.join(' ')
    if ((byTokens.get(key)?.weight ?? 0) < alternative.weight) byTokens.set(key, alternative)
  }
  return [...byTokens.values()].sort((a, b) => b.weight - a.weight).slice(0, MAX_ALTERNATIVES)
}

/** A word that the shop writes as two: لپتاپ for «لپ تاپ». */
function splitsOf(token: string, shop: Shop): Alternative[] {
  if (token.length < 5 || token.length > 24) return []
  const found: Alternative[] = []
  for (let at = 2; at <= token.length - 2; at += 1) {
    const tokens = [token.slice(0, at), token.slice(at)]
    if (shop.has(tokens)) found.push({ tokens, weight: WEIGHTS.split, by: 'split' })
  }
  return found
}

/**
 * The other names of a concept that products have. A name is also found when the shop writes one of its words apart, and the nearest
 * ones when only a description has them, whose words no vocabulary counts.
 */
function termsIn(named: NamedConcept[], shop: Shop): Alternative[] {
  const found: Alternative[] = []
  const ownUncounted: Alternative[] = []
  let uncounted = 0
  for (const term of named.flatMap(({ terms }) => terms)) {
    if (shop.has(term.tokens)) found.push(term)
    else {
      const apart = term.tokens.flatMap((token) =>
        shop.count(token) > 0 ? [token] : (splitsOf(token, shop)[0]?.tokens ?? [token]),
      )
      if (apart.length > term.tokens.length && shop.has(apart)) found.push({ ...term, tokens: apart })
      else if (term.by === 'tenant_synonym') ownUncounted.push(term)
      else if (term.by === 'synonym' && uncounted < MAX_UNCOUNTED) {
        uncounted += 1
        found.push(term)
      }
    }
  }
  return [...found, ...ownUncounted]
}

/**
 * Words of the shop in the other script that sound like this one (Nike, نایک). Two consonants are soon alike by chance, and a word
 * that the shop has itself needs no other: both must sound the same.
 */
function soundingLike(token: string, shop: Shop, isKnown: boolean): Alternative[] {
  const script = scriptOf(token)
  if (script === null || token.length < 3 || /(.)\1\1/.test(token)) return []
  const found = new Map<string, number>()
  const asked = spokenForms(token)
  for (const skeleton of new Set(asked.flatMap(skeletonsOf))) {
    const needed = isKnown || skeleton.length < 3 ? SAME_SOUND : MIN_SOUND_LIKENESS
    for (const vocabulary of shop.vocabularies) {
      for (const word of vocabulary.soundingLike(skeleton)) {
        if (scriptOf(word) === script || word.length < 3) continue
        const pairs = spokenForms(word).flatMap((spoken) => asked.map((own) => soundLikeness(own, spoken)))
        const likeness = Math.max(...pairs)
        if (likeness >= needed) found.set(word, Math.max(found.get(word) ?? 0, likeness))
      }
    }
  }
  return [...found]
    .sort((x, y) => y[1] - x[1])
    .slice(0, 6)
    .map(([word, likeness]) => ({ tokens: [word], weight: SOUND_WEIGHT * likeness, by: 'sound' }))
}

/** Words of the shop that differ by one slip, or by two in a longer word. */
function slipsOf(token: string, shop: Shop): Alternative[] {
  if (token.length < MIN_LENGTH_FOR_SLIPS || token.length > 30 || /^\d+$/.test(token)) return []
  const most = token.length >= MIN_LENGTH_FOR_TWO_SLIPS ? 2 : 1
  const folded = foldHomophones(token)
  const found: { word: string; slips: number; count: number }[] = []
  for (const vocabulary of shop.vocabularies) {
    for (let length = token.length - most; length <= token.length + most; length += 1) {
      for (const word of vocabulary.ofLength(length)) {
        if (shop.comparisons.left <= 0) break
        shop.comparisons.left -= 1
        // Most words differ at once; the first or second letter is nearly always right.
        if (
          word.charCodeAt(0) !== token.charCodeAt(0) &&
          word.charCodeAt(1) !== token.charCodeAt(1) &&
          word.charCodeAt(0) !== token.charCodeAt(1) &&
          word.charCodeAt(1) !== token.charCodeAt(0)
        )
          continue
        if (vocabulary.count(word) === 0) continue
        const slips = slipsBetween(folded, foldHomophones(word), most)
        if (slips > most || /^\d+$/.test(word)) continue
        if (slips === 2 && word.charCodeAt(0) !== token.charCodeAt(0)) continue
        // A short word with a letter less, or with another first letter, is another word.
        if (token.length <= SHORT_WORD && word.length < token.length) continue
        const isSwapped = word.charCodeAt(1) === token.charCodeAt(0)
        if (token.length <= SHORT_WORD && folded.charCodeAt(0) !== foldHomophones(word).charCodeAt(0) && !isSwapped)
          continue
        found.push({ word, slips, count: vocabulary.count(word) })
      }
    }
  }
  const least = found.reduce((min, { slips }) => Math.min(min, slips), 3)
  return found
    .filter(({ slips }) => slips === least)
    .sort((a, b) => b.count - a.count)
    .slice(0, 5)
    .map(({ word, slips }) => {
      // A slip in three letters may be another word; in eight it is not.
      const certainty = Math.min(1, 0.8 + 0.05 * (token.length - 3))
      return { tokens: [word], weight: (SLIP_WEIGHTS[slips] ?? 0) * certainty, by: 'spelling' as const }
    })
}

/** Other names of the word of the thesaurus that was meant: "bagpak" finds «کوله‌پشتی». */
function slipsOfNames(token: string, shop: Shop, related: RelatedWords): Alternative[] {
  if (token.length < MIN_LENGTH_FOR_NAME_SLIPS) return []
  const folded = foldHomophones(token)
  const most = token.length >= MIN_LENGTH_FOR_TWO_SLIPS ? 2 : 1
  let best: { words: string[]; slips: number } = { words: [], slips: most + 1 }
  for (const name of related.namesNear(token.length, most)) {
    if (name.charCodeAt(0) !== token.charCodeAt(0)) continue
    const slips = slipsBetween(folded, foldHomophones(name), most)
    if (slips < best.slips) best = { words: [name], slips }
    else if (slips === best.slips && slips <= most) best.words.push(name)
  }
  return best.words.slice(0, 3).flatMap((name) => {
    const certainty = SLIP_WEIGHTS[best.slips] ?? 0
    const terms = termsIn(related.namedBy([name]), shop).filter(({ tokens }) => shop.has(tokens))
    return terms.map((term) => ({ ...term, weight: term.weight * certainty, by: 'spelling' as const }))
  })
}

function formsOf(token: string, shop: Shop): Alternative[] {
  return variantsOf(token)
    .filter((form, at) => shop.count(form) > 0 || (at === 0 && form.length < token.length))
    .slice(0, 6)
    .map((form) => ({ tokens: [form], weight: WEIGHTS.form, by: 'form' }))
}

/** Longer words of the shop that begin with this one: it may not be finished yet. */
function longerOf(token: string, shop: Shop, isKnown: boolean): Alternative[] {
  if (/^\d+$/.test(token)) return []
  return shop.vocabularies
    .flatMap((vocabulary) => vocabulary.startingWith(token, 8))
    .slice(0, 8)
    .map((word) => ({
      tokens: [word],
      // The more letters are missing, the less certain it is.
      weight: WEIGHTS.prefix * (isKnown ? 0.7 : 1) * Math.min(1, 0.4 + token.length / word.length),
      by: 'prefix',
    }))
}
