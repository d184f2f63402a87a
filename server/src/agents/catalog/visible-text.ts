/**
 * Characters that a reader does not see but a model reads: all code points that Unicode marks as ignorable (zero-width and bidi
 * characters, soft hyphens, tags, variation selectors, fillers), annotation marks, the empty Braille cell, and controls other than
 * tab and line ends. ZWNJ (U+200C) is handled below, because Persian needs it.
 */
const UNSEEN = /(?!\u200c)(?:\p{Default_Ignorable_Code_Point}|[\ufff9-\ufffb\u2800]|(?![\t\n])\p{Cc})/gu
/** A ZWNJ that joins no two letters shows nothing, and a run of them can carry a message. */
const STRAY_ZWNJ = /(?<![\p{L}\p{M}])\u200c+|\u200c+(?![\p{L}\p{M}])|(?<=\u200c)\u200c+/gu
const LINE_ENDS = /\r\n?|[\u0085\u2028\u2029]/g

/**
 * The text of a shop as it leaves for a model: without characters that can hide a sentence from a person. Letters, digits, signs,
 * line ends and the ZWNJ inside Persian words stay. Lone surrogates become U+FFFD.
 */
export function visibleText(text: string): string {
  return text.toWellFormed().replace(LINE_ENDS, '\n').replace(UNSEEN, '').replace(STRAY_ZWNJ, '')
}

/** The same in one line. */
export function visibleLine(text: string): string {
  return visibleText(text).replace(/\s+/g, ' ').trim()
}

/** The beginning of a text, cut between words where possible, with an ellipsis. `length` counts UTF-16 units. */
export function cutText(text: string, length: number): string {
  if (text.length <= length) return text
  if (length === 0) return ''
  const start = text.slice(0, length - 1)
  const space = start.lastIndexOf(' ')
  return `${start.slice(0, space > length * 0.6 ? space : undefined).trimEnd()}…`.toWellFormed()
}
