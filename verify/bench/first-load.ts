/**
 * `npm run dashboard:load`: time until a browser with an empty cache shows the first content (first contentful paint: our name)
 * and the page itself (largest contentful paint), of the sign-in page and of the overview with a session; then the requests and
 * the JavaScript (gzip) of each page's first load. Fails above the budget of the first paint; a test has those of the rest.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { catalogue } from '../../demo/catalogue.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { startServerProcess } from '../../scripts/server-process.ts'
import { type FirstLoad, firstLoad } from '../pages/support/first-load.ts'
import { median, number, table } from './report.ts'
import { anEvent, connectShop } from './shop.ts'

const LOADS = 9
const BUDGET_MS = 600
const ADMIN_API_KEY = 'only-for-this-measurement'
const OWNER = { email: 'owner@example.com', password: 'only for this measurement' }
const ADMIN = { email: 'admin@example.com', password: 'only for this measurement' }

interface Load {
  firstPaintMs: number
  pagePaintMs: number
  scriptBytes: number
}

/** Run by the browser when the page is there, which is once more painted first; what is observed happened before. */
const IN_THE_PAGE = `(async () => {
  const nextFrame = () => new Promise((resolve) => requestAnimationFrame(resolve))
  const lastOf = (type, name) =>
    new Promise((resolve) => {
      new PerformanceObserver((list, observer) => {
        const entry = list.getEntries().findLast((entry) => name === undefined || entry.name === name)
        if (!entry) return
        observer.disconnect()
        resolve(entry.startTime)
      }).observe({ type, buffered: true })
    })
  await nextFrame()
  await nextFrame()
  const scripts = performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('.js'))
  return {
    firstPaintMs: await lastOf('paint', 'first-contentful-paint'),
    pagePaintMs: await lastOf('largest-contentful-paint'),
    scriptBytes: scripts.reduce((sum, { encodedBodySize }) => sum + encodedBodySize, 0),
  }
})()`

const dataDir = mkdtempSync(join(tmpdir(), 'fiko-paint-'))
const server = await startServerProcess({
  settings: { DATA_DIR: dataDir, ADMIN_API_KEY, LOG_LEVEL: 'silent', EMBEDDING_PROVIDER: 'offline' },
})
const browser = await openBrowser()
try {
  const cookie = await inhabit()
  const rows: string[][] = []
  for (const [page, as] of [
    ['sign-in', null],
    ['overview', cookie],
  ] as const) {
    const loads: Load[] = []
    while (loads.length < LOADS) loads.push(await load(as))
    const first = median(loads.map(({ firstPaintMs }) => firstPaintMs))
    const whole = loads.map(({ pagePaintMs }) => pagePaintMs)
    const kilobytes = median(loads.map(({ scriptBytes }) => scriptBytes)) / 1000
    rows.push([page, number(first), number(median(whole)), whole.map(number).join(' '), kilobytes.toFixed(1)])
    if (first > BUDGET_MS) process.exitCode = 1
  }
  console.log(
    table(
      ['page', 'first paint, median ms', 'the page itself, median ms', `all ${LOADS}`, 'JavaScript, KB gzip'],
      rows,
    ),
  )
  const owner = await firstLoads(await pagesOf(cookie), cookie)
  const admin = await firstLoads(['/', '/users', '/audit', '/settings'], await signIn(ADMIN))
  const loads = [...owner.map((one) => ({ ...one, as: 'owner' })), ...admin.map((one) => ({ ...one, as: 'admin' }))]
  console.log(
    table(
      ['page', 'as', 'requests', 'of them to the API', 'JavaScript, KB gzip'],
      loads.map(({ path, as, requests, toApi, scriptBytes }) => [
        path,
        as,
        String(requests),
        String(toApi),
        (scriptBytes / 1000).toFixed(1),
      ]),
    ),
  )
} finally {
  await browser.close()
  await server.stop()
  rmSync(dataDir, { recursive: true })
}

/** Creates a user with a shop whose products are all searchable; returns the session's cookie. */
async function inhabit(): Promise<string> {
  await ask('/api/v1/users/', { ...OWNER, role: 'owner' })
  await ask('/api/v1/users/', { ...ADMIN, role: 'admin' })
  const cookie = await signIn(OWNER)
  const { token } = (await (
    await ask('/api/v1/integrations/tokens/generate/', { integration_type: 'woocommerce', name: 'Shop' }, { cookie })
  ).json()) as { token: string }
  const shop = connectShop(server.url, token)
  const events = catalogue.map((product) => anEvent('backfill', product))
  await shop.sendBatch(events)
  await shop.searchable(events)
  return cookie
}

async function signIn(account: typeof OWNER): Promise<string> {
  const signedIn = await ask('/api/auth/sign-in/email', account)
  return signedIn.headers.getSetCookie()[0]?.split(';')[0] ?? ''
}

/** The pages of the navigation, and one store, product and event. */
async function pagesOf(cookie: string): Promise<string[]> {
  const { page, context } = await open(cookie)
  await page.goto(server.url)
  await page.locator('h1').waitFor()
  const paths = await page.evaluate<string[]>(
    `[...document.querySelectorAll('nav a[href^="/"]')].map((link) => link.getAttribute('href'))`,
  )
  await context.close()
  const idOf = async (list: string) => {
    const answer = await fetch(`${server.url}${list}?limit=1`, { headers: { cookie } })
    return ((await answer.json()) as { results: { id: number }[] }).results[0]?.id
  }
  return [
    ...new Set([...paths, '/account']),
    `/stores/${await idOf('/api/v1/stores/')}`,
    `/products/${await idOf('/api/v1/web-knowledge/products/')}`,
    `/events/${await idOf('/api/v1/integrations/woocommerce/events/')}`,
  ]
}

/** The first load of each page. */
async function firstLoads(paths: string[], cookie: string): Promise<(FirstLoad & { path: string })[]> {
  const found: (FirstLoad & { path: string })[] = []
  for (const path of paths) {
    const { page, context } = await open(cookie)
    found.push({ path, ...(await firstLoad(page, server.url + path)) })
    await context.close()
  }
  return found
}

async function ask(path: string, body: object, as: Record<string, string> = {}): Promise<Response> {
  const authorization = as.cookie ? {} : { authorization: `Bearer ${ADMIN_API_KEY}` }
  const headers = { 'content-type': 'application/json', origin: server.url, ...authorization, ...as }
  const answer = await fetch(server.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`${path}: ${answer.status} ${await answer.text()}`)
  return answer
}

/** One visit of `/` with an empty cache (each browser context has its own). Without a cookie the answer is the sign-in page. */
async function load(cookie: string | null): Promise<Load> {
  const { page, context } = await open(cookie)
  await page.goto(server.url)
  await page.locator('h1').waitFor()
  const measured = await page.evaluate<Load>(IN_THE_PAGE)
  await context.close()
  return measured
}

async function open(cookie: string | null) {
  const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'fa-IR' })
  const [name, value] = cookie?.split('=', 2) ?? []
  if (name && value) await context.addCookies([{ name, value, url: server.url }])
  return { context, page: await context.newPage() }
}
