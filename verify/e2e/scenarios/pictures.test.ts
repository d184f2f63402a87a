/** The pictures of WordPress in docs/en/connect.md and docs/fa/connect.md: `SCREENSHOTS_DIR=docs/images npm run e2e -- pictures`. */
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { openBrowser } from '../../../scripts/chromium.ts'
import { tick } from '../support/plugin.ts'
import { makeSimple, makeVariable } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import { openWindow } from '../support/window.ts'

const { screenshots } = inject('sharedParts')
/** The address in the pictures; in the scenario the shop and its backend are on one machine. */
const ADDRESS = 'https://sync.example.com'

let scenario: Scenario
let browser: Browser
let page: Page
beforeAll(async () => {
  scenario = await Scenario.open('پارچه‌سرای گلستان', { configured: false })
  browser = await openBrowser()
  page = await (await openWindow(browser, await scenario.admin(), 1100)).newPage()
})
afterAll(async () => {
  await browser?.close()
  await scenario?.close()
})

const speak = (locale: string) =>
  scenario.shop.php('update_user_meta( 1, "locale", $args["locale"] ); return true;', { locale })

test('the page that takes the plugin’s file', async () => {
  await page.goto(`${scenario.shop.url}/wp-admin/plugin-install.php?tab=upload`)
  const upload = page.locator('.upload-plugin')
  expect(await upload.isVisible()).toBe(true)
  await upload.screenshot({ path: join(screenshots, 'wordpress-upload.png') })
})

test('the settings, connected, in both languages', async () => {
  await page.goto(`${scenario.shop.url}/wp-admin/admin.php?page=fiko-sync`)
  await page.fill('input[name="url"]', scenario.way.url)
  await page.fill('input[name="token"]', scenario.store.token)
  await Promise.all([page.waitForURL(/saved/), page.click('.fiko-sync form button.button-primary')])
  await makeSimple(scenario.shop)
  await scenario.deliver()
  for (const [locale, language] of [
    ['en_US', 'en'],
    ['fa_IR', 'fa'],
  ] as const) {
    await speak(locale)
    await page.goto(`${scenario.shop.url}/wp-admin/admin.php?page=fiko-sync`)
    await page.click('[data-task="test"]')
    const message = page.locator('[data-message="test"]')
    await expect.poll(() => message.textContent(), { timeout: 20_000 }).toContain('پارچه‌سرای گلستان')
    await page.fill('input[name="url"]', ADDRESS)
    await page.keyboard.press('Tab')
    const connection = page.locator('.fiko-sync-card').first()
    await connection.screenshot({ path: join(screenshots, `wordpress-settings-${language}.png`) })
  }
})

test('the product list, with what the AI knows', async () => {
  await makeVariable(scenario.shop, { name: 'پیراهن کتان' })
  await makeSimple(scenario.shop, { name: 'شال پشمی' })
  await scenario.deliver()
  // The plugin asks for receipts 20 s after it has sent.
  await tick(scenario.shop, 60)
  await makeSimple(scenario.shop, { name: 'کلاه بافتنی' })
  await tick(scenario.shop, 60)
  await makeSimple(scenario.shop, { name: 'جوراب نخی' })
  // The columns that matter, without WooCommerce's bar, which stays on top of the page while it scrolls.
  const hidden = ['sku', 'product_cat', 'product_tag', 'featured', 'date', 'taxonomy-product_brand'].map(
    (column) => `.wp-list-table .column-${column}`,
  )
  const content = `${hidden.join()}, .woocommerce-layout__header, .wp-list-table tfoot { display: none !important }`
  for (const [locale, language] of [
    ['en_US', 'en'],
    ['fa_IR', 'fa'],
  ] as const) {
    await speak(locale)
    await page.goto(`${scenario.shop.url}/wp-admin/edit.php?post_type=product`)
    await page.addStyleTag({ content })
    await page.locator('.wp-list-table').screenshot({ path: join(screenshots, `wordpress-products-${language}.png`) })
  }
})
