import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { signedIn } from '../support/people.ts'
import { type Shop, startTestServer, type TestServer } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow } from './support/window.ts'

let server: TestServer
let browser: Browser
let shop: Shop

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer(), openBrowser()])
  shop = await server.newShop({ name: 'Readiness' })
  const whole = { description: 'کفش سبک و نرم '.repeat(10), gtin: '4006381333931', brand: 'Nike' }
  for (const product of [
    { id: 1, name: 'کفش کامل', ...whole },
    { id: 2, name: 'کفش بی‌برند', ...whole, brand: '' },
  ])
    expect((await shop.send(anUpdate(product))).status).toBe(202)
  await server.settled()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

test.each([
  { language: 'fa', words: fa, width: 390 },
  { language: 'en', words: en, width: 1280 },
] as const)(
  'the store’s page counts what is missing and leads to the product, in $language',
  async ({ language, words, width }) => {
    const admin = await signedIn(server, 'admin')
    const { page, context } = await openWindow(browser, server.url, { language, width, scheme: 'light' }, admin.cookie)
    await page.goto(`${server.url}/stores/${shop.storeId}`)
    const block = page.getByRole('region', { name: words.products.readiness.title })
    await block.getByText(words.products.readiness.lacks.no_brand, { exact: true }).waitFor()
    expect(await block.getByText(words.products.readiness.lacks.no_gtin, { exact: true }).count()).toBe(0)
    expect(await barriersOn(page)).toEqual([])
    await block.getByRole('link').click()
    await page.getByRole('link', { name: 'کفش بی‌برند' }).waitFor()
    expect(await page.getByRole('link', { name: 'کفش کامل' }).count()).toBe(0)
    await page.getByRole('link', { name: 'کفش بی‌برند' }).click()
    await page.getByText(words.products.readiness.advice.no_brand).waitFor()
    expect(await barriersOn(page)).toEqual([])
    await context.close()
  },
)
