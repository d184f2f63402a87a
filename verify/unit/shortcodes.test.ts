import { expect, test } from 'vitest'
import { dropBuilderTags, dropShortcodes } from '../../server/src/platform/text/shortcodes.ts'

const shown = (text: string) => dropShortcodes(text).replaceAll(/\s+/g, ' ').trim()
const base64 = 'JTNDZGl2JTIwY2xhc3MlM0QlMjJzaXplJTIyJTNFQ2hhcnQlM0MlMkZkaXYlM0U='

test.each([
  [
    'Flatsome',
    '[section bg="#fff"][row][col span="6"]Hand woven.[/col][col span="6"][gap][divider]Two sizes.[/col][/row][/section]' +
      '[accordion][accordion-item title="Care"]Cold wash.[/accordion-item][/accordion]',
    'Hand woven. Two sizes. Cold wash.',
  ],
  ['Avada', '[fusion_text]Soft.[/fusion_text][fusion_separator /]', 'Soft.'],
  ['Divi', '[et_pb_section bb_built=1][et_pb_text _builder_version="4.9"]Soft.[/et_pb_text][/et_pb_section]', 'Soft.'],
  ['a closing tag in the text', '[my-box]Soft[/my-box] [box mode=a]x[/box]', 'Soft x'],
  ['BBCode', '[b]Soft[/b] [url=https://a.example]x[/url]', 'Soft x'],
  ['a quoted attribute', `[promo id="3"]Soft [other x='1' /]`, 'Soft'],
  ['curly quotes and entities for quotes', '[promo id=”3”]a[promo id=&#8221;3&#8221;]b[promo id=&quot;3&quot;]', 'a b'],
  ['brackets in a quoted value', '[promo css="[data-x] { a: b }" t="a ] b"]Soft', 'Soft'],
  ['an apostrophe outside of quotes', "[col label=Men's]Wool. It's soft.[/col]", "Wool. It's soft."],
  ['closing tags without their opening one', 'Soft[/vc_column][/row] [/other]', 'Soft [/other]'],
  ['code with its content', `Soft.[vc_raw_html]${base64}[/vc_raw_html] [code]a <b> c[/code] Warm.`, 'Soft. Warm.'],
  ['code that never closes', `[vc_raw_js]${base64}${base64}`, ''],
  ['base64 in an unknown tag', `[my_raw]${base64}${base64}[/my_raw]Soft`, 'Soft'],
  ['players with their address', '[embed]https://video.example/x[/embed]Soft', 'Soft'],
  ['an escaped shortcode', 'Write [[gallery]] here', 'Write [gallery] here'],
])('of %s the text stays', (_, text, expected) => {
  expect(shown(text)).toBe(expected)
})

test.each([
  '[XL] [new] [Row] [GAP] [Audio] [tab]',
  '[max load = 20 kg] [SAVE off=10] [a b] [size=XL] [size="XL"]',
  '[ row ] [] [1] [/] [a [b] c] [کد]',
  'open [vc_row and [row without end',
])('the brackets of %j are the own words of the shop', (text) => {
  expect(dropShortcodes(text)).toBe(text)
})

test('headings that a builder keeps in attributes are paragraphs of their own', () => {
  expect(dropShortcodes('a[vc_custom_heading text="Care [cold]" size="2"]b')).toBe('a\n\nCare [cold]\n\nb')
  expect(shown('[title style="center" text="Materials"][et_pb_blurb title="Free %22gift%22"]x[/et_pb_blurb]')).toBe(
    'Materials Free "gift" x',
  )
  expect(shown('[vc_cta h2="Now" h4=\'or later\'][ux_text text_align="left"]x[/ux_text]')).toBe('Now or later x')
})

test('settings, and labels of tags that are common words, are no text', () => {
  expect(shown('[et_pb_title title="on" text="#fff"]a[tab title="Specs"]b[/tab][vc_x title="3px"]')).toBe('a b')
})

test('a name loses only tags that builders use alone', () => {
  expect(dropBuilderTags('[vc_row][vc_column width="1/2"]Lamp[/vc_row]').trim()).toBe('Lamp')
  for (const name of ['Dune [Audio]', '[gallery] [row]', 'X [a="b"]', 'x_[vc_row', '[VC_ROW]']) {
    expect(dropBuilderTags(name)).toBe(name)
  }
})
