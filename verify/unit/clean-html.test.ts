import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cleanName, htmlToText } from '../../server/src/platform/text/clean-html.ts'

test.each([
  ['<p>One.</p><p>Two.</p>', 'One.\n\nTwo.'],
  ['One.<br><br>Two.<br>Three.', 'One.\n\nTwo.\nThree.'],
  ['<div>One</div>\n\n<div>Two</div>', 'One\n\nTwo'],
  ['One <b>bold</b>\nline\n\nTwo', 'One bold\nline\n\nTwo'],
  ['<p>one\n line</p>', 'one line'],
  ['<ul>\n<li>one</li>\n\n<li>two</li>\n</ul>', 'one\n\ntwo'],
  ['<ul><li>one</li><li>two</li></ul>', 'one\ntwo'],
  ['<table><tr><th>Colour</th><td>Red</td></tr><tr><th>Size</th><td>L</td></tr></table>', 'Colour Red\nSize L'],
  ['<h2>Title</h2>text', 'Title\n\ntext'],
  ['b<b>ol</b>d', 'bold'],
  ['<p>a</p><body>b</body>', 'a\n\nb'],
])('%j keeps its structure', (html, text) => {
  expect(htmlToText(html)).toBe(text)
})

test.each([
  ['<a href="https://shop.example/x">Buy</a>', 'Buy'],
  ['a<img src="x.png" alt="picture">b', 'ab'],
  ['a<script>if (x < 1) alert("<p>no</p>")</script><style>p { color: red }</style>b', 'ab'],
  ['<!-- secret -->text', 'text'],
  [`<p>Real.</p><!-- ${'<p>old price 99</p>'.repeat(600)} --><p>End.</p>`, 'Real.\n\nEnd.'],
  [`<p>Real.</p>${'<b>x</b>'.repeat(999)}<select><option>S</option></select>`, `Real.\n\n${'x'.repeat(999)}`],
  ['a<!-->b<!--->c<!-- --!>d<!-- <b> -- > -->e', 'abcde'],
  ['<p>Real.</p><!-- never closed', 'Real.'],
  [
    '<!DOCTYPE html><?xml version="1.0"?><p>a</p><?php echo "<p>b</p>" ?><![CDATA[<p>c</p>]]><![if !x]>d<![endif]>',
    'a\n\nd',
  ],
  ['<p>Size: <select name="s"><option>S<option selected>M</select> here</p>', 'Size: here'],
  ['a<select><!-- </select> --><option>M</option></select>b', 'ab'],
  ['<svg><svg><text>x</text></svg>y</svg>z', 'z'],
  ['<SCRIPT TYPE="a">if (a<b) "</p>"</SCRIPT >b', 'b'],
  ['<textarea><p>x</p></textarea>b<iframe src="x" />c', 'bc'],
  ['<p>a</p><o:p></o:p><my-card>b</my-card><foo>c', 'a\n\nb<foo>c'],
  ['<img alt="a > b" src="x"><a href=\'>\' title="it\'s">b</a>', 'b'],
  ['<p\nclass="x"\n>a</p\n>b', 'a\n\nb'],
  ['Look: [gallery ids="1,2"] here', 'Look: here'],
  ['[vc_row css=".a{b:c}"][vc_column]Hi[/vc_column][/vc_row]', 'Hi'],
  ['[caption id="a" width="300"]<img src="x"> A shoe[/caption]', 'A shoe'],
  ['[gallery ids=&#8221;1&#8221;]', ''],
])('%j loses what is not text', (html, text) => {
  expect(htmlToText(html)).toBe(text)
})

test.each([
  'Plain text.\nNext line.\n\nNext paragraph.',
  'Sizes [XL] and [new in], a < b, 3 > 2, R&D & more',
  'An open <b and no end',
  'Pen&notebook, https://shop.example/c?add=7&currency=EUR&section=2&param=x&copy=1',
  '5 < 6, 7<8, I <3 you, USB<->HDMI, <5 kg, </3, <<, <>, < p >',
  'Sizes: <S>, <M>, <L>, <small> and <x-large>',
  'AT&T; &nothing; &#x; &#; &; & ; &copy',
  'Look <!-- here, and <!this> and <?that',
  'Shelf [max load = 20 kg], code [SAVE off=10], Dune [Audio], [size="L"] [2 for 1] [a/b] [] [=] [/]',
  'می‌شود کفش‌های \u200fقرمز\u200e 😀👍🏽',
  '',
])('plain text %j stays unchanged', (text) => {
  expect(htmlToText(text)).toBe(text)
})

test('in a text with tags, only markup is read as markup', () => {
  const text = 'Order?a=1&currency=EUR&copy=1, 5 < 6, USB<->HDMI, size <M available, I <3 you'
  expect(htmlToText(`<p>${text}</p>`)).toBe(text)
})

test.each([
  ['Dune [Audio]', 'Dune [Audio]'],
  ['Shirt [XL] [new=1] [size="L"]', 'Shirt [XL] [new=1] [size="L"]'],
  ['Pen&notebook set', 'Pen&notebook set'],
  ['USB<->HDMI, 5 < 6, <XL>', 'USB<->HDMI, 5 < 6, <XL>'],
  ['Tea &amp; Coffee', 'Tea & Coffee'],
  ['A &lt;b&gt; <b>bold</b><br>name\n\nin\tlines', 'A <b> bold name in lines'],
  ['[vc_row]Lamp[/vc_row]', 'Lamp'],
  ['♥', '♥'],
  ['\u{1f6d8}', '\u{1f6d8}'],
])('the name %j is %j', (name, shown) => {
  expect(cleanName(name)).toBe(shown)
})

test.each([
  '',
  ' ',
  '&nbsp;',
  '[vc_row]',
  '<p></p>',
  '<!-- x --><br>',
  '\u200b',
  '\u200c\u200f',
  '&#8203;',
  '\u3164',
  '\ufe0f',
])('of the name %j nothing is left', (name) => {
  expect(cleanName(name)).toBe('')
})

test('ZWNJ, marks and emoji survive inside markup too', () => {
  expect(htmlToText('<p>می‌شود \u200f😀 &zwnj;&#8204;</p>')).toBe('می‌شود \u200f😀 \u200c\u200c')
  expect(htmlToText('<p>a\u200bb</p>')).toBe('a\u200bb')
})

test('entities are decoded once', () => {
  expect(htmlToText('R&amp;D &lt;b&gt; &amp;amp; &#1705;&nbsp;&hellip;')).toBe('R&D <b> &amp; ک …')
})

test('whitespace and blank lines collapse, at the ends to nothing', () => {
  expect(htmlToText(' \n a \t b\u00a0 c \r\n\r\n\r\n\r\n d \n ')).toBe('a b c\n\nd')
})

test('a long text in many pieces loses no words and shows no script', () => {
  const html = `<script>${'if (a <1) '.repeat(3_000)}</script>${'<p>word</p>'.repeat(3_000)}<style>x</style>`
  const words = htmlToText(html).split(/\s+/)
  expect(words).toHaveLength(3_000)
  expect(new Set(words)).toEqual(new Set(['word']))
})

test('deep nesting keeps its text', () => {
  expect(htmlToText(`${'<div>'.repeat(50_000)}deep`)).toBe('deep')
})

test.each([
  ['unclosed tags against closing ones', '<div>'.repeat(120_000) + '</b>'.repeat(120_000)],
  ['unclosed scripts', '<script>'.repeat(200_000)],
  ['unclosed shortcodes', '[vc_a b='.repeat(200_000)],
  ['shortcodes with quotes that pair across', '[vc_a b" c="'.repeat(160_000)],
  ['tags with quotes that pair across', '<a b" c="'.repeat(200_000)],
  ['comments, in a text without tags', '<!--'.repeat(400_000)],
  ['code-bearing shortcodes', '[code]x[/code]'.repeat(140_000)],
  ['blank lines', ' \n\t'.repeat(400_000)],
  ['paragraphs and blank lines', '<p>\n\n'.repeat(360_000)],
])('a bomb of %s is defused in time', (_, bomb) => {
  // A square of any of them takes longer than a test may; `npm run bench -- heavy-texts` measures half of each, all under 0.3 s.
  expect(typeof htmlToText(bomb)).toBe('string')
})

test('no string makes it throw or leaves a doubled blank line', () => {
  const fragment = fc.constantFrom(
    '<p>',
    '</p>',
    '<li',
    '>',
    '<!--',
    '-->',
    '&#',
    '&amp;',
    '[',
    ']',
    '[a b=',
    '\n',
    ' ',
    'x',
  )
  const html = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.array(fragment, { maxLength: 40 }).map((parts) => parts.join('')),
  )
  fc.assert(
    fc.property(html, (text) => {
      return !/\n{3}|^ | $/.test(htmlToText(text))
    }),
    { numRuns: 200 },
  )
})
