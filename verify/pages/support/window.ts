/** A person at a browser, before the real server. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { Language } from '../../../server/src/platform/i18n.ts'

export interface Look {
  language: Language
  /** Pixels; 390 is a phone. */
  width: number
  scheme: 'light' | 'dark'
}

export const DESK: Look = { language: 'en', width: 1280, scheme: 'light' }

const PICTURE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 1 1"><rect width="1" height="1" fill="teal"/></svg>'

export interface Window {
  page: Page
  context: BrowserContext
  /** The browser's errors since the start: scripts, the page's policy, missing files, requests to other hosts except for pictures. */
  complaints: string[]
}

/**
 * @param cookie the cookie of a signed-in user's session
 * @param hasPictures whether products' pictures, which are on other hosts, can be loaded. Without it their hosts are not found
 * (openBrowser), and the browser keeps the dashboard's files between two pages, which it does not while Playwright answers requests.
 */
export async function openWindow(
  browser: Browser,
  url: string,
  look: Look = DESK,
  cookie: string | null = null,
  hasPictures = false,
): Promise<Window> {
  const context = await browser.newContext({
    viewport: { width: look.width, height: 900 },
    locale: look.language === 'fa' ? 'fa-IR' : 'en-GB',
    timezoneId: 'Asia/Tehran',
    colorScheme: look.scheme,
    reducedMotion: 'reduce',
  })
  // Far longer than a page takes on a busy machine.
  context.setDefaultTimeout(120_000)
  const [name, value] = cookie?.split('=', 2) ?? []
  if (name && value) await context.addCookies([{ name, value, url }])
  if (hasPictures) {
    await context.route(/^https:/, (route) =>
      route.request().resourceType() === 'image' && !route.request().url().includes('broken')
        ? route.fulfill({ contentType: 'image/svg+xml', body: PICTURE })
        : route.abort(),
    )
  }
  const page = await context.newPage()
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(`script: ${error}`))
  page.on('console', (message) => {
    // Chromium's own note of an answer that is not a success; the answer is judged below.
    if (message.type() === 'error' && !message.text().startsWith('Failed to load resource'))
      complaints.push(`console: ${message.text()}`)
  })
  page.on('dialog', (dialog) => {
    complaints.push(`dialog: ${dialog.message()}`)
    void dialog.dismiss()
  })
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url())
    const isPicture = protocol === 'https:' && request.resourceType() === 'image'
    if (protocol.startsWith('http') && origin !== url && !isPicture) complaints.push(`elsewhere: ${request.url()}`)
  })
  page.on('response', (response) => {
    if (response.status() >= 500) complaints.push(`${response.status()} ${response.url()}`)
  })
  return { page, context, complaints }
}

/** Elements that show a part while it loads. A part that waits for the reader (`WhenNear`) does not load yet. */
const LOADING = ':is([aria-busy="true"], .mantine-Skeleton-root):not([data-waits] *)'

/** Resolves when the whole page is there: its heading, and the parts that are loaded when a reader scrolls down to them. */
export async function shown(page: Page): Promise<void> {
  await page.locator('h1').first().waitFor()
  const waiting = page.locator('[data-waits]').first()
  for (;;) {
    await page.locator(LOADING).first().waitFor({ state: 'detached' })
    if ((await waiting.count()) === 0) return
    await waiting.scrollIntoViewIfNeeded()
    await waiting.waitFor({ state: 'detached' })
    await page.evaluate(() => window.scrollTo(0, 0))
  }
}
