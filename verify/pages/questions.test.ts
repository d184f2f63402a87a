import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { type Person, signedIn } from '../support/people.ts'
import { call, startTestServer, type TestServer, waitFor } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow, shown, type Window } from './support/window.ts'

/** Folder for pictures; without it no pictures are taken. */
const pictures = process.env.DASHBOARD_PICTURES

let server: TestServer
let browser: Browser

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer(), openBrowser()])
  if (pictures) mkdirSync(pictures, { recursive: true })
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

describe.each([
  { language: 'fa', words: fa, width: 390, product: 'قوری چینی', asked: 'قوری', missing: 'سماور' },
  { language: 'en', words: en, width: 1280, product: 'China teapot', asked: 'teapot', missing: 'zeppelin' },
] as const)('in $language, $width px wide', ({ language, words, width, product, asked, missing }) => {
  let window: Window
  let owner: Person
  let token: string
  const picture = async (name: string) => {
    if (pictures)
      await window.page.screenshot({ path: join(pictures, `${name}-${language}-${width}.png`), fullPage: true })
  }
  const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
  const open = async (path: string) => {
    await window.page.goto(`${server.url}${path}`)
    await shown(window.page)
  }
  const ask = async (q: string): Promise<string> => (await server.search(q, { token })).body.question_id
  const logged = (count: number) =>
    waitFor(
      `${count} questions in the log`,
      async () => (await owner.request('GET', '/api/v1/questions/')).body.count === count,
    )
  const table = (page: Page, name: string) => page.getByRole('table', { name, exact: true })
  const rowOf = (page: Page, name: string, text: string) =>
    table(page, name)
      .getByRole('row')
      .filter({ has: page.getByRole('rowheader', { name: text, exact: true }) })

  beforeAll(async () => {
    owner = await signedIn(server, 'owner')
    token = await server.knowledgeToken(owner.userId)
    const shop = await server.newShop({ tenantOf: owner.userId })
    await shop.send(
      anUpdate({ id: 1, name: product, short_description: '', description: '', tags: [], categories: [] }),
    )
    await server.settled()
    window = await openWindow(browser, server.url, { language, width, scheme: 'light' }, owner.cookie)
  })
  afterAll(() => window?.context.close())

  test('without questions the page says when they appear', async () => {
    await open('/questions')
    await window.page.getByText(words.questions.empty.title).waitFor()
    await picture('questions-empty')
    expect(await barriersOn(window.page)).toEqual([])
  })

  test('questions are shown by frequency, and those without an answer first, without times for an owner', async () => {
    const { page } = window
    const id = await ask(asked)
    for (const q of [asked, `${asked}؟`, missing, missing]) await ask(q)
    const [row] = await server.sql<{ id: number }>('select id from products where name = $1', [product])
    const click = { question_id: id, kind: 'click', product_id: row?.id }
    await call(server.url, 'POST', '/api/v1/knowledge/feedback/', { authorization: `Bearer ${token}` }, click)
    await logged(5)
    await open('/questions')
    await rowOf(page, words.questions.missing.title, missing).waitFor()
    await rowOf(page, words.questions.top.title, `${asked}؟`).waitFor()
    await rowOf(page, words.questions.agents.title, 'node').waitFor()
    expect(await table(page, words.questions.log.title).getByRole('rowheader').count()).toBe(5)
    expect(await page.getByRole('columnheader', { name: words.questions.columns.took }).count()).toBe(0)
    expect(await page.locator('main').innerText()).not.toMatch(/\d ?ms\b|میلی/)
    await picture('questions')
    expect(await barriersOn(page)).toEqual([])
    expect(window.complaints).toEqual([])
  })

  test('a question without an answer opens the synonym dialog with its word, and is answered afterwards', async () => {
    const { page } = window
    await open('/questions')
    const row = rowOf(page, words.questions.missing.title, missing)
    await row.getByRole('button', { name: words.questions.addSynonym }).click()
    const dialog = page.getByRole('dialog', { name: words.synonyms.add })
    const field = dialog.getByLabel(words.synonyms.words)
    expect(await field.inputValue()).toBe(missing)
    await picture('questions-synonym')
    await field.fill(`${missing}\n${asked}`)
    await dialog.getByRole('button', { name: words.common.save }).click()
    await dialog.waitFor({ state: 'detached' })
    await ask(missing)
    await logged(6)
    await open('/questions')
    await page.getByText(words.questions.missing.none).waitFor()
  })

  test('the other action says what to do in the shop', async () => {
    const { page } = window
    await ask('dirigible')
    await logged(7)
    await open('/questions')
    const row = rowOf(page, words.questions.missing.title, 'dirigible')
    await row.getByRole('button', { name: words.questions.addProduct }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByText(words.questions.help.notSold).waitFor()
    await picture('questions-product')
    expect(await barriersOn(page)).toEqual([])
    await dialog.getByRole('link', { name: words.questions.help.look }).click()
    await page.waitForURL('**/products?search=dirigible')
  })

  test('the list is filtered, and the same list is a file', async () => {
    const { page } = window
    await open('/questions?answered=false')
    const list = table(page, words.questions.log.title)
    await expect.poll(() => list.getByRole('rowheader').count()).toBe(3)
    const href = await page.getByRole('link', { name: words.common.csvLabel }).getAttribute('href')
    const file = String((await owner.request('GET', href ?? '')).body)
    expect(file.trim().split('\r\n')).toHaveLength(4)
  })

  test('storage is limited, turned off and emptied', async () => {
    const { page } = window
    await open('/questions')
    const days = page.getByLabel(words.questions.keeping.days)
    await days.fill(language === 'fa' ? '۹۹۹' : '999')
    await button(page, words.common.save).click()
    await page.locator('.mantine-TextInput-error').waitFor()
    await days.fill(language === 'fa' ? '۳۰' : '30')
    await page.getByLabel(words.questions.keeping.isOn).uncheck()
    await button(page, words.common.save).click()
    await page.getByText(words.common.saved, { exact: true }).waitFor()
    const settings = await owner.request('GET', '/api/v1/questions/settings/')
    expect(settings.body).toMatchObject({ is_on: false, retention_days: 30, stored: 7 })
    await button(page, words.questions.keeping.delete).click()
    await page.getByRole('dialog').getByRole('button', { name: words.questions.keeping.delete }).click()
    await page.getByText(words.questions.empty.off).waitFor()
    await picture('questions-off')
    expect(await barriersOn(page)).toEqual([])
    expect(window.complaints.filter((line) => !line.startsWith('400'))).toEqual([])
  })
})

test('an admin of all tenants sees whose questions they are, and chooses a tenant to act', async () => {
  const admin = await signedIn(server, 'admin')
  const owner = await signedIn(server, 'owner')
  await server.search('dirigible', { token: await server.knowledgeToken(owner.userId) })
  await waitFor(
    'the question in the log',
    async () => (await owner.request('GET', '/api/v1/questions/')).body.count === 1,
  )
  const { page, context } = await openWindow(
    browser,
    server.url,
    { language: 'en', width: 1280, scheme: 'light' },
    admin.cookie,
  )
  await page.goto(`${server.url}/questions`)
  await shown(page)
  await page.getByText(en.questions.missing.allTenants).waitFor()
  await page.getByText(en.questions.keeping.allTenants).waitFor()
  expect(await page.getByRole('button', { name: en.questions.addSynonym }).count()).toBe(0)
  await page.getByRole('table', { name: en.questions.log.title }).getByText(owner.email).first().waitFor()
  await context.close()
})
