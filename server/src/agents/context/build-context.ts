import type { ProductView } from '../../catalog/products/product-view.ts'
import type { FoundPassage } from '../../search/documents/find-passages.ts'
import { priceTextOf, stockWords } from '../catalog/search-and-fetch.ts'
import { languageOf, pageOf, wholeDescription } from '../catalog/ucp-product.ts'
import { cutText, visibleLine, visibleText } from '../catalog/visible-text.ts'
import { visiblePassage } from '../policies/shop-facts.ts'
import { countTokens } from './count-tokens.ts'

/** A product that was found, and the passage of its text that answers best. */
export interface ProductPassage {
  product: ProductView
  text: string
}

/** A passage of a page of the shop. */
export interface PagePassage {
  page: FoundPassage
}

export type Passage = ProductPassage | PagePassage

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
 * Writes the passages as sources, the best first, at most `budget` tokens. A product's source has its facts as they are now and a
 * text; the source of a page has its title and a passage. First every source gets its passage; then, from the best one on, whole descriptions while there is room. The same
 * passages give the same text. A text of a shop cannot end its source: it has no `<`, and no number in brackets that looks like ours.
 */
export function buildContext(passages: Passage[], budget: number): BuiltContext {
  const sources: { passage: Passage; block: string; tokens: number }[] = []
  let used = 0
  for (const passage of passages) {
    const number = sources.length + 1
    const block = fittingBlock(passage, number, budget - used)
    if (block === null && 'page' in passage) continue
    if (block === null) break
    const tokens = countTokens(block)
    sources.push({ passage, block, tokens })
    used += tokens
  }
  for (const [index, source] of sources.entries()) {
    if ('page' in source.passage) continue
    const { product, text } = source.passage
    const whole = cutText(wholeDescription(product), MAX_WHOLE)
    if (whole.length <= text.length) continue
    const block = productBlock(product, whole, index + 1)
    const more = countTokens(block) - source.tokens
    if (used + more > budget) continue
    source.block = block
    source.tokens += more
    used += more
  }
  const context = sources.map(({ block }) => block).join('')
  return {
    context,
    citations: sources.map(({ passage }) => citationOf(passage)),
    tokens: used,
  }
}

function citationOf(passage: Passage): Citation {
  if ('page' in passage) {
    const { title, url } = visiblePassage(passage.page, 0)
    return { id: `document_${passage.page.id}`, title, url }
  }
  const { product } = passage
  return { id: String(product.id), title: cutText(visibleLine(product.name), MAX_TITLE), url: pageOf(product) ?? '' }
}

/** The source with as much of its passage as there is room for; null without room for its facts. */
function fittingBlock(passage: Passage, number: number, budget: number): string | null {
  for (let length = MAX_PASSAGE; length >= MIN_PASSAGE; length = Math.floor(length / 2)) {
    const block = blockOf(passage, length, number)
    if (countTokens(block) <= budget) return block
  }
  // The title of a page alone says nothing.
  const facts = 'page' in passage ? null : blockOf(passage, 0, number)
  return facts !== null && countTokens(facts) <= budget ? facts : null
}

function blockOf(passage: Passage, length: number, number: number): string {
  if (!('page' in passage)) return productBlock(passage.product, cutText(passage.text, length), number)
  const { title, text } = visiblePassage(passage.page, length)
  return `<source n="${number}">\n[${number}] ${inert(title)}\n${inert(text)}\n</source>\n`
}

function productBlock(product: ProductView, text: string, number: number): string {
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
