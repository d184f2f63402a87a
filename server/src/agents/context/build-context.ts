import type { ProductView } from '../../catalog/products/product-view.ts'
import { priceTextOf, stockWords } from '../catalog/search-and-fetch.ts'
import { languageOf, pageOf, wholeDescription } from '../catalog/ucp-product.ts'
import { cutText, visibleLine, visibleText } from '../catalog/visible-text.ts'
import { countTokens } from './count-tokens.ts'

/** A product that was found, and the passage of its text that answers best. */
export interface Passage {
  product: ProductView
  text: string
}

export interface Citation {
  id: string
  title: string
  url: string
}

export interface BuiltContext {
  context: string
  citations: Citation[]
  tokens: number
}

const MAX_TITLE = 200
const MAX_PASSAGE = 1_500
const MAX_WHOLE = 4_000
/** Below this number of characters a cut passage says nothing. */
const MIN_PASSAGE = 40

/**
 * Writes the passages as sources, the best first, at most `budget` tokens. Each source has the facts of the product as they are now
 * and a text. First every source gets its passage; then, from the best one on, whole descriptions while there is room. The same
 * passages give the same text. A text of a shop cannot end its source: it has no `<`, and no number in brackets that looks like ours.
 */
export function buildContext(passages: Passage[], budget: number): BuiltContext {
  const sources: { passage: Passage; block: string; tokens: number }[] = []
  let used = 0
  for (const passage of passages) {
    const number = sources.length + 1
    const block = fittingBlock(passage, number, budget - used)
    if (block === null) break
    const tokens = countTokens(block)
    sources.push({ passage, block, tokens })
    used += tokens
  }
  for (const [index, source] of sources.entries()) {
    const { product, text } = source.passage
    const whole = cutText(wholeDescription(product), MAX_WHOLE)
    if (whole.length <= text.length) continue
    const block = blockOf(product, whole, index + 1)
    const more = countTokens(block) - source.tokens
    if (used + more > budget) continue
    source.block = block
    source.tokens += more
    used += more
  }
  const context = sources.map(({ block }) => block).join('')
  return {
    context,
    citations: sources.map(({ passage: { product } }) => ({
      id: String(product.id),
      title: cutText(visibleLine(product.name), MAX_TITLE),
      url: pageOf(product) ?? '',
    })),
    tokens: used,
  }
}

/** The source with as much of its passage as there is room for; null without room for its facts. */
function fittingBlock({ product, text }: Passage, number: number, budget: number): string | null {
  for (let length = MAX_PASSAGE; length >= MIN_PASSAGE; length = Math.floor(length / 2)) {
    const block = blockOf(product, cutText(text, length), number)
    if (countTokens(block) <= budget) return block
  }
  const facts = blockOf(product, '', number)
  return countTokens(facts) <= budget ? facts : null
}

function blockOf(product: ProductView, text: string, number: number): string {
  const language = languageOf(product)
  const name = cutText(visibleLine(product.name), MAX_TITLE)
  const facts = [name, priceTextOf(product), stockWords(product.in_stock, language)].map(inert).join(' — ')
  // Every passage begins with the name.
  const seen = visibleText(text).trim()
  const rest = seen.startsWith(name) ? seen.slice(name.length).trim() : seen
  const passage = rest === '' ? '' : `${inert(rest)}\n`
  return `<source n="${number}">\n[${number}] ${facts}\n${passage}</source>\n`
}

/** Text that can neither end a source nor look like a citation. */
function inert(text: string): string {
  return text
    .replaceAll('<', '‹')
    .replaceAll('>', '›')
    .replace(/\[(\s*\p{N}+\s*)\]/gu, '($1)')
}
