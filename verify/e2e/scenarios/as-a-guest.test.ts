/** The plugin reads products as a guest of the shop. The request that starts the reading does not change the result. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { tick } from '../support/plugin.ts'
import { makeImage, makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import { nonce } from '../support/wp-admin.ts'

let scenario: Scenario
beforeAll(async () => {
  scenario = await Scenario.open('guest')
})
afterAll(() => scenario?.close())
afterEach(() => troubles())

const troubles = (...names: string[]) => scenario.shop.option('e2e_troubles', names)
const product = async (id: number) => (await scenario.backend.products(scenario.store)).get(id)
const sent = (id: number) => scenario.way.events.findLast((event) => event.product.id === id)?.product
const edit = (id: number, code: string) =>
  scenario.shop.php(`$p = wc_get_product( $args["id"] ); ${code} $p->save(); return true;`, { id })
const hour = async () => {
  await scenario.shop.php('do_action( "fiko_sync_hourly" ); return true;', {}, { context: 'cron' })
  await scenario.deliver()
}

test('the price of a plugin that skips wp-admin and cron arrives, with any start of the sending', async () => {
  await troubles('discount')
  const id = await makeSimple(scenario.shop, { regular_price: '1000' })
  await scenario.deliver()
  expect((await product(id))?.price).toBe('900')
  // The open settings page drives the sender with the administrator's cookies.
  await edit(id, '$p->set_regular_price( "2000" );')
  const admin = await scenario.admin()
  const page = await admin.get('/wp-admin/admin.php?page=fiko-sync')
  const drive = { action: 'fiko_sync', task: 'drive', _ajax_nonce: nonce(page.html, /fikoSync = .*?"nonce":"(\w+)"/) }
  await admin.ajax(drive)
  await scenario.backend.settled(scenario.store)
  expect((await product(id))?.price).toBe('1800')
})

test('cookies of a user in wp-admin change no price', async () => {
  await troubles('currency')
  const id = await makeSimple(scenario.shop, { regular_price: '950000' })
  const admin = await scenario.admin()
  admin.setCookie('e2e_currency', 'EUR')
  const page = await admin.get('/wp-admin/admin.php?page=fiko-sync')
  const drive = { action: 'fiko_sync', task: 'drive', _ajax_nonce: nonce(page.html, /fikoSync = .*?"nonce":"(\w+)"/) }
  await admin.ajax(drive)
  await scenario.backend.settled(scenario.store)
  expect((await product(id))?.price).toBe('950000')
  // The action that Action Scheduler runs inside a request of wp-admin.
  await edit(id, '$p->set_regular_price( "840000" );')
  await scenario.shop.php('$_COOKIE["e2e_currency"] = "EUR"; do_action( "fiko_sync_run" ); return true;')
  await scenario.deliver()
  expect(scenario.way.events.filter((event) => event.product.id === id).map(({ product: one }) => one.price)).toEqual([
    '950000',
    '840000',
  ])
})

test('where the site cannot call itself, a request with cookies reads nothing: cron does', async () => {
  await troubles('currency', 'noloopback')
  const id = await makeSimple(scenario.shop, { regular_price: '950000' })
  await scenario.shop.php('$_COOKIE["e2e_currency"] = "EUR"; do_action( "fiko_sync_run" ); return true;')
  expect(scenario.way.events.filter((event) => event.product.id === id)).toEqual([])
  await scenario.deliver()
  expect((await product(id))?.price).toBe('950000')
  await scenario.shop.php('delete_option( "fiko_sync_no_loopback" ); return true;')
})

test('a site that cannot call itself reads in cron, reports it, and reads as a guest again when it can', async () => {
  await troubles('noloopback')
  const id = await makeSimple(scenario.shop, { name: 'No loopback' })
  await scenario.expectInSync(id)
  const state = () => scenario.shop.php<{ code: string; text: string }>('return Fiko_Sync_Status::now();')
  expect(await state()).toMatchObject({ code: 'no_background', text: expect.stringContaining('cURL error 7') })
  await troubles()
  await scenario.shop.php('delete_option( "fiko_sync_no_loopback" ); return true;')
  await edit(id, '$p->set_name( "With loopback" );')
  await scenario.expectInSync(id)
  expect((await state()).code).toBe('ok')
})

test('without a valid signature a request of that kind is an ordinary page', async () => {
  const ask = async (value: string, cookie = '') =>
    await fetch(`${scenario.shop.url}/`, {
      method: 'POST',
      body: new URLSearchParams({ fiko_sync_background: value }),
      headers: { cookie },
    }).then(async (response) => ({ type: response.headers.get('content-type'), text: await response.text() }))
  const later = Math.floor(Date.now() / 1000) + 60
  const claim = `run.5.${later}.1`
  const signature = await scenario.shop.php<string>(
    'return hash_hmac( "sha256", "fiko_sync " . $args["claim"], wp_salt( "auth" ) );',
    { claim },
  )
  for (const value of ['', 'run', `${claim}.`, `${claim}.${'0'.repeat(64)}`, `run.6.${later}.1.${signature}`]) {
    expect((await ask(value)).text).not.toContain('"fiko_sync"')
  }
  expect((await ask(`${claim}.${signature}`, 'a=b')).text).not.toContain('"fiko_sync"')
  expect(JSON.parse((await ask(`${claim}.${signature}`)).text)).toMatchObject({ fiko_sync: 'done' })
  const past = `run.5.${later - 120}.1`
  const old = await scenario.shop.php<string>(
    'return hash_hmac( "sha256", "fiko_sync " . $args["claim"], wp_salt( "auth" ) );',
    { claim: past },
  )
  expect((await ask(`${past}.${old}`)).text).not.toContain('"fiko_sync"')
})

test('texts arrive as the page shows them: shortcodes, filters, printed words; nothing for members, no scripts', async () => {
  await troubles('shortcodes')
  const id = await makeSimple(scenario.shop, {
    description: 'Before. [e2e_sizes] [e2e_members]The secret price list.[/e2e_members] [e2e_echoes]',
    short_description: 'Short. [e2e_sizes] [e2e_members]A secret.[/e2e_members]',
  })
  await scenario.deliver()
  const found = await product(id)
  for (const text of [found?.description, found?.short_description]) {
    expect(text).toContain('Forty-two')
    expect(text).toContain('For members.')
    expect(text).not.toContain('ecret')
    expect(text).not.toContain('e2e_')
  }
  expect(found?.description).toContain('Returned within thirty days.')
  expect(found?.description).toContain('Printed words.')
  expect(JSON.stringify(sent(id))).not.toMatch(/secret|tracked|<script/)
})

test.each(['[e2e_throws]', '[e2e_fatal]', '[e2e_exits]'])(
  'a text with %s goes raw, without the inside of shortcodes',
  async (shortcode) => {
    await troubles('shortcodes')
    const id = await makeSimple(scenario.shop, {
      name: `Text ${shortcode}`,
      description: `Plain words. ${shortcode} [e2e_members]The secret price list.[/e2e_members] [other a="b"]Inside.[/other] The end.`,
    })
    for (let run = 0; run < 4; run += 1) await tick(scenario.shop, 200)
    await scenario.deliver()
    const text = (await product(id))?.description ?? ''
    expect(text).toContain('Plain words.')
    expect(text).toContain('The end.')
    expect(text).not.toMatch(/secret|Inside|e2e_|other|Fatal/)
  },
)

test('in cron, where shortcodes may be missing, the inside of unknown ones is not sent', async () => {
  await troubles('noloopback')
  const id = await makeSimple(scenario.shop, {
    description: 'Open. [members level="gold"]The secret price list.[/members] Close.',
  })
  await scenario.deliver()
  expect((await product(id))?.description).toContain('Open.')
  expect(JSON.stringify(sent(id))).not.toContain('secret')
  await scenario.shop.php('delete_option( "fiko_sync_no_loopback" ); return true;')
})

test('products that plugins hide from guests or call sold out are treated so', async () => {
  await troubles('members', 'soldout', 'third')
  const hidden = await makeSimple(scenario.shop, { sku: 'MEMBERS-1' })
  const soldOut = await makeSimple(scenario.shop, { sku: 'SOLDOUT-1' })
  const third = await makeSimple(scenario.shop, { sku: 'THIRD-1', regular_price: '10' })
  await scenario.shop.option('woocommerce_price_num_decimals', '2')
  await scenario.deliver()
  expect((await product(hidden))?.is_active ?? false).toBe(false)
  expect(await product(soldOut)).toMatchObject({ is_active: true, stock_status: 'outofstock' })
  expect((await product(third))?.price).toBe('3.33')
  // Switched off, everything is seen again: within the hour.
  await troubles()
  await hour()
  expect(await product(hidden)).toMatchObject({ is_active: true })
  expect(await product(soldOut)).toMatchObject({ stock_status: 'instock' })
  expect((await product(third))?.price).toBe('10')
  await scenario.shop.option('woocommerce_price_num_decimals', '0')
})

test('"hide out of stock items": sold out products and variations go, the lowest price is of what is left', async () => {
  const simple = await makeSimple(scenario.shop, { stock_quantity: 0 })
  const { id: variable, variations } = await makeVariable(scenario.shop, {
    variations: [
      { colour: 'قرمز', regular_price: '100', manage_stock: true, stock_quantity: 0 },
      { colour: 'آبی', regular_price: '130', manage_stock: true, stock_quantity: 3 },
    ],
  })
  await scenario.deliver()
  expect(await product(simple)).toMatchObject({ is_active: true })
  expect((await product(variable))?.price).toBe('100')
  await scenario.shop.option('woocommerce_hide_out_of_stock_items', 'yes')
  await scenario.deliver()
  expect((await product(simple))?.is_active ?? false).toBe(false)
  expect((await product(variable))?.price).toBe('130')
  expect((await product(variable))?.variants.map(({ id }) => id)).toEqual([variations[1]])
  await scenario.shop.option('woocommerce_hide_out_of_stock_items', 'no')
  await scenario.deliver()
  expect(await product(simple)).toMatchObject({ is_active: true })
})

test.each([
  ['-5', '0'],
  ['12.3456', '12'],
])('a stored price of %s is what the page prints: %s', async (stored, shown) => {
  const id = await makeSimple(scenario.shop, { name: `Price ${stored}` })
  await scenario.deliver()
  await scenario.shop.php(
    'foreach ( array( "_price", "_regular_price" ) as $key ) { update_post_meta( $args["id"], $key, $args["price"] ); } return true;',
    { id, price: stored },
  )
  await scenario.deliver()
  expect((await product(id))?.price).toBe(shown)
})

test('names as a guest reads them; a product without one is not known', async () => {
  const named = async (name: string) => await makeSimple(scenario.shop, { name })
  const [less, escaped, quoted] = [
    await named('Rope < 6 mm'),
    await named('Use &lt;b&gt; &amp;amp; win'),
    await named('“Nice” &amp; <em>warm</em>'),
  ]
  const nameless = await named('Soon without a name')
  await scenario.deliver()
  await scenario.shop.sql(`update wp_posts set post_title = '' where ID = ${nameless}`)
  await hour()
  expect((await product(less))?.name).toBe('Rope < 6 mm')
  expect((await product(escaped))?.name).toBe('Use <b> &amp; win')
  expect((await product(quoted))?.name).toBe('“Nice” & warm')
  expect((await product(nameless))?.is_active ?? false).toBe(false)
})

test('two attributes of one label stay two, and one named "0" makes no list', async () => {
  const id = await scenario.shop.php<number>(
    `$p = new WC_Product_Variable(); $p->set_name( 'Attributes' ); $all = array();
     foreach ( array( 'Size', 'SIZE-2', '0' ) as $at => $name ) {
       $a = new WC_Product_Attribute(); $a->set_name( $name ); $a->set_options( array( "a$at", "b$at" ) ); $a->set_visible( true ); $a->set_variation( true ); $all[] = $a;
     }
     $p->set_attributes( $all ); $id = $p->save();
     $v = new WC_Product_Variation(); $v->set_parent_id( $id ); $v->set_regular_price( '10' ); $v->set_attributes( array( 'size' => 'a0', 'size-2' => 'b1', '0' => 'a2' ) ); $v->save();
     return $id;`,
  )
  await scenario.deliver()
  const found = await product(id)
  expect(found?.is_active).toBe(true)
  expect(found?.variants).toHaveLength(1)
  expect(Object.values(found?.variants[0]?.attributes ?? {}).sort()).toEqual(['a0', 'a2', 'b1'])
})

test('a guest without a place pays no tax, where the shop assumes none', async () => {
  const id = await makeSimple(scenario.shop, { regular_price: '1045000' })
  await scenario.shop.php(
    `foreach ( array( 'woocommerce_calc_taxes' => 'yes', 'woocommerce_prices_include_tax' => 'yes', 'woocommerce_tax_display_shop' => 'incl', 'woocommerce_default_country' => 'IR:THR', 'woocommerce_default_customer_address' => '', 'woocommerce_tax_based_on' => 'shipping' ) as $name => $value ) { update_option( $name, $value ); }
     WC_Tax::_insert_tax_rate( array( 'tax_rate_country' => 'IR', 'tax_rate' => '10.0000', 'tax_rate_name' => 'VAT', 'tax_rate_priority' => 1, 'tax_rate_compound' => 0, 'tax_rate_shipping' => 1, 'tax_rate_order' => 1, 'tax_rate_class' => '' ) ); return true;`,
  )
  await scenario.deliver()
  expect((await product(id))?.price).toBe('950000')
  await scenario.shop.option('woocommerce_default_customer_address', 'base')
  await scenario.deliver()
  expect((await product(id))?.price).toBe('1045000')
  await scenario.shop.option('woocommerce_calc_taxes', 'no')
  await scenario.deliver()
})

test('changes without a hook are found within the hour: a retyped post, the end of a sale, a file replaced, a brand', async () => {
  const [retyped, onSale, pictured] = [
    await makeSimple(scenario.shop),
    await makeSimple(scenario.shop, { name: 'Sale' }),
    await makeSimple(scenario.shop, { name: 'Picture' }),
  ]
  const image = await makeImage(scenario.shop, 'first')
  await edit(pictured, `$p->set_image_id( ${image} );`)
  await edit(
    onSale,
    '$p->set_regular_price( "100" ); $p->set_sale_price( "80" ); $p->set_date_on_sale_to( time() + 5000 );',
  )
  await scenario.deliver()
  expect(await product(onSale)).toMatchObject({ price: '80', on_sale: true })
  const before = (await product(pictured))?.image
  await scenario.shop.php('set_post_type( $args["id"], "page" ); return true;', { id: retyped })
  await scenario.shop.sql(
    `update wp_postmeta set meta_value = unix_timestamp() - 60 where post_id = ${onSale} and meta_key = '_sale_price_dates_to'`,
  )
  await scenario.shop.php('update_attached_file( $args["image"], "2026/other.png" ); return true;', { image })
  await scenario.shop.php('wp_set_object_terms( $args["id"], array( "Fiko Brand" ), "product_brand" ); return true;', {
    id: pictured,
  })
  await hour()
  expect((await product(retyped))?.is_active ?? false).toBe(false)
  expect((await product(onSale))?.on_sale).toBe(false)
  expect((await product(pictured))?.image).not.toBe(before)
  expect((await product(pictured))?.image).toContain('other.png')
  expect(sent(pictured)?.brands).toEqual(['Fiko Brand'])
})
