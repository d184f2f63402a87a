/** The owner's actions in wp-admin, as the browser sends them: forms with their nonces. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Form } from '../support/form.ts'
import { type Made, makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import { nonce, type WpAdmin } from '../support/wp-admin.ts'

let scenario: Scenario
let admin: WpAdmin
let simple: number
let variable: Made
beforeAll(async () => {
  scenario = await Scenario.open('wp-admin')
  simple = await makeSimple(scenario.shop, { sku: 'SHOE' })
  variable = await makeVariable(scenario.shop, { sku: 'SHIRT' })
  await scenario.deliver()
  admin = await scenario.admin()
})
afterAll(() => scenario?.close())

const isActive = async (id: number) => (await scenario.backend.product(scenario.store, id))?.is_active ?? false
/** Fields that the quick edit box always sends for a simple product. */
const quick = { _status: 'publish', post_title: 'کفش', _regular_price: '950000', _visibility: 'visible', _sku: 'SHOE' }

test('a product added with the form', async () => {
  const id = await admin.addProduct({
    post_title: 'Added by form',
    content: 'Words.',
    _regular_price: '4200',
    _sku: 'F-1',
  })
  await scenario.expectInSync(id)
  expect((await scenario.backend.product(scenario.store, id))?.price).toBe('4200')
})

test('a draft saved with the form is sent when it is published', async () => {
  const id = await admin.addProduct({ post_title: 'Half done', _regular_price: '1' }, { save: 'Save Draft' })
  await scenario.deliver()
  expect(await scenario.backend.product(scenario.store, id)).toBeUndefined()
  await admin.editProduct(id, { publish: 'Publish', post_status: 'publish', save: null })
  await scenario.expectInSync(id)
  expect(await isActive(id)).toBe(true)
})

test('text, price, sale, stock and SKU changed with the form', () =>
  scenario.expectToArrive([simple], () =>
    admin.editProduct(simple, {
      post_title: 'کفش دویدن',
      content: '<p>متن تازه از فرم.</p>',
      _regular_price: '910000',
      _sale_price: '799000',
      _stock: '7',
      _sku: 'SHOE-2',
    }),
  ))

test('a category chosen with the form', async () => {
  const term = await scenario.shop.php<number>('return wp_insert_term( "از فرم", "product_cat" )["term_id"];')
  await scenario.expectToArrive([simple], () =>
    admin.editProduct(simple, { 'tax_input[product_cat][]': [String(term)] }),
  )
})

test('a sale taken away with the form', () =>
  scenario.expectToArrive([simple], () => admin.editProduct(simple, { _sale_price: '' })))

test('a permalink changed with the form', () =>
  scenario.expectToArrive([simple], () => admin.editProduct(simple, { post_name: 'another-address' })))

test('quick edit', () =>
  scenario.expectToArrive([simple], () =>
    admin.quickEdit(simple, { ...quick, post_title: 'کفش سریع', _regular_price: '888000', _sku: 'SHOE-3' }),
  ))

test('bulk edit of a simple and a variable product: prices up by a tenth', () =>
  scenario.expectToArrive([simple, variable.id], () =>
    admin.bulkEdit([simple, variable.id], { change_regular_price: '2', _regular_price: '10%', change_stock: '' }),
  ))

test('bulk edit to draft, and back', async () => {
  await admin.bulkEdit([simple, variable.id], { _status: 'draft', change_stock: '' })
  await scenario.deliver()
  expect([await isActive(simple), await isActive(variable.id)]).toEqual([false, false])
  await admin.bulkEdit([simple, variable.id], { _status: 'publish', change_stock: '' })
  await scenario.expectInSync(simple, variable.id)
})

test('trash and restore in the product list', async () => {
  await admin.bulkAction('trash', [simple])
  await scenario.deliver()
  expect(await isActive(simple)).toBe(false)
  await admin.bulkAction('untrash', [simple], 'trash')
  await scenario.shop.php('wp_publish_post( $args["id"] ); return true;', { id: simple })
  await scenario.expectInSync(simple)
  expect(await isActive(simple)).toBe(true)
})

test('a password set with the form', async () => {
  await admin.editProduct(simple, { visibility: 'password', post_password: 'secret' })
  await scenario.deliver()
  expect(await isActive(simple)).toBe(false)
  await admin.editProduct(simple, { visibility: 'public', post_password: '' })
  await scenario.expectInSync(simple)
  expect(await isActive(simple)).toBe(true)
})

test('a duplicate made in the product list stays unknown', async () => {
  const list = await admin.get('/wp-admin/edit.php?post_type=product')
  const link = nonce(list.html, new RegExp(`href="([^"]*action=duplicate_product[^"]*post=${simple}&[^"]*)"`))
  const page = await admin.get(link.replaceAll('&#038;', '&').replaceAll('&amp;', '&'))
  const copy = Number(/post=(\d+)/.exec(page.url)?.[1])
  expect(copy).toBeGreaterThan(simple)
  await scenario.deliver()
  expect(scenario.way.events.some((event) => event.product.id === copy)).toBe(false)
})

test('a variation changed, added and removed on the edit page', async () => {
  const [first = 0, second = 0] = variable.variations
  const page = await admin.get(`/wp-admin/post.php?post=${variable.id}&action=edit`)
  const security = (name: string) => nonce(page.html, new RegExp(`"${name}":"(\\w+)"`))
  const load = { action: 'woocommerce_load_variations', product_id: String(variable.id), page: '1', per_page: '15' }
  const panel = await admin.ajax({ ...load, security: security('load_variations_nonce') })
  const form = await Form.read(`<form id="panel">${panel.html}</form>`, '//form[@id="panel"]')
  const index = /name="variable_post_id\[(\d+)\]" value="(\d+)"/g
  const place = [...panel.html.matchAll(index)].find(([, , id]) => Number(id) === first)?.[1]

  await scenario.expectToArrive([variable.id], async () => {
    const fields = form.fill({
      [`variable_regular_price[${place}]`]: '142000',
      [`variable_sku[${place}]`]: 'RED',
    }).fields
    const saved = { action: 'woocommerce_save_variations', security: security('save_variations_nonce') }
    for (const [name, value] of Object.entries({ ...saved, product_id: String(variable.id) })) fields.set(name, value)
    await admin.post('/wp-admin/admin-ajax.php', fields)
  })
  await scenario.expectToArrive([variable.id], async () => {
    const removed = { action: 'woocommerce_remove_variations', security: security('delete_variations_nonce') }
    await admin.ajax({ ...removed, 'variation_ids[]': [String(second)] })
  })
  const added = { action: 'woocommerce_add_variation', security: security('add_variation_nonce'), loop: '2' }
  await admin.ajax({ ...added, post_id: String(variable.id) })
  await scenario.expectToArrive([variable.id], async () => {
    const bulk = { action: 'woocommerce_bulk_edit_variations', security: security('bulk_edit_variations_nonce') }
    const value = { bulk_action: 'variable_regular_price', 'data[value]': '99500' }
    await admin.ajax({ ...bulk, ...value, product_id: String(variable.id), product_type: 'variable' })
  })
})

test('no request of the owner has called the backend', () => {
  const foreground = scenario.shop.foregroundCalls()
  expect(foreground.filter((call) => call.url.startsWith(scenario.way.url))).toEqual([])
})
