import { compile, type Formatter } from 'html-to-text'

// The parser takes time by tags open times tags closed: 900 KB of `<div>…</b>…` took 26 s in one piece, and deep nesting is
// recursion. A thousand tags a piece keeps both small; a real description has fewer and is one piece.
const maxTagsPerPiece = 1_000

const tagOrEntity = /<[a-z/!?][^<>]*>|&#?[a-z0-9]/i
const blockTag = /<(?:p|div|br|ul|ol|li|h[1-6]|table|section|article|blockquote|pre)\b/i
const blankLine = /\r?\n[^\S\n\u2028\u2029]*\n\s*/g
const newline = /\r?\n/g
// A shortcode closes, has an attribute, or is one of those that come bare. "[XL]" and "[new]" are the shop's own words.
const shortcode = new RegExp(
  '\\[/[a-z][\\w-]{0,50}\\]|\\[[a-z][\\w-]{0,50} [^\\[\\]]{0,100}?=[^\\[\\]]{0,2000}\\]' +
    '|\\[(?:vc_[a-z_]+|et_pb_[a-z_]+|woocommerce_[a-z_]+|gallery|caption|embed|audio|video|playlist|products|contact-form-7)/?\\]',
  'gi',
)

const dropped =
  'img script style noscript template iframe svg object canvas audio video select textarea head title'.split(' ')
const paragraphs = [
  'p div section article header footer main aside figure figcaption address blockquote pre table',
  'ul ol dl form fieldset hr h1 h2 h3 h4 h5 h6 details',
].flatMap((line) => line.split(' '))
const lines = ['li', 'tr', 'dt', 'dd', 'caption', 'summary']

const convert = compile({
  wordwrap: false,
  // The default takes the text inside <body> only, and counts U+200B as a space to collapse.
  baseElements: { selectors: [] },
  whitespaceCharacters: ' \t\r\n\f',
  formatters: {
    paragraph: block(2),
    line: block(1),
    // The cells of one row stay on one line, apart.
    cell: (element, walk, builder) => {
      walk(element.children, builder)
      builder.addInline(' ')
    },
  },
  selectors: [
    ...dropped.map((selector) => ({ selector, format: 'skip' })),
    ...paragraphs.map((selector) => ({ selector, format: 'paragraph' })),
    ...lines.map((selector) => ({ selector, format: 'line' })),
    ...['td', 'th'].map((selector) => ({ selector, format: 'cell' })),
    { selector: 'a', format: 'inline' },
  ],
})

/**
 * The words of a WordPress text: no tags, scripts, pictures, link targets or shortcodes; entities decoded; one blank line
 * between paragraphs, one line a list item or table row. ZWNJ, emoji and direction marks stay. Takes any string and never
 * throws; plain text comes back as it is, but for spaces and blank lines. A "<" that opens no tag is text.
 */
export function htmlToText(html: string): string {
  const text = tagOrEntity.test(html) ? markupToText(html) : html
  return tidyWhitespace(text.includes('[') ? text.replace(shortcode, ' ') : text)
}

// WordPress stores what was typed: a blank line is a paragraph and, where no block tags are, a newline is a line break. The
// Unicode separators carry both through the parser, which would take newlines for spaces and cannot take these for a tag.
function markupToText(html: string): string {
  const marked = html.replace(blankLine, '\u2029')
  return inPieces(blockTag.test(html) ? marked : marked.replace(newline, '\u2028'))
    .map(convert)
    .join('\u2029')
}

function tidyWhitespace(text: string): string {
  return text
    .replace(/\r\n?|\u2028/g, '\n')
    .replace(/\u2029/g, '\n\n')
    .replace(/[ \t\f\v\u00a0]+/g, ' ')
    .replace(/ ?\n ?/g, '\n')
    .replace(/\n{3,}/g, '\n\n')
    .replace(/^[ \n]+/, '')
    .trimEnd()
}

function inPieces(html: string): string[] {
  const parts = html.split('<')
  if (parts.length <= maxTagsPerPiece) return [html]
  // What a script holds must not become text because a piece begins inside it.
  const safe = withoutScripts(html).split('<')
  const pieces: string[] = []
  for (let start = 0; start < safe.length; start += maxTagsPerPiece) {
    pieces.push((start === 0 ? '' : '<') + safe.slice(start, start + maxTagsPerPiece).join('<'))
  }
  return pieces
}

// By index, not by one expression from opening to closing tag: that one is quadratic when nothing closes.
function withoutScripts(html: string): string {
  const [before = '', ...rest] = html.split(/<(?=(?:script|style)\b)/i)
  return (
    before +
    rest
      .map((part) =>
        part
          .split(/<\/(?:script|style)\s*>/i)
          .slice(1)
          .join(' '),
      )
      .join('')
  )
}

function block(lineBreaks: number): Formatter {
  return (element, walk, builder) => {
    builder.openBlock({ leadingLineBreaks: lineBreaks })
    walk(element.children, builder)
    builder.closeBlock({ trailingLineBreaks: lineBreaks })
  }
}
