import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { aDeletion, anUpdate } from '../support/events.ts'
import { type FakeProvider, openAiUsage, startFakeProvider } from '../support/fake-embedding-provider.ts'
import { type Person, signedIn } from '../support/people.ts'
import { resolveHere } from '../support/resolve-here.ts'
import { startTestServer, type TestServer, waitFor } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { DESK, type Look, openWindow, shown } from './support/window.ts'

const LOOKS: Look[] = [
  { language: 'fa', width: 390, scheme: 'dark' },
  { language: 'en', width: 1280, scheme: 'light' },
]
const pictures = process.env.DASHBOARD_PICTURES
const PRICE = 'EMBEDDING_PRICE_PER_MILLION_TOKENS'

let browser: Browser
let provider: FakeProvider
let priced: TestServer
let admin: Person
let owner: Person

const settings = () => ({
  EMBEDDING_PROVIDER: 'openai',
  OPENAI_BASE_URL: provider.url,
  OPENAI_API_KEY: 'sk-test',
  EMBEDDING_DIMENSIONS: '64',
})

beforeAll(async () => {
  ;[browser, provider] = await Promise.all([openBrowser(), startFakeProvider()])
  priced = await startTestServer({ ...settings(), [PRICE]: '0.02' })
  ;[admin, owner] = [await signedIn(priced, 'admin'), await signedIn(priced, 'owner')]
  const shop = await priced.newShop({ tenantOf: owner.userId, name: 'Lamps' })
  // A day: the first sync, then some edits, prices and deletions, each some hours before the next.
  for (const [hours, events] of [
    [6, Array.from({ length: 60 }, (_, n) => anUpdate({ id: n + 1, name: `Lamp ${n}` }))],
    [5, Array.from({ length: 30 }, (_, n) => anUpdate({ id: n + 1, name: `Lamp ${n}`, price: '7' }))],
    [4, Array.from({ length: 25 }, (_, n) => anUpdate({ id: n + 61, name: `Chair ${n}` }))],
    [0, [...Array.from({ length: 12 }, (_, n) => aDeletion(n + 1)), anUpdate({ id: 30, name: 'Lamp made anew' })]],
  ] as const) {
    await shop.sendBatch([...events])
    await priced.settled()
    for (const table of ['event_hours', 'usage_hours']) {
      await priced.sql(`update ${table} set hour = hour + interval '100 years'`)
      await priced.sql(`update ${table} set hour = hour - interval '100 years' - $1 * interval '1 hour'`, [hours])
    }
  }
})
afterAll(async () => {
  await browser?.close()
  await priced?.stop()
  await provider?.close()
})

/** The text of the overview, after a check of accessibility and, if wanted, a picture. */
async function read(server: TestServer, person: Person, picture: string, look = DESK): Promise<string> {
  const { page, context, complaints } = await openWindow(browser, server.url, look, person.cookie)
  try {
    await page.goto(server.url)
    await shown(page)
    if (pictures) {
      mkdirSync(pictures, { recursive: true })
      await page.screenshot({ path: join(pictures, `${picture}-${look.language}-${look.width}.png`), fullPage: true })
    }
    expect(await barriersOn(page)).toEqual([])
    expect(complaints).toEqual([])
    const reach = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
    expect(reach, 'it fits').toBe(0)
    // Without the marks that keep a figure together among words of the other direction.
    return (await page.locator('main').innerText()).replaceAll(/[\u2066-\u2069]/g, '')
  } finally {
    await context.close()
  }
}

describe.each(LOOKS)('in $language, $width px wide, $scheme', (look) => {
  test('money, products over time and a provider that answers are on the page, without a barrier', async () => {
    const text = await read(priced, admin, 'overview-priced', look)
    expect(text).toMatch(look.language === 'fa' ? /سرویس بردار معنایی پاسخ می‌دهد/ : new RegExp(en.overview.provider.ok))
    expect(text).toMatch(/\$/)
    expect(text).not.toContain(PRICE)
  })
})

test('an owner sees the cost of the own tenant, and no data of the provider', async () => {
  const text = await read(priced, owner, 'overview-owner')
  expect(text).toMatch(/\$0\.0\d+\s+spent on [\d.]+k? tokens/)
  expect(text).toMatch(/≈ \$0\.0\d+\s+saved on \d+ texts not sent/)
  expect(text).not.toContain(en.overview.provider.ok)
})

test('screen readers get the number of products hour by hour', async () => {
  const { page, context } = await openWindow(browser, priced.url, DESK, admin.cookie)
  await page.goto(priced.url)
  await shown(page)
  const rows = page.getByRole('table', { name: en.overview.productsLabel, includeHidden: true }).locator('tbody tr')
  const told = await rows.locator('td').allInnerTexts()
  expect([...new Set(told)]).toEqual(['0', '60', '85', '73'])
  const tokens = page.getByRole('table', { name: en.overview.embeddingsLabel, includeHidden: true })
  expect(await tokens.locator('th[scope="col"]').allInnerTexts()).toContain(en.overview.embeddingTokens)
  await context.close()
})

test('without a price the page names the setting for admins, and not for owners', async () => {
  // The own machine costs nothing; another one has a price that is not known.
  const resolveAsBefore = resolveHere('models.example')
  const unpriced = await startTestServer({
    ...settings(),
    OPENAI_BASE_URL: provider.url.replace('127.0.0.1', 'models.example'),
  })
  const [boss, one] = [await signedIn(unpriced, 'admin'), await signedIn(unpriced, 'owner')]
  const shop = await unpriced.newShop({ tenantOf: one.userId })
  await shop.send(anUpdate({ id: 1 }))
  await unpriced.settled()
  const told = await read(unpriced, boss, 'overview-unpriced')
  expect(told).toContain(PRICE)
  expect(told).toContain(en.overview.cost.used)
  expect(told).not.toContain('$')
  expect(await read(unpriced, one, 'overview-unpriced-owner')).not.toContain(PRICE)
  await unpriced.stop()
  resolveAsBefore()
})

test('with a provider that counts no tokens the page shows texts and the reason for the missing cost', async () => {
  provider.tellUsage(() => undefined)
  const other = await startTestServer({ ...settings(), [PRICE]: '0.02' })
  const boss = await signedIn(other, 'admin')
  const shop = await other.newShop()
  await shop.send(anUpdate({ id: 1 }))
  await other.settled()
  const told = await read(other, boss, 'overview-untold')
  expect(told).toContain(en.overview.cost.noTokens)
  expect(told).not.toContain(PRICE)
  await other.stop()
  provider.tellUsage(openAiUsage)
})

test('a failing provider is shown with its message, the next step and a link to the settings', async () => {
  provider.behave('unauthorized')
  const shop = await priced.newShop()
  await shop.send(anUpdate({ id: 1, name: 'In the dark' }))
  await waitFor('the failure to be told', async () => {
    const { body } = await priced.admin('GET', '/api/v1/overview/')
    return body.provider.state === 'failing'
  })
  for (const look of LOOKS) await read(priced, admin, 'overview-failing', look)
  const { page, context } = await openWindow(browser, priced.url, DESK, admin.cookie)
  await page.goto(priced.url)
  const alert = page.getByRole('alert')
  await alert.getByText('does not accept the API key').waitFor()
  await alert.getByRole('link', { name: en.overview.provider.settings }).click()
  await page.waitForURL(/\/settings/)
  await context.close()
  expect(await read(priced, owner, 'overview-failing-owner')).not.toContain('API key')
  provider.behave('ok')
})
