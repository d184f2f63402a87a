/** A browser's window, signed in at a shop. */
import type { Browser, BrowserContext, Page } from 'playwright-core'
import type { WpAdmin } from './wp-admin.ts'

/** Opens a window with an existing session. */
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

/** A page's errors: script errors, and files that did not load from the shop itself. */
export function complaintsOf(page: Page): string[] {
  const complaints: string[] = []
  page.on('pageerror', (error) => complaints.push(String(error)))
  page.on('response', (response) => {
    if (response.status() >= 400 && response.url().includes('fiko'))
      complaints.push(`${response.status()} ${response.url()}`)
  })
  return complaints
}
