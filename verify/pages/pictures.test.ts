import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { type Person, signedIn } from '../support/people.ts'
import { call, startTestServer, type TestServer } from '../support/test-server.ts'
import { DESK, openWindow, shown } from './support/window.ts'

let server: TestServer
let browser: Browser
let owner: Person
let product: number

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer(), openBrowser()])
  owner = await signedIn(server, 'owner')
  const shop = await server.newShop({ tenantOf: owner.userId })
  await shop.send(anUpdate({ id: 1, name: 'Walnut desk', image: 'https://shop.example/desk.jpg' }))
  await shop.send(anUpdate({ id: 2, name: 'Broken vase', image: 'https://shop.example/broken.jpg' }))
  await shop.send(anUpdate({ id: 3, name: 'Plain cup', image: '' }))
  await shop.send(anUpdate({ id: 4, name: 'Old lamp', image: 'http://shop.example/lamp.jpg' }))
  await server.settled()
  const [row] = await server.sql<{ id: number }>(`select id from products where external_id = 'woo_1'`)
  product = row?.id ?? 0
  await owner.request('POST', '/api/v1/knowledge/search-rules/', { kind: 'pin', query: 'desk', product_id: product })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

test.each([
  ['/products', 'Walnut desk'],
  ['/events', 'Walnut desk'],
  ['/search?q=desk', 'Walnut desk'],
  ['/synonyms', 'Walnut desk'],
  ['product', 'Walnut desk'],
])(
  '%s shows the picture of a product in a fixed box, without telling the shop the address of the page',
  async (at, name) => {
    const { page, context, complaints } = await openWindow(browser, server.url, DESK, owner.cookie, true)
    const asked: { url: string; referer: string | undefined }[] = []
    page.on('request', (request) => {
      if (request.resourceType() === 'image' && request.url().startsWith('https://shop.example'))
        asked.push({ url: request.url(), referer: request.headers().referer })
    })
    await page.goto(`${server.url}${at === 'product' ? `/products/${product}` : at}`)
    await shown(page)
    await page.getByText(name).first().waitFor()
    const picture = page.locator('img[src="https://shop.example/desk.jpg"]').first()
    await picture.waitFor()
    expect(await picture.getAttribute('loading')).toBe('lazy')
    expect(await picture.getAttribute('referrerpolicy')).toBe('no-referrer')
    const box = await picture.boundingBox()
    expect([40, 72]).toContain(box?.width)
    expect(box?.width).toBe(box?.height)
    expect(asked.some(({ url }) => url.endsWith('desk.jpg'))).toBe(true)
    for (const { referer } of asked) expect(referer).toBeUndefined()
    expect(complaints).toEqual([])
    await context.close()
  },
)

test('a missing or broken picture leaves its box with a sign, and an http address is asked over https', async () => {
  const { page, context, complaints } = await openWindow(browser, server.url, DESK, owner.cookie, true)
  await page.goto(`${server.url}/products`)
  await shown(page)
  const cell = (name: string) => page.getByRole('row').filter({ hasText: name }).getByRole('rowheader')
  await cell('Broken vase').locator('img').waitFor({ state: 'detached' })
  for (const name of ['Broken vase', 'Plain cup']) {
    const box = await cell(name).locator('svg').locator('..').boundingBox()
    expect([box?.width, box?.height], name).toEqual([40, 40])
    expect(await cell(name).locator('img').count(), name).toBe(0)
  }
  expect(await cell('Old lamp').locator('img').getAttribute('src')).toBe('https://shop.example/lamp.jpg')
  expect(complaints).toEqual([])
  await context.close()
})

test('pictures of other hosts are allowed on the dashboard’s page only', async () => {
  const page = await call(server.url, 'GET', '/products', { accept: 'text/html' })
  expect(page.headers.get('content-security-policy')).toContain("img-src 'self' data: https:;")
  const docs = await call(server.url, 'GET', '/docs/')
  expect(docs.headers.get('content-security-policy')).toContain("img-src 'self' data:;")
})
