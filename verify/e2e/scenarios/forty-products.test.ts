/** Products of every type: the backend knows of each what a guest reads on its page, and nothing else. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { differencesByProduct, isSeenByGuest } from '../support/oracle.ts'
import { makeProducts, type ProductSpec } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

const HOUR = 3_600
const now = Math.floor(Date.now() / 1000)

const simple = (props: ProductSpec['props'] = {}): ProductSpec => ({
  kind: 'simple',
  props: { name: 'فنجان سفالی', regular_price: '250000', ...props },
})
const SIZES = ['S', 'M']
const variable = (props: ProductSpec['props'] = {}, first = {}, second = {}): ProductSpec => ({
  kind: 'variable',
  props: {
    name: 'Linen shirt',
    attributes: [{ name: 'Size', options: SIZES, variation: true }],
    variations: [
      { attributes: { Size: 'S' }, regular_price: '120000', ...first },
      { attributes: { Size: 'M' }, regular_price: '140000', ...second },
    ],
    ...props,
  },
})

/** Products that a guest finds in the shop. */
const SHOWN: Record<string, ProductSpec> = {
  'a simple product': simple(),
  'texts of several paragraphs, lists and tables': simple({
    short_description: 'Thrown by hand.\n\nGlazed &amp; fired <em>twice</em>.',
    description:
      '<h2>Care</h2>\nWash by hand.\nDry at once.\n\n<ul><li>No bleach</li><li>No oven</li></ul>\n\n' +
      '<table><tr><th>Height</th><td>9&nbsp;cm</td></tr><tr><th>Volume</th><td>250 ml</td></tr></table>\n\n' +
      '"Quoted" -- and it\'s 10x20 cm... <script>alert("no")</script><style>p { color: red }</style><!-- not shown -->',
  }),
  'a long Persian text': simple({ description: 'این کتاب‌ها را می‌خوانیم و به خانه‌ها می‌بریم.\n\n'.repeat(60) }),
  "a shop's own shortcode in the description": simple({
    description: 'Sizes of this cup:\n\n[size_table]\n\nAll by hand.',
  }),
  "a shop's own shortcode in the short description": simple({ short_description: 'Sizes: [size_table]' }),
  'a text for members only': simple({
    description: 'For everybody. [members_only]The wholesale code is ZEBRA77.[/members_only] The end.',
  }),
  'a block that the server renders': simple({
    name: 'Vase of copper',
    description:
      '<!-- wp:paragraph --><p>Made of copper.</p><!-- /wp:paragraph -->\n\n<!-- wp:e2e/shipping-note /-->\n\n' +
      '<!-- wp:list --><ul><!-- wp:list-item --><li>Polished</li><!-- /wp:list-item --></ul><!-- /wp:list -->',
  }),
  'texts to which a plugin adds a note': simple({
    short_description: 'Short.',
    description: 'Long.',
    meta: { e2e_note: 'Guaranteed for ten years.' },
  }),
  'a name with a less-than sign': simple({ name: 'Cable < 5 mm, 3<4' }),
  'a name with an escaped ampersand': simple({ name: 'R&amp;D kit' }),
  'a name with quotes and a foot mark': simple({ name: `The "best" rope, 5' long` }),
  'a name with escaped tags': simple({ name: 'How to write &lt;b&gt;bold&lt;/b&gt;' }),
  'a name with an emoji': simple({ name: 'شلوار جین 👖' }),
  'a Persian name with ZWNJ': simple({ name: 'کتاب‌های می‌خوانیم ۱۲۳' }),
  'a SKU, a weight and dimensions': simple({ sku: 'CUP-1', weight: '1.5', length: '10', width: '20.5', height: '7' }),
  'a product on sale': simple({ sale_price: '199000' }),
  'a sale that is planned': simple({
    sale_price: '199000',
    date_on_sale_from: now + HOUR,
    date_on_sale_to: now + 2 * HOUR,
  }),
  'a sale that runs and will end': simple({
    sale_price: '199000',
    date_on_sale_from: now - HOUR,
    date_on_sale_to: now + HOUR,
  }),
  'a price of nothing': simple({ regular_price: '0' }),
  'no price': simple({ regular_price: '' }),
  'a price of ten thirds': simple({ regular_price: '3.3333333333333' }),
  'a price with three decimals': simple({ regular_price: '19.995' }),
  'a negative price, set by a plugin': simple({ meta: { _price: '-5', _regular_price: '-5' } }),
  'a price that a plugin lowers for guests': simple({ meta: { e2e_price_factor: '0.5' } }),
  'a sold out product': simple({ stock_status: 'outofstock' }),
  'a product on back order': simple({ stock_status: 'onbackorder' }),
  'a managed stock': simple({ manage_stock: true, stock_quantity: 12 }),
  'a managed stock that is empty, with back orders': simple({
    manage_stock: true,
    stock_quantity: 0,
    backorders: 'notify',
  }),
  'a stock that a plugin holds back': simple({ meta: { e2e_is_reserved: 'yes' } }),
  'a product that only searches find': simple({ catalog_visibility: 'search' }),
  'a product that only the catalogue shows': simple({ catalog_visibility: 'catalog' }),
  'a virtual product': simple({ virtual: true }),
  'an image and a gallery': simple({ image: 'front', gallery: ['side', 'back'] }),
  'a gallery without an image': simple({ gallery: ['alone'] }),
  'several categories and tags': simple({
    categories: ['Kitchen & table', 'ظروف', 'Cups <small>'],
    tags: ['گل', 'hand made', 'R&D'],
  }),
  brands: simple({ brands: ['Zarin', 'کاشان'] }),
  ratings: simple({ ratings: [5, 4, 4] }),
  'attributes that are shown and not shown': simple({
    attributes: [
      { name: 'Material', options: ['Clay', 'Glaze & salt'] },
      { name: 'Supplier', options: ['Hidden Ltd'], visible: false },
      { name: 'Origin', options: ['Meybod', 'Lalejin'], is_global: true },
    ],
  }),
  'two attributes with one label': simple({
    attributes: [
      { name: 'Cut', options: ['Wide'], is_global: true },
      { name: 'Cut', options: ['Long'] },
    ],
  }),
  'an external product': {
    kind: 'external',
    props: { name: 'A book', regular_price: '300', product_url: 'https://example.com/buy', button_text: 'Buy there' },
  },
  'variations of one attribute': variable(),
  'variations of equal price': variable({}, { regular_price: '140000' }),
  'a variation for any value': variable({
    variations: [
      { attributes: { Size: '' }, regular_price: '90000' },
      { attributes: { Size: 'M' }, regular_price: '95000' },
    ],
  }),
  'variations of a global attribute with Persian values': variable({
    attributes: [
      { name: 'رنگ بدنه', slug: 'body', options: ['سبز آبی', 'قرمز'], variation: true, is_global: true },
      { name: 'Size', options: SIZES, variation: true, visible: false },
    ],
    variations: [
      { attributes: { 'رنگ بدنه': 'سبز آبی', Size: 'S' }, regular_price: '1' },
      { attributes: { 'رنگ بدنه': 'قرمز', Size: '' }, regular_price: '2' },
    ],
  }),
  'a disabled variation': variable({}, { status: 'private', regular_price: '10' }),
  'a variation without a price': variable({}, { regular_price: '' }),
  'a variation on sale': variable({}, { sale_price: '99000' }),
  'a sold out variation': variable({}, { stock_status: 'outofstock' }),
  'all variations sold out': variable({}, { stock_status: 'outofstock' }, { stock_status: 'outofstock' }),
  'variations with descriptions, weights and SKUs': variable(
    { sku: 'SHIRT', weight: '0.4' },
    { sku: 'SHIRT-S', description: 'Short sleeves &amp; a pocket.', weight: '0.3' },
    { sku: 'SHIRT-M', description: 'Long sleeves.\n\nNo pocket.', image: 'medium' },
  ),
}

/** Products that a guest does not find. */
const UNSEEN: Record<string, ProductSpec> = {
  'a product hidden from the catalogue': simple({ catalog_visibility: 'hidden' }),
  'a product behind a password': simple({ post_password: 'secret' }),
  'a private product': simple({ status: 'private' }),
  'a draft': simple({ status: 'draft' }),
  'a product for members only': simple({ meta: { e2e_is_for_members: 'yes' } }),
}

const names = [...Object.keys(SHOWN), ...Object.keys(UNSEEN)]
const GROUP = 'a group of products'

let scenario: Scenario
const ids = new Map<string, number>()
let found: Map<number, string[]>

beforeAll(async () => {
  scenario = await Scenario.open('forty')
  const made = await makeProducts(scenario.shop, [...Object.values(SHOWN), ...Object.values(UNSEEN)])
  for (const [place, name] of names.entries()) ids.set(name, made[place]?.id ?? 0)
  const children = ['a simple product', 'a product on sale'].map((name) => ids.get(name))
  const group = { kind: 'grouped', props: { name: 'Cups', description: 'Together.', children } } as const
  const [{ id } = { id: 0 }] = await makeProducts(scenario.shop, [group])
  ids.set(GROUP, id)
  await scenario.deliver()
  found = await differencesByProduct(scenario, [...ids.values()])
})
afterAll(() => scenario?.close())

describe('a guest and the AI know the same of', () => {
  test.each([...Object.keys(SHOWN), GROUP])('%s', (name) => {
    expect(found.get(ids.get(name) ?? 0)).toEqual([])
  })
})

describe('neither a guest nor the AI knows', () => {
  test.each(Object.keys(UNSEEN))('%s', async (name) => {
    expect(found.get(ids.get(name) ?? 0)).toEqual([])
    expect(await isSeenByGuest(scenario.shop, ids.get(name) ?? 0)).toBe(false)
  })
})

test('text inside a shortcode for members is never sent', () => {
  const names = scenario.way.events.filter((event) => JSON.stringify(event.product).includes('ZEBRA77'))
  expect(names.map(({ product }) => product.id)).toEqual([])
})

describe('prices as a guest reads them', () => {
  const taxes: Record<string, Record<string, string>> = {
    'entered without tax, shown with it': {
      woocommerce_prices_include_tax: 'no',
      woocommerce_tax_display_shop: 'incl',
    },
    'entered with tax, shown without it': {
      woocommerce_prices_include_tax: 'yes',
      woocommerce_tax_display_shop: 'excl',
    },
    'shown with tax, for a guest of whom no place is known': {
      woocommerce_prices_include_tax: 'no',
      woocommerce_tax_display_shop: 'incl',
      woocommerce_default_customer_address: '',
    },
  }
  test.each(Object.entries(taxes))('%s', async (_, options) => {
    await scenario.shop.php(TAXES, { options: { woocommerce_calc_taxes: 'yes', ...options } })
    await scenario.deliver()
    const after = await differencesByProduct(scenario, [...ids.values()])
    expect([...after.values()].flat().filter((text) => /price/.test(text))).toEqual([])
  })
})

const TAXES = `
  foreach ( $args['options'] as $name => $value ) {
    update_option( $name, $value );
  }
  if ( ! WC_Tax::find_rates( array( 'country' => 'IR', 'state' => 'THR' ) ) ) {
    WC_Tax::_insert_tax_rate( array( 'tax_rate_country' => 'IR', 'tax_rate_state' => '', 'tax_rate' => '10', 'tax_rate_name' => 'VAT', 'tax_rate_priority' => 1, 'tax_rate_compound' => 0, 'tax_rate_shipping' => 1, 'tax_rate_order' => 0, 'tax_rate_class' => '' ) );
  }
  return true;`
