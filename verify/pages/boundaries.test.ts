import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { PAGES } from '../../dashboard/src/pages.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { signedIn } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { type Installation, inhabit } from './support/installation.ts'
import { DESK, openWindow, shown } from './support/window.ts'

let server: TestServer
let browser: Browser
let installation: Installation
/** An owner without data, on the same server. */
let otherOwner: { cookie: string }

beforeAll(async () => {
  server = await startTestServer()
  ;[browser, installation] = await Promise.all([openBrowser(), inhabit(server)])
  otherOwner = await signedIn(server, 'owner')
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

test("an owner's pages show no data of another owner, at any address", async () => {
  const { page, context, complaints } = await openWindow(browser, server.url, DESK, otherOwner.cookie)
  const theirs = [/سارا|فروشگاه|کاپشن|قوری|Walnut|Marked|Cursed/, new RegExp(installation.owner.email)]
  for (const { path } of PAGES) {
    await page.goto(`${server.url}${path}?user_id=${installation.owner.userId}&store_id=${installation.shop.storeId}`)
    await shown(page)
    for (const words of theirs) expect(await page.locator('body').innerText(), path).not.toMatch(words)
  }
  for (const address of Object.values(installation.details)) {
    await page.goto(`${server.url}${address}`)
    await page
      .getByText(en.common.tryAgain)
      .or(page.getByRole('heading', { level: 1 }))
      .first()
      .waitFor()
    await shown(page)
    // The search page repeats the question of the address.
    const question = new URL(address, server.url).searchParams.get('q') ?? ''
    const text = (await page.locator('body').innerText()).replaceAll(question, '')
    for (const words of theirs) expect(text, address).not.toMatch(words)
  }
  expect(complaints).toEqual([])
  await context.close()
})

test('an owner is offered no page of the admins, and does not get there by its address', async () => {
  const { page, context } = await openWindow(browser, server.url, DESK, otherOwner.cookie)
  await page.goto(`${server.url}/`)
  await shown(page)
  for (const { name, path } of PAGES.filter((entry) => entry.isForAdmins)) {
    expect(await page.getByRole('link', { name: en.shell.pages[name], exact: true }).count(), name).toBe(0)
    await page.goto(`${server.url}${path}`)
    await shown(page)
    expect(await page.getByRole('heading', { name: en.shell.pages[name], level: 1 }).count(), path).toBe(0)
  }
  await context.close()
})

test('a session that ends elsewhere leads to the sign-in, which leads back', async () => {
  const person = await signedIn(server, 'owner')
  const { page, context } = await openWindow(browser, server.url, DESK, person.cookie)
  await page.goto(`${server.url}/tokens`)
  await shown(page)
  expect((await person.request('POST', '/api/auth/sign-out', {})).status).toBe(200)
  await page.getByRole('link', { name: en.shell.pages.stores, exact: true }).click()
  await page.getByRole('heading', { name: en.shell.signIn.title }).waitFor()
  expect(new URL(page.url()).pathname).toBe('/stores')
  await context.close()
})
