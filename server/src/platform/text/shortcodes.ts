// WordPress and page builders write tags in square brackets. People write brackets too: "[XL]", "[max load = 20 kg]".

/** Prefixes that only page builders and plugins use: WPBakery, Divi, Avada, Flatsome, WooCommerce and others. */
const BUILDER_TAG =
  /^(?:vc|vcex|et_pb|fusion|ux|mk|nectar|su|tatsu|cmsmasters|wpb|porto|themify|woocommerce|bsf|ultimate)_[a-z0-9_-]+$/

/** Tags without attributes and without a closing tag. Case matters, as in WordPress: "[Audio]" is not "[audio]". */
const BARE_TAGS = new Set(
  [
    'gallery caption wp_caption embed audio video playlist',
    'products product_page product_category product_categories recent_products sale_products best_selling_products',
    'top_rated_products featured_products product_attribute related_products add_to_cart add_to_cart_url shop_messages',
    'row row_inner row_inner_1 row_inner_2 col col_inner col_inner_1 col_inner_2 section section_inner gap divider',
    'accordion accordion-item tabgroup text_box featured_box page_header blog_posts scroll_to',
    'contact-form-7 elementor-template rev_slider layerslider wpforms gravityform ninja_form mc4wp_form',
  ].flatMap((line) => line.split(' ')),
)

/** Tags whose content is code, encoded data or the address of a player. */
const CODE_TAG = new RegExp(
  `^(?:${[
    'code sourcecode code_block fusion_code fusion_syntax_highlighter et_pb_code et_pb_fullwidth_code tatsu_code',
    'av_codeblock embed audio video playlist',
  ]
    .flatMap((line) => line.split(' '))
    .join('|')}|(?:\\w+[_-])?(?:raw_(?:html|js|css|code)|script|javascript|js|css|style|php|base64))$`,
)

const TAG = /\[(\/?)(\w[\w-]*)(?=[\s\]/=])/g
const CLOSING_TAG = /\[\/(\w[\w-]*)\s*\]/g
const BRACKET_OR_QUOTE = /["'[\]]/g
const BRACKET = /[[\]]/g
const QUOTED_ATTRIBUTE =
  /\s[\w-]+=(?:["'«‘’“”„‟′″]|&(?:quot|apos|[lr][sd]quo|[pP]rime|#0?3[49]|#x2[27]|#821[67]|#822[01]|#824[23]);)/
const HEADING = /\s(title|heading|subheading|subtitle|text|h2|h4|title_front|title_back)=(?:"([^"]*)"|'([^']*)')/g
const NO_HEADING = /^(?:|[\d.]+\w{0,2}|#[\da-f]{3,8}|true|false|yes|no|on|off|none|default|left|center|right)$/i
const ENCODED = /\s*[A-Za-z0-9+/=_-]{64,}\s*(?=[[<]|$)/y

/**
 * Removes shortcodes from a text in linear time. An opening tag counts if its closing tag follows, if it has a quoted attribute
 * (`name="value"`), or if its name is known; a closing tag counts if its opening tag did, or if its name is known. The content of
 * code tags is removed too. Headings in builder attributes are kept as text: `[vc_custom_heading text="Care"]`.
 */
export function dropShortcodes(text: string): string {
  if (!text.includes('[')) return text
  const closings = closingTags(text)
  const opened = new Set<string>()
  let kept = ''
  let from = 0
  TAG.lastIndex = 0
  for (let tag = TAG.exec(text); tag !== null; tag = TAG.exec(text)) {
    const [start, , name = ''] = tag
    const end = endOfTag(text, tag.index + start.length)
    if (end === -1) continue
    const attributes = text.slice(tag.index + start.length, end)
    const isClosing = tag[1] === '/'
    if (isClosing ? !opened.has(name) && !isKnown(name) : !isOpening(name, attributes, closings, end)) continue
    if (text[tag.index - 1] === '[' && text[end + 1] === ']') {
      // "[[gallery]]" is WordPress's escape for a visible "[gallery]".
      kept += text.slice(from, tag.index - 1) + text.slice(tag.index, end + 1)
      from = end + 2
    } else {
      kept += `${text.slice(from, tag.index)}${isClosing ? ' ' : headingsOf(name, attributes)}`
      opened.add(name)
      from = isClosing ? end + 1 : endOfCode(text, name, closings, end + 1)
    }
    TAG.lastIndex = from
  }
  return kept + text.slice(from)
}

/** Removes only the tags of page builders from a name; other brackets belong to the name: "Dune [Audio]". */
export function dropBuilderTags(name: string): string {
  if (!name.includes('[')) return name
  return name.replace(/\[\/?([a-z]\w*)(?:\s[^[\]]*|\/)?\]/g, (tag, word: string) =>
    BUILDER_TAG.test(word) ? ' ' : tag,
  )
}

function isKnown(name: string): boolean {
  return BARE_TAGS.has(name) || BUILDER_TAG.test(name) || CODE_TAG.test(name)
}

function isOpening(name: string, attributes: string, closings: ClosingTags, end: number): boolean {
  if (BARE_TAGS.has(name) || BUILDER_TAG.test(name)) return true
  return (closings.get(name)?.places.at(-1) ?? -1) > end || QUOTED_ATTRIBUTE.test(attributes)
}

/** Positions of the closing tags by name, in order, and the index of the next one. */
type ClosingTags = Map<string, { places: number[]; next: number }>

function closingTags(text: string): ClosingTags {
  const closings: ClosingTags = new Map()
  for (const { 1: name = '', index } of text.matchAll(CLOSING_TAG)) {
    const known = closings.get(name)
    if (known) known.places.push(index)
    else closings.set(name, { places: [index], next: 0 })
  }
  return closings
}

/**
 * Index of the bracket that closes a tag, or -1. A bracket in quotes does not count; with unpaired quotes the next bracket does.
 * Another opening bracket ends the search, so no character is read more than three times, however many tags are never closed.
 */
function endOfTag(text: string, from: number): number {
  BRACKET_OR_QUOTE.lastIndex = from
  for (let found = BRACKET_OR_QUOTE.exec(text); found !== null; found = BRACKET_OR_QUOTE.exec(text)) {
    if (found[0] === ']') return found.index
    if (found[0] === '[') break
    const closing = text.indexOf(found[0], found.index + 1)
    if (closing === -1) break
    BRACKET_OR_QUOTE.lastIndex = closing + 1
  }
  BRACKET.lastIndex = from
  const bracket = BRACKET.exec(text)
  return bracket?.[0] === ']' ? bracket.index : -1
}

/** Index where the text continues after an opening tag: after the content of a code tag, or after a base64 word. */
function endOfCode(text: string, name: string, closings: ClosingTags, from: number): number {
  const closing = CODE_TAG.test(name) ? closings.get(name) : undefined
  if (closing) {
    while ((closing.places[closing.next] ?? from) < from) closing.next += 1
    const end = closing.places[closing.next]
    if (end !== undefined) return end
  }
  ENCODED.lastIndex = from
  const encoded = ENCODED.exec(text)?.[0] ?? ''
  return /[A-Z]/.test(encoded) && /[a-z]/.test(encoded) && /\d/.test(encoded) ? from + encoded.length : from
}

/**
 * The texts that a builder's tag shows from its attributes, each as a paragraph; otherwise a space. A common word as a tag
 * (`accordion-item`, `tab`) shows nothing: its title is the label of a control.
 */
function headingsOf(name: string, attributes: string): string {
  if (!BUILDER_TAG.test(name) && name !== 'title') return ' '
  const headings = [...attributes.matchAll(HEADING)]
    .filter(([, attribute]) => name !== 'title' || attribute === 'text')
    .map(([, , double, single]) => decodeAttribute(double ?? single ?? '').trim())
    .filter((heading) => !NO_HEADING.test(heading))
  return headings.length === 0 ? ' ' : `\n\n${headings.join('\n\n')}\n\n`
}

// WPBakery encodes brackets and quotes with backticks, Divi with percent signs.
function decodeAttribute(value: string): string {
  return value
    .replaceAll('`{`', '[')
    .replaceAll('`}`', ']')
    .replaceAll('``', '"')
    .replaceAll('%91', '[')
    .replaceAll('%93', ']')
    .replaceAll('%22', '"')
}
