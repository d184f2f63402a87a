import { mkdirSync, mkdtempSync, renameSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Locator } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { type Person, signedIn } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow, shown, type Window } from './support/window.ts'

/** Folder for pictures; without it no pictures are taken. */
const pictures = process.env.DASHBOARD_PICTURES
const directory = mkdtempSync(join(tmpdir(), 'fiko-backups-page-'))
const folder = join(directory, 'kept')

let server: TestServer
let browser: Browser
let admin: Person

beforeAll(async () => {
  mkdirSync(folder)
  ;[server, browser] = await Promise.all([
    startTestServer({ BACKUP_FOLDER: folder, BACKUP_SCHEDULE: '03:30 Asia/Tehran' }),
    openBrowser(),
  ])
  if (pictures) mkdirSync(pictures, { recursive: true })
  admin = await signedIn(server, 'admin')
  const shop = await server.newShop({ name: 'Lamps' })
  await shop.send(anUpdate({ id: 1, name: 'قوری' }))
  await server.settled()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  rmSync(directory, { recursive: true, force: true })
})

describe.each([
  { language: 'fa', words: fa, width: 390 },
  { language: 'en', words: en, width: 1440 },
] as const)('in $language, $width px wide', ({ language, words, width }) => {
  let window: Window
  const picture = async (name: string, part?: Locator) => {
    const path = join(pictures ?? '', `${name}-${language}-${width}.png`)
    // The page is long; the last part of it is looked at.
    if (pictures) await (part ?? window.page).screenshot({ path })
  }
  const { backup } = words.settings

  beforeAll(async () => {
    window = await openWindow(browser, server.url, { language, width, scheme: 'light' }, admin.cookie)
  })
  afterAll(() => window?.context.close())

  test('a backup is taken by a button, listed as verified, and its commands are shown', async () => {
    const { page } = window
    await page.goto(`${server.url}/settings`)
    await shown(page)
    const section = page.getByRole('region', { name: backup.title, exact: true })
    await section.getByText('03:30').or(section.getByText('۰۳:۳۰')).waitFor()
    await section.getByRole('button', { name: backup.now }).click()
    await section.getByText(backup.verified, { exact: true }).first().waitFor()
    await section.getByRole('button', { name: backup.now, disabled: false }).waitFor()
    expect(await barriersOn(page)).toEqual([])
    expect(
      await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth),
    ).toBeLessThanOrEqual(0)
    await section.scrollIntoViewIfNeeded()
    await picture('backups', section)
    const restore = section.getByRole('button', { name: backup.restore }).first()
    await restore.click()
    const dialog = page.getByRole('dialog', { name: backup.restoring.title })
    await dialog.getByText(`fiko restore '${folder}/fiko-backup-`).waitFor()
    await picture('backups-restore')
    await page.keyboard.press('Escape')
    await dialog.waitFor({ state: 'detached' })
  })

  test('a folder that is gone is told with what to do', async () => {
    const { page } = window
    renameSync(folder, `${folder}-away`)
    await page.goto(`${server.url}/settings`)
    await shown(page)
    const notice = page.getByRole('alert').filter({ hasText: 'BACKUP_FOLDER' })
    await notice.waitFor()
    expect(await notice.textContent()).toContain(backup.unreachable)
    await picture('backups-gone')
    renameSync(`${folder}-away`, folder)
  })

  test('each list has a link to its file with the filters of the page', async () => {
    const { page } = window
    for (const [path, address] of [
      ['/products?search=قوری', '/api/v1/web-knowledge/products/export/?search='],
      ['/events?status=processed', '/api/v1/integrations/woocommerce/events/export/?status=processed'],
      ['/tokens', '/api/v1/integrations/tokens/export/'],
      ['/stores', '/api/v1/stores/export/'],
      ['/users', '/api/v1/users/export/'],
      ['/audit?action=store.made', '/api/v1/audit/export/?action=store.made'],
      ['/alerts', '/api/v1/alerts/export/?state=open'],
    ] as const) {
      await page.goto(`${server.url}${path}`)
      const link = page.getByRole('link', { name: words.common.csvLabel }).first()
      await link.waitFor()
      const href = (await link.getAttribute('href')) ?? ''
      expect(href).toContain(address)
      expect(href).toContain(`language=${language}`)
      const answer = await fetch(`${server.url}${href}`, { headers: { cookie: admin.cookie } })
      expect([answer.status, answer.headers.get('content-type')], path).toEqual([200, 'text/csv; charset=utf-8'])
      await answer.arrayBuffer()
    }
    await picture('csv-button')
  })
})
