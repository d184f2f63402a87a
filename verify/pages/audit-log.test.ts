import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { type Person, signedIn } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow, shown, type Window } from './support/window.ts'

/** Folder for pictures; without it no pictures are taken. */
const pictures = process.env.DASHBOARD_PICTURES

let server: TestServer
let browser: Browser
let owner: Person
let admin: Person
let kept: number

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer(), openBrowser()])
  if (pictures) mkdirSync(pictures, { recursive: true })
  owner = await signedIn(server, 'owner')
  admin = await signedIn(server, 'admin')
  const make = async (name: string) => (await owner.request('POST', '/api/v1/stores/', { name })).body.id as number
  kept = await make('Lamps & Lanterns')
  const gone = await make('شمع‌فروشی')
  await owner.request('POST', '/api/v1/integrations/tokens/generate/', {
    integration_type: 'woocommerce',
    name: 'counter',
    store_id: kept,
  })
  await owner.request('DELETE', `/api/v1/stores/${gone}/`)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe.each([
  { language: 'fa', words: fa, width: 390, reader: () => owner },
  { language: 'en', words: en, width: 1440, reader: () => admin },
] as const)('in $language, $width px wide', ({ language, words, width, reader }) => {
  let window: Window
  const picture = async (name: string) => {
    if (pictures)
      await window.page.screenshot({ path: join(pictures, `${name}-${language}-${width}.png`), fullPage: true })
  }

  beforeAll(async () => {
    window = await openWindow(browser, server.url, { language, width, scheme: 'light' }, reader().cookie)
  })
  afterAll(() => window?.context.close())

  test('entries show names, links to what is there, and what was deleted', async () => {
    const { page } = window
    await page.goto(`${server.url}/audit`)
    await shown(page)
    const table = page.getByRole('table', { name: words.shell.pages.audit })
    const link = table.getByRole('link', { name: 'Lamps & Lanterns' }).first()
    await link.waitFor()
    expect(await link.getAttribute('href')).toBe(`/stores/${kept}`)
    const deleted = table.getByText('شمع‌فروشی').first()
    await deleted.waitFor()
    expect(await table.getByRole('link', { name: 'شمع‌فروشی' }).count()).toBe(0)
    expect(await table.getByText(words.audit.deleted).count()).toBeGreaterThan(0)
    expect(await barriersOn(page)).toEqual([])
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
    ).toBeLessThanOrEqual(0)
    await picture('audit')
  })

  test('the filters work by keyboard, stay in the address, and are cleared', async () => {
    const { page } = window
    const rows = page.getByRole('table', { name: words.shell.pages.audit }).getByRole('row')
    await page.getByLabel(words.audit.search).focus()
    await page.keyboard.type('counter')
    await page.keyboard.press('Enter')
    await rows.nth(2).waitFor({ state: 'detached' })
    await rows.nth(1).waitFor()
    expect(new URL(page.url()).searchParams.get('search')).toBe('counter')
    // The browser's own list, which it makes usable by keyboard.
    await page
      .getByRole('combobox', { name: words.audit.action, exact: true })
      .selectOption(words.audit.actions.token.revoked)
    await page.getByText(words.audit.empty.title).waitFor()
    await picture('audit-empty')
    await page.getByRole('button', { name: words.audit.clear }).first().click()
    await rows.nth(4).waitFor()
    expect(new URL(page.url()).search).toBe('')
  })

  test('a range of days takes both of its ends', async () => {
    const { page } = window
    // The browser's day: its time zone is not the server's.
    const day = await page.evaluate(() => new Date().toLocaleDateString('sv'))
    const rows = page.getByRole('table', { name: words.shell.pages.audit }).getByRole('row')
    await page.goto(`${server.url}/audit?span=custom&from=${day}&to=${day}`)
    await rows.nth(4).waitFor()
    await page.getByLabel(words.audit.range.from).fill('2020-01-01')
    await page.getByLabel(words.audit.range.to).fill('2020-01-02')
    await page.getByText(words.audit.empty.title).waitFor()
    await picture('audit-range')
  })
})
