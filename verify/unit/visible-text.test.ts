import fc from 'fast-check'
import { expect, test } from 'vitest'
import { htmlToText } from '../../server/src/platform/text/clean-html.ts'

/** A piece of what a shop wrote: how it is stored, and what a visitor reads of it. */
interface Piece {
  html: string
  visible: string
}

const ENTITIES = [
  ['&amp;', '&'],
  ['&lt;', '<'],
  ['&gt;', '>'],
  ['&#91;', '['],
  ['&eacute;', 'é'],
  ['&#1705;', 'ک'],
  ['&hellip;', '…'],
] as const

const same = (text: string): Piece => ({ html: text, visible: text })
const hidden = (html: string): Piece => ({ html, visible: '' })

const word = fc.stringMatching(/^[A-Za-zآابپتسشکگلمنی۰-۹éß♥😀]{1,8}$/u)
const plain = fc.oneof(
  word.map(same),
  word.map((text) => same(`[${text}]`)),
  fc
    .constantFrom('5 < 6', 'R&D', 'a&copy=1', '?x=1&currency=EUR', 'I <3 you', 'USB<->HDMI', '[max = 2]', 'می‌شود')
    .map(same),
  fc.constantFrom(...ENTITIES).map(([html, visible]): Piece => ({ html: `x${html}y`, visible: `x${visible}y` })),
)
const secret = word.map((text) => `secret${text}`)
const unseen = secret.chain((text) =>
  fc.constantFrom(
    hidden(`<!-- <p>${text}</p> [row] -->`),
    hidden(`<script type="a">if (a < b) "<p>${text}</p>"</script>`),
    hidden(`<style>.${text} > p { color: red }</style>`),
    hidden(`<select name="${text}"><option value="1">${text}<option>${text}</option></select>`),
    hidden(`<svg><title>${text}</title><text>${text}</text></svg>`),
    hidden(`<img alt="${text} > ]" src="data:image/png;base64,AAAA">`),
    hidden(`<noscript><p>${text}</p></noscript>`),
    hidden(`[gallery ids="${text}"]`),
    hidden(`[vc_raw_html]${text}[/vc_raw_html]`),
    hidden(`[promo css="[${text}] > a"]`),
    hidden(`[gap]`),
  ),
)
const wrappers = [
  ['<p>', '</p>'],
  ['<div class="a > b">', '</div>'],
  ['<p style=\'x: "y"\'>', ''],
  ['<b>', '</b>'],
  ['<span title="<p>no</p>">', '</span>'],
  ['<a href="https://shop.example/?a=1&copy=2">', '</a>'],
  ['<ul>\n<li>', '</li>\n</ul>'],
  ['<table><tr><td>', '</td></tr></table>'],
  ['<H2>', '</H2 >'],
  ['<my-card>', '</my-card>'],
  ['[row]', '[/row]'],
  ['[vc_column_text css=".a{b: c}"]', '[/vc_column_text]'],
  ['[my_box]', '[/my_box]'],
  ['<o:p>', '</o:p>'],
  ['', '<br>'],
  ['', '<br />\n\n'],
] as const

const { page } = fc.letrec<{ page: Piece; node: Piece }>((tie) => ({
  node: fc.oneof(
    { depthSize: 'small' },
    plain,
    unseen,
    fc.tuple(fc.constantFrom(...wrappers), tie('page')).map(
      ([[open, close], inner]): Piece => ({
        html: `${open} ${inner.html} ${close}`,
        visible: inner.visible,
      }),
    ),
  ),
  page: fc.array(tie('node'), { maxLength: 6 }).map(
    (nodes): Piece => ({
      html: nodes.map(({ html }) => html).join(' '),
      visible: nodes.map(({ visible }) => visible).join(' '),
    }),
  ),
}))

const words = (text: string) => text.split(/\s+/).filter(Boolean)

test('the visible text of HTML, entities and shortcodes is the text, and nothing else is', () => {
  fc.assert(
    // A text with one of HTML's own block tags, as a shop's editor writes them.
    fc.property(page, ({ html, visible }) => {
      const text = htmlToText(`<p>${html}</p>`)
      expect(words(text)).toEqual(words(visible))
      expect(text).not.toContain('secret')
    }),
    { numRuns: 500 },
  )
})

test('a long page has the same text as its parts, however many tags it has', () => {
  fc.assert(
    fc.property(page, ({ html, visible }) => {
      const copies = 1 + Math.ceil(30_000 / (html.length + 20))
      const text = htmlToText(`<div> ${html} </div>\n`.repeat(copies))
      expect(words(text)).toEqual(Array.from({ length: copies }, () => words(visible)).flat())
    }),
    { numRuns: 20 },
  )
})
