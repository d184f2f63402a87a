import { searchTokens } from '../../platform/text/language.ts'
import { isStopWord } from '../../platform/text/word-forms.ts'
import type { Concept } from '../thesaurus/read-thesaurus.ts'

/** Words that stand for a concept of the query, and how near they are to what was asked: 1 is the same. */
export interface RelatedTerm {
  /** All of them must be in a product. */
  tokens: string[]
  weight: number
  /** `tenant_synonym`: the tenant's own word for it; the others are the thesaurus's. */
  by: 'tenant_synonym' | 'synonym' | 'narrower' | 'broader' | 'related'
}

/** A concept that words of a query name. */
export interface NamedConcept {
  id: string
  /** True for a thing that is sold: a product that is not this thing is no answer. False for colours, materials, uses, sizes. */
  isThing: boolean
  terms: RelatedTerm[]
}

/** The words of the thesaurus, indexed for queries. */
export interface RelatedWords {
  /** Number of words of the longest term. */
  longest: number
  /** The concepts that exactly these words name, in this order; empty when none does. */
  namedBy(words: string[]): NamedConcept[]
  /** Single words whose length differs from this one by at most `by`. */
  namesNear(length: number, by: number): string[]
  /** True when exactly these words name a thing that is neither one of the things, nor a kind of one, nor wider: «قاب گوشی» is no phone. */
  isOtherThing(words: string[], thingIds: string[]): boolean
}

const SYNONYM_WEIGHT = 0.88
/** Of a term with several meanings, which may not be the one that was meant. */
const AMBIGUOUS_WEIGHT = 0.55
const NARROWER_WEIGHTS = [0.8, 0.7, 0.6, 0.5]
const BROADER_WEIGHT = 0.5
/** Things for a use that is named in one word ("camping"), and in a phrase, which says more ("protect phone"). */
const FOR_USE_WEIGHT = 0.45
const FOR_PHRASE_WEIGHT = 0.7
/** Maximum terms of one concept of a query: "clothing" has hundreds of narrower ones. */
const MAX_TERMS = 400
/** Subjects whose concepts describe things and are not things themselves. */
const DESCRIPTIONS = new Set(['colours', 'materials', 'uses', 'sizes', 'brands'])
/** The subject of uses: what a thing is for leads to the thing. A brand leads to no thing: it is no name for all phones. */
const USES = 'uses'
/** The subject of what no product is: «ارتودنسی» in the name of a pacifier is no kind of an appointment. */
const SERVICES = 'services'

interface Node {
  concept: Concept
  children: Node[]
  parents: Node[]
  related: Node[]
  /** Concepts that are related to this one: a tent to camping. */
  relatedFrom: Node[]
}

/** Indexes the concepts. Takes some milliseconds for thousands of concepts; call it once. */
export function indexRelatedWords(concepts: Concept[]): RelatedWords {
  const nodes = new Map<string, Node>(
    concepts.map((concept) => [concept.id, { concept, children: [], parents: [], related: [], relatedFrom: [] }]),
  )
  for (const node of nodes.values()) {
    for (const parent of node.concept.parents.flatMap((id) => nodes.get(id) ?? [])) {
      node.parents.push(parent)
      parent.children.push(node)
    }
    for (const other of node.concept.related.flatMap((id) => nodes.get(id) ?? [])) {
      node.related.push(other)
      other.relatedFrom.push(node)
    }
  }
  const byWords = new Map<string, { node: Node; isAmbiguous: boolean }[]>()
  let longest = 1
  for (const node of nodes.values()) {
    for (const { text, isAmbiguous } of node.concept.terms) {
      for (const words of askedAs(text)) {
        longest = Math.max(longest, words.length)
        const key = words.join(' ')
        const uses = byWords.get(key) ?? []
        if (!uses.some((use) => use.node === node)) uses.push({ node, isAmbiguous })
        byWords.set(key, uses)
      }
    }
  }
  const byLength = Map.groupBy(
    [...byWords.keys()].filter((key) => !key.includes(' ')),
    (key) => key.length,
  )
  const known = new Map<string, NamedConcept[]>()
  return {
    longest,
    namesNear: (length, by) =>
      Array.from({ length: 2 * by + 1 }, (_, at) => byLength.get(length - by + at) ?? []).flat(),
    namedBy: (words) => {
      const key = words.join(' ')
      const uses = byWords.get(key)
      if (uses === undefined) return []
      const cached = known.get(key)
      if (cached) return cached
      const named = uses.map(({ node, isAmbiguous }) => ({
        id: node.concept.id,
        isThing: isThing(node),
        terms: termsAround(node, isAmbiguous || uses.length > 1 ? AMBIGUOUS_WEIGHT : 1, key),
      }))
      known.set(key, named)
      return named
    },
    isOtherThing: (words, thingIds) => {
      const things = (byWords.get(words.join(' ')) ?? []).filter(({ node }) => isThing(node))
      const asked = thingIds.flatMap((id) => nodes.get(id) ?? [])
      const isNear = (node: Node) => asked.some((each) => isKindOf(node, each) || isKindOf(each, node))
      return asked.length > 0 && things.length > 0 && !things.some(({ node }) => isNear(node))
    },
  }
}

function isKindOf(node: Node, wider: Node): boolean {
  return node === wider || node.parents.some((parent) => isKindOf(parent, wider))
}

/** A feature that stands alone (Bluetooth) is no thing; a brand of the data that is a kind of a thing (iPhone) is one. */
function isThing(node: Node): boolean {
  if (!DESCRIPTIONS.has(node.concept.subject)) return node.parents.length + node.children.length > 0
  return node.parents.some((parent) => !DESCRIPTIONS.has(parent.concept.subject))
}

/** The terms of a concept and of those around it, the nearest first. */
function termsAround(start: Node, certainty: number, asked: string): RelatedTerm[] {
  const terms = new Map<string, RelatedTerm>()
  const add = (node: Node, weight: number, by: RelatedTerm['by']) => {
    for (const { text, isAmbiguous } of node.concept.terms) {
      for (const tokens of spellingsOf(text)) {
        const key = tokens.join(' ')
        const own = weight * certainty * (isAmbiguous ? 0.7 : 1)
        if (key === asked || (terms.get(key)?.weight ?? 0) >= own || terms.size >= MAX_TERMS) continue
        terms.set(key, { tokens, weight: own, by })
      }
    }
  }
  add(start, SYNONYM_WEIGHT, 'synonym')
  let level = [start]
  const seen = new Set(level)
  for (const weight of NARROWER_WEIGHTS) {
    level = level
      .flatMap((node) => node.children)
      .filter((node) => !seen.has(node) && node.concept.subject !== SERVICES)
    for (const node of level) {
      seen.add(node)
      add(node, weight, 'narrower')
    }
  }
  // A root ("clothing", "colour") is no answer to one of its kinds.
  if (isThing(start))
    for (const parent of start.parents)
      if (!seen.has(parent) && parent.parents.length > 0) add(parent, BROADER_WEIGHT, 'broader')
  // A use ("camping") wants the things for it; a thing does not want its uses.
  if (start.concept.subject === USES)
    for (const node of [...start.relatedFrom, ...start.related])
      if (!seen.has(node)) add(node, asked.includes(' ') ? FOR_PHRASE_WEIGHT : FOR_USE_WEIGHT, 'related')
  return [...terms.values()].sort((a, b) => b.weight - a.weight)
}

/** The spellings of a term, also without the words that a query loses: «کت و شلوار» is asked for as «کت شلوار». One word alone says less: "in ear" is no ear. */
function askedAs(term: string): string[][] {
  const spellings = spellingsOf(term)
  const telling = spellings.map((words) => words.filter((word) => !isStopWord(word)))
  return [
    ...spellings,
    ...telling.filter((words, at) => words.length > 1 && words.length < (spellings[at]?.length ?? 0)),
  ]
}

/**
 * The token sequences under which a term can stand in a product or a query: a compound (تی‌شرت, t-shirt) as one word and as its
 * parts.
 */
export function spellingsOf(term: string): string[][] {
  const joined: string[] = []
  const parts: string[] = []
  for (const piece of term.split(/\s+/)) {
    const tokens = searchTokens(piece)
    const last = tokens.at(-1)
    if (last === undefined) continue
    joined.push(last)
    parts.push(...(tokens.length > 1 ? tokens.slice(0, -1) : tokens))
  }
  if (joined.length === 0) return []
  return joined.join(' ') === parts.join(' ') ? [joined] : [joined, parts]
}
