import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openBrowser } from '../../scripts/chromium.ts'
import { startTestServer, type TestServer } from '../../server/test/support/test-server.ts'
import { PAGES } from '../src/pages.ts'
import { barriersOn } from './support/accessibility.ts'
import { type Installation, inhabit } from './support/installation.ts'
import { type Look, openWindow, shown } from './support/window.ts'

/** Each language, width and scheme once; all eight together would show nothing more. */
const LOOKS: Look[] = [
  { language: 'fa', width: 1280, scheme: 'light' },
  { language: 'fa', width: 390, scheme: 'dark' },
  { language: 'en', width: 1280, scheme: 'dark' },
  { language: 'en', width: 390, scheme: 'light' },
]
/** Where pictures of all of them go, for whoever wants to look; unset, none are made. */
const pictures = process.env.DASHBOARD_PICTURES

let server: TestServer
let browser: Browser
let installation: Installation

beforeAll(async () => {
  server = await startTestServer()
  ;[browser, installation] = await Promise.all([openBrowser(), inhabit(server)])
  if (pictures) mkdirSync(pictures, { recursive: true })
}, 120_000)
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

/** How far the page's content reaches beyond the window, in pixels. */
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

describe.each(LOOKS)('in $language, $width px wide, $scheme', (look) => {
  test.each(PAGES.map(({ path }) => path))(
    'the page %s is whole, fits, and has no barrier',
    async (path) => {
      const window = await openWindow(browser, server.url, look, installation.admin.cookie)
      try {
        await visit(window.page, path)
        const picture = `${path.replaceAll('/', '-').replace(/^-/, '') || 'overview'}-${look.language}-${look.width}`
        if (pictures) await window.page.screenshot({ path: join(pictures, `${picture}.png`), fullPage: true })
        expect(await window.page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])).toEqual(
          [look.language, look.language === 'fa' ? 'rtl' : 'ltr'],
        )
        expect(await window.page.title()).not.toBe('')
        expect(await overflow(window.page)).toBe(0)
        expect(await barriersOn(window.page)).toEqual([])
        expect(window.complaints).toEqual([])
        expect(await window.page.evaluate(() => 'wasRun' in globalThis), 'markup in a name was run').toBe(false)
      } finally {
        await window.context.close()
      }
    },
    60_000,
  )

  const visit = async (page: Page, path: string) => {
    await page.goto(`${server.url}${path}`)
    await shown(page)
  }
})
