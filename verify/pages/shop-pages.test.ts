/** The pages that a shop has sent: on the store's page, and as passages in the playground. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { type Person, signedIn } from '../support/people.ts'
import { type Shop, startTestServer, type TestServer } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow, shown, type Window } from './support/window.ts'

const ADDRESS = 'https://shop.example/shipping/'

let server: TestServer
let browser: Browser
let owner: Person
let shop: Shop

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer(), openBrowser()])
  owner = await signedIn(server, 'owner')
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe.each([
  { language: 'fa', words: fa, width: 390, scheme: 'dark' },
  { language: 'en', words: en, width: 1280, scheme: 'light' },
] as const)('in $language, $width px wide', ({ language, words, width, scheme }) => {
  let window: Window
  beforeAll(async () => {
    shop = await server.newShop({ tenantOf: owner.userId })
    window = await openWindow(browser, server.url, { language, width, scheme }, owner.cookie)
  })
  afterAll(() => window?.context.close())

  test('the store’s page lists the pages with their state, and the facts', async () => {
    const { page } = window
    await page.goto(`${server.url}/stores/${shop.storeId}`)
    await shown(page)
    await page.getByText(words.stores.documents.none).waitFor()
    await shop.request('PUT', '/api/integrations/woocommerce/documents/', {
      version: 1_762_768_200_000_000,
      documents: [
        { id: 1, kind: 'shipping', title: 'Shipping', content: '<p>We ship by <b>post</b>.</p>', url: ADDRESS },
        { id: 2, kind: 'faq', title: 'Questions', content: 'Do you ship abroad? Yes.', url: '' },
      ],
      shop: { hours: 'Always', shipping_zones: ['Tehran', 'Iran'] },
    })
    await server.settled()
    await page.reload()
    await shown(page)
    const section = page.getByRole('region', { name: words.stores.documents.title })
    await section.getByText('Questions', { exact: true }).waitFor()
    expect(await section.getByRole('link', { name: /Shipping/ }).getAttribute('href')).toBe(ADDRESS)
    expect(await section.getByText(words.stores.documents.states.searchable, { exact: true }).count()).toBe(2)
    expect(await section.getByText('Tehran · Iran').count()).toBe(1)
    expect(await section.getByText('Always').count()).toBe(1)
    expect(await barriersOn(page)).toEqual([])
  })

  test('the playground shows passages above the products, also when no product is found', async () => {
    const { page } = window
    await page.goto(
      `${server.url}/search?q=${encodeURIComponent('how long does shipping take?')}&store_id=${shop.storeId}`,
    )
    const passages = page.getByRole('region', { name: words.search.passages })
    await passages.getByText('We ship by post.').waitFor()
    expect(await passages.getByRole('link', { name: /Shipping/ }).getAttribute('href')).toBe(ADDRESS)
    await page.getByText(words.search.none.title).waitFor()
    expect(await barriersOn(page)).toEqual([])
    await page.goto(`${server.url}/search?q=teapot&store_id=${shop.storeId}`)
    await page.getByText(words.search.none.title).waitFor()
    expect(await passages.count()).toBe(0)
  })
})
