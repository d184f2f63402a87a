import { type ReadTerms, wantedWords } from '../catalog/products/search-terms.ts'
import type { Alternative, FoundBy, QueryConcept } from './words/query-concepts.ts'
import type { RelatedWords } from './words/related-words.ts'

/** Fields of a product, as an answer names them. */
export type Field = 'name' | 'category' | 'attribute' | 'tag' | 'sku' | 'short_description' | 'description'

/** A word of the query and where the product has it. */
export interface MatchedWord {
  word: string
  /** The product's words; the same as `word` when it was found as it is. */
  found: string
  by: FoundBy
  fields: Field[]
}

export interface Scored {
  /** Orders the results of one query; says nothing about relevance. */
  score: number
  /** Share of what the query asks for that the product has, 0 to 1. */
  relevance: number
  match: 'strong' | 'partial' | 'weak'
  matched: MatchedWord[]
}

/** A product to score. */
export interface Candidate {
  terms: ReadTerms
  inStock: boolean
  /** How near the product's meaning is by its vector, 0 to 1; null without one. */
  nearness: number | null
}

interface FieldRule {
  field: Field
  key: keyof ReadTerms
  /** Weight of one occurrence. */
  weight: number
  /** How sure it is that the product has what a word of this field says. */
  credit: number
}

/** Name ≫ labels ≫ texts. */
const FIELDS: readonly FieldRule[] = [
  { field: 'name', key: 'name', weight: 5, credit: 1 },
  { field: 'category', key: 'categories', weight: 2.6, credit: 0.95 },
  { field: 'attribute', key: 'attributes', weight: 2.6, credit: 0.95 },
  { field: 'tag', key: 'tags', weight: 2, credit: 0.9 },
  { field: 'short_description', key: 'short', weight: 1, credit: 0.72 },
  { field: 'description', key: 'text', weight: 0.6, credit: 0.62 },
]
/** Fields that say what a product is. */
const CALLING_FIELDS = new Set<Field>(['category', 'tag'])
/** A Persian name calls the thing within its first words; a later word may be a model: «کفش مردانه ملی مدل وکیل» is no lawyer. */
const CALLING_WORDS = 4
const MAX_WORDS_OF_A_THING = 3
/** Saturation: the weight at which a word has half of its effect. */
const SATURATION = 1.6
/** Length normalisation of the name, by its words. */
const NAME_LENGTH = 7
const NAME_LENGTH_EFFECT = 0.35
/** Factor for a product that is another thing than the query names: a red bag is no answer to "red shoes". */
const MISSING_THING = 0.45
const OTHER_THING = 0.85
const THING_WEIGHT = 1.5
/** A thing that only a text mentions: a charger "for phones" is no phone. */
const MENTIONED_THING_CREDIT = 0.45
/** Relevance of a wider thing: sunglasses are glasses, and no answer to "prescription glasses". */
const WIDER_THING = 0.8
/** A product that has only some words of the thing. */
const PARTIAL_THING = 0.5
const WHOLE_PART = 0.6

/** Minimum relevance of a product that is the thing that the query names, even without the query's other words. */
const HEAD_SHARE = 0.3
/** The same for a word that only may be a thing. */
const UNKNOWN_HEAD_SHARE = 0.15
/** The first words of a name say what the product is. */
const HEAD_WORDS = 2
const LONG_QUERY = 4
const LONG_QUERY_EFFECT = 1.25
const MISSING_HEAD = 0.8
const HEAD_CREDIT = 0.75

const COVERAGE_POWER = 1.4
const NAME_COVERAGE_BONUS = 0.22
const PHRASE_BONUS = 0.12
const IN_STOCK_BONUS = 0.03
const SCORE_OF_A_CODE = 1_000
const SCORE_OF_A_CODE_PREFIX = 500
/** Share of a real model's vectors in score and relevance. */
const NEARNESS_EFFECT = 0.35
/** Relevance of a product that stands out by its vector and has no word of the query: above the floor, never strong. */
const RELEVANCE_BY_MEANING = 0.6

const STRONG = 0.72
/** Relevance below which nothing counts as an answer. */
export const FLOOR = 0.42
/** Results below this are left out beside better ones. */
export const WEAK_FLOOR = 0.16

/** Scores candidates for one query; the concepts and the codes are the query's. Pure. */
export function createScorer(concepts: QueryConcept[], codes: string[], related: Pick<RelatedWords, 'isOtherThing'>) {
  const wanted = new Set<string>()
  const collect = (concept: QueryConcept) => {
    for (const { tokens } of concept.alternatives) for (const token of tokens) wanted.add(token)
    concept.parts.forEach(collect)
  }
  concepts.forEach(collect)
  const placesOf = createPlaces(wanted)
  const asked = wordsOf(concepts)
  const head = headOf(concepts)
  const thing = head?.isThing ? head : undefined
  const mass = (concept: QueryConcept) => concept.weight * (concept === thing ? THING_WEIGHT : 1)
  const total = concepts.reduce((sum, concept) => sum + mass(concept), 0)

  return (candidate: Candidate): Scored => {
    const code = codeMatch(candidate.terms.codes, codes)
    const places = placesOf(candidate.terms)
    const nameLength = candidate.terms.name.length
    let [score, credit, headCredit] = [0, 0, 0]
    let [isThingMissing, isThingWider, hasOtherThing, literal] = [false, false, false, 0]
    const matched: MatchedWord[] = []
    const isOther = ({ at }: Place) => isInOtherThing(candidate.terms.name, at, thing?.thingIds ?? [], related)
    for (const concept of concepts) {
      const found = matchConcept(concept, places, nameLength, concept === thing, isOther)
      if (concept === thing && found.credit <= MENTIONED_THING_CREDIT) isThingMissing = true
      else if (concept === thing) isThingWider = found.matched.every(({ by }) => by === 'broader')
      else if (concept.isThing && found.credit >= HEAD_CREDIT) hasOtherThing = true
      if (concept === head) headCredit = isCalled(candidate.terms, concept, found) ? found.credit : 0
      score += mass(concept) * found.score
      credit += mass(concept) * found.credit
      if (isLiteral(concept, found)) literal += 1
      matched.push(...found.matched)
    }
    // «هارد SSD» names the thing twice.
    const misses = isThingMissing ? (hasOtherThing ? OTHER_THING : MISSING_THING) : 1
    const coverage = total === 0 ? 0 : credit / total
    const words = total === 0 ? 0 : (score / total) * coverage ** COVERAGE_POWER * (0.5 + misses / 2)
    const inName = nameCoverage(candidate.terms.name, matched)
    const isHead = headCredit >= HEAD_CREDIT
    const share = thing ? HEAD_SHARE : UNKNOWN_HEAD_SHARE
    let relevance = misses * (isHead ? share + (1 - share) * coverage : coverage * MISSING_HEAD)
    if (concepts.length < 2) relevance = coverage
    // A sentence has words that no product needs to have, and its first word may be anything.
    if (concepts.length > LONG_QUERY) relevance = misses * Math.min(1, coverage * LONG_QUERY_EFFECT)
    if (isThingWider) relevance *= WIDER_THING
    // Every word stands in the product, if only in its description: an answer in part.
    if (concepts.length > 1 && concepts.length === literal) relevance = Math.max(relevance, FLOOR)
    let points = words * (1 + NAME_COVERAGE_BONUS * inName + PHRASE_BONUS * phraseShare(candidate.terms.name, asked))
    if (candidate.nearness !== null) {
      points = points * (1 - NEARNESS_EFFECT) + candidate.nearness * NEARNESS_EFFECT
      const together = relevance * (1 - NEARNESS_EFFECT) + candidate.nearness * NEARNESS_EFFECT
      relevance = Math.max(relevance, together, candidate.nearness * RELEVANCE_BY_MEANING)
    }
    points += candidate.inStock ? IN_STOCK_BONUS * relevance : 0
    if (code !== null) {
      matched.unshift({ word: code.asked, found: code.code, by: code.isWhole ? 'exact' : 'prefix', fields: ['sku'] })
      points += code.isWhole ? SCORE_OF_A_CODE : SCORE_OF_A_CODE_PREFIX * (code.asked.length / code.code.length)
      relevance = Math.max(relevance, code.isWhole ? 1 : 0.8)
    }
    const rounded = Math.round(Math.min(1, relevance) * 1000) / 1000
    return { score: points, relevance: rounded, match: matchOf(rounded), matched }
  }
}

/** Words that name no thing: the thing of «دستگاه کپی» is the copier. */
const GENERIC = new Set('دستگاه وسیله وسایل لوازم محصول مدل نوع device equipment accessories product'.split(' '))

/**
 * The concept that says which thing is wanted. The first one that is known as a thing, or the first word, of a Persian query («قاب
 * گوشی»); the last one of an English query ("phone case"), without numbers
 * and what follows "for".
 */
function headOf(concepts: QueryConcept[]): QueryConcept | undefined {
  const words = concepts.filter(({ text }) => !/^\d+$/.test(text) && !GENERIC.has(text))
  const things = words.filter((concept) => concept.isThing)
  const isLatin = (words.at(-1)?.text.charCodeAt(0) ?? 0x600) < 0x250
  return isLatin
    ? (things.findLast(({ isPurpose }) => !isPurpose) ?? things.at(-1) ?? words.at(-1))
    : (things[0] ?? words[0])
}

const LITERAL = new Set<FoundBy>(['exact', 'joined', 'split', 'unit'])
/** True when the concept, or each word of a compound, stands in the product as it was written. */
function isLiteral({ text, parts }: QueryConcept, { matched }: Found): boolean {
  const isWhole = matched.some(({ word }) => word === text) || matched.length >= parts.length
  return matched.length > 0 && isWhole && matched.every(({ by }) => LITERAL.has(by))
}

const FUZZY = new Set<FoundBy>(['sound', 'spelling', 'prefix', 'form'])

/**
 * True when the product is called by the concept: a category says so, or the beginning of its name, or, of a thing that the thesaurus
 * knows, any of the words of its name. A word that only looks alike is no proof while it may be anything.
 */
function isCalled(terms: ReadTerms, concept: QueryConcept, { matched }: Found): boolean {
  if (concept.isThing) return true
  return matched.some(({ found, by, fields }) => {
    if (FUZZY.has(by) && concept.isKnown) return false
    const beginning = terms.name.slice(0, HEAD_WORDS)
    return fields.includes('category') || found.split(' ').some((word) => beginning.includes(word))
  })
}

/** The word for a relevance. */
export function matchOf(relevance: number): Scored['match'] {
  return relevance >= STRONG ? 'strong' : relevance >= FLOOR ? 'partial' : 'weak'
}

function codeMatch(codes: string[], asked: string[]): { asked: string; code: string; isWhole: boolean } | null {
  for (const each of asked) if (codes.includes(each)) return { asked: each, code: each, isWhole: true }
  for (const each of asked) {
    const code = codes.find((own) => own.startsWith(each))
    if (code !== undefined) return { asked: each, code, isWhole: false }
  }
  return null
}

/** Weight and credit of a wanted token in a product, and its fields. */
interface Place {
  /** Position in the name, from 0; beyond every name when it is not there. */
  at: number
  weight: number
  credit: number
  fields: Field[]
}

function createPlaces(wanted: ReadonlySet<string>): (terms: ReadTerms) => Map<string, Place> {
  const eachWanted = wantedWords(wanted)
  return (terms) => {
    const places = new Map<string, Place>()
    for (const { field, key, weight, credit } of FIELDS) {
      const add = (token: string, at: number) => {
        const place = places.get(token)
        if (place === undefined) places.set(token, { at, weight, credit, fields: [field] })
        else if (!place.fields.includes(field)) {
          place.weight += weight
          place.credit = Math.max(place.credit, credit)
          place.fields.push(field)
        }
      }
      const words = terms[key]
      if (typeof words === 'string') eachWanted(words, (token) => add(token, Number.POSITIVE_INFINITY))
      else
        for (const [at, token] of words.entries())
          if (wanted.has(token)) add(token, field === 'name' ? at : Number.POSITIVE_INFINITY)
    }
    return places
  }
}

interface Found {
  score: number
  credit: number
  matched: MatchedWord[]
}

const NOTHING: Found = { score: 0, credit: 0, matched: [] }

function matchConcept(
  concept: QueryConcept,
  places: Map<string, Place>,
  nameLength: number,
  isThing: boolean,
  isOther: (place: Place) => boolean,
): Found {
  const whole = bestAlternative(concept, places, nameLength, isThing, isOther)
  if (concept.parts.length === 0) return whole
  const parts = concept.parts.map((part) => matchConcept(part, places, nameLength, isThing, () => false))
  const share = (of: (found: Found) => number) =>
    parts.reduce((sum, found, at) => sum + of(found) * (concept.parts[at]?.weight ?? 0), 0) / concept.weight
  // "Car battery" is not half a washing machine («ماشین لباسشویی» for «باتری ماشین»).
  const factor = isThing && parts.some((found) => found.credit < WHOLE_PART) ? PARTIAL_THING : 1
  const together: Found = {
    score: factor * share((found) => found.score),
    credit: factor * share((found) => found.credit),
    matched: parts.flatMap((found) => found.matched),
  }
  return whole.credit >= together.credit ? whole : together
}

function bestAlternative(
  concept: QueryConcept,
  places: Map<string, Place>,
  nameLength: number,
  isThing: boolean,
  isOther: (place: Place) => boolean,
): Found {
  let found = NOTHING
  for (const alternative of concept.alternatives) {
    const place = placeOf(alternative, places)
    if (place === null) continue
    const isWord = alternative.tokens.length === 1
    const isMention = isThing && (!isCalledBy(alternative, place) || (isWord && isOther(place)))
    const credit = alternative.weight * (isMention ? MENTIONED_THING_CREDIT : place.credit)
    const isInName = place.fields.includes('name')
    const norm = isInName ? 1 - NAME_LENGTH_EFFECT + NAME_LENGTH_EFFECT * (nameLength / NAME_LENGTH) : 1
    const frequency = place.weight / norm
    const score = alternative.weight * (frequency / (frequency + SATURATION))
    if (score > found.score)
      found = {
        score,
        credit: Math.max(credit, found.credit),
        matched: [
          { word: concept.text, found: alternative.tokens.join(' '), by: alternative.by, fields: place.fields },
        ],
      }
    else if (credit > found.credit) found = { ...found, credit }
  }
  return found
}

function isCalledBy({ tokens }: Alternative, { at, fields }: Place): boolean {
  if (fields.some((field) => CALLING_FIELDS.has(field))) return true
  const isLatin = (tokens[0]?.charCodeAt(0) ?? 0) < 0x250
  return isLatin ? fields.includes('name') : at < CALLING_WORDS
}

/**
 * True when the name's word there belongs to the name of another thing: the meat of «چرخ گوشت» is a grinder. The last word of an English
 * name says what the thing is: a grass trimmer is a trimmer.
 */
function isInOtherThing(
  name: string[],
  at: number,
  thingIds: string[],
  related: Pick<RelatedWords, 'isOtherThing'>,
): boolean {
  if (at >= name.length || thingIds.length === 0) return false
  const isLatin = (name[at]?.charCodeAt(0) ?? 0) < 0x250
  for (let length = MAX_WORDS_OF_A_THING; length > 1; length -= 1)
    for (let from = Math.max(0, at - length + 1); from <= at && from + length <= name.length; from += 1)
      if (!(isLatin && from + length - 1 === at) && related.isOtherThing(name.slice(from, from + length), thingIds))
        return true
  return false
}

/** The place of an alternative: that of its least visible word; null when one is missing. */
function placeOf({ tokens }: Alternative, places: Map<string, Place>): Place | null {
  let least: Place | null = null
  for (const token of tokens) {
    const place = places.get(token)
    if (place === undefined) return null
    if (least === null || place.weight < least.weight) least = place
  }
  return least
}

/** Share of the name's words that the query names: a product called "Lamp" before "Lamp shade for a floor lamp". */
function nameCoverage(name: string[], matched: MatchedWord[]): number {
  if (name.length === 0) return 0
  const found = new Set(
    matched.filter(({ fields }) => fields.includes('name')).flatMap((each) => each.found.split(' ')),
  )
  return name.filter((word) => found.has(word)).length / name.length
}

/** The query's words as they are asked, one after the other. */
function wordsOf(concepts: QueryConcept[]): string[] {
  return concepts
    .flatMap((concept) => (concept.parts.length > 0 ? concept.parts : [concept]))
    .map((concept) => concept.alternatives[0]?.tokens[0] ?? '')
}

/** Share of neighbouring query words that are neighbours in the name, in the same order. */
function phraseShare(name: string[], words: string[]): number {
  if (words.length < 2) return words[0] !== undefined && name[0] === words[0] ? 1 : 0
  let together = 0
  for (let at = 1; at < words.length; at += 1)
    if (name.some((word, place) => place > 0 && word === words[at] && name[place - 1] === words[at - 1])) together += 1
  return together / (words.length - 1)
}
