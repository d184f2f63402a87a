const CHARACTER_DATA = '<![CDATA['

/** Finds the ends of comments, declarations and dropped elements in one text. Positions must be asked for in ascending order. */
export class MarkupEndings {
  readonly #html: string
  /** End marks with no further occurrence: without this set, 100,000 unclosed comments would search the text 100,000 times. */
  readonly #gone = new Set<string>()

  constructor(html: string) {
    this.#html = html
  }

  /**
   * Index after a comment, doctype, processing instruction or CDATA section that begins at `at` with `start`; -1 without an end.
   */
  afterDeclaration(start: string, at: number): number {
    if (start === '<!--') {
      // As in browsers: "<!-->" is a whole comment, and "--!>" ends a comment too.
      const ends = [this.#after('-->', at + 2), this.#after('--!>', at + 4)].filter((end) => end !== -1)
      return ends.length === 0 ? -1 : Math.min(...ends)
    }
    if (this.#html.startsWith(CHARACTER_DATA, at)) return this.#after(']]>', at)
    return this.#after(/^<\?(?:php|=)/i.test(start) ? '?>' : '>', at)
  }

  /** Index after the closing tag of an element whose opening tag ends at `from`; the end of the text if it is never closed. */
  afterElement(name: string, from: number, isRaw: boolean): number {
    const tag = new RegExp(isRaw ? `</${name}(?=[\\s/>])` : `<(/?)${name}(?=[\\s/>])|<!--`, 'gi')
    tag.lastIndex = from
    let depth = 1
    for (let found = tag.exec(this.#html); found !== null; found = tag.exec(this.#html)) {
      if (found[0] === '<!--') {
        const end = this.afterDeclaration('<!--', found.index)
        if (end === -1) break
        tag.lastIndex = end
        continue
      }
      depth += found[1] === '' ? 1 : -1
      const end = this.#after('>', found.index)
      if (end === -1) break
      if (depth === 0) return end
    }
    return this.#html.length
  }

  #after(mark: string, from: number): number {
    if (this.#gone.has(mark)) return -1
    const found = this.#html.indexOf(mark, from)
    if (found === -1) this.#gone.add(mark)
    return found === -1 ? -1 : found + mark.length
  }
}
