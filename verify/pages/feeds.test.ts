import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { signedIn } from '../support/people.ts'
import { call, startTestServer, type TestServer } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow, shown } from './support/window.ts'

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

describe.each([
  { language: 'fa', words: fa.feeds, width: 390, scheme: 'dark' },
  { language: 'en', words: en.feeds, width: 1280, scheme: 'light' },
] as const)('in $language, $width px wide', ({ language, words, width, scheme }) => {
  test('an owner makes a feed, copies its address once, sees what it leaves out, and revokes it', async () => {
    const owner = await signedIn(server, 'owner')
    const shop = await server.newShop({ tenantOf: owner.userId })
    await shop.send(anUpdate({ id: 1, name: 'With a price' }))
    await shop.send(anUpdate({ id: 2, name: 'Without an image', image: '', gallery: [] }))
    await server.settled()
    const window = await openWindow(browser, server.url, { language, width, scheme }, owner.cookie)
    const { page } = window
    await page.goto(`${server.url}/stores/${shop.storeId}`)
    await shown(page)
    await page.getByText(words.none).waitFor()
    await button(page, words.make).click()
    await page.getByText(words.shownText).waitFor()
    const address = (await page.getByText(/\/feeds\/fd_[\w-]{43}\/google\.tsv/).textContent()) ?? ''
    const path = new URL(address).pathname
    expect((await call(server.url, 'GET', path)).status).toBe(200)
    expect(await barriersOn(page)).toEqual([])
    await button(page, words.done).click()
    await page.getByText(words.shownText).waitFor({ state: 'detached' })
    await page.getByText('Without an image').waitFor()
    expect(await page.content()).not.toContain(path)
    expect(await barriersOn(page)).toEqual([])
    await button(page, words.revoke).click()
    await page.getByRole('dialog').getByRole('button', { name: words.revoke, exact: true }).click()
    await page.getByText(words.none).waitFor()
    expect((await call(server.url, 'GET', path)).status).toBe(401)
    await window.context.close()
  })
})
