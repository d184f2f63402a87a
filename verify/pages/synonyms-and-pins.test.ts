import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { type Person, signedIn } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow, shown, type Window } from './support/window.ts'

/** Folder for pictures; without it no pictures are taken. */
const pictures = process.env.DASHBOARD_PICTURES

let server: TestServer
let browser: Browser

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer(), openBrowser()])
  if (pictures) mkdirSync(pictures, { recursive: true })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe.each([
  {
    language: 'fa',
    words: fa,
    width: 390,
    products: ['قوری چینی گل‌سرخ', 'قوری استیل', 'فنجان چینی'],
    other: 'چای‌دان',
    query: 'قوری',
  },
  {
    language: 'en',
    words: en,
    width: 1280,
    products: ['China teapot', 'Steel teapot', 'China cup'],
    other: 'brewer',
    query: 'teapot',
  },
] as const)('in $language, $width px wide', ({ language, words, width, products, other, query }) => {
  let window: Window
  let owner: Person
  const picture = async (name: string) => {
    if (pictures)
      await window.page.screenshot({ path: join(pictures, `${name}-${language}-${width}.png`), fullPage: true })
  }
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  /** Values stand in isolates (FIRST STRONG ISOLATE … POP). */
  const filled = (sentence: string, values: Record<string, string>) =>
    sentence.replace(/\{\{(\w+)\}\}/g, (_, name) => `\u2068${values[name]}\u2069`)
  const menuOf = (page: Page, name: string) => button(page, filled(words.common.actionsOf, { name }))
  const item = (page: Page, name: string) => page.getByRole('menuitem', { name, exact: true })
  const results = async (page: Page) => await page.locator('ol > li a[href^="/products/"]').allInnerTexts()
  const open = async (path: string) => {
    await window.page.goto(`${server.url}${path}`)
    await shown(window.page)
  }

  beforeAll(async () => {
    owner = await signedIn(server, 'owner')
    const shop = await server.newShop({ tenantOf: owner.userId })
    await shop.sendBatch(
      products.map((name, at) =>
        anUpdate({ id: at + 1, name, short_description: '', description: '', tags: [], categories: [] }),
      ),
    )
    await server.settled()
    window = await openWindow(browser, server.url, { language, width, scheme: 'light' }, owner.cookie)
  })
  afterAll(() => window?.context.close())

  test('synonyms are added, and a refusal stands beside its field', async () => {
    const { page } = window
    await open('/synonyms')
    await page.getByText(words.synonyms.empty.title).waitFor()
    await page.getByText(words.rules.empty.title).waitFor()
    await picture('synonyms-empty')
    await button(page, words.synonyms.add).click()
    const dialog = page.getByRole('dialog', { name: words.synonyms.add })
    await dialog.getByLabel(words.synonyms.words).fill(other)
    await dialog.getByRole('button', { name: words.common.save }).click()
    const refused = dialog.locator('.mantine-Textarea-error')
    await refused.waitFor()
    await picture('synonyms-refused')
    expect(await barriersOn(page)).toEqual([])
    await dialog.getByLabel(words.synonyms.words).fill(`${other}\n${query}`)
    await dialog.getByRole('button', { name: words.common.save }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('rowheader', { name: `${other} = ${query}` }).waitFor()
    expect(await barriersOn(page)).toEqual([])
  })

  test('the search shows that a synonym matched', async () => {
    await open(`/search?q=${encodeURIComponent(other)}`)
    const { page } = window
    const reason = filled(words.search.reason.own, { word: other, found: query })
    expect(await page.getByText(reason).count()).toBe(2)
    await picture('search-synonym')
  })

  test('a result is pinned and unpinned with the keyboard alone', async () => {
    await open(`/search?q=${encodeURIComponent(query)}`)
    const { page } = window
    const [first = '', second = ''] = await results(page)
    const choose = async (name: string) => {
      await menuOf(page, second).focus()
      await page.keyboard.press('Enter')
      await item(page, name).waitFor()
      await page.keyboard.press('Enter')
    }
    await choose(words.search.pin)
    await page.getByText(words.search.isPinned, { exact: true }).waitFor()
    expect(await results(page)).toEqual([second, first])
    await picture('search-pinned')
    expect(await barriersOn(page)).toEqual([])
    await choose(words.search.unpin)
    await page.getByText(words.search.isPinned, { exact: true }).waitFor({ state: 'detached' })
    await expect.poll(() => results(page)).toEqual([first, second])
  })

  test('a result is hidden, and shown again on the page of synonyms and pins', async () => {
    await open(`/search?q=${encodeURIComponent(query)}`)
    const { page } = window
    const [first = '', second = ''] = await results(page)
    await menuOf(page, first).click()
    await picture('search-menu')
    await item(page, words.search.hideEverywhere).click()
    await page.getByText(words.search.hidden).waitFor()
    await expect.poll(() => results(page)).toEqual([second])
    // The same again, from an older page, is refused with the server's sentence.
    await menuOf(page, second).click()
    await item(page, words.search.pin).click()
    await page.getByText(words.search.isPinned, { exact: true }).waitFor()
    await menuOf(page, second).click()
    await item(page, words.search.hide).click()
    await page.getByRole('alert').filter({ hasText: query }).waitFor()
    await open('/synonyms')
    await page.getByRole('row').filter({ hasText: first }).getByText(words.rules.everySearch).waitFor()
    await picture('synonyms-rules')
    expect(await barriersOn(page)).toEqual([])
    await menuOf(page, first).click()
    await item(page, words.rules.show).click()
    await page.getByRole('dialog').getByRole('button', { name: words.rules.show }).click()
    await page.getByText(words.rules.deleted).waitFor()
    await page.getByRole('rowheader').filter({ hasText: first }).waitFor({ state: 'detached' })
  })

  test('a product is pinned by its name, and the pins of a search are put in order', async () => {
    const { page } = window
    const [, , cup] = products
    await open('/synonyms')
    await button(page, words.rules.add).click()
    const dialog = page.getByRole('dialog', { name: words.rules.add })
    await dialog.getByLabel(words.rules.product).fill(cup.slice(0, 5))
    await page.getByRole('option', { name: cup }).click()
    await dialog.getByRole('textbox', { name: words.rules.query, exact: true }).fill(query)
    await picture('synonyms-pin')
    await dialog.getByRole('button', { name: words.common.save }).click()
    await dialog.waitFor({ state: 'detached' })
    await menuOf(page, cup).click()
    await item(page, words.rules.moveUp).click()
    await expect
      .poll(async () => (await owner.request('GET', '/api/v1/knowledge/search-rules/')).body.results[0]?.product.name)
      .toBe(cup)
    await open(`/search?q=${encodeURIComponent(query)}`)
    expect((await results(page))[0]).toBe(cup)
  })

  test('synonyms are changed and deleted', async () => {
    const { page } = window
    await open('/synonyms')
    await menuOf(page, [other, query].join(words.common.comma)).click()
    await item(page, words.synonyms.edit).click()
    const dialog = page.getByRole('dialog', { name: words.synonyms.edit })
    await dialog.getByRole('radio', { name: words.synonyms.oneWay }).check()
    await dialog.getByRole('textbox', { name: words.synonyms.word, exact: true }).fill(other)
    await dialog.getByLabel(words.synonyms.others).fill(query)
    await picture('synonyms-edit')
    await dialog.getByRole('button', { name: words.common.save }).click()
    await dialog.waitFor({ state: 'detached' })
    await page.getByRole('rowheader', { name: `${other} ${words.synonyms.arrow} ${query}` }).waitFor()
    await menuOf(page, [other, query].join(words.common.comma)).click()
    await item(page, words.synonyms.delete).click()
    await page.getByRole('dialog').getByRole('button', { name: words.synonyms.delete }).click()
    await page.getByText(words.synonyms.empty.title).waitFor()
    expect(window.complaints).toEqual([])
  })

  test('without the server the lists say so and offer another attempt', async () => {
    const { page } = window
    const lists = '**/api/v1/knowledge/synonyms/**'
    await page.route(lists, (route) => route.abort())
    await page.goto(`${server.url}/synonyms`)
    await page.getByText(words.common.error.offline).first().waitFor()
    await page.unroute(lists)
    await button(page, words.common.tryAgain).first().click()
    await page.getByText(words.synonyms.empty.title).waitFor()
  })
})
