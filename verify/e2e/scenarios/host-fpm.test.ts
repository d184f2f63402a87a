/** A shop on PHP-FPM: what is urgent goes as soon as the page has been delivered, without cron. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import { waitFor } from '../support/wait-for.ts'

let scenario: Scenario
let id: number
beforeAll(async () => {
  scenario = await Scenario.open('fpm', { server: 'fpm' })
  id = await makeSimple(scenario.shop)
  await scenario.deliver()
})
afterAll(() => scenario?.close())

test('the shop runs on PHP-FPM', async () => {
  const answer = await fetch(`${scenario.shop.url}/wp-json/e2e/v1/php`)
  const text = await answer.text()
  expect(text, 'no warning of PHP stands before the answer').toMatch(/^\{/)
  expect(JSON.parse(text)).toMatchObject({ sapi: 'fpm-fcgi', can_finish_request: true })
})

test('an edit in wp-admin arrives with cron', async () => {
  const admin = await scenario.admin()
  await scenario.expectToArrive([id], () => admin.editProduct(id, { post_title: 'Edited under FPM' }))
})

test('a sell-out in wp-admin arrives without cron', async () => {
  const admin = await scenario.admin()
  await admin.editProduct(id, { _manage_stock: null, _stock_status: 'outofstock' })
  await waitFor('the sell-out at the backend', async () => {
    return (await scenario.backend.product(scenario.store, id))?.in_stock === false
  })
})

test('the cookies of the request that sold the last piece change no price', async () => {
  const other = await makeSimple(scenario.shop, { regular_price: '950000' })
  await scenario.deliver()
  await scenario.shop.option('e2e_troubles', ['currency'])
  const admin = await scenario.admin()
  admin.setCookie('e2e_currency', 'EUR')
  scenario.way.forget()
  await admin.editProduct(other, { _manage_stock: null, _stock_status: 'outofstock' })
  await waitFor('the sell-out at the backend', async () => {
    return (await scenario.backend.product(scenario.store, other))?.in_stock === false
  })
  expect(scenario.way.events.map(({ product }) => product.price)).toEqual(['950000'])
  expect((await scenario.backend.product(scenario.store, other))?.price).toBe('950000')
})
