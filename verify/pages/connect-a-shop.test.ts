import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { PASSWORD, signedIn } from '../support/people.ts'
import { call, startTestServer, type TestServer } from '../support/test-server.ts'
import { openWindow, shown, type Window } from './support/window.ts'

let server: TestServer
let browser: Browser

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer(), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const link = (page: Page, name: string) => page.getByRole('link', { name, exact: true })

describe.each([
  { language: 'fa', words: fa, width: 390, shopName: 'فروشگاه آفتاب', productName: 'قوری گل‌سرخ' },
  { language: 'en', words: en, width: 1280, shopName: 'Nordic Living', productName: 'Walnut desk' },
] as const)('in $language, $width px wide', ({ language, words, width, shopName, productName }) => {
  const look = { language, width, scheme: 'light' } as const
  let window: Window
  let token = ''

  const asShop = (method: string, path: string, body?: unknown) =>
    call(server.url, method, `/api/integrations/woocommerce/${path}`, { authorization: `Bearer ${token}` }, body)

  beforeAll(async () => {
    window = await openWindow(browser, server.url, look)
  })
  afterAll(() => window?.context.close())

  test('a user signs in and gets the page of the address', async () => {
    const { page } = window
    const owner = await signedIn(server, 'owner')
    await page.goto(`${server.url}/stores`)
    await page.getByLabel(words.shell.signIn.email).fill(owner.email)
    await page.getByLabel(words.shell.signIn.password, { exact: true }).fill('not the password at all')
    await button(page, words.shell.signIn.button).click()
    await page.getByRole('alert').getByText(words.shell.signIn.refused).waitFor()
    await page.getByLabel(words.shell.signIn.password, { exact: true }).fill(PASSWORD)
    await button(page, words.shell.signIn.button).click()
    await page.getByText(words.stores.empty.title).waitFor()
    expect(new URL(page.url()).pathname).toBe('/stores')
    expect(await link(page, words.shell.pages.users).count()).toBe(0)
  })

  test('a store is connected, from its name to its first product in the search', async () => {
    const { page } = window
    await link(page, words.stores.connect).first().click()
    await page.getByLabel(words.common.name).fill(shopName)
    await button(page, words.stores.nameStep.button).click()
    const shownToken = page.getByText(/^wc_sk_live_[a-z0-9]{40}$/)
    await shownToken.waitFor()
    token = (await shownToken.textContent()) ?? ''
    expect(page.url()).not.toContain('wc_sk')
    expect(await page.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }))).not.toContain('wc_sk')
    await button(page, words.stores.tokenStep.button).click()

    await page.getByText(words.stores.pluginStep.waiting).waitFor()
    const download = page.waitForEvent('download')
    await link(page, words.stores.pluginStep.download).click()
    expect((await download).suggestedFilename()).toBe('fiko-woocommerce-sync.zip')

    expect((await asShop('GET', 'health/')).status).toBe(200)
    await page.getByText(words.stores.syncStep.titleConnected).waitFor()
    const backfill = Array.from({ length: 20 }, (_, n) =>
      anUpdate({ id: n + 1, name: n === 0 ? productName : `${productName} ${n}` }, { source: 'backfill' }),
    )
    expect((await asShop('POST', 'webhook/batch/', { events: backfill })).body.accepted).toBe(20)
    await page.getByText(words.stores.syncStep.titleDone).waitFor()

    await page.locator('#content').getByRole('link', { name: words.stores.syncStep.search }).click()
    await page.getByRole('searchbox').fill(productName)
    await page.getByRole('searchbox').press('Enter')
    await page.getByText(productName, { exact: true }).first().waitFor()
  })

  test('a reloaded page does not show the token again, and continues at the store’s step', async () => {
    const { page } = window
    await page.goBack()
    await page.reload()
    await page.getByText(words.stores.syncStep.titleDone).waitFor()
    expect(await page.content()).not.toContain(token)
  })

  test('a revoked token is refused and marked in the list', async () => {
    const { page } = window
    await page.goto(`${server.url}/tokens`)
    await shown(page)
    await page.getByRole('button', { name: new RegExp(shopName) }).click()
    await page.getByRole('menuitem', { name: words.tokens.revoke }).click()
    await button(page, words.tokens.revokeDialog.button).click()
    await page.getByText(words.tokens.states.revoked, { exact: true }).waitFor()
    await expect.poll(async () => (await asShop('GET', 'health/')).status).toBe(401)
    expect(window.complaints).toEqual([])
  })
})
