// html-to-text ships no types; this is the part of it that clean-html.ts uses.
declare module 'html-to-text' {
  export type Builder = {
    addInline(text: string): void
    openBlock(options?: { leadingLineBreaks?: number }): void
    closeBlock(options?: { trailingLineBreaks?: number }): void
  }
  export type Formatter = (
    element: { children: unknown[] },
    walk: (children: unknown[], builder: Builder) => void,
    builder: Builder,
  ) => void
  export type Options = {
    wordwrap?: false
    whitespaceCharacters?: string
    baseElements?: { selectors: string[] }
    formatters?: Record<string, Formatter>
    selectors?: { selector: string; format?: string; options?: Record<string, unknown> }[]
  }
  export function compile(options: Options): (html: string) => string
}
