import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { signedIn } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { DESK, openWindow, shown } from './support/window.ts'

let server: TestServer
let browser: Browser

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer(), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

test('a diagnosis is in the language of the page, and another language shows no texts of the earlier one', async () => {
  const admin = await signedIn(server, 'admin')
  const { page, context, complaints } = await openWindow(browser, server.url, { ...DESK, language: 'fa' }, admin.cookie)
  await page.goto(`${server.url}/settings`)
  await shown(page)
  await page.getByRole('button', { name: fa.settings.diagnosis.button, exact: true }).click()
  await page.getByText('واژه‌ها را مقایسه می‌کند، نه معناها را').waitFor()
  expect(await page.getByText('compares words, not meanings').count()).toBe(0)

  await page.getByRole('button', { name: 'English' }).click()
  await page.getByRole('button', { name: en.settings.diagnosis.button, exact: true }).click()
  await page.getByText('compares words, not meanings').waitFor()
  expect(await page.getByText('واژه‌ها را مقایسه می‌کند').count()).toBe(0)
  expect(complaints).toEqual([])
  await context.close()
})
