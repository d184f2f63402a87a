import type { NamedConcept, RelatedTerm, RelatedWords } from '../words/related-words.ts'
import { phraseKeys } from './phrase-keys.ts'

/** Words that a tenant declares to mean the same; with `word`, only a search for it finds the others. */
export interface SynonymGroup {
  word: string | null
  words: string[]
}

/** As strong as another name in the thesaurus. */
const SYNONYM_WEIGHT = 0.88
/** Maximum names from the thesaurus of the words that a word stands for. */
const MAX_THESAURUS_TERMS = 40

/**
 * Adds a tenant's synonyms to the thesaurus. A word stands for the other words of its group and, more weakly, for their names in the
 * thesaurus. Every word of a group counts as spelt right. Pure; the words of a group are looked up when a query has one of them.
 */
export function withSynonyms(thesaurus: RelatedWords, groups: SynonymGroup[]): RelatedWords {
  if (groups.length === 0) return thesaurus
  /** By word, the other words of each of its groups. */
  const uses = new Map<string, string[][]>()
  const spelt = new Set<string>()
  let longest = thesaurus.longest
  for (const group of groups) {
    const members = group.word === null ? group.words : [group.word, ...group.words]
    for (const [at, member] of members.entries()) {
      const isAsked = group.word === null || at === 0
      const others = isAsked ? members.filter((_, other) => other !== at) : []
      for (const tokens of phraseKeys(member)) {
        for (const token of tokens) spelt.add(token)
        if (!isAsked) continue
        longest = Math.max(longest, tokens.length)
        const key = tokens.join(' ')
        uses.set(key, [...(uses.get(key) ?? []), others])
      }
    }
  }
  const byLength = Map.groupBy(
    [...uses.keys()].filter((key) => !key.includes(' ')),
    (key) => key.length,
  )
  const known = new Map<string, NamedConcept[]>()
  const namedHere = (words: string[], key: string): NamedConcept[] => {
    const own = uses.get(key)
    if (own === undefined) return words.length === 1 && spelt.has(key) ? [SPELT_RIGHT] : []
    const concepts = known.get(key) ?? own.map((others) => conceptOf(key, words, others, thesaurus))
    known.set(key, concepts)
    return concepts
  }
  return {
    longest,
    isOtherThing: thesaurus.isOtherThing,
    namedBy: (words) => {
      const own = namedHere(words, words.join(' '))
      const named = thesaurus.namedBy(words)
      return own.length === 0 ? named : [...own, ...named]
    },
    namesNear: (length, by) => [
      ...thesaurus.namesNear(length, by),
      ...Array.from({ length: 2 * by + 1 }, (_, at) => byLength.get(length - by + at) ?? []).flat(),
    ],
  }
}

/** A word that the tenant uses and that stands for no other: it needs no correction. */
const SPELT_RIGHT: NamedConcept = { id: 'tenant', isThing: false, terms: [] }

function conceptOf(key: string, words: string[], others: string[], thesaurus: RelatedWords): NamedConcept {
  const spellings = others.map(phraseKeys)
  // The usual spelling of each word before the other spellings: a concept has a limited number of alternatives.
  const ordered = [
    ...spellings.flatMap(([first]) => (first ? [first] : [])),
    ...spellings.flatMap((all) => all.slice(1)),
  ]
  const terms = new Map<string, RelatedTerm>()
  for (const tokens of ordered)
    if (tokens.join(' ') !== key) terms.set(tokens.join(' '), { tokens, weight: SYNONYM_WEIGHT, by: 'tenant_synonym' })
  const meant = ordered.flatMap((tokens) => thesaurus.namedBy(tokens))
  const more = meant
    .flatMap((concept) => concept.terms)
    .filter((term) => term.by === 'synonym' && term.tokens.join(' ') !== key && !terms.has(term.tokens.join(' ')))
    .sort((a, b) => b.weight - a.weight)
    .slice(0, MAX_THESAURUS_TERMS)
  return {
    id: 'tenant',
    isThing: [...thesaurus.namedBy(words), ...meant].some((concept) => concept.isThing),
    terms: [...terms.values(), ...more.map((term) => ({ ...term, weight: term.weight * SYNONYM_WEIGHT }))],
  }
}
