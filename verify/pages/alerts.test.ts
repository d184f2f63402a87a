import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { checkAndDeliver, letMinutesPass, makeDead } from '../support/alerts.ts'
import { type FakeWebhook, startFakeWebhook } from '../support/fake-receivers.ts'
import { type Person, signedIn } from '../support/people.ts'
import { type Shop, startTestServer, type TestServer } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow, shown, type Window } from './support/window.ts'

/** Folder for pictures; without it no pictures are taken. */
const pictures = process.env.DASHBOARD_PICTURES

let server: TestServer
let browser: Browser
let webhook: FakeWebhook

beforeAll(async () => {
  ;[server, browser, webhook] = await Promise.all([
    startTestServer({ OUTGOING_PRIVATE_ADDRESSES: 'on' }),
    openBrowser(),
    startFakeWebhook(),
  ])
  if (pictures) mkdirSync(pictures, { recursive: true })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  await webhook?.stop()
})

describe.each([
  { language: 'fa', words: fa, width: 390, title: '۴۰ رویداد به یک علت ناموفق شد', code: '22001' },
  { language: 'en', words: en, width: 1280, title: '40 events failed for the same reason', code: '22003' },
] as const)('in $language, $width px wide', ({ language, words, width, title, code }) => {
  let window: Window
  let owner: Person
  let shop: Shop
  const picture = async (name: string) => {
    if (pictures)
      await window.page.screenshot({ path: join(pictures, `${name}-${language}-${width}.png`), fullPage: true })
  }
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  /** Values stand in isolates (FIRST STRONG ISOLATE … POP). */
  const filled = (sentence: string, values: Record<string, string>) =>
    sentence.replace(/\{\{(\w+)\}\}/g, (_, name) => `\u2068${values[name]}\u2069`)
  const open = async (path: string) => {
    await window.page.goto(`${server.url}${path}`)
    await shown(window.page)
  }
  const overflow = (page: Page) =>
    page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)

  beforeAll(async () => {
    owner = await signedIn(server, 'owner')
    shop = await server.newShop({ tenantOf: owner.userId })
    window = await openWindow(browser, server.url, { language, width, scheme: 'light' }, owner.cookie)
  })
  afterAll(() => window?.context.close())

  test('without a problem the page says so', async () => {
    await open('/alerts')
    const { page } = window
    await page.getByText(words.alerts.empty.openTitle).waitFor()
    await picture('alerts-empty')
    expect(await barriersOn(page)).toEqual([])
    await page.getByText(words.alerts.views.past, { exact: true }).click()
    await page.getByText(words.alerts.empty.pastTitle).waitFor()
  })

  test('a webhook is added, its secret is shown once, and its test tells the result', async () => {
    await open('/alerts?view=channels')
    const { page } = window
    await page.getByText(words.alerts.empty.channelsTitle).waitFor()
    await button(page, words.alerts.channel.add).click()
    const dialog = page.getByRole('dialog', { name: words.alerts.channel.add })
    await dialog.getByLabel(words.alerts.channel.url).waitFor()
    await dialog.getByLabel(words.alerts.channel.url).fill('ftp://nowhere.example')
    await dialog.getByLabel(words.common.name).fill('Bell')
    await dialog.getByRole('switch', { name: words.alerts.channel.quiet }).click()
    await dialog.getByText(words.alerts.channel.urgentKinds).waitFor()
    await picture('alerts-channel-form')
    expect(await barriersOn(page)).toEqual([])
    await dialog.getByRole('button', { name: words.common.save }).click()
    await dialog.locator('.mantine-TextInput-error').waitFor()
    await dialog.getByLabel(words.alerts.channel.url).fill(webhook.url)
    await dialog.getByRole('switch', { name: words.alerts.channel.quiet }).click()
    await dialog.getByRole('button', { name: words.common.save }).click()
    const secret = page.getByRole('dialog', { name: words.alerts.channel.secretTitle })
    await secret.getByText(/^whsec_/).waitFor()
    await picture('alerts-secret')
    await secret.getByRole('button', { name: words.alerts.channel.secretDone }).click()
    await page.getByRole('rowheader').filter({ hasText: 'Bell' }).waitFor()
    expect(await page.getByText(/whsec_/).count()).toBe(0)
    webhook.received.length = 0
    await page.getByRole('button', { name: new RegExp(words.alerts.channel.test) }).click()
    await expect.poll(() => webhook.received.length).toBe(1)
    await page
      .getByText(language === 'fa' ? 'پیام رسید.' : 'The message was delivered.')
      .first()
      .waitFor()
    await picture('alerts-channels')
    expect(await barriersOn(page)).toEqual([])
    expect(await overflow(page)).toBe(0)
  })

  test('an alert is in the list and in the navigation until it is acknowledged', async () => {
    await makeDead(server, shop.storeId, { count: 40, code })
    await checkAndDeliver(server)
    await open('/alerts')
    const { page } = window
    await page.getByRole('rowheader').filter({ hasText: title }).waitFor()
    const one = language === 'fa' ? '۱' : '1'
    const badge = page.getByText(filled(words.shell.openAlerts, { amount: one }))
    await badge.waitFor({ state: 'attached' })
    await picture('alerts-open')
    expect(await barriersOn(page)).toEqual([])
    expect(await overflow(page)).toBe(0)
    await button(page, filled(words.alerts.acknowledgeOf, { title })).click()
    await page.getByText(words.alerts.acknowledged, { exact: true }).waitFor()
    await badge.waitFor({ state: 'detached' })
  })

  test('deliveries are listed with their attempts, and a channel is deleted', async () => {
    await open('/alerts?view=channels')
    const { page } = window
    const menu = button(page, filled(words.common.actionsOf, { name: 'Bell' }))
    await menu.click()
    await page.getByRole('menuitem', { name: words.alerts.channel.deliveries }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('rowheader').first().waitFor()
    expect(await dialog.getByRole('rowheader').count()).toBe(2)
    expect(await dialog.getByText(words.alerts.delivery.statuses.sent, { exact: true }).count()).toBe(2)
    await picture('alerts-deliveries')
    expect(await barriersOn(page)).toEqual([])
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
    await menu.click()
    await page.getByRole('menuitem', { name: words.alerts.channel.delete }).click()
    await page.getByRole('dialog').getByRole('button', { name: words.alerts.channel.delete }).click()
    await page.getByText(words.alerts.empty.channelsTitle).waitFor()
  })

  test('an alert that is over is among the past ones', async () => {
    await server.sql(
      `update events set status = 'superseded', outcome = 'superseded', error = null where store_id = $1`,
      [shop.storeId],
    )
    await letMinutesPass(server, 6)
    await checkAndDeliver(server)
    await open('/alerts?view=past')
    const { page } = window
    await page.getByRole('rowheader').filter({ hasText: title }).waitFor()
    await picture('alerts-past')
    expect(window.complaints).toEqual([])
  })
})
