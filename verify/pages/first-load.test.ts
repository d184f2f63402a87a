import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { PAGES } from '../../dashboard/src/pages.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { firstLoad } from './support/first-load.ts'
import { DETAILS, type Installation, inhabit } from './support/installation.ts'
import { openWindow } from './support/window.ts'

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

test.each([
  ...PAGES.filter(({ isForAdmins }) => !isForAdmins).map(({ path }) => ['owner', path]),
  ...PAGES.map(({ path }) => ['admin', path]),
  ...DETAILS.map((detail) => ['owner', detail]),
] as ['owner' | 'admin', string][])(
  'for an %s the first load of %s is at most 20 requests and 200 KB of JavaScript',
  async (role, page) => {
    const path = page.startsWith('/') ? page : installation.details[page as (typeof DETAILS)[number]]
    const window = await openWindow(
      browser,
      server.url,
      { language: 'fa', width: 1280, scheme: 'light' },
      installation[role].cookie,
    )
    const { requests, paths, scriptBytes } = await firstLoad(window.page, server.url + path)
    expect.soft(requests, paths.join('\n')).toBeLessThanOrEqual(20)
    expect.soft(scriptBytes).toBeLessThanOrEqual(200_000)
    expect(scriptBytes).toBeGreaterThan(100_000)
    await window.context.close()
  },
)
