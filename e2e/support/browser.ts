/** A real browser, signed in at a shop: for what only a browser shows. */
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core'
import type { WpAdmin } from './wp-admin.ts'

// It must need nothing from outside, and no rights that a container does not have.
const FLAGS = ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking']

export async function openBrowser(executablePath: string): Promise<Browser> {
  if (executablePath === '') throw new Error('no Chromium: apt-get install chromium, or name one with CHROMIUM_PATH')
  return await chromium.launch({
    executablePath,
    headless: true,
    args: [...FLAGS, '--disable-component-update', '--disable-sync'],
  })
}

/** A window of somebody who is signed in already. */
export async function openWindow(browser: Browser, admin: WpAdmin, width = 1280): Promise<BrowserContext> {
  const context = await browser.newContext({ viewport: { width, height: 900 } })
  const { hostname } = new URL(admin.shopUrl)
  const cookies = admin.cookieHeader.split('; ').map((pair) => {
    const [name = '', value = ''] = pair.split(/=(.*)/s)
    return { name, value: decodeURIComponent(value), domain: hostname, path: '/' }
  })
  await context.addCookies(cookies)
  return context
}

/** What a page complained about: script errors, and files that did not load from the shop itself. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('response', (response) => {
    if (response.status() >= 400 && response.url().includes('fiko'))
      complaints.push(`${response.status()} ${response.url()}`)
  })
  return complaints
}
