import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { type Person, signedIn } from '../support/people.ts'
import { type Shop, startTestServer, type TestServer } from '../support/test-server.ts'
import { DESK, openWindow, shown } from './support/window.ts'

const PHONE = { ...DESK, width: 390 }
/** Pixels of an event in a phone's list: five or more on a screen of 900. */
const MAX_ROW_HEIGHT = 175
/** Far longer than a page takes on a busy machine. */
const POLL = { timeout: 30_000 }

let server: TestServer
let browser: Browser
let owner: Person
let admin: Person
let shop: Shop

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer(), openBrowser()])
  owner = await signedIn(server, 'owner')
  admin = await signedIn(server, 'admin')
  shop = await server.newShop({ tenantOf: owner.userId, name: 'فروشگاه آفتاب' })
  const persian = { id: 1, name: 'قاب عکس 10×15', price: '1850000', attributes: [{ name: 'سایز', options: ['36–42'] }] }
  await shop.send(anUpdate(persian))
  await server.settled()
  await shop.send(
    anUpdate(
      {
        ...persian,
        price: '1750000',
        stock_quantity: 1200,
        permalink: 'https://shop.example/a-very-long-address/of-a-product/which-is-read-from-left-to-right/',
        description: 'An English text that runs from left to right.',
      },
      { event_id: 'changed' },
    ),
  )
  await server.settled()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const focused = (page: Page) =>
  page.evaluate(() => {
    const one = document.activeElement
    return one?.getAttribute('aria-label') ?? one?.textContent ?? ''
  })
const focusedTag = (page: Page) => page.evaluate(() => document.activeElement?.tagName)

describe('the menu on a phone', () => {
  test('takes no focus while it is closed, closes with Escape, and gives the focus back', async () => {
    const { page, context } = await openWindow(browser, server.url, PHONE, owner.cookie)
    await page.goto(`${server.url}/events`)
    await shown(page)
    const stops: string[] = []
    for (let step = 0; step < 14; step += 1) {
      await page.keyboard.press('Tab')
      stops.push(await focused(page))
    }
    for (const name of [en.shell.pages.tokens, en.shell.pages.synonyms]) expect(stops).not.toContain(name)
    const opener = page.getByRole('button', { name: en.shell.openMenu })
    await opener.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('link', { name: en.shell.pages.tokens, exact: true }).waitFor()
    await expect.poll(() => focused(page), POLL).toBe(en.shell.closeMenu)
    await page.keyboard.press('Escape')
    const menu = page.locator('nav').last()
    await expect.poll(() => menu.evaluate((one) => one.closest('[inert]') !== null), POLL).toBe(true)
    await expect.poll(() => focused(page), POLL).toBe(en.shell.openMenu)
    await context.close()
  })

  test('keeps the focus inside while it is open, and a page that it opens gets it', async () => {
    const { page, context } = await openWindow(browser, server.url, PHONE, owner.cookie)
    await page.goto(`${server.url}/events`)
    await shown(page)
    await page.getByRole('button', { name: en.shell.openMenu }).click()
    expect(await page.locator('#content').getAttribute('inert')).not.toBeNull()
    await page.getByRole('link', { name: en.shell.pages.products, exact: true }).click()
    await page.getByRole('heading', { level: 1, name: en.shell.pages.products }).waitFor()
    await expect.poll(() => focusedTag(page), POLL).toBe('H1')
    expect(await page.locator('#content').getAttribute('inert')).toBeNull()
    await context.close()
  })
})

describe('the focus', () => {
  test('returns to the button of a dialog, and to the menu of a row', async () => {
    const { page, context } = await openWindow(browser, server.url, DESK, owner.cookie)
    await page.goto(`${server.url}/tokens`)
    await shown(page)
    const make = page.getByRole('button', { name: en.tokens.make, exact: true }).first()
    await make.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => make.evaluate((one) => one === document.activeElement), POLL).toBe(true)

    const menu = page.locator('button[aria-haspopup="menu"]').filter({ visible: true }).last()
    await menu.focus()
    await page.keyboard.press('Enter')
    await page.getByRole('menuitem').last().click()
    await page.getByRole('dialog').waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('dialog').waitFor({ state: 'detached' })
    await expect.poll(() => menu.evaluate((one) => one === document.activeElement), POLL).toBe(true)
    await context.close()
  })

  test('goes to the heading of the page when the row that opened the dialog is gone', async () => {
    const made = await owner.request('POST', '/api/v1/knowledge/synonyms/', { words: ['teapot', 'brewing jug'] })
    expect(made.status).toBe(201)
    const { page, context } = await openWindow(browser, server.url, DESK, owner.cookie)
    await page.goto(`${server.url}/synonyms`)
    await shown(page)
    const row = page.getByRole('row').filter({ hasText: 'brewing jug' })
    await row.locator('button[aria-haspopup="menu"]').click()
    await page.getByRole('menuitem').last().click()
    await page.getByRole('dialog').locator('button[type="submit"]').click()
    await row.waitFor({ state: 'detached' })
    await expect.poll(() => focusedTag(page), POLL).toBe('H1')
    await context.close()
  })

  test('moves with each step of connecting a shop, without a ring around the title', async () => {
    const { page, context } = await openWindow(browser, server.url, DESK, owner.cookie)
    await page.goto(`${server.url}/stores`)
    await page.getByRole('link', { name: en.stores.connect, exact: true }).first().focus()
    await page.keyboard.press('Enter')
    const atTitle = async (title: string) => {
      await page.getByRole('heading', { level: 2, name: title, exact: true }).waitFor()
      await expect.poll(() => focused(page), POLL).toBe(title)
      expect(await page.evaluate(() => getComputedStyle(document.activeElement as Element).outlineStyle)).toBe('none')
    }
    await atTitle(en.stores.nameStep.title)
    await page.getByLabel(en.common.name).fill('By keyboard')
    await page.keyboard.press('Enter')
    await atTitle(en.stores.tokenStep.title)
    await page.getByRole('button', { name: en.stores.tokenStep.button, exact: true }).focus()
    await page.keyboard.press('Enter')
    await atTitle(en.stores.pluginStep.title)
    // The page stands at 127.0.0.1, which no shop reaches.
    await page.getByRole('alert').getByText(en.stores.pluginStep.unreachable.computer).waitFor()
    await context.close()
  })
})

test('the lower parts of a store’s page are loaded when a reader scrolls near them, or presses a key', async () => {
  for (const act of [
    (page: Page) => page.evaluate(() => window.scrollTo(0, document.documentElement.scrollHeight)),
    (page: Page) => page.keyboard.press('Tab'),
  ]) {
    const { page, context } = await openWindow(browser, server.url, { ...DESK, width: 390 }, owner.cookie)
    await page.goto(`${server.url}/stores/${shop.storeId}`)
    await page.getByLabel(en.common.name, { exact: true }).waitFor()
    const feeds = page.getByRole('heading', { name: en.feeds.title, exact: true })
    expect(await feeds.count()).toBe(0)
    await act(page)
    await feeds.waitFor()
    await context.close()
  }
})

test('an admin chooses one tenant by its e-mail address, which then stands in the header', async () => {
  const { page, context } = await openWindow(browser, server.url, DESK, admin.cookie)
  await page.goto(`${server.url}/stores`)
  await shown(page)
  await page.getByRole('button', { name: `${en.shell.tenant.label}: ${en.shell.tenant.all}` }).focus()
  await page.keyboard.press('Enter')
  const search = page.getByRole('combobox', { name: en.shell.tenant.label })
  await expect.poll(() => search.evaluate((one) => one === document.activeElement), POLL).toBe(true)
  await page.keyboard.type(owner.email)
  await page.getByRole('option', { name: owner.email }).waitFor()
  await page.keyboard.press('ArrowDown')
  await page.keyboard.press('Enter')
  await expect.poll(() => new URL(page.url()).searchParams.get('user_id'), POLL).toBe(owner.userId)
  await page.reload()
  await page.getByRole('button', { name: `${en.shell.tenant.label}: ${owner.email}` }).waitFor()
  await context.close()
})

describe('in Persian', () => {
  test('the change of a product has the names of its fields, grouped Persian figures, and columns that do not drift', async () => {
    const { page, context } = await openWindow(
      browser,
      server.url,
      { ...DESK, language: 'fa', width: 1440 },
      owner.cookie,
    )
    const [event] = await server.sql<{ id: number }>(`select id from events where event_id = 'changed'`)
    await page.goto(`${server.url}/events/${event?.id}`)
    await shown(page)
    const table = page.getByRole('table', { name: fa.events.detail.changes })
    const text = await table.innerText()
    for (const field of ['price', 'stock_quantity', 'description', 'permalink'] as const)
      expect(text).toContain(fa.events.fields[field])
    expect(text).toContain('۱٬۸۵۰٬۰۰۰')
    expect(text).toContain('۱٬۲۰۰')
    expect(text).not.toMatch(/stock_quantity|permalink/)
    // Every value begins at the right edge of its column, as the heading does, also an English one.
    const drift = await table.evaluate((one) => {
      const edges = [...one.querySelectorAll('tr')].map((row) =>
        [...row.children].map((cell) => {
          const range = document.createRange()
          range.selectNodeContents(cell)
          return Math.max(...[...range.getClientRects()].map((rect) => rect.right))
        }),
      )
      const [head = [], ...rows] = edges
      return rows.flatMap((row) => row.map((edge, column) => Math.abs(edge - (head[column] ?? 0))))
    })
    expect(Math.max(...drift)).toBeLessThan(2)
    await context.close()
  })

  test('sizes read from left to right', async () => {
    const { page, context } = await openWindow(browser, server.url, { ...DESK, language: 'fa' }, owner.cookie)
    await page.goto(`${server.url}/products`)
    await shown(page)
    const places = await page
      .getByRole('rowheader')
      .first()
      .evaluate((cell) => {
        const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT)
        while (texts.nextNode()) {
          const { currentNode } = texts
          const at = currentNode.textContent?.search(/[1۱][0۰]×/) ?? -1
          if (at < 0) continue
          const leftOf = (from: number) => {
            const range = document.createRange()
            range.setStart(currentNode, from)
            range.setEnd(currentNode, from + 1)
            return range.getBoundingClientRect().left
          }
          return [leftOf(at), leftOf(at + 3)]
        }
        return []
      })
    expect(places[0]).toBeLessThan(places[1] ?? 0)
    await context.close()
  })

  test('the password runs from left to right, like the e-mail address above it', async () => {
    const { page, context } = await openWindow(browser, server.url, { ...DESK, language: 'fa' })
    await page.goto(server.url)
    const styleOf = (name: string) =>
      page.locator(`input[name="${name}"]`).evaluate((one) => {
        const { direction, textAlign } = getComputedStyle(one)
        return { direction, textAlign }
      })
    await page.locator('input[name="email"]').waitFor()
    expect(await styleOf('password')).toEqual(await styleOf('email'))
    expect((await styleOf('password')).direction).toBe('ltr')
    await context.close()
  })
})

test('details tell times to the second', async () => {
  const { page, context } = await openWindow(browser, server.url, DESK, owner.cookie)
  const [event] = await server.sql<{ id: number }>(`select id from events where event_id = 'changed'`)
  await page.goto(`${server.url}/events/${event?.id}`)
  await shown(page)
  const facts = await page.getByRole('region', { name: en.events.detail.facts }).innerText()
  expect(facts.match(/\d{2}:\d{2}:\d{2}/g)?.length).toBe(2)
  await context.close()
})

test('an event takes less than a fifth of a phone’s screen in its list', async () => {
  for (const language of ['en', 'fa'] as const) {
    const { page, context } = await openWindow(browser, server.url, { ...PHONE, language }, owner.cookie)
    await page.goto(`${server.url}/events`)
    await shown(page)
    const heights = await page
      .locator('tbody tr')
      .evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height))
    expect(heights.length).toBe(2)
    expect(Math.max(...heights)).toBeLessThan(MAX_ROW_HEIGHT)
    await context.close()
  }
})

test.each([390, 1024, 1440])('the lowest and the highest price stand in one row, %i px wide', async (width) => {
  const { page, context } = await openWindow(browser, server.url, { ...DESK, width }, owner.cookie)
  await page.goto(`${server.url}/products`)
  await shown(page)
  const boxes = await Promise.all(
    [en.products.filter.minPrice, en.products.filter.maxPrice].map((name) =>
      page.getByRole('searchbox', { name, exact: true }).boundingBox(),
    ),
  )
  expect(boxes[0]?.y).toBe(boxes[1]?.y)
  await context.close()
})

test.each(['en', 'fa'] as const)(
  'settings break their names at underscores only, and say what happens without a secret, in %s',
  async (language) => {
    for (const width of [390, 1440]) {
      const { page, context } = await openWindow(browser, server.url, { ...DESK, language, width }, admin.cookie)
      await page.goto(`${server.url}/settings`)
      await shown(page)
      const name = page.locator('dt').filter({ hasText: 'SESSION_SECRET' })
      await name.waitFor()
      const value = await name.locator('..').locator('dd').innerText()
      expect(value).toBe((language === 'fa' ? fa : en).settings.server.without.sessionSecret)
      const broken = await page.locator('dt code').evaluateAll((names) =>
        names.flatMap((one) => {
          const parts: string[] = []
          const texts = document.createTreeWalker(one, NodeFilter.SHOW_TEXT)
          while (texts.nextNode()) {
            const range = document.createRange()
            range.selectNodeContents(texts.currentNode)
            const lines = new Set([...range.getClientRects()].map((rect) => Math.round(rect.top)))
            if (lines.size > 1) parts.push(`${one.textContent}: ${texts.currentNode.textContent}`)
          }
          return one.scrollWidth > one.clientWidth + 1 && one.clientWidth > 0
            ? [...parts, `wide: ${one.textContent}`]
            : parts
        }),
      )
      expect(broken).toEqual([])
      await context.close()
    }
  },
)

test('with reduced motion nothing moves on', async () => {
  const { page, context } = await openWindow(browser, server.url, DESK, owner.cookie)
  await page.goto(`${server.url}/events`)
  await shown(page)
  // As the library's stripes are: a rule of a class, for ever.
  const style = await page.evaluate(() => {
    const one = document.createElement('div')
    one.style.animation = 'stripes 1s linear infinite'
    document.body.append(one)
    const { animationIterationCount, animationDuration } = getComputedStyle(one)
    return { animationIterationCount, seconds: Number.parseFloat(animationDuration) }
  })
  expect(style.animationIterationCount).toBe('1')
  expect(style.seconds).toBeLessThan(0.001)
  await context.close()
})
