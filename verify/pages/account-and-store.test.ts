import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { PASSWORD, type Person, signedIn, signIn } from '../support/people.ts'
import { call, startTestServer, type TestServer } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
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
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
const meOf = async (cookie: string) => (await call(server.url, 'GET', '/api/v1/me/', { cookie })).body

describe.each([
  { language: 'fa', words: fa, width: 390, newName: 'سارا', scheme: 'dark' },
  { language: 'en', words: en, width: 1280, newName: 'Sara', scheme: 'light' },
] as const)('in $language, $width px wide', ({ language, words, width, newName, scheme }) => {
  let window: Window
  let person: Person

  beforeAll(async () => {
    person = await signedIn(server, 'owner')
    window = await openWindow(browser, server.url, { language, width, scheme }, person.cookie)
  })
  afterAll(() => window?.context.close())

  test('a user changes name and address from the menu; a wrong password and a used address are reported', async () => {
    const { page } = window
    const other = await signedIn(server, 'owner')
    const email = `new-${language}@example.com`
    await page.goto(`${server.url}/`)
    await button(page, words.shell.account).click()
    await page.getByRole('menuitem', { name: words.shell.pages.account }).click()
    await page.getByRole('heading', { name: words.shell.pages.account, level: 1 }).waitFor()
    const password = page.locator('input[autocomplete="current-password"]').first()
    const save = button(page, words.common.save)
    expect(await save.isDisabled()).toBe(true)

    await field(page, words.common.name).fill(newName)
    await field(page, words.account.details.email).fill(other.email)
    await page.getByText(words.account.details.passwordHint).waitFor()
    expect(await save.isDisabled(), 'without a password').toBe(true)
    await password.fill('not the password')
    await save.click()
    await page.getByText(/is not your current password|گذرواژهٔ کنونی درست نیست/).waitFor()
    expect(await barriersOn(page)).toEqual([])
    await password.fill(PASSWORD)
    await save.click()
    await page.getByText(/is taken by another user|به کاربر دیگری تعلق دارد/).waitFor()
    expect(await meOf(person.cookie)).toMatchObject({ email: person.email, name: '' })

    await field(page, words.account.details.email).fill(email)
    await save.click()
    await page.getByText(words.common.saved).waitFor()
    expect(await meOf(person.cookie)).toMatchObject({ email, name: newName })
    await page.getByText(words.account.details.passwordHint).waitFor({ state: 'detached' })
  })

  test('a new password of the right length, with the right old one, is stored and ends the other sessions', async () => {
    const { page } = window
    const { email } = await meOf(person.cookie)
    const elsewhere = (await signIn(server, email, PASSWORD)) ?? ''
    const current = page.locator('input[autocomplete="current-password"]').last()
    const wanted = page.locator('input[autocomplete="new-password"]')
    const change = button(page, words.account.password.title)
    const attempt = async (old: string, next: string) => {
      await current.fill(old)
      await wanted.fill(next)
      await change.click()
    }
    await attempt('not the password', 'a quite new password')
    await page.getByText(words.account.password.wrong).waitFor()
    await attempt(PASSWORD, 'short')
    await page.getByText(words.account.password.wrongLength).waitFor()
    expect(await barriersOn(page)).toEqual([])
    expect((await call(server.url, 'GET', '/api/v1/me/', { cookie: elsewhere })).status).toBe(200)

    await attempt(PASSWORD, 'a quite new password')
    await page.getByText(words.account.password.done).waitFor()
    expect((await call(server.url, 'GET', '/api/v1/me/', { cookie: elsewhere })).status).toBe(401)
    expect(await signIn(server, email, PASSWORD)).toBeNull()
    await page.reload()
    await page.getByRole('heading', { name: words.shell.pages.account, level: 1 }).waitFor()
    expect(await page.content()).not.toContain('a quite new password')
  })

  test('a store gets another name and becomes a test copy after a confirmation that states the effect', async () => {
    const { page } = window
    const shop = await server.newShop({ tenantOf: person.userId, name: 'Before' })
    const storeNow = async () =>
      (await server.sql('select name, environment from stores where id = $1', [shop.storeId]))[0]
    await page.goto(`${server.url}/stores/${shop.storeId}`)
    await shown(page)
    await field(page, words.common.name).fill('After')
    await page.getByRole('radio', { name: words.stores.environments.test }).click()
    await button(page, words.common.save).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(words.stores.environmentDialog.test.text).waitFor()
    expect(await barriersOn(page)).toEqual([])
    await dialog.getByRole('button', { name: words.common.cancel }).click()
    await dialog.waitFor({ state: 'detached' })
    expect(await storeNow()).toEqual({ name: 'Before', environment: 'live' })

    await button(page, words.common.save).click()
    await dialog.getByRole('button', { name: words.stores.environmentDialog.test.button }).click()
    await page.getByText(words.common.saved).waitFor()
    await page.getByRole('heading', { name: 'After', level: 1 }).waitFor()
    expect(await storeNow()).toEqual({ name: 'After', environment: 'test' })
    expect(window.complaints).toEqual([])
  })

  test('a store whose plugin is stuck is marked in the list, and its page shows the time and the next step', async () => {
    const { page } = window
    const shop = await server.newShop({ tenantOf: person.userId, name: 'Stuck' })
    const seconds = Math.floor(Date.now() / 1000)
    const report = { version: '1.1.0', state: 'stuck', since: seconds - 7200, waiting: 6, failed: 0 }
    const path = '/api/integrations/woocommerce/report/'
    await shop.request('POST', path, { ...report, oldest_waiting_at: seconds - 26 * 3600 })
    const sentence =
      language === 'fa'
        ? '۲۶ ساعت است که چیزی فرستاده نشده، با اینکه ۶ محصول در صف است.'
        : 'Nothing was sent for 26 hours although 6 products wait.'
    await page.goto(`${server.url}/stores`)
    await shown(page)
    const row = page.getByRole('row', { name: /Stuck/ })
    await row.getByText(words.sync.states.needs_attention, { exact: true }).waitFor()
    await row.getByText(sentence).waitFor()
    expect(await barriersOn(page)).toEqual([])

    await row.getByRole('link', { name: 'Stuck', exact: true }).click()
    await page.locator('p', { hasText: sentence }).first().waitFor()
    await page.getByText(words.sync.states.needs_attention, { exact: true }).waitFor()
    await page.getByText(words.stores.plugin.since).waitFor()
    expect(await barriersOn(page)).toEqual([])

    await shop.request('POST', path, { ...report, state: 'ok', waiting: 0 })
    await page.getByText(language === 'fa' ? 'چیزی در صف نیست' : 'no products are waiting').waitFor()
    expect(await page.getByText(words.sync.states.needs_attention, { exact: true }).count()).toBe(0)
  })

  test('the address that a refused site shows asks at once, and one confirmation is enough', async () => {
    const { page } = window
    const shop = await server.newShop({ tenantOf: person.userId, name: 'Moved' })
    const health = (letter: string) =>
      shop.request('GET', '/api/integrations/woocommerce/health/', undefined, { 'x-fiko-site': letter.repeat(64) })
    expect((await health('a')).status).toBe(200)
    const refused = await health('b')
    expect(refused.body.error).toBe('site_mismatch')
    await page.goto(refused.body.confirm_url)
    const dialog = page.getByRole('dialog')
    await dialog.getByText(words.tokens.siteDialog.text).waitFor()
    expect(await barriersOn(page)).toEqual([])
    await dialog.getByRole('button', { name: words.tokens.siteDialog.button }).click()
    await page.getByText(words.tokens.siteDialog.done).waitFor()
    await dialog.waitFor({ state: 'detached' })
    await expect.poll(async () => (await health('b')).status).toBe(200)
    await page.reload()
    await shown(page)
    expect(await dialog.count()).toBe(0)
    expect(window.complaints).toEqual([])
  })
})
