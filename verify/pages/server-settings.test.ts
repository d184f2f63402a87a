import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { serverSettings as en } from '../../dashboard/src/languages/en/server-settings.ts'
import { en as english } from '../../dashboard/src/languages/en.ts'
import { serverSettings as fa } from '../../dashboard/src/languages/fa/server-settings.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { type FakeProvider, startFakeProvider } from '../support/fake-embedding-provider.ts'
import { type FakeSmtp, startFakeSmtp } from '../support/fake-receivers.ts'
import { type Person, signedIn } from '../support/people.ts'
import { startTestServer, type TestServer, waitFor } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { DESK, type Look, openWindow, shown } from './support/window.ts'

let server: TestServer
let browser: Browser
let smtp: FakeSmtp
let provider: FakeProvider
let admin: Person
let stopReleases: () => void

beforeAll(async () => {
  const releases = createServer((_request, response) => {
    response.end(JSON.stringify({ tag_name: 'v99.0.0', html_url: 'https://example.com/releases/99' }))
  })
  releases.listen(0, '127.0.0.1')
  await once(releases, 'listening')
  stopReleases = () => releases.close()
  const url = `http://127.0.0.1:${(releases.address() as AddressInfo).port}/latest`
  ;[server, browser, smtp, provider] = await Promise.all([
    startTestServer({ UPDATE_CHECK_URL: url, ALERTS: 'on', EVENT_RETENTION_DAYS: '90' }),
    openBrowser(),
    startFakeSmtp(),
    startFakeProvider({ dimensions: 64 }),
  ])
  admin = await signedIn(server, 'admin')
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([server?.stop(), smtp?.stop(), provider?.close()])
  stopReleases?.()
})

async function openSettings(look: Look) {
  const { page, context, complaints } = await openWindow(browser, server.url, look, admin.cookie)
  await page.goto(`${server.url}/settings`)
  await shown(page)
  await page.getByRole('heading', { name: (look.language === 'fa' ? fa : en).version.title, exact: true }).waitFor()
  await shown(page)
  const group = (name: keyof typeof en.groups) =>
    page.getByRole('group', { name: (look.language === 'fa' ? fa : en).groups[name], exact: true })
  return { page, context, complaints, group }
}

const stored = () =>
  server.sql<{ name: string; value: string }>('select name, value from operator_settings order by name')

test('an admin changes a limit, sees a refused value with its bounds, and returns to the environment’s', async () => {
  const { context, complaints, group } = await openSettings(DESK)
  const limits = group('limits')
  const burst = limits.getByLabel('Requests at once')
  await burst.fill('0')
  await limits.getByRole('button', { name: en.save, exact: true }).click()
  await limits.getByText('must be a whole number from 1 to 1000000').waitFor()
  expect(await stored()).toEqual([])
  await burst.fill('۷۵۰')
  await limits.getByRole('button', { name: en.save, exact: true }).click()
  await limits.getByText(en.chosen).waitFor()
  expect(await stored()).toEqual([{ name: 'RATE_LIMIT_BURST', value: '750' }])
  await limits.getByText(/The environment says: .*1,000,000/).waitFor()
  await limits.getByRole('button', { name: /Back to the environment’s value.*Requests at once/ }).click()
  await limits.getByText(en.chosen).waitFor({ state: 'detached' })
  expect(await stored()).toEqual([])
  expect(complaints).toEqual([])
  await context.close()
})

test('a shorter retention asks first', async () => {
  const { page, context, group } = await openSettings(DESK)
  const retention = group('retention')
  await retention.getByLabel('Retention of the event log').fill('30')
  await retention.getByRole('button', { name: en.save, exact: true }).click()
  const dialog = page.getByRole('dialog')
  await dialog.getByText(/older than \W?30\W? days/).waitFor()
  expect(await stored()).toEqual([])
  await dialog.getByRole('button', { name: en.shorter.button, exact: true }).click()
  await dialog.waitFor({ state: 'detached' })
  expect(await stored()).toEqual([{ name: 'EVENT_RETENTION_DAYS', value: '30' }])
  await server.admin('PATCH', '/api/v1/settings/', { values: { EVENT_RETENTION_DAYS: null } })
  await context.close()
})

test('mail and provider are tested before they are saved; a saved secret is never on the page', async () => {
  const { page, context, complaints, group } = await openSettings(DESK)
  const mail = group('mail')
  const { hostname, port } = new URL(smtp.url)
  await mail.getByLabel('Mail server').fill(hostname)
  await mail.getByLabel('Port').fill(port)
  await mail.getByLabel('Sender').fill('fiko@example.com')
  await mail.getByRole('button', { name: en.testMail }).click()
  await mail.getByText('The mail server took the message.').waitFor()
  await mail.getByText('250').waitFor()
  expect(smtp.mails.map(({ to }) => to)).toEqual([[admin.email]])

  const embedding = group('provider')
  await embedding.getByLabel('Address of the embedding provider').fill(provider.url)
  await embedding.getByLabel('API key of the embedding provider', { exact: true }).fill('sk-on-the-page')
  await embedding.getByLabel(en.model, { exact: true }).fill('bge-m3')
  await embedding.getByRole('button', { name: en.testProvider }).click()
  await embedding.getByText(/64\W? dimensions/).waitFor()
  provider.behave('unauthorized')
  await embedding.getByRole('button', { name: en.testProvider }).click()
  await embedding.getByText('incorrect API key provided').waitFor()
  expect(await stored()).toEqual([])
  await embedding.getByRole('button', { name: en.save, exact: true }).click()
  await embedding.getByText(en.keptSecret).waitFor()
  expect(await page.content()).not.toContain('sk-on-the-page')
  expect(complaints).toEqual([])
  await server.admin('PATCH', '/api/v1/settings/', { values: { OPENAI_BASE_URL: null } })
  await context.close()
})

test('an own price of a model wins over the published one, until it is removed', async () => {
  const words = english.settings.prices
  const { page, context, complaints } = await openSettings(DESK)
  const prices = page.getByRole('region', { name: words.title, exact: true })
  await prices.getByRole('textbox', { name: words.model, exact: true }).fill('bge-m3')
  await prices.getByRole('textbox', { name: words.price, exact: true }).fill('a lot')
  await prices.getByRole('button', { name: words.set, exact: true }).click()
  await prices.getByText(/an amount of US dollars/).waitFor()
  await prices.getByRole('textbox', { name: words.price, exact: true }).fill('۰.۰۲')
  await prices.getByRole('button', { name: words.set, exact: true }).click()
  await prices.getByRole('row').filter({ hasText: 'bge-m3' }).getByText(words.sources.operator).waitFor()
  const own = async () =>
    (await server.admin('GET', '/api/v1/knowledge/prices/')).body.results.filter(
      ({ source }: { source: string }) => source === 'operator',
    )
  expect(await own()).toMatchObject([{ model: 'bge-m3', usd_per_million_tokens: '0.02' }])
  expect(await barriersOn(page)).toEqual([])
  await prices.getByRole('button', { name: /bge-m3/ }).click()
  await prices.getByRole('row').filter({ hasText: 'bge-m3' }).waitFor({ state: 'detached' })
  expect(await own()).toEqual([])
  expect(complaints).toEqual([])
  await context.close()
})

test('the version is shown, and a newer one after the switch is turned on', async () => {
  const { page, context, complaints, group } = await openSettings(DESK)
  await page.getByText(en.version.off).waitFor()
  const updates = group('updates')
  await updates.getByRole('combobox').selectOption(en.on)
  await updates.getByRole('button', { name: en.save, exact: true }).click()
  await updates.getByText(en.chosen).waitFor()
  // The server's own timer may have asked already; then this call does nothing.
  await server.running.updateCheck.check()
  await page.reload()
  await shown(page)
  await page.getByText('99.0.0').waitFor()
  const link = page.getByRole('link', { name: en.version.page })
  expect(await link.getAttribute('href')).toBe('https://example.com/releases/99')
  // What needs a restart stays visible, and only that.
  const restart = page.getByRole('region', { name: english.settings.server.title })
  expect(await restart.getByText('DATABASE_').count()).toBeGreaterThanOrEqual(0)
  expect(await restart.locator('dt').allTextContents()).toContain('DATABASE_URL')
  expect(await restart.locator('dt').allTextContents()).not.toContain('RATE_LIMIT_BURST')
  expect(complaints).toEqual([])
  await context.close()
})

test.each<Look>([
  { language: 'fa', width: 1440, scheme: 'light' },
  { language: 'fa', width: 390, scheme: 'dark' },
  { language: 'en', width: 1440, scheme: 'dark' },
  { language: 'en', width: 390, scheme: 'light' },
])('the settings fit $width px in $language, without barriers', async (look) => {
  const { page, context, complaints, group } = await openSettings(look)
  await waitFor('the form', async () => (await group('limits').count()) === 1)
  const bounds = look.language === 'fa' ? /از .?۱.? تا .?۱٬۰۰۰٬۰۰۰/ : /1.? to .?1,000,000/
  await group('limits').getByText(bounds).first().waitFor()
  const overflow = await page.evaluate(
    () => document.documentElement.scrollWidth - document.documentElement.clientWidth,
  )
  expect(overflow).toBeLessThanOrEqual(0)
  expect(await barriersOn(page)).toEqual([])
  const folder = process.env.DASHBOARD_PICTURES
  if (folder) {
    const section = page.getByRole('region', { name: (look.language === 'fa' ? fa : en).title, exact: true })
    await section.screenshot({ path: `${folder}/server-settings-${look.language}-${look.width}.png` })
  }
  expect(complaints).toEqual([])
  await context.close()
})
