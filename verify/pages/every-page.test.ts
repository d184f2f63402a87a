import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { PAGES } from '../../dashboard/src/pages.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { DETAILS, type Installation, inhabit, MARKUP } from './support/installation.ts'
import { type Look, openWindow, shown, type Window } from './support/window.ts'

/** Each language, width and scheme once; all eight together would show nothing more. */
const LOOKS: Look[] = [
  { language: 'fa', width: 1280, scheme: 'light' },
  { language: 'fa', width: 390, scheme: 'dark' },
  { language: 'en', width: 1280, scheme: 'dark' },
  { language: 'en', width: 390, scheme: 'light' },
]
/** Texts that the shop of the installation wrote, with their digits. */
const OF_OTHERS = [MARKUP, MARKUP.slice(0, 60), 'globalThis.wasRun=1']
/** Folder for pictures of all pages; without it no pictures are taken. */
const pictures = process.env.DASHBOARD_PICTURES

let server: TestServer
let browser: Browser
let installation: Installation

beforeAll(async () => {
  server = await startTestServer()
  ;[browser, installation] = await Promise.all([openBrowser(), inhabit(server)])
  if (pictures) mkdirSync(pictures, { recursive: true })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

/** Number of pixels by which the page's content exceeds the window. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

/** Names, values and labels that are wider than their place, and so lie over what stands beside them. */
const spilled = (page: Page) =>
  page.evaluate(() =>
    [...document.querySelectorAll('dt, dd, label, h1, h2, h3')]
      .filter((one) => one.scrollWidth > one.clientWidth && getComputedStyle(one).display !== 'inline')
      .map((one) => one.textContent),
  )

/**
 * Texts of a Persian page with Latin digits. They are right in code, in texts that are read from left to right, and in texts of
 * other authors: the shop's markup, an address, the beginning of a user's id, the code of a failure, which is looked up as it is.
 */
const latinDigits = (page: Page) =>
  page.evaluate((words) => {
    const found: string[] = []
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
    while (texts.nextNode()) {
      const { textContent, parentElement } = texts.currentNode
      const own = words.reduce((text, word) => text.replaceAll(word, ''), textContent ?? '')
      const isLatin = parentElement?.closest('code, pre, script, style, .ltr, [lang="en"]')
      if (!isLatin && /[0-9]/.test(own.replaceAll(/\S+@\S+|\b[0-9a-f]{8}\b|\(کد \w+\)/g, ''))) found.push(own)
    }
    return found
  }, OF_OTHERS)

async function inspect({ page, complaints }: Window, look: Look, path: string, name: string): Promise<void> {
  complaints.length = 0
  await page.goto(`${server.url}${path}`)
  await shown(page)
  if (pictures)
    await page.screenshot({ path: join(pictures, `${name}-${look.language}-${look.width}.png`), fullPage: true })
  const [lang, dir] = await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])
  expect({ lang, dir }).toEqual({ lang: look.language, dir: look.language === 'fa' ? 'rtl' : 'ltr' })
  expect(await page.title()).not.toBe('')
  expect(await overflow(page)).toBe(0)
  expect(await spilled(page)).toEqual([])
  if (look.language === 'fa') expect(await latinDigits(page)).toEqual([])
  expect(await barriersOn(page)).toEqual([])
  expect(complaints).toEqual([])
  expect(await page.evaluate(() => 'wasRun' in globalThis), 'markup in a name was run').toBe(false)
}

describe.each(LOOKS)('in $language, $width px wide, $scheme', (look) => {
  // One window for all pages: the browser then loads the program from its cache, which halves the time of a page.
  let window: Window
  beforeAll(async () => {
    window = await openWindow(browser, server.url, look, installation.admin.cookie)
  })
  afterAll(() => window.context.close())

  test.each(PAGES.map(({ path, name }) => [path, name]))(
    'the page %s is whole, fits, and has no barrier',
    (path, name) => inspect(window, look, path, name),
  )

  test.each(DETAILS)('the page of one %s is whole, fits, and has no barrier', (detail) =>
    inspect(window, look, installation.details[detail], detail.replaceAll(' ', '-')),
  )
})

test('a page shows the product’s name before its program has loaded, and without JavaScript the requirement', async () => {
  const context = await browser.newContext({ javaScriptEnabled: false })
  const page = await context.newPage()
  await page.goto(server.url)
  await page.getByText('Fiko Sync').waitFor()
  const needs = page.locator('noscript p')
  expect(await needs.allInnerTexts()).toEqual([
    expect.stringContaining('جاوااسکریپت'),
    expect.stringContaining('JavaScript'),
  ])
  expect(await needs.first().isVisible()).toBe(true)
  await context.close()
})
