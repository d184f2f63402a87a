import type { DocumentKind } from '../../knowledge/documents/document-schemas.ts'
import { queryWords } from '../words/query-concepts.ts'
import { aspectsOf, isFiller, isQuestion, subjectOf } from './topics.ts'

/** One thing that a question asks for. */
export interface Asked {
  /** A passage has it when it has one of these words, or all of `parts`. */
  words: ReadonlySet<string>
  /** Of a compound. */
  parts: readonly string[]
  /** Pages of these kinds are about it. */
  kinds: readonly DocumentKind[]
  weight: number
}

export interface ReadQuestion {
  asked: Asked[]
  /** Names of the subjects in it: shipping, returns … */
  subjects: string[]
  isQuestion: boolean
}

/** A subject says most. A word of the shop's products says that a product is meant. */
const SUBJECT_WEIGHT = 2
const PRODUCT_WEIGHT = 3
const OTHER_WEIGHT = 0.75
const ASPECT_WEIGHT = 0.75

/**
 * Reads a question for the pages of a shop: subjects with all their words in both languages, aspects (cost, duration), and other
 * words as they are. `isProductWord` tells which words the shop's products have. Pure.
 */
export function readQuestion(query: string, isProductWord: (token: string) => boolean): ReadQuestion {
  const subjects = new Map<string, Asked>()
  const others: Asked[] = []
  const fillers: Asked[] = []
  for (const { token, parts } of queryWords(query)) {
    const subject = subjectOf(token)
    const asked = (weight: number): Asked => ({ words: new Set([token]), parts, kinds: [], weight })
    if (subject) subjects.set(subject.name, { ...subject, parts: [], weight: SUBJECT_WEIGHT })
    else if (isFiller(token)) fillers.push(asked(OTHER_WEIGHT))
    else others.push(asked(isProductWord(token) ? PRODUCT_WEIGHT : OTHER_WEIGHT))
  }
  const aspects = aspectsOf(query).map(({ words }): Asked => ({ words, parts: [], kinds: [], weight: ASPECT_WEIGHT }))
  const telling = [...subjects.values(), ...others, ...aspects]
  return {
    asked: telling.length > 0 ? telling : fillers,
    subjects: [...subjects.keys()],
    isQuestion: isQuestion(query),
  }
}

/** How much of the question a passage has, 0 to 1, and a score that also orders passages with the same share. Pure. */
export function rate(
  { asked }: ReadQuestion,
  tokens: ReadonlySet<string>,
  kind: DocumentKind,
): { relevance: number; score: number } {
  let whole = 0
  let found = 0
  let inText = 0
  for (const { words, parts, kinds, weight } of asked) {
    const hasParts = parts.length > 0 && parts.every((part) => tokens.has(part))
    const hasWord = hasParts || [...words].some((word) => tokens.has(word))
    const isKind = kinds.includes(kind)
    whole += weight
    // A word in passing says less than a page about it.
    if (isKind || (hasWord && kinds.length === 0)) found += weight
    else if (hasWord) found += weight * 0.8
    if (hasWord) inText += weight
  }
  const relevance = whole === 0 ? 0 : found / whole
  return { relevance, score: relevance + (whole === 0 ? 0 : (0.2 * inText) / whole) }
}
