/** The pages that the owner chose for the AI: what is public reaches it, what leaves the shop leaves it. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Form } from '../support/form.ts'
import { tick } from '../support/plugin.ts'
import { Scenario } from '../support/scenario.ts'
import { waitFor } from '../support/wait-for.ts'

const SETTINGS = '/wp-admin/admin.php?page=fiko-sync'

interface Documents {
  results: { external_id: string; kind: string; title: string; url: string }[]
  shop: Record<string, unknown> | null
}

let scenario: Scenario
let shipping: number
let returns: number
beforeAll(async () => {
  scenario = await Scenario.open('pages')
  await scenario.shop.option('e2e_troubles', ['shortcodes'])
  shipping = await page('ارسال کالا', 'ارسال به تهران یک روز طول می‌کشد.[e2e_members] رمز اعضا ۱۲۳ [/e2e_members]')
  returns = await page('Refunds', '<p>Send it back within 7 days.</p>')
})
afterAll(() => scenario?.close())

const page = (title: string, content: string) =>
  scenario.shop.php<number>(
    'return wp_insert_post( array( "post_type" => "page", "post_status" => "publish", "post_title" => $args["title"], "post_content" => $args["content"] ) );',
    { title, content },
  )
const change = (fields: object, id = shipping) =>
  scenario.shop.php('wp_update_post( array( "ID" => $args["id"] ) + $args["fields"] ); return true;', { id, fields })
const documents = () => scenario.backend.admin<Documents>('GET', `/api/v1/stores/${scenario.store.storeId}/documents/`)
const ids = async () => (await documents()).results.map(({ external_id: id }) => Number(id.replace('page_', ''))).sort()
const passages = async (query: string) => {
  const path = `/api/v1/knowledge/documents/?q=${encodeURIComponent(query)}&store_id=${scenario.store.storeId}`
  return (await scenario.backend.admin<{ results: { text: string }[] }>('GET', path)).results.map(({ text }) => text)
}
const isWaiting = () =>
  scenario.shop.php<boolean>(
    'wp_cache_delete( "fiko_sync_pages_dirty", "options" ); return (bool) get_option( "fiko_sync_pages_dirty" );',
  )
const deliver = () =>
  waitFor('the pages to be sent', async () => {
    await tick(scenario.shop, 150)
    return !(await isWaiting())
  })

/** Opens the settings page, fills in its form of pages, and presses its button. */
const choose = async (values: Record<string, string | null>) => {
  const admin = await scenario.admin()
  const form = await Form.read((await admin.get(SETTINGS)).html, '//form[.//input[@value="fiko_sync_pages"]]')
  await admin.post('/wp-admin/admin-post.php', form.fill(values).fields)
}

test('nothing is sent before the owner chooses, and likely pages are preselected', async () => {
  await tick(scenario.shop, 200)
  expect(await documents()).toMatchObject({ results: [], shop: null })
  const { html } = await (await scenario.admin()).get(SETTINGS)
  const chosenOf = (id: number) => new RegExp(`name="pages\\[${id}\\]".*?</select>`, 's').exec(html)?.[0] ?? ''
  expect(chosenOf(shipping)).toMatch(/value="shipping"\s+selected/)
  expect(chosenOf(returns)).toMatch(/value="returns"\s+selected/)
})

test('the chosen pages and facts arrive as a guest reads them, without a request of the saving page to the backend', async () => {
  await choose({
    [`pages[${shipping}]`]: 'shipping',
    [`pages[${returns}]`]: 'returns',
    hours: '9-17',
    phone: '021-1234',
  })
  expect(await ids()).toEqual([])
  await deliver()
  const { results, shop } = await documents()
  expect(results.map(({ kind, title }) => `${kind} ${title}`)).toEqual(
    expect.arrayContaining(['returns Refunds', 'shipping ارسال کالا']),
  )
  expect(results.every(({ url }) => url.startsWith(scenario.shop.url))).toBe(true)
  expect(shop).toMatchObject({ hours: '9-17', phone: '021-1234', name: expect.any(String) })
  const [text = ''] = await passages('ارسال')
  expect(text).toContain('ارسال به تهران یک روز طول می‌کشد')
  expect(text, 'the text for members').not.toContain('رمز اعضا')
})

test('an edit replaces the passage', async () => {
  await change({ post_content: '<p>ارسال به شیراز سه روز طول می‌کشد.</p>' })
  await deliver()
  const text = (await passages('ارسال')).join(' ')
  expect(text).toContain('شیراز')
  expect(text).not.toContain('تهران')
})

const CLOSED: Record<string, { close: object; open: object }> = {
  'behind a password': { close: { post_password: 'secret' }, open: { post_password: '' } },
  'that is private': { close: { post_status: 'private' }, open: { post_status: 'publish' } },
  'that is a draft again': { close: { post_status: 'draft' }, open: { post_status: 'publish' } },
}
for (const [name, { close, open }] of Object.entries(CLOSED)) {
  test(`a page ${name} leaves the AI, and comes back when it is public`, async () => {
    await change(close)
    await deliver()
    expect(await ids()).not.toContain(shipping)
    expect((await passages('ارسال')).join(' ')).not.toContain('شیراز')
    await change(open)
    await deliver()
    expect(await ids()).toContain(shipping)
  })
}

test('a trashed and a deleted page leave the AI', async () => {
  await scenario.shop.php('wp_trash_post( $args["id"] ); return true;', { id: shipping })
  await deliver()
  expect(await ids()).not.toContain(shipping)
  await scenario.shop.php('wp_untrash_post( $args["id"] ); wp_publish_post( $args["id"] ); return true;', {
    id: shipping,
  })
  await deliver()
  expect(await ids()).toContain(shipping)
  await scenario.shop.php('wp_delete_post( $args["id"], true ); return true;', { id: returns })
  await deliver()
  expect(await ids()).not.toContain(returns)
})

test('an outage of the backend is waited out, and an old backend is asked again a day later', async () => {
  await scenario.way.set({ kind: 'answer', status: 503, headers: { 'content-type': 'text/html' }, body: 'down' })
  await change({ post_content: '<p>ارسال به یزد دو روز طول می‌کشد.</p>' })
  await tick(scenario.shop, 150)
  expect(await isWaiting()).toBe(true)
  await scenario.way.set({
    kind: 'answer',
    status: 404,
    headers: { 'content-type': 'application/problem+json' },
    body: JSON.stringify({ error: 'not_found' }),
  })
  await tick(scenario.shop, 4000)
  await scenario.way.set({ kind: 'forward' })
  await tick(scenario.shop, 600)
  expect((await passages('ارسال')).join(' ')).not.toContain('یزد')
  await waitFor('the next day', async () => {
    await tick(scenario.shop, 20_000)
    return !(await isWaiting())
  })
  expect((await passages('ارسال')).join(' ')).toContain('یزد')
})

test('a choice of nothing removes all', async () => {
  await choose({ [`pages[${shipping}]`]: '', facts: null })
  await deliver()
  expect(await documents()).toMatchObject({ results: [], shop: null })
})
