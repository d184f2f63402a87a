import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { type Installation, inhabit } from './support/installation.ts'
import { DESK, openWindow, shown } from './support/window.ts'

const persian = (digits: string) => new Intl.NumberFormat('fa-IR').format(Number(digits))

let server: TestServer
let browser: Browser
let installation: Installation

beforeAll(async () => {
  server = await startTestServer()
  ;[browser, installation] = await Promise.all([openBrowser(), inhabit(server)])
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const words = { en, fa }

test.each(['en', 'fa'] as const)('a dead letter shows each of its attempts, and why, in %s', async (language) => {
  const { page, context, complaints } = await openWindow(
    browser,
    server.url,
    { ...DESK, language },
    installation.owner.cookie,
  )
  await page.goto(`${server.url}${installation.details['dead event']}`)
  await shown(page)
  const { timeline, statuses } = words[language].events
  const steps = page.getByRole('region', { name: timeline.title }).getByRole('listitem')
  const said = await steps.allInnerTexts()
  // Values stand in isolates (FIRST STRONG ISOLATE … POP).
  expect(said.map((text) => text.replaceAll(/[\u2068\u2069]/g, '').split('\n')[0])).toEqual([
    timeline.received,
    ...['1', '2', '3', '4'].map((attempt) =>
      timeline.failed.replace('{{attempt, number}}', language === 'fa' ? persian(attempt) : attempt),
    ),
    statuses.dead,
  ])
  expect(said[1]).toContain(language === 'fa' ? '(کد P0001)' : '(code P0001)')
  expect(said[2]).toContain(timeline.same)
  // The database's message, which contains the row, is not on the page.
  expect(await page.content()).not.toContain('refused')
  expect(complaints).toEqual([])
  await context.close()
})

test('server texts are requested again in a newly chosen language', async () => {
  const { page, context } = await openWindow(browser, server.url, DESK, installation.owner.cookie)
  await page.goto(`${server.url}${installation.details['dead event']}`)
  await page.getByText('(code P0001)').first().waitFor()
  await page.getByRole('button', { name: 'فارسی' }).click()
  await page.getByText('(کد P0001)').first().waitFor()
  await expect.poll(() => page.getByText('(code P0001)').count()).toBe(0)
  await context.close()
})

test('a dead letter is replayed by its owner once its cause is mended, and is then a product', async () => {
  const { page, context, complaints } = await openWindow(browser, server.url, DESK, installation.owner.cookie)
  await page.goto(`${server.url}/dead-letters`)
  await page.getByText('P0001').first().waitFor()
  await server.sql('drop trigger refuse on products')
  await page.getByRole('button', { name: new RegExp(`^${en.deadLetters.replay} ?:`) }).click()
  await page.getByText(en.deadLetters.change.replay.text).waitFor()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Replay .?1.? dead letter$/ })
    .click()
  await page.getByText(en.deadLetters.empty.title).waitFor()
  await server.settled()
  await page.getByRole('link', { name: en.shell.pages.products, exact: true }).click()
  await page.getByText('Cursed').waitFor()
  await page.goto(`${server.url}${installation.details['dead event']}`)
  const steps = page.getByRole('region', { name: en.events.timeline.title }).getByRole('listitem')
  await steps.filter({ hasText: en.events.timeline.replayed.owner }).waitFor()
  expect(await steps.last().innerText()).toContain(en.events.outcomes.created)
  await page.getByText('attempt since the last replay').waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('an event shows up in the open list as it happens, and stays away while the list is paused', async () => {
  const { page, context } = await openWindow(browser, server.url, DESK, installation.owner.cookie)
  await page.goto(`${server.url}/events`)
  await shown(page)
  await page.getByRole('status').getByText(en.events.live.on, { exact: true }).waitFor()
  await installation.shop.send(anUpdate({ id: 77, name: 'Seen at once' }))
  await page.getByText('Seen at once').waitFor()
  await page.getByRole('button', { name: en.events.live.pause, exact: true }).click()
  await installation.shop.send(anUpdate({ id: 78, name: 'Not yet seen' }))
  await page.getByRole('button', { name: /new event/ }).waitFor()
  expect(await page.getByText('Not yet seen').count()).toBe(0)
  await page.getByRole('button', { name: /new event/ }).click()
  await page.getByText('Not yet seen').waitFor()
  await context.close()
})
