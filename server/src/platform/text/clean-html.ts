import { decodeHTMLStrict } from 'entities'
import {
  CELL_ELEMENTS,
  DROPPED_ELEMENTS,
  INLINE_ELEMENTS,
  KNOWN_ELEMENTS,
  LINE_ELEMENTS,
  PARAGRAPH_ELEMENTS,
  RAW_ELEMENTS,
} from './html-elements.ts'
import { MarkupEndings } from './markup-endings.ts'
import { dropBuilderTags, dropShortcodes } from './shortcodes.ts'

// Placeholders for breaks until they are counted. WordPress treats none of the three as a newline.
const PARAGRAPH_BREAK = '\u2029'
const LINE_BREAK = '\u2028'
const BLOCK_BREAK = '\v'

const BLANK_LINE = /\r?\n[^\S\n\u2028\u2029]*\n\s*/g
const NEWLINE = /\r\n?|\n/g
// Does not match a single space, the most frequent case.
const SPACES = /(?: (?=[\s\u2028\u2029])|[\t\n\v\f\r\u00a0\u2028\u2029])[ \t\n\v\f\r\u00a0\u2028\u2029]*/g
const MARKUP_START = /<(?:\/?[a-z]|!(?:--|\[|doctype)|\?(?:xml|php|=))/gi
const ELEMENT_NAME = /[a-z][a-z0-9]*(?:[-:][\w.:-]*)?(?=[\s/>])/iy
const CLOSING_TAG = /<\/([a-z][\w.:-]*)/gi
const OPENING_TAG = /<([a-z][\w-]*)(?=[\s/>])/gi
/** Browsers show nothing after these tags until they are closed, even in a text without other markup. */
const HIDING = new Set(['script', 'style', 'select'])
/** `<script/>` is an opening tag: these elements are never self-closing. */
const PROGRAMS = new Set(['script', 'style'])
const END_OR_QUOTE = /["'<>]/g
const END = /[<>]/g
const SHOWS_SOMETHING = /[^\s\p{Cc}\p{Cf}\p{Z}\p{M}\u115f\u1160\u2800\u3164\uffa0]/u

/**
 * Converts a WordPress text to the text that a visitor reads: no tags, comments, scripts, pictures, option lists, link targets or
 * shortcodes; entities decoded; one blank line between paragraphs, one line per list item or table row. ZWNJ, emoji and direction
 * marks stay. Accepts any string, never throws, runs in linear time.
 * Only tags of HTML's own elements and entities with a semicolon count as markup. "5 < 6", "USB<->HDMI" and "?a=1&copy=2" stay
 * unchanged, in a text with tags as well.
 */
export function htmlToText(html: string): string {
  return tidy(markupToText(dropShortcodes(html)))
}

/** A name or label on one line, without tags, entities and page-builder shortcodes. Empty when nothing visible is left. */
export function cleanName(name: string): string {
  const text = tidy(markupToText(dropBuilderTags(name))).replaceAll(/\n+/g, ' ')
  return SHOWS_SOMETHING.test(text) ? text : ''
}

function tidy(text: string): string {
  return text.replace(SPACES, breakOf).trim()
}

function breakOf(spaces: string): string {
  if (spaces.includes(PARAGRAPH_BREAK)) return '\n\n'
  const first = spaces.indexOf(LINE_BREAK)
  if (first === -1) return spaces.includes(BLOCK_BREAK) ? '\n' : ' '
  return spaces.includes(LINE_BREAK, first + 1) ? '\n\n' : '\n'
}

// WordPress stores the text as typed: a blank line is a paragraph; a newline is a line break unless the text has block tags.
function markupToText(html: string): string {
  const page = html.includes('<') ? elementsOf(html) : NO_ELEMENTS
  const text = html.includes('\n') || html.includes('\r') ? newlinesOf(html, page.hasBlocks) : html
  return decodeHTMLStrict(html.includes('<') ? dropMarkup(text, page) : text)
}

function newlinesOf(html: string, hasBlocks: boolean): string {
  return html.replace(BLANK_LINE, PARAGRAPH_BREAK).replace(NEWLINE, hasBlocks ? ' ' : LINE_BREAK)
}

interface Elements {
  isMarkup: boolean
  hasBlocks: boolean
  /** Lower-case names of the elements that the text closes. */
  closed: Set<string>
}

const NO_ELEMENTS: Elements = { isMarkup: false, hasBlocks: false, closed: new Set() }

function elementsOf(html: string): Elements {
  const closed = new Set<string>()
  for (const [, name = ''] of html.matchAll(CLOSING_TAG)) closed.add(name.toLowerCase())
  const opened = new Set<string>()
  for (const [, name = ''] of html.matchAll(OPENING_TAG)) opened.add(name.toLowerCase())
  const names = [...closed, ...opened]
  const isBlock = (name: string) => name === 'br' || PARAGRAPH_ELEMENTS.has(name) || LINE_ELEMENTS.has(name)
  return {
    closed,
    isMarkup: names.some((name) => KNOWN_ELEMENTS.has(name)),
    hasBlocks: names.some(isBlock),
  }
}

function dropMarkup(html: string, page: Elements): string {
  const endings = new MarkupEndings(html)
  let text = ''
  let from = 0
  MARKUP_START.lastIndex = 0
  for (let found = MARKUP_START.exec(html); found !== null; found = MARKUP_START.exec(html)) {
    const [start] = found
    const isDeclaration = start[1] === '!' || start[1] === '?'
    const read = isDeclaration ? readDeclaration : readTag
    const markup = read(html, found.index, start, page, endings)
    if (markup === null) continue
    text += html.slice(from, found.index) + markup.shows
    from = markup.end
    MARKUP_START.lastIndex = from
  }
  return text + html.slice(from)
}

/** The text that replaces a piece of markup, and the index after it. */
interface Markup {
  shows: string
  end: number
}

type ReadMarkup = (html: string, at: number, start: string, page: Elements, endings: MarkupEndings) => Markup | null

/**
 * A comment, doctype or processing instruction. One without an end hides the rest of a text with other markup; in a text without
 * markup it stays as text.
 */
const readDeclaration: ReadMarkup = (html, at, start, page, endings) => {
  const end = endings.afterDeclaration(start, at)
  if (end !== -1) return { shows: '', end }
  return page.isMarkup ? { shows: '', end: html.length } : null
}

const readTag: ReadMarkup = (html, at, start, page, endings) => {
  ELEMENT_NAME.lastIndex = at + start.length - 1
  const written = ELEMENT_NAME.exec(html)?.[0]
  if (written === undefined) return null
  const nameEnd = ELEMENT_NAME.lastIndex
  const name = written.toLowerCase()
  const isClosing = start[1] === '/'
  if (isClosing ? !KNOWN_ELEMENTS.has(name) && !page.isMarkup : !isTag(name, html[nameEnd] === '>', page)) return null
  const end = endOfTag(html, nameEnd)
  if (end === -1) return null
  if (isClosing || !DROPPED_ELEMENTS.has(name)) return { shows: breakAt(name), end }
  // The head of a document ends without a closing tag where the body begins.
  const isEmpty = (html[end - 2] === '/' && !PROGRAMS.has(name)) || (name === 'head' && !page.closed.has(name))
  return { shows: '', end: isEmpty ? end : endings.afterElement(name, end, RAW_ELEMENTS.has(name)) }
}

/**
 * Tells whether a name in angle brackets is a tag. A name outside HTML is a tag in a text with HTML tags if it is closed or has a
 * colon (Word's `<o:p>`). A lone `<small>` or `<S>` may be the shop's own text; it is a tag only in a text with blocks.
 */
function isTag(name: string, isBare: boolean, page: Elements): boolean {
  if (!KNOWN_ELEMENTS.has(name)) return page.isMarkup && (page.closed.has(name) || name.includes(':'))
  if (!isBare || page.hasBlocks || page.closed.has(name)) return true
  return !INLINE_ELEMENTS.has(name) && (!DROPPED_ELEMENTS.has(name) || HIDING.has(name))
}

function breakAt(name: string): string {
  if (PARAGRAPH_ELEMENTS.has(name)) return PARAGRAPH_BREAK
  if (LINE_ELEMENTS.has(name)) return BLOCK_BREAK
  if (name === 'br') return LINE_BREAK
  return CELL_ELEMENTS.has(name) ? ' ' : ''
}

/**
 * Index after the ">" that ends a tag, or -1. A ">" in quotes does not count; with unpaired quotes the next ">" does. A "<" ends
 * the search, so no character is read more than three times, however many tags are never closed.
 */
function endOfTag(html: string, from: number): number {
  END_OR_QUOTE.lastIndex = from
  for (let found = END_OR_QUOTE.exec(html); found !== null; found = END_OR_QUOTE.exec(html)) {
    if (found[0] === '>') return found.index + 1
    if (found[0] === '<') break
    const closing = html.indexOf(found[0], found.index + 1)
    if (closing === -1) break
    END_OR_QUOTE.lastIndex = closing + 1
  }
  END.lastIndex = from
  const end = END.exec(html)
  return end?.[0] === '>' ? end.index + 1 : -1
}
