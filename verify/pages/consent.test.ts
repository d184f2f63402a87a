import { mkdirSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { type OAuthProgram, registered } from '../support/oauth.ts'
import { PASSWORD, type Person, signedIn } from '../support/people.ts'
import { startTestServer, type TestServer, waitFor } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow, shown, type Window } from './support/window.ts'

const pictures = process.env.DASHBOARD_PICTURES

let server: TestServer
let browser: Browser
/** The program that wants to connect: it listens on this device. */
let program: OAuthProgram
let listener: Server
let redirectUri: string
const returns: URLSearchParams[] = []

beforeAll(async () => {
  if (pictures) mkdirSync(pictures, { recursive: true })
  ;[server, browser] = await Promise.all([startTestServer(), openBrowser()])
  listener = createServer((request, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://localhost')
    if (pathname === '/cb') returns.push(searchParams)
    response.setHeader('content-type', 'text/html').end('<h1>Back in the program</h1>')
  })
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve))
  redirectUri = `http://127.0.0.1:${(listener.address() as AddressInfo).port}/cb`
  program = await registered(server, { client_name: 'Claude', redirect_uris: [redirectUri] })
})
afterAll(async () => {
  await browser?.close()
  listener?.close()
  await server?.stop()
})

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const address = (changes: Record<string, string | null> = {}) =>
  `${server.url}/oauth/authorize?${program.query({ redirect_uri: redirectUri, ...changes })}`
/** A sentence with its value, which the page isolates from the direction of the sentence. */
const told = (sentence: string, value: string) => sentence.replace(/\{\{\w+\}\}/, `\u2068${value}\u2069`)
const picture = async (page: Page, name: string) => {
  if (pictures) await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true })
}
const overflow = (page: Page) =>
  page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
const agentsOf = async (user: Person) => (await user.request('GET', '/api/v1/oauth/agents/')).body.results

describe.each([
  { language: 'fa', words: fa, width: 390, scheme: 'dark' },
  { language: 'en', words: en, width: 1280, scheme: 'light' },
] as const)('in $language, $width px wide', ({ language, words, width, scheme }) => {
  let window: Window
  let owner: Person
  const { consent } = words.agents
  const named = (name: string) => `${name}-${language}-${width}`

  beforeAll(async () => {
    owner = await signedIn(server, 'owner')
    await owner.request('POST', '/api/v1/stores/', { name: language === 'fa' ? 'کلاه‌فروشی آفتاب' : 'Sunny hats' })
    await owner.request('POST', '/api/v1/stores/', { name: language === 'fa' ? 'فرش' : 'Rugs', environment: 'test' })
    window = await openWindow(browser, server.url, { language, width, scheme })
  })
  afterAll(() => window?.context.close())

  test('a program sends the user to sign in, to the consent, and back with a code that reads the chosen shop', async () => {
    const { page, complaints } = window
    await page.goto(address())
    await page.getByRole('textbox', { name: words.shell.signIn.email, exact: true }).fill(owner.email)
    await page.locator('input[type="password"]').fill(PASSWORD)
    await button(page, words.shell.signIn.button).click()
    await page.getByRole('heading', { name: consent.title, level: 1 }).waitFor()
    await button(page, consent.allow).waitFor()
    await page.getByText(told(consent.asks, 'Claude')).waitFor()
    await page.getByText(new URL(redirectUri).host).waitFor()
    for (const text of [consent.loopback, consent.onlyIf, consent.readsList, consent.neverList])
      await page.getByText(text, { exact: true }).waitFor()
    const [lang, dir] = await page.evaluate(() => [document.documentElement.lang, document.documentElement.dir])
    expect({ lang, dir }).toEqual({ lang: language, dir: language === 'fa' ? 'rtl' : 'ltr' })
    expect(await overflow(page)).toBe(0)
    expect(await barriersOn(page)).toEqual([])
    await picture(page, named('consent'))
    const shops = page.getByRole('combobox', { name: consent.shops })
    expect(await shops.locator('option:checked').textContent()).toBe(words.agents.allLive)
    await shops.selectOption(language === 'fa' ? 'کلاه‌فروشی آفتاب' : 'Sunny hats')
    expect(complaints).toEqual([])
    await button(page, consent.allow).click()
    await page.getByRole('heading', { name: 'Back in the program' }).waitFor()
    const back = returns.splice(0)
    expect(back.map((one) => [one.get('iss'), one.get('state')])).toEqual([[server.url, 'st/ate']])
    const made = await program.exchange(back[0]?.get('code') ?? '', { redirect_uri: redirectUri })
    expect(made.status).toBe(200)
    expect((await server.search('hat', { token: made.body.access_token })).status).toBe(200)
    expect(await agentsOf(owner)).toMatchObject([
      { store: { name: language === 'fa' ? 'کلاه‌فروشی آفتاب' : 'Sunny hats' } },
    ])

    complaints.length = 0
    await page.goto(`${server.url}/agents`)
    await shown(page)
    await page.getByText('Claude', { exact: true }).waitFor()
    expect(await overflow(page)).toBe(0)
    expect(await barriersOn(page)).toEqual([])
    await picture(page, named('agents'))
    await button(page, told(words.common.actionsOf, 'Claude')).click()
    await page.getByRole('menuitem', { name: words.agents.revoke }).click()
    await button(page, words.agents.revoke).click()
    await page.getByText(words.agents.empty.title).waitFor()
    expect(complaints).toEqual([])
    await waitFor(
      'the token to end',
      async () => (await server.search('hat', { token: made.body.access_token })).status === 401,
    )
  })

  test('a user who denies goes back without a code', async () => {
    const { page } = window
    await page.goto(address())
    await button(page, consent.deny).click()
    await page.getByRole('heading', { name: 'Back in the program' }).waitFor()
    expect(returns.splice(0).map((one) => Object.fromEntries(one))).toEqual([
      { error: 'access_denied', state: 'st/ate', iss: server.url },
    ])
    expect(await agentsOf(owner)).toEqual([])
  })

  test('a request with an error is explained, and leads back only by a press', async () => {
    const { page } = window
    await page.goto(address({ code_challenge_method: 'plain' }))
    await page.getByText(consent.invalid, { exact: true }).waitFor()
    expect(await button(page, consent.allow).count()).toBe(0)
    expect(await barriersOn(page)).toEqual([])
    await picture(page, named('consent-invalid'))
    expect(returns).toEqual([])
    await page.getByRole('link', { name: told(consent.back, new URL(redirectUri).host) }).click()
    await page.getByRole('heading', { name: 'Back in the program' }).waitFor()
    expect(returns.splice(0)[0]?.get('error')).toBe('invalid_request')
  })

  test('a foreign return address or an unknown program leads nowhere', async () => {
    const { page } = window
    for (const changes of [
      { redirect_uri: 'https://evil.example/cb' },
      { redirect_uri: 'javascript:document.title=1' },
      { client_id: `fo_client_${'A'.repeat(43)}` },
    ]) {
      await page.goto(address(changes))
      await page.getByText(consent.refusedTitle).waitFor()
      expect(await page.getByRole('button', { name: consent.allow }).count()).toBe(0)
      const links = await page.locator('main a').evaluateAll((all) => all.map((one) => one.getAttribute('href')))
      expect(new Set(links)).toEqual(new Set(['/']))
    }
    await picture(page, named('consent-unknown'))
    expect(await barriersOn(page)).toEqual([])
  })

  test('an owner turns the public address of a store on, sees it again later, and turns it off', async () => {
    const { page, complaints } = window
    const words_ = words.agents.publicAddress
    const [store] = (await owner.request('GET', '/api/v1/stores/')).body.results
    complaints.length = 0
    await page.goto(`${server.url}/stores/${store.id}`)
    await shown(page)
    await button(page, words_.make).click()
    const shownAddress = page.getByText(new RegExp(`^${server.url}/mcp/[\\w-]{27}$`))
    await shownAddress.waitFor()
    const first = await shownAddress.textContent()
    expect(await barriersOn(page)).toEqual([])
    await picture(page, named('public-address'))
    await page.reload()
    await shown(page)
    await shownAddress.waitFor()
    expect(await shownAddress.textContent()).toBe(first)
    await button(page, words_.replace).click()
    await page.getByRole('dialog').getByRole('button', { name: words_.replace, exact: true }).click()
    await waitFor('another address', async () => (await shownAddress.textContent()) !== first)
    await button(page, words_.remove).click()
    await page.getByRole('dialog').getByRole('button', { name: words_.remove, exact: true }).click()
    await page.getByText(words_.off).waitFor()
    expect(complaints).toEqual([])
  })
})

test('the consent page cannot be framed, and keeps the window of the chat that opened it', async () => {
  const answer = await fetch(address(), { headers: { accept: 'text/html' } })
  expect(answer.headers.get('content-security-policy')).toContain("frame-ancestors 'none'")
  expect(answer.headers.get('cross-origin-opener-policy')).toBe('unsafe-none')
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const other = await fetch(`${server.url}/oauth/other`, { headers: { accept: 'text/html' } })
  expect(other.headers.get('cross-origin-opener-policy')).toBe('same-origin')
})
