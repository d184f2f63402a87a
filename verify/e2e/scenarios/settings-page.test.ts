/** The settings page in a real browser, in English and in Persian. */
import { join } from 'node:path'
import type { Browser, BrowserContext, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openBrowser } from '../../../scripts/chromium.ts'
import { tick } from '../support/plugin.ts'
import { insertProducts, makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import { complaintsOf, openWindow } from '../support/window.ts'

const { screenshots } = inject('sharedParts')
const SETTINGS = '/wp-admin/admin.php?page=fiko-sync'
const LIST = '/wp-admin/edit.php?post_type=product'

let scenario: Scenario
let browser: Browser
let window: BrowserContext
let page: Page
let complaints: string[]
beforeAll(async () => {
  scenario = await Scenario.open('settings', { configured: false })
  browser = await openBrowser()
  window = await openWindow(browser, await scenario.admin())
  page = await window.newPage()
  complaints = complaintsOf(page)
})
afterAll(async () => {
  await browser?.close()
  await scenario?.close()
})

const open = (path: string) => page.goto(`${scenario.shop.url}${path}`)
const shoot = (name: string) => page.screenshot({ path: join(screenshots, `${name}.png`), fullPage: true })
const message = (about: string) => page.locator(`[data-message="${about}"]`)

async function connect(url: string, token: string): Promise<void> {
  await open(SETTINGS)
  await page.fill('input[name="url"]', url)
  await page.fill('input[name="token"]', token)
  await Promise.all([page.waitForURL(/saved|problem/), page.click('.fiko-sync form button.button-primary')])
}

test('before it is connected, nothing can be sent', async () => {
  await open(SETTINGS)
  await shoot('settings-unconfigured-en')
  expect(await page.locator('[data-task="backfill"]').isDisabled()).toBe(true)
})

test('an address without encryption is refused', async () => {
  await connect('http://example.com', scenario.store.token)
  expect(await page.locator('.notice-error').first().textContent()).toContain('https://')
})

test('a wrong address, a blocked port, a wrong token and another server each get their own sentence', async () => {
  const sentences: string[] = []
  const verdict = async () => {
    await expect.poll(() => message('test').textContent(), { timeout: 20_000 }).toMatch(/[.:].{0,400}$/)
    await expect.poll(() => page.locator('[data-task="test"]').isDisabled(), { timeout: 20_000 }).toBe(false)
    sentences.push((await message('test').textContent()) ?? '')
  }
  await connect('http://127.0.0.1:9', scenario.store.token)
  await verdict()
  await connect(scenario.shop.url, scenario.store.token)
  await verdict()
  await scenario.way.set({
    kind: 'answer',
    status: 200,
    headers: { 'content-type': 'text/html' },
    body: '<h1>Welcome</h1>',
  })
  await connect(scenario.way.url, scenario.store.token)
  await verdict()
  await scenario.way.set({ kind: 'forward' })
  const { token } = scenario.store
  await connect(scenario.way.url, token.slice(0, -1) + (token.endsWith('x') ? 'y' : 'x'))
  await verdict()
  expect(new Set(sentences).size).toBe(4)
  expect(sentences[0]).toMatch(/port/)
  expect(sentences[1]).toMatch(/URL is wrong/)
  expect(sentences[2]).toMatch(/JSON/)
  expect(sentences[3]).toMatch(/token/)
})

test('with the right address and token the test shows the account, the store and the time', async () => {
  await connect(scenario.way.url, scenario.store.token)
  await expect.poll(() => message('test').textContent(), { timeout: 20_000 }).toMatch(/“settings”.*@.*\d+ ms/)
  await shoot('settings-connected-en')
})

test('the token is never in a page or a script', async () => {
  const admin = await scenario.admin()
  for (const path of [SETTINGS, LIST, '/wp-admin/index.php', '/wp-admin/plugins.php']) {
    const { html } = await admin.get(path)
    expect(html.includes(scenario.store.token)).toBe(false)
    expect(html.includes(scenario.store.token.slice(12, 30))).toBe(false)
  }
  const scripts = await page.evaluate('JSON.stringify(window.fikoSync)')
  expect(String(scripts)).not.toContain(scenario.store.token.slice(12, 30))
})

test('a backfill with a progress bar that fills', async () => {
  await insertProducts(scenario.shop, 240)
  await open(SETTINGS)
  await page.click('[data-task="backfill"]')
  await expect
    .poll(() => page.locator('[data-status="progress"]').textContent(), { timeout: 60_000 })
    .toBe('240 of 240 products')
  expect(await page.locator('progress').getAttribute('max')).toBe('240')
  await scenario.backend.settled(scenario.store)
  expect((await scenario.backend.products(scenario.store)).size).toBe(240)
})

test('the product list shows receipts: waiting, sent, searchable, failed with a reason and Retry', async () => {
  const found = await makeSimple(scenario.shop, { name: 'Found', image: 'found' })
  await makeVariable(scenario.shop, { name: 'پیراهن' })
  await scenario.deliver()
  // The plugin asks for receipts 20 s after it has sent.
  await tick(scenario.shop, 60)
  // An option of an attribute is longer than the backend takes.
  const failed = await makeSimple(scenario.shop, { name: 'Refused', colours: ['x'.repeat(1_200)] })
  await tick(scenario.shop, 60)
  const sent = await makeSimple(scenario.shop, { name: 'Sent' })
  await tick(scenario.shop, 60)
  const waiting = await makeSimple(scenario.shop, { name: 'Waiting' })
  await open(LIST)
  const state = async (id: number) => (await page.locator(`#post-${id} .fiko-sync-state`).textContent())?.trim()
  expect([await state(found), await state(sent), await state(failed), await state(waiting)]).toEqual([
    'Searchable',
    'Sent',
    'Failed',
    'Waiting',
  ])
  await shoot('products-en')
  // The filter shows the failed one alone; the settings page links to it.
  await Promise.all([page.waitForURL(/fiko_sync=failed/), page.click('.subsubsub a:has-text("Failed at the AI")')])
  await expect.poll(() => page.locator('#the-list tr').count(), { timeout: 20_000 }).toBe(1)
  expect(await state(failed)).toBe('Failed')
  await open(SETTINGS)
  expect(await page.locator('a[data-status="failed"]').getAttribute('href')).toContain('fiko_sync=failed')
  // WordPress folds columns away on a phone: the name says what failed.
  await page.setViewportSize({ width: 390, height: 800 })
  await open(LIST)
  expect(await page.locator(`#post-${failed} .column-name .post-state`).textContent()).toBe('Failed at the AI')
  expect(await page.locator(`#post-${found} .column-name .post-state`).count()).toBe(0)
  await shoot('products-phone-en')
  await page.setViewportSize({ width: 1280, height: 900 })
})

test('the page shows the sentence of the dashboard, and the dashboard names the product that failed here', async () => {
  const path = `/api/v1/stores/${scenario.store.storeId}/`
  interface Sync {
    state: string
    sentence: string
  }
  await open(SETTINGS)
  await expect
    .poll(
      async () => {
        const { sync } = await scenario.backend.admin<{ sync: Sync }>('GET', path)
        const shown = (await page.locator('[data-status="state"]').textContent()) ?? ''
        return sync.state === 'needs_attention' && shown.startsWith(sync.sentence)
      },
      { timeout: 120_000 },
    )
    .toBe(true)
  expect(await page.locator('.fiko-sync-now.notice-warning').count()).toBe(1)
  const { results } = await scenario.backend.admin<{ results: { name: string; reason: string; why: string }[] }>(
    'GET',
    `${path}unfindable/?group=attention`,
  )
  expect(results).toContainEqual(expect.objectContaining({ name: 'Refused', reason: 'refused_product' }))
  await shoot('settings-attention-en')
})

test('"Send all products" without a connection names the reason at once', async () => {
  await scenario.way.set({ kind: 'refuse' })
  await open(SETTINGS)
  await page.click('[data-task="backfill"]')
  await expect
    .poll(() => message('backfill').textContent(), { timeout: 20_000 })
    .toMatch(/No connection to 127\.0\.0\.1, port/)
  expect(await scenario.shop.php('return Fiko_Sync_Backfill::progress()["is_active"];')).toBe(false)
  await scenario.way.set({ kind: 'forward' })
})

test('the list of plugins leads to the settings', async () => {
  await open('/wp-admin/plugins.php')
  await page.click('[data-slug="fiko-sync-for-woocommerce"] a:has-text("Settings")')
  await page.waitForURL(/page=fiko-sync/)
})

test('Retry sends a failed product again', async () => {
  await scenario.deliver()
  const id = await makeSimple(scenario.shop, { name: 'y'.repeat(6_000) })
  await scenario.deliver()
  await open(LIST)
  scenario.way.forget()
  const isBack = page.waitForResponse((response) => response.url().includes('edit.php') && response.ok())
  await Promise.all([isBack, page.click(`#post-${id} a:has-text("Retry")`)])
  await scenario.deliver()
  expect(scenario.way.events.map((event) => event.product.id)).toEqual([id])
  await scenario.shop.php('wp_delete_post( $args["id"], true ); return true;', { id })
})

test('the page reports that sending is paused', async () => {
  await scenario.way.set({ kind: 'answer', status: 401, body: '{"error":"unauthorized","detail":"خیر."}' })
  await makeSimple(scenario.shop, { name: 'Held back' })
  await tick(scenario.shop, 130)
  await open(SETTINGS)
  expect(await page.locator('.fiko-sync .notice-warning, .notice-warning').first().textContent()).toMatch(/paused/i)
  await shoot('settings-paused-en')
  await scenario.way.set({ kind: 'forward' })
  await page.click('[data-task="test"]')
  await expect.poll(() => message('test').textContent(), { timeout: 20_000 }).toMatch(/Connected/)
  await scenario.deliver()
})

test('in Persian: from right to left, in Persian digits, without a word left in English', async () => {
  await scenario.shop.php('update_user_meta( 1, "locale", "fa_IR" ); return true;')
  await open(SETTINGS)
  expect(await page.getAttribute('html', 'dir')).toBe('rtl')
  const textOf = (selector: string) =>
    page.locator(selector).evaluateAll((found) => found.map((each) => (each as { textContent: string }).textContent))
  // The titles of the shop's pages are the owner's words.
  const titles = await textOf('.fiko-sync-pages label')
  const all = (await textOf('.fiko-sync')).join(' ')
  const words = titles.reduce((rest, title) => rest.replace(title, ''), all)
  const latin = words.match(/[A-Za-z]{2,}/g) ?? []
  // Units of time come from WordPress's own language pack, which is not installed here.
  expect(
    latin.filter(
      (word) => !/^(Fiko|Sync|https?|ms|wc|sk|URL|AI|UCP|MCP|well|known|seconds?|mins?|minutes?)$/i.test(word),
    ),
  ).toEqual([])
  await shoot('settings-fa')
  await page.setViewportSize({ width: 390, height: 800 })
  await shoot('settings-fa-phone')
  await page.setViewportSize({ width: 1280, height: 900 })
  await open(LIST)
  await shoot('products-fa')
})

test('no script failed, and nothing of the plugin was missing', () => {
  expect(complaints).toEqual([])
})
