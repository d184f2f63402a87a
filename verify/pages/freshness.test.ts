import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { en } from '../../dashboard/src/languages/en.ts'
import { fa } from '../../dashboard/src/languages/fa.ts'
import { openBrowser } from '../../scripts/chromium.ts'
import { anUpdate } from '../support/events.ts'
import { signedIn } from '../support/people.ts'
import { startTestServer, type TestServer } from '../support/test-server.ts'
import { barriersOn } from './support/accessibility.ts'
import { openWindow, shown } from './support/window.ts'

let server: TestServer
let browser: Browser

beforeAll(async () => {
  ;[server, browser] = await Promise.all([startTestServer(), openBrowser()])
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

/** A store of an owner with samples of two days, a wrong price, and a reconciliation with drift. */
async function aStore() {
  const owner = await signedIn(server, 'owner')
  const { storeId, ...shop } = await server.newShop({ tenantOf: owner.userId, name: 'Boots' })
  await shop.send(anUpdate({ id: 7, name: 'چکمهٔ سبز', categories: ['Boots'] }))
  await server.settled()
  const [{ tenantId = 0 } = {}] = await server.sql<{ tenantId: number }>(
    'select tenant_id as "tenantId" from stores where id = $1',
    [storeId],
  )
  const of = [Number(tenantId), storeId]
  await server.sql(
    `insert into freshness_schedules (store_id, tenant_id, sample_at, visit_at, last_visit_at, last_outcome)
     values ($2, $1, now() + interval '50 minutes', now() + interval '50 minutes', now() - interval '10 minutes', 'compared')
     on conflict (store_id) do update set visit_at = excluded.visit_at, sample_at = excluded.sample_at,
       last_visit_at = excluded.last_visit_at, last_outcome = excluded.last_outcome`,
    of,
  )
  await server.sql(
    `insert into freshness_checks (tenant_id, store_id, sampled, correct, wrong, created_at)
     values ($1, $2, 100, 100, 0, now() - interval '1 day'), ($1, $2, 140, 139, 1, now())`,
    of,
  )
  await server.sql(
    `insert into freshness_findings (tenant_id, store_id, external_product_id, field, ours, theirs, confirmed_at)
     values ($1, $2, 7, 'price', '850000 IRT', '900000 IRT', now())`,
    of,
  )
  await server.sql(
    `with run as (insert into reconciliations (tenant_id, store_id, cause, compared, stale) values ($1, $2, 'daily', 1204, 1) returning id)
     insert into reconciliation_differences (tenant_id, store_id, reconciliation_id, external_product_id, kind, version)
     select $1, $2, id, 7, 'stale', 1 from run`,
    of,
  )
  return { owner, storeId }
}

// A number inside a sentence stands between two isolating characters.
test.each([
  { language: 'fa', words: fa, width: 390, price: /۹۰۰٬۰۰۰/ },
  { language: 'en', words: en, width: 1280, price: /900,000/ },
] as const)(
  'the store’s page proves how fresh the answers are, in $language',
  async ({ language, words, width, price }) => {
    const { owner, storeId } = await aStore()
    const { page, context } = await openWindow(browser, server.url, { language, width, scheme: 'light' }, owner.cookie)
    await page.goto(`${server.url}/stores/${storeId}`)
    await shown(page)
    const block = page.getByRole('region', { name: words.freshness.title })
    await block.getByText(language === 'en' ? /99\.5.? % right/ : /۹۹٫۵.?٪ درست/).waitFor()
    await block.getByText('چکمهٔ سبز', { exact: true }).waitFor()
    await block.getByText(price).first().waitFor()
    const drift = page.getByRole('region', { name: words.freshness.drift.title })
    await drift.getByText(words.freshness.drift.causes.daily).waitFor()
    expect(await barriersOn(page)).toEqual([])

    await block.getByRole('button', { name: words.freshness.sendAgain }).click()
    const resend = page.getByRole('region', { name: words.freshness.resend.title, exact: true })
    await resend.getByText(words.freshness.resend.states.asked, { exact: true }).waitFor()
    const asked = await owner.request('GET', `/api/v1/stores/${storeId}/resend/`)
    expect(asked.body.results).toMatchObject([{ kind: 'products', product_ids: [7], state: 'asked' }])
    await resend.getByRole('button', { name: words.freshness.resend.cancel }).click()
    await resend.getByText(words.freshness.resend.states.cancelled, { exact: true }).waitFor()

    await block.getByRole('switch', { name: words.freshness.switch }).click()
    await block.getByText(language === 'en' ? /^Checks are off/ : /غیرفعال است/).waitFor()
    expect(await barriersOn(page)).toEqual([])
    await context.close()
  },
)

test('a category is asked for by its name, and the overview has the figure of all stores', async () => {
  const { owner, storeId } = await aStore()
  const { page, context } = await openWindow(
    browser,
    server.url,
    { language: 'en', width: 1280, scheme: 'dark' },
    owner.cookie,
  )
  await page.goto(`${server.url}/stores/${storeId}`)
  await shown(page)
  const resend = page.getByRole('region', { name: en.freshness.resend.title, exact: true })
  await resend
    .getByRole('combobox', { name: en.freshness.resend.what })
    .selectOption(en.freshness.resend.kinds.category)
  await resend.getByLabel(en.freshness.resend.category).fill('Boots')
  await resend.getByRole('button', { name: en.freshness.resend.button, exact: true }).click()
  await resend.getByText(en.freshness.resend.states.asked, { exact: true }).waitFor()
  expect(await barriersOn(page)).toEqual([])
  await page.goto(`${server.url}/`)
  await page.getByText(/99\.5.? % of .?240.? sampled answers/).waitFor()
  await page.getByRole('link', { name: 'Boots', exact: true }).waitFor()
  expect(await barriersOn(page)).toEqual([])
  await context.close()
})
