import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { type Person, signedIn } from '../support/people.ts'
import { type Shop, startTestServer, type TestServer } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { DESK, openWindow, shown } from './support/window.ts'

let server: TestServer
let browser: Browser
let owner: Person
let shop: Shop

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer({ RETRY_LIMIT: '0' }), openBrowser()])
  owner = await signedIn(server, 'owner')
  shop = await server.newShop({ tenantOf: owner.userId, name: 'Tea house' })
  await server.sql(`create function curse() returns trigger language plpgsql security definer as $$ begin
    if new.name like 'Cursed%' then raise exception 'cursed'; end if;
    if new.name like 'Jinxed%' then perform 'x'::int; end if;
    return new; end $$`)
  await server.sql('create trigger curse before insert or update on products for each row execute function curse()')
  for (const id of [1, 2, 3]) await shop.send(anUpdate({ id, name: `Cursed teapot ${id}` }))
  await shop.send(anUpdate({ id: 4, name: 'Jinxed kettle' }))
  await shop.send(anUpdate({ id: 5, name: 'Refused cup' }))
  await server.settled()
  await server.sql(
    `update knowledge_chunks set embedding_status = 'refused', embedding_error = 'the text is too long' where position = 0`,
  )
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

test.each([
  { language: 'fa', words: fa, width: 390, three: '۳ بار', code: '(کد P0001)' },
  { language: 'en', words: en, width: 1440, three: '3 times', code: '(code P0001)' },
] as const)(
  'the page shows each cause with its products, their number and when it was seen, in $language, $width px wide',
  async ({ language, words, width, three, code }) => {
    const look = { ...DESK, language, width }
    const { page, context, complaints } = await openWindow(browser, server.url, look, owner.cookie)
    await page.goto(`${server.url}/dead-letters`)
    await shown(page)
    const causes = page
      .getByRole('main')
      .getByRole('listitem')
      .filter({ has: page.getByRole('button') })
    expect(await causes.count()).toBe(3)
    const cursed = causes.filter({ hasText: code })
    // Figures in sentences stand in isolates (FIRST STRONG ISOLATE … POP).
    expect((await cursed.innerText()).replaceAll(/[\u2068\u2069]/g, '')).toContain(three)
    for (const name of ['Cursed teapot 1', 'Cursed teapot 2', 'Cursed teapot 3'])
      expect(await cursed.innerText()).toContain(name)
    expect(await cursed.innerText()).toContain(words.deadLetters.first)
    expect(await causes.filter({ hasText: 'the text is too long' }).innerText()).toContain('Refused cup')
    // On the first screen of a wide window.
    if (width > 1000) {
      const box = await causes.nth(1).boundingBox()
      expect((box?.y ?? 0) + (box?.height ?? 0)).toBeLessThan(900)
    }
    expect(await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth)).toBeLessThanOrEqual(0)
    await cursed.getByRole('link').first().click()
    await page.getByText(words.deadLetters.chosenGroup).waitFor()
    await shown(page)
    expect(await page.getByRole('row').filter({ hasText: 'Cursed' }).count()).toBe(3)
    expect(await barriersOn(page)).toEqual([])
    expect(complaints).toEqual([])
    await context.close()
  },
)

test('an owner selects some, replays them, and sees that they failed again and why; later that they are applied', async () => {
  const { page, context, complaints } = await openWindow(browser, server.url, DESK, owner.cookie)
  await page.goto(`${server.url}/dead-letters`)
  await page.getByRole('link', { name: /P0001/ }).click()
  await page.getByRole('checkbox', { name: /Cursed teapot 1/ }).check()
  await page.getByRole('checkbox', { name: /Cursed teapot 2/ }).check()
  await page.getByText(/2.? selected/).waitFor()
  await page.getByRole('button', { name: en.deadLetters.replayChosen, exact: true }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Replay .?2.? dead letters$/ })
    .click()
  const replays = page.getByRole('region', { name: en.deadLetters.replays.title })
  await replays.getByText(/2.? failed again/).waitFor()
  expect(await replays.innerText()).toContain('(code P0001)')

  await server.sql('drop trigger curse on products')
  await page.getByRole('link', { name: en.deadLetters.allCauses }).click()
  await page.getByRole('button', { name: new RegExp(`^${en.deadLetters.replay} ?: 3`) }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Replay .?3.? dead letters$/ })
    .click()
  await replays.getByText(/3.? applied/).waitFor()
  await replays.getByRole('link').first().click()
  await page.getByRole('heading', { level: 1, name: en.deadLetters.replays.one }).waitFor()
  await page.getByText(en.deadLetters.replays.outcomes.applied).first().waitFor()
  expect(await page.getByRole('row').filter({ hasText: en.deadLetters.replays.outcomes.applied }).count()).toBe(3)
  expect(complaints).toEqual([])
  await context.close()
})

test('a dismissed cause leaves the page, is found under "Dismissed", and comes back', async () => {
  const { page, context, complaints } = await openWindow(browser, server.url, DESK, owner.cookie)
  await page.goto(`${server.url}/dead-letters`)
  const cause = page.getByRole('link', { name: 'the text is too long' })
  await cause.waitFor()
  await page.getByRole('button', { name: /^Dismiss ?: the text/ }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Dismiss .?1.? dead letter$/ })
    .click()
  await cause.waitFor({ state: 'detached' })
  await page.goto(`${server.url}/dead-letters?state=dismissed`)
  await cause.waitFor()
  await page.getByRole('button', { name: /^Bring back ?:/ }).click()
  await page
    .getByRole('dialog')
    .getByRole('button', { name: /^Bring back .?1.? dead letter$/ })
    .click()
  await cause.waitFor({ state: 'detached' })
  await page.goto(`${server.url}/dead-letters`)
  await cause.waitFor()
  expect(complaints).toEqual([])
  await context.close()
})

test('the CSV file of the filters in force is downloaded', async () => {
  const { page, context } = await openWindow(browser, server.url, { ...DESK, language: 'fa' }, owner.cookie)
  await page.goto(`${server.url}/dead-letters?kind=event`)
  await shown(page)
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('link', { name: fa.common.csvLabel }).click(),
  ])
  expect(download.suggestedFilename()).toBe('dead-letters.csv')
  const address = new URL(download.url())
  expect(Object.fromEntries(address.searchParams)).toEqual({ kind: 'event', language: 'fa' })
  await context.close()
})

test('a list of 50 events and one of 50 products move less than 20 KB each to a browser', async () => {
  const other = await signedIn(server, 'owner')
  const full = await server.newShop({ tenantOf: other.userId })
  await full.sendBatch(Array.from({ length: 60 }, (_, n) => anUpdate({ id: n + 1, name: `کفش اسپرت مردانه ${n}` })))
  await server.settled()
  const { page, context } = await openWindow(browser, server.url, DESK, other.cookie)
  const moved = async (path: string, api: string) => {
    const [answer] = await Promise.all([
      page.waitForResponse((response) => new URL(response.url()).pathname === api),
      page.goto(`${server.url}${path}`),
    ])
    await shown(page)
    expect((await answer.json()).results).toHaveLength(50)
    return (await answer.request().sizes()).responseBodySize
  }
  expect(await moved('/events', '/api/v1/integrations/woocommerce/events/')).toBeLessThan(20_000)
  expect(await moved('/products', '/api/v1/web-knowledge/products/')).toBeLessThan(20_000)
  await context.close()
})
