import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { type FakeProvider, startFakeProvider } from '../support/fake-embedding-provider.ts'
import { type Person, signedIn } from '../support/people.ts'
import { type Shop, startTestServer, type TestServer, waitFor } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow, shown, type Window } from './support/window.ts'

let server: TestServer
let browser: Browser
let provider: FakeProvider

beforeAll(async () => {
  ;[browser, provider] = await Promise.all([openBrowser(), startFakeProvider()])
  server = await startTestServer({
    EMBEDDING_PROVIDER: 'openai',
    OPENAI_BASE_URL: provider.url,
    EMBEDDING_DIMENSIONS: '64',
  })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  await provider?.close()
})

describe.each([
  { language: 'fa', words: fa, width: 390, scheme: 'dark' },
  { language: 'en', words: en, width: 1280, scheme: 'light' },
] as const)('in $language, $width px wide', ({ language, words, width, scheme }) => {
  let owner: Person
  let shop: Shop
  let window: Window

  beforeAll(async () => {
    owner = await signedIn(server, 'owner')
    shop = await server.newShop({ tenantOf: owner.userId, name: 'Lamps' })
    window = await openWindow(browser, server.url, { language, width, scheme }, owner.cookie)
  })
  afterAll(() => window?.context.close())

  const stateOf = async () => (await owner.request('GET', `/api/v1/stores/${shop.storeId}/`)).body.sync.state
  const becomes = (state: string) => waitFor(`the store to be ${state}`, async () => (await stateOf()) === state)

  /** The sentence of a page, from its badge on; what is said of a time may have moved on, so it ends at the first comma. */
  const sentenceOn = async (page: Page, path: string, state: keyof typeof words.sync.states) => {
    await page.goto(`${server.url}${path}`)
    await shown(page)
    const badge = page.locator('#content').getByText(words.sync.states[state], { exact: true }).first()
    await badge.waitFor()
    const text = await badge.locator('xpath=following-sibling::p').innerText()
    const [beginning = ''] = text.replace(words.sync.show, '').trim().split(/[,،]/)
    expect(beginning.length).toBeGreaterThan(10)
    return beginning
  }
  const everywhere = async (state: keyof typeof words.sync.states) => {
    const { page } = window
    const said = [
      await sentenceOn(page, '/', state),
      await sentenceOn(page, '/stores', state),
      await sentenceOn(page, `/stores/${shop.storeId}`, state),
    ]
    expect(new Set(said).size, said.join('\n')).toBe(1)
    expect(await barriersOn(page)).toEqual([])
    return said[0]
  }

  test('the Overview, the list of stores and the page of the store say the same, from quiet to in sync', async () => {
    await everywhere('quiet')
    await shop.sendBatch([anUpdate({ id: 1, name: 'Kettle' }), anUpdate({ id: 2, name: 'Teapot' })])
    await becomes('in_sync')
    expect(await everywhere('in_sync')).toMatch(language === 'fa' ? /۲ محصول$/ : /2 products$/)
    expect(window.complaints).toEqual([])
  })

  test('a refused text is named with its product and reason, one click from the Overview, and nothing moves', async () => {
    const { page } = window
    provider.behave({ refuse: (text) => text.includes('forbidden') })
    await shop.send(anUpdate({ id: 1, name: 'Kettle', description: 'A forbidden word.' }))
    await becomes('needs_attention')
    await everywhere('needs_attention')
    expect(await page.locator('[data-animated]').count()).toBe(0)

    await page.goto(server.url)
    await shown(page)
    await page.locator('#content').getByRole('link', { name: words.sync.show }).click()
    await page.waitForURL(/\/stores\/\d+#unfindable$/)
    const list = page.getByRole('table', { name: words.sync.unfindable.title })
    await list.getByRole('link', { name: 'Kettle' }).waitFor()
    await list.getByText(words.sync.unfindable.reasons.refused_text, { exact: true }).waitFor()
    expect(await list.getByText('Teapot').count()).toBe(0)
    expect(await barriersOn(page)).toEqual([])
    provider.behave('ok')
    await shop.send(anUpdate({ id: 1, name: 'Kettle', description: 'Another word.' }))
    await becomes('in_sync')
    await page.getByText(words.sync.unfindable.none.attention).waitFor()
  })

  test('work that stands still does not move on the page', async () => {
    const { page } = window
    provider.behave('error')
    await shop.send(anUpdate({ id: 2, name: 'Teapot', description: 'New words.' }))
    await waitFor('the failure of the provider to be known', async () => {
      const { sync } = (await owner.request('GET', `/api/v1/stores/${shop.storeId}/`)).body
      return sync.state === 'syncing' && !sync.moving
    })
    await everywhere('syncing')
    await page.getByRole('progressbar').first().waitFor()
    expect(await page.locator('[data-animated]').count()).toBe(0)
    provider.behave('ok')
    await becomes('in_sync')
  })

  test('products that the owner hides are listed apart', async () => {
    const { page } = window
    await shop.send(anUpdate({ id: 3, name: 'Draft lamp', status: 'draft' }))
    await server.settled()
    await page.goto(`${server.url}/stores/${shop.storeId}`)
    await page.getByText(words.sync.unfindable.groups.hidden, { exact: true }).click()
    await page.getByRole('link', { name: 'Draft lamp' }).waitFor()
    await page.getByText(words.sync.unfindable.reasons.not_published, { exact: true }).waitFor()
    expect(await stateOf()).toBe('in_sync')
  })

  test('an owner reads no milliseconds, percentiles and vectors on the Overview; an admin does', async () => {
    const { page } = window
    await page.goto(server.url)
    await shown(page)
    const main = await page.locator('main').innerText()
    expect(main).not.toMatch(/\bms\b|p95|میلی‌ثانیه|صدک/)
    for (const word of [words.overview.tiles.time, words.overview.tiles.pending, words.overview.embeddings])
      expect(main).not.toContain(`\n${word}\n`)
    expect(main).toContain(words.sync.median)
    const admin = await signedIn(server, 'admin')
    const other = await openWindow(browser, server.url, { language, width, scheme }, admin.cookie)
    await other.page.goto(server.url)
    await shown(other.page)
    expect(await other.page.locator('main').innerText()).toContain(words.overview.tiles.time)
    await other.context.close()
  })
})

test('an admin sees the stores that are not in sync by name, with their sentences', async () => {
  const admin = await signedIn(server, 'admin')
  await server.newShop({ name: 'Never heard of' })
  const { page, context } = await openWindow(
    browser,
    server.url,
    { language: 'en', width: 1280, scheme: 'light' },
    admin.cookie,
  )
  await page.goto(server.url)
  await shown(page)
  const list = page.getByRole('table', { name: en.sync.stores })
  await list.getByRole('row', { name: /Never heard of.*has not connected yet/ }).waitFor()
  expect(await barriersOn(page)).toEqual([])
  await context.close()
})
