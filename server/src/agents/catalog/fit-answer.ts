/**
 * Size of an ordinary answer. An agent's model reads every byte of it; 16,000 bytes are about 4,000 tokens at four bytes a token.
 */
export const ORDINARY_BYTES = 15_000
/** Characters of the largest answer. It travels twice in an MCP result, as an object and as text: clients refuse 50,000 together. */
export const MAX_CHARACTERS = 18_000
const MAX_BYTES = 36_000

/** Bytes that a page of `count` products may have: a larger page than usual may be larger. */
export function bytesOf(count: number): number {
  return Math.min(MAX_BYTES, Math.max(ORDINARY_BYTES, count * 1_500))
}

/**
 * Renders the entries at the first level of detail at which all of them fit. When not even the lowest level fits, fewer entries are
 * rendered, at least one; the caller says how many are left out.
 */
export function fitAnswer<Entry, Level, Rendered>(
  entries: Entry[],
  levels: readonly Level[],
  render: (entry: Entry, level: Level) => Rendered,
  maxBytes: number,
): Rendered[] {
  const fits = (rendered: Rendered[]) => {
    const text = JSON.stringify(rendered)
    return text.length <= MAX_CHARACTERS && Buffer.byteLength(text) <= maxBytes
  }
  let rendered: Rendered[] = []
  for (const level of levels) {
    rendered = entries.map((entry) => render(entry, level))
    if (fits(rendered)) return rendered
  }
  while (rendered.length > 1 && !fits(rendered)) rendered = rendered.slice(0, -1)
  return rendered
}
