import { existsSync, readFileSync } from 'node:fs'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { type FakeSmtp, startFakeSmtp } from '../support/fake-receivers.ts'
import { PASSWORD, type Person, signedIn } from '../support/people.ts'
import { codeOf, nextPeriod, turnOn, wrongCode } from '../support/second-factor.ts'
import { startTestServer, type TestServer, waitFor } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow, shown } from './support/window.ts'

let server: TestServer
let smtp: FakeSmtp
let browser: Browser

beforeAll(async () => {
  smtp = await startFakeSmtp()
  const mail = { SMTP_URL: smtp.url, ALERT_FROM: 'fiko@fiko.example', PUBLIC_URL: 'http://fiko.example' }
  browser = await openBrowser()
  server = await startTestServer(mail)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
  await smtp?.stop()
})

const button = (page: Page, name: string) => page.getByRole('button', { name, exact: true })
const field = (page: Page, name: string) => page.getByRole('textbox', { name, exact: true })
const persian = (code: string) => [...code].map((digit) => String.fromCodePoint(0x6f0 + Number(digit))).join('')
const look = async (page: Page, name: string) => {
  const folder = process.env.PICTURES
  if (folder && existsSync(folder)) await page.screenshot({ path: `${folder}/${name}.png`, animations: 'disabled' })
}

describe.each([
  { language: 'fa', words: fa, width: 390, scheme: 'dark' },
  { language: 'en', words: en, width: 1440, scheme: 'light' },
] as const)('in $language, $width px wide', ({ language, words, width, scheme }) => {
  const open = (cookie: string | null = null) => openWindow(browser, server.url, { language, width, scheme }, cookie)
  const own = words.account.twoFactor

  test('a user turns the second factor on with the keyboard; the backup codes are shown once', async () => {
    const person = await signedIn(server, 'owner')
    const { page, context, complaints } = await open(person.cookie)
    await page.goto(`${server.url}/account`)
    const start = button(page, own.turnOn)
    await start.focus()
    await page.keyboard.press('Enter')
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel(own.password, { exact: true }).waitFor()
    await page.keyboard.type('not my password')
    await page.keyboard.press('Enter')
    await page.getByText(/is not your password|گذرواژهٔ شما نیست/).waitFor()
    await page.keyboard.press('ControlOrMeta+a')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')
    const code = field(page, own.appCode)
    await code.waitFor()
    expect(await code.getAttribute('autocomplete')).toBe('one-time-code')
    expect(await code.getAttribute('inputmode')).toBe('numeric')
    await page.getByRole('img', { name: own.picture }).waitFor()
    const key = (await dialog.locator('code').textContent()) ?? ''
    expect(key).toMatch(/^[A-Z2-7]{52}$/)
    expect(await barriersOn(page)).toEqual([])
    await look(page, `key-${language}`)
    await code.focus()
    await page.keyboard.type(wrongCode(key))
    await page.keyboard.press('Enter')
    await page.getByText(/The code is wrong|کد درست نیست/).waitFor()
    const right = codeOf(key)
    await page.keyboard.type(persian(right))
    expect(await code.inputValue()).toBe(right)
    await page.keyboard.press('Enter')
    const codes = page.getByRole('list', { name: own.codes })
    await codes.waitFor()
    expect(await codes.getByRole('listitem').count()).toBe(10)
    expect(await barriersOn(page)).toEqual([])
    await look(page, `codes-${language}`)
    const file = page.waitForEvent('download')
    await button(page, own.download).click()
    const saved = await file
    expect(saved.suggestedFilename()).toBe('fiko-sync-backup-codes.txt')
    expect(
      readFileSync(await saved.path(), 'utf8')
        .trim()
        .split('\n'),
    ).toEqual(await codes.getByRole('listitem').allTextContents())
    await button(page, own.saved).click()
    await page.getByText(own.codesLeft.replace('{{number}}', '')).waitFor()
    await look(page, `account-${language}`)
    expect(complaints.filter((each) => !/ 40[01] /.test(each))).toEqual([])
    await context.close()
  })

  test('the sign-in asks for the code, takes Persian digits, and a backup code in its place', async () => {
    const person = await signedIn(server, 'owner')
    const { key, backupCodes } = await turnOn(server, person)
    const { page, context } = await open()
    const firstStep = async () => {
      await page.goto(`${server.url}/products`)
      await field(page, words.shell.signIn.email).fill(person.email)
      await page.keyboard.press('Tab')
      await page.keyboard.type(PASSWORD)
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: words.shell.signIn.second.title, level: 1 }).waitFor()
    }
    await firstStep()
    const code = field(page, words.shell.signIn.second.app)
    await code.waitFor()
    expect(await code.getAttribute('autocomplete')).toBe('one-time-code')
    expect(await code.getAttribute('inputmode')).toBe('numeric')
    expect(await code.evaluate((input) => input === document.activeElement)).toBe(true)
    await page.keyboard.type(wrongCode(key))
    await page.keyboard.press('Enter')
    await page.getByRole('alert').waitFor()
    expect(await barriersOn(page)).toEqual([])
    await look(page, `second-step-${language}`)
    await code.focus()
    await page.keyboard.type(persian(codeOf(key)))
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: words.shell.pages.products, level: 1 }).waitFor()

    await context.clearCookies()
    await firstStep()
    await button(page, words.shell.signIn.second.useBackup).click()
    await page.keyboard.type((backupCodes[0] ?? '').toUpperCase())
    await page.getByLabel(words.shell.signIn.second.trust).check()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: words.shell.pages.products, level: 1 }).waitFor()

    // The device is trusted now.
    const cookies = (await context.cookies()).filter(({ name }) => !name.includes('session_token'))
    await context.clearCookies()
    await context.addCookies(cookies)
    await page.goto(`${server.url}/products`)
    await field(page, words.shell.signIn.email).fill(person.email)
    await page.keyboard.press('Tab')
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: words.shell.pages.products, level: 1 }).waitFor()
    await context.close()
  })

  test('a user makes new codes and turns it off with password and code', async () => {
    const person = await signedIn(server, 'owner')
    const { key, cookie } = await turnOn(server, person)
    const { page, context } = await open(cookie)
    await page.goto(`${server.url}/account`)
    const give = async (choice: string) => {
      await button(page, choice).click()
      const dialog = page.getByRole('dialog')
      await dialog.getByLabel(own.password, { exact: true }).fill(PASSWORD)
      await dialog.getByLabel(own.anyCode, { exact: true }).fill(codeOf(key))
      await dialog.getByRole('button', { name: choice, exact: true }).click()
    }
    await give(own.newCodes)
    await button(page, own.saved).click()
    await nextPeriod(server, person)
    await give(own.turnOff)
    await page.getByText(own.isOff).waitFor()
    await button(page, own.turnOn).waitFor()
    await context.close()
  })

  test('an admin sees the second factor of a user and resets it; a new user is told of the e-mail', async () => {
    const admin = await signedIn(server, 'admin')
    const person: Person = await signedIn(server, 'owner')
    await turnOn(server, person)
    const { page, context } = await open(admin.cookie)
    await page.goto(`${server.url}/users`)
    await page.getByText(person.email).first().waitFor()
    await look(page, `users-${language}`)
    await page.getByRole('button', { name: new RegExp(person.email) }).click()
    await page.getByRole('menuitem', { name: words.users.resetTwoFactor }).click()
    await button(page, words.users.resetDialog.button).click()
    await page.getByText(words.users.resetDialog.done).waitFor()
    expect(await barriersOn(page)).toEqual([])
    await button(page, words.common.close).last().click()

    await button(page, words.users.make).first().click()
    const email = `new-${language}@example.com`
    await page.getByRole('dialog').locator('input[type="email"]').fill(email)
    await button(page, words.users.create.button).click()
    await page.getByRole('status').filter({ hasText: email }).waitFor()
    expect(smtp.mails.at(-1)?.to).toEqual([email])
    await look(page, `invited-${language}`)
    await context.close()
  })

  test('a link for a forgotten password is asked for on the sign-in page', async () => {
    const person = await signedIn(server, 'owner')
    const { page, context } = await open()
    await page.goto(`${server.url}/`)
    await button(page, words.shell.signIn.forgot).focus()
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: words.shell.signIn.forgotten.title, level: 1 }).waitFor()
    await field(page, words.shell.signIn.email).waitFor()
    expect(await barriersOn(page)).toEqual([])
    await look(page, `forgotten-${language}`)
    await page.keyboard.type(person.email)
    await page.keyboard.press('Enter')
    await page.getByText(words.shell.signIn.forgotten.done).waitFor()
    await waitFor('an e-mail', async () => smtp.mails.some(({ to }) => to.includes(person.email)))
    await button(page, words.shell.signIn.again).click()
    await page.getByRole('heading', { name: words.shell.signIn.title, level: 1 }).waitFor()
    await shown(page)
    await context.close()
  })
})
