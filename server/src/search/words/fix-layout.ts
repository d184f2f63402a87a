import { indexTokens } from '../../platform/text/index-tokens.ts'
import { isStopWord } from '../../platform/text/word-forms.ts'
import { isChatterWord } from '../understand/chatter.ts'
import { otherLayout } from '../understand/keyboard-layout.ts'
import type { RelatedWords } from './related-words.ts'
import type { Vocabulary } from './vocabulary.ts'

/** A shorter piece may be a word of the other layout by chance. */
const MIN_LENGTH = 3
const MAX_PIECES = 40

/**
 * The query as it was meant, when it was typed with the other keyboard layout; null when it was not. A piece counts as mistyped when
 * neither the shop nor the thesaurus has its words, and has all words that the other layout gives.
 */
export function fixLayout(query: string, vocabularies: Vocabulary[], related: RelatedWords): string | null {
  const isKnown = (token: string) =>
    isStopWord(token) ||
    isChatterWord(token) ||
    vocabularies.some((vocabulary) => vocabulary.count(token) > 0) ||
    related.namedBy([token]).length > 0
  const pieces = query.trim().split(/\s+/)
  if (pieces.length > MAX_PIECES) return null
  const judged = pieces.map((piece) => {
    const other = piece.length < MIN_LENGTH ? null : otherLayout(piece)
    const [own, swapped] = [indexTokens(piece), other === null ? [] : indexTokens(other)]
    // A part of a mistyped piece may be a word by chance: "hv" of "[hv,fvrd".
    const telling = own.filter((token) => !isStopWord(token))
    const isOwn = telling.join('').length >= MIN_LENGTH && telling.every((token) => token.length > 1 && isKnown(token))
    // A Latin word has no signs inside, while Persian letters are on the keys of signs.
    const isWord = piece.charCodeAt(0) < 128 || swapped.length === 1
    const isWrong =
      isWord && swapped.join('').length >= MIN_LENGTH && !isOwn && swapped.every(isKnown) && !swapped.every(isStopWord)
    return { piece, isWrong, isOwn }
  })
  if (!judged.some(({ isWrong }) => isWrong)) return null
  // The layout is rarely changed within a query: with no piece that is right, the short and unknown ones are mistyped, too.
  const isAll = !judged.some(({ isOwn }) => isOwn)
  return judged.map(({ piece, isWrong }) => (isWrong || isAll ? (otherLayout(piece) ?? piece) : piece)).join(' ')
}
