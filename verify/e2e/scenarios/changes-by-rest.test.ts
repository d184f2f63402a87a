/** Changes by apps and services: WooCommerce's REST API v3, and a CSV file. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Scenario } from '../support/scenario.ts'

let scenario: Scenario
let authorization: string
beforeAll(async () => {
  scenario = await Scenario.open('rest')
  const password = await scenario.shop.php<string>(
    'return WP_Application_Passwords::create_new_application_password( 1, array( "name" => "e2e" ) )[0];',
  )
  authorization = `Basic ${Buffer.from(`owner:${password}`).toString('base64')}`
})
afterAll(() => scenario?.close())

// biome-ignore lint/suspicious/noExplicitAny: answers of WooCommerce, of which a few ids are read.
async function rest(method: string, path: string, body?: unknown): Promise<any> {
  const answer = await fetch(`${scenario.shop.url}/wp-json/wc/v3/${path}`, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
  if (!answer.ok) throw new Error(`${method} ${path} was answered ${answer.status}: ${await answer.text()}`)
  return await answer.json()
}

async function importCsv(name: string, rows: string[], update: boolean): Promise<void> {
  const file = join(scenario.shop.env.E2E_FOLDER, `${name}.csv`)
  writeFileSync(file, rows.join('\n'))
  const result = await scenario.shop.php<{ failed: unknown[] }>(IMPORT, { file, update })
  expect(result.failed).toEqual([])
}

const IMPORT = `
  require_once WC_ABSPATH . 'includes/import/class-wc-product-csv-importer.php';
  require_once WC_ABSPATH . 'includes/admin/importers/class-wc-product-csv-importer-controller.php';
  $columns  = array( 'ID' => 'id', 'Type' => 'type', 'SKU' => 'sku', 'Name' => 'name', 'Published' => 'published', 'Description' => 'description', 'Regular price' => 'regular_price', 'Sale price' => 'sale_price', 'Stock' => 'stock_quantity', 'Categories' => 'category_ids', 'Parent' => 'parent_id', 'Attribute 1 name' => 'attributes:name1', 'Attribute 1 value(s)' => 'attributes:value1', 'Attribute 1 global' => 'attributes:taxonomy1' );
  $importer = new WC_Product_CSV_Importer( $args['file'], array( 'parse' => true, 'update_existing' => $args['update'], 'mapping' => $columns, 'lines' => -1 ) );
  $result   = $importer->import();
  return array( 'failed' => array_map( static fn( $error ) => $error->get_error_message(), array_merge( $result['failed'], $result['skipped'] ) ) );`

const idOf = async (sku: string) =>
  await scenario.shop.php<number>('return wc_get_product_id_by_sku( $args["sku"] );', { sku })

test('a product made, changed and deleted one by one', async () => {
  const price = { regular_price: '1500', sale_price: '1200' }
  const { id } = await rest('POST', 'products', { name: 'Made by REST', type: 'simple', sku: 'R-1', ...price })
  await scenario.expectInSync(id)
  expect((await scenario.backend.product(scenario.store, id))?.price).toBe('1200')
  const change = { name: 'Changed by REST', sale_price: '', manage_stock: true, stock_quantity: 3 }
  await scenario.expectToArrive([id], () => rest('PUT', `products/${id}`, change))
  await rest('DELETE', `products/${id}?force=true`)
  await scenario.deliver()
  expect((await scenario.backend.product(scenario.store, id))?.is_active).toBe(false)
})

test('a batch that makes, changes and trashes', async () => {
  const first = await rest('POST', 'products/batch', {
    create: [1, 2, 3].map((n) => ({ name: `Batch ${n}`, sku: `B-${n}`, regular_price: `${n}000` })),
  })
  const [one, two, three] = first.create.map((made: { id: number }) => made.id)
  await scenario.expectInSync(one, two, three)
  const second = { create: [{ name: 'Batch 4', regular_price: '4' }], update: [{ id: one, regular_price: '999' }] }
  const answer = await rest('POST', 'products/batch', { ...second, delete: [two] })
  await scenario.expectInSync(one, two, three, answer.create[0].id)
  expect((await scenario.backend.product(scenario.store, two))?.is_active).toBe(false)
  expect((await scenario.backend.product(scenario.store, one))?.price).toBe('999')
})

test('a variable product and its variations', async () => {
  const attribute = { name: 'Size', options: ['S', 'M'], variation: true, visible: true }
  const { id } = await rest('POST', 'products', { name: 'Sized', type: 'variable', attributes: [attribute] })
  const variation = (option: string, regular_price: string) => ({
    regular_price,
    attributes: [{ name: 'Size', option }],
  })
  const made = await rest('POST', `products/${id}/variations/batch`, {
    create: [variation('S', '10'), variation('M', '20')],
  })
  const [small, medium] = made.create.map((one: { id: number }) => one.id)
  await scenario.expectInSync(id)
  const product = await scenario.backend.product(scenario.store, id)
  expect(product?.variants.map((variant) => variant.price)).toEqual(['10', '20'])
  await scenario.expectToArrive([id], () => rest('PUT', `products/${id}/variations/${small}`, { sale_price: '7.5' }))
  await scenario.expectToArrive([id], () => rest('DELETE', `products/${id}/variations/${medium}?force=true`))
})

test('a renamed category', async () => {
  const { id: category } = await rest('POST', 'products/categories', { name: 'Old name' })
  const { id } = await rest('POST', 'products', { name: 'In a category', categories: [{ id: category }] })
  await scenario.expectInSync(id)
  await scenario.expectToArrive([id], () => rest('PUT', `products/categories/${category}`, { name: 'New name' }))
})

test('an order that is placed and cancelled', async () => {
  const stock = { manage_stock: true, stock_quantity: 2, regular_price: '5' }
  const { id } = await rest('POST', 'products', { name: 'Two left', ...stock })
  await scenario.expectInSync(id)
  const order = { status: 'processing', line_items: [{ product_id: id, quantity: 2 }] }
  let orderId = 0
  await scenario.expectToArrive([id], async () => {
    orderId = (await rest('POST', 'orders', order)).id
  })
  expect((await scenario.backend.product(scenario.store, id))?.in_stock).toBe(false)
  await scenario.expectToArrive([id], () => rest('PUT', `orders/${orderId}`, { status: 'cancelled' }))
})

test('simple products from a CSV file, and changed by another', async () => {
  const header = 'Type,SKU,Name,Published,Description,Regular price,Sale price,Stock,Categories'
  await importCsv(
    'simple',
    [header, 'simple,C-1,از فایل,1,متن,500,,4,کفش', 'simple,C-2,Hidden,-1,Text,5,,1,کفش'],
    false,
  )
  const id = await idOf('C-1')
  await scenario.expectInSync(id)
  expect(await scenario.backend.product(scenario.store, await idOf('C-2'))).toBeUndefined()
  await scenario.expectToArrive([id], () =>
    importCsv('again', ['ID,Type,SKU,Regular price,Sale price,Stock', `${id},simple,C-1,600,450,9`], true),
  )
})

test('a variable product from a CSV file', async () => {
  const header = 'Type,SKU,Name,Published,Regular price,Parent,Attribute 1 name,Attribute 1 value(s),Attribute 1 global'
  const rows = [
    'variable,V-1,چند رنگ,1,,,Colour,"Red, Blue",0',
    'variation,V-1-R,,1,70,V-1,Colour,Red,0',
    'variation,V-1-B,,1,80,V-1,Colour,Blue,0',
  ]
  await importCsv('variable', [header, ...rows], false)
  const id = await idOf('V-1')
  await scenario.expectInSync(id)
  const product = await scenario.backend.product(scenario.store, id)
  expect(product?.variants.map((variant) => [variant.sku, variant.price])).toEqual([
    ['V-1-R', '70'],
    ['V-1-B', '80'],
  ])
})
