/** Counts the requests and the JavaScript of a page's first load, with an empty cache. */
import type { Page } from 'playwright-core'

/** A page has loaded when it has asked for nothing new during this time. */
const QUIET_MS = 1_000

export interface FirstLoad {
  /** The document, scripts, the style sheet, fonts and the API; without the shop's pictures of products. */
  requests: number
  /** Their paths, in order. */
  paths: string[]
  /** The number of those to the API. */
  toApi: number
  /** Bytes of JavaScript, compressed. */
  scriptBytes: number
}

/** Opens an address in a page of a context without a cache. The first screen counts: nothing is scrolled or pressed. */
export async function firstLoad(page: Page, address: string): Promise<FirstLoad> {
  const { origin } = new URL(address)
  const paths: string[] = []
  let lastAt = Date.now()
  page.on('request', (request) => {
    lastAt = Date.now()
    const url = new URL(request.url())
    const isPicture =
      request.resourceType() === 'image' && (url.origin !== origin || url.pathname.startsWith('/wp-content/'))
    if (!isPicture) paths.push(url.pathname)
  })
  await page.goto(address)
  await page.locator('h1').waitFor()
  while (Date.now() - lastAt < QUIET_MS) await new Promise((resolve) => setTimeout(resolve, 100))
  const scriptBytes = await page.evaluate<number>(
    `performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js')).reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0)`,
  )
  return { requests: paths.length, paths, toApi: paths.filter((path) => path.startsWith('/api/')).length, scriptBytes }
}
