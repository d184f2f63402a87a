/** Without permission and nonce no request changes anything; and the removed plugin leaves nothing behind. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { Form } from '../support/form.ts'
import { tick } from '../support/plugin.ts'
import { makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import { nonce, WpAdmin } from '../support/wp-admin.ts'

const SETTINGS = '/wp-admin/admin.php?page=fiko-sync'

let scenario: Scenario
let owner: WpAdmin
let customer: WpAdmin
let before: Record<string, string[]>
beforeAll(async () => {
  scenario = await Scenario.open('security', { configured: false })
  before = await everything()
  await scenario.shop.php(
    'wp_insert_user( array( "user_login" => "customer", "user_pass" => "customer-password", "role" => "subscriber" ) ); return true;',
  )
  owner = await scenario.admin()
  customer = await WpAdmin.signIn(scenario.shop.url, 'customer', 'customer-password')
})
afterAll(() => scenario?.close())

const options = () =>
  scenario.shop.sql(
    `select option_name, option_value, autoload from wp_options where option_name like '%fiko%' order by 1`,
  )

/** Names of all that a plugin could leave in a database. */
async function everything(): Promise<Record<string, string[]>> {
  const names = async (statement: string) => (await scenario.shop.sql(statement)).map(([name = '']) => name)
  return {
    tables: await names('show tables'),
    options: await names(
      `select option_name from wp_options where option_name like '%fiko%' and option_name not like 'e2e%' order by 1`,
    ),
    postMeta: await names(`select distinct meta_key from wp_postmeta where meta_key like '%fiko%'`),
    termMeta: await names(`select distinct meta_key from wp_termmeta where meta_key like '%fiko%'`),
    userMeta: await names(`select distinct meta_key from wp_usermeta where meta_key like '%fiko%'`),
    actions: await names(`select hook from wp_actionscheduler_actions where hook like '%fiko%'`),
    groups: await names(`select slug from wp_actionscheduler_groups where slug like '%fiko%'`),
    cron: await names(`select 'cron' from wp_options where option_name = 'cron' and option_value like '%fiko%'`),
  }
}

async function settingsForm(): Promise<Form> {
  const { html } = await owner.get(SETTINGS)
  return await Form.read(html, '//form[.//input[@value="fiko_sync_save"]]')
}

test('the owner saves an address and a token, and the form never gives the token back', async () => {
  const form = (await settingsForm()).fill({ url: scenario.way.url, token: scenario.store.token })
  await owner.post('/wp-admin/admin-post.php', form.fields)
  expect((await settingsForm()).fields.get('token')).toBe('')
  expect((await owner.get(SETTINGS)).html).not.toContain(scenario.store.token)
  const id = await makeSimple(scenario.shop)
  await scenario.expectInSync(id)
})

test('a form without a nonce, or with a wrong one, changes nothing', async () => {
  const saved = await options()
  for (const wrong of [null, 'abcdef1234']) {
    const form = (await settingsForm()).fill({ url: 'http://127.0.0.1:1', token: 'wc_sk_live_x', _wpnonce: wrong })
    const page = await owner.post('/wp-admin/admin-post.php', form.fields)
    expect(page.status).toBe(403)
  }
  expect(await options()).toEqual(saved)
})

test('a customer sees no page and moves nothing, even with a nonce of their own', async () => {
  expect((await customer.get(SETTINGS)).status).toBe(403)
  const saved = await options()
  const cookie = customer.cookieHeader
  const token = /wordpress_logged_in_\w+=([^;]+)/.exec(cookie)?.[1] ?? ''
  const nonces = await scenario.shop.php<Record<string, string>>(
    `$user = get_user_by( "login", "customer" ); wp_set_current_user( $user->ID );
    $_COOKIE[ LOGGED_IN_COOKIE ] = rawurldecode( $args["token"] );
    $nonces = array(); foreach ( array( "fiko_sync", "fiko_sync_save", "fiko_sync_site", "fiko_sync_retry_1" ) as $action ) { $nonces[ $action ] = wp_create_nonce( $action ); }
    return $nonces;`,
    { token },
  )
  const post = (fields: Record<string, string>) =>
    customer.post('/wp-admin/admin-post.php', new URLSearchParams(fields))
  const answers = [
    await post({
      action: 'fiko_sync_save',
      url: 'http://127.0.0.1:1',
      token: 'x',
      _wpnonce: nonces.fiko_sync_save ?? '',
    }),
    await post({ action: 'fiko_sync_site', answer: 'copy', _wpnonce: nonces.fiko_sync_site ?? '' }),
    await post({ action: 'fiko_sync_retry', product: '1', _wpnonce: nonces.fiko_sync_retry_1 ?? '' }),
    await customer.get(
      `/wp-admin/admin-post.php?action=fiko_sync_retry&product=1&_wpnonce=${nonces.fiko_sync_retry_1}`,
    ),
    await customer.ajax({ action: 'fiko_sync', task: 'backfill', _ajax_nonce: nonces.fiko_sync ?? '' }),
    await customer.ajax({ action: 'fiko_sync', task: 'test', _ajax_nonce: nonces.fiko_sync ?? '' }),
  ]
  // If the nonces were not valid for the customer, this would prove nothing about capabilities.
  expect(answers.map((answer) => answer.status)).toEqual(answers.map(() => 403))
  expect(answers.at(-1)?.html).toContain('"success":false')
  expect(await options()).toEqual(saved)
})

test('requests without a session change nothing', async () => {
  const anonymous = new WpAdmin(scenario.shop.url)
  const answer = await anonymous.ajax({ action: 'fiko_sync', task: 'backfill', _ajax_nonce: 'x' })
  expect([400, 403]).toContain(answer.status)
})

test('a product name that is a script stays text, in the list and on the page', async () => {
  const attack = '<img src=x onerror=alert(1)>'
  await scenario.way.set({ kind: 'answer', status: 401, body: JSON.stringify({ error: 'x', detail: attack }) })
  await makeSimple(scenario.shop, { name: 'Any' })
  await tick(scenario.shop, 130)
  for (const path of [SETTINGS, '/wp-admin/index.php', '/wp-admin/edit.php?post_type=product']) {
    expect((await owner.get(path)).html).not.toContain(attack)
  }
  await scenario.way.set({ kind: 'forward' })
})

test('no option is loaded with every page but small ones', async () => {
  const loaded = (await options()).filter(([, , autoload]) => !['no', 'off', 'auto-off'].includes(autoload ?? ''))
  expect(loaded.filter(([, value = '']) => value.length > 1_000)).toEqual([])
  expect(loaded.map(([name]) => name)).not.toContain('fiko_sync_token')
})

test('the log holds no token', async () => {
  const logs = await scenario.shop.php<string>(
    `$text = ""; foreach ( glob( WC_LOG_DIR . "fiko*" ) as $file ) { $text .= file_get_contents( $file ); } return $text;`,
  )
  expect(logs).not.toContain(scenario.store.token)
})

test('uninstalling leaves nothing', async () => {
  const { html } = await owner.get('/wp-admin/plugins.php')
  expect(nonce(html, /id="_wpnonce" name="_wpnonce" value="(\w+)"/)).toMatch(/\w/)
  await scenario.shop.php(
    `$product = wc_get_products( array( "limit" => 1 ) )[0]; $product->update_meta_data( "_fiko_sync_kept_from_ai", "yes" ); $product->save();
    add_term_meta( get_option( "default_product_cat" ), "fiko_sync_kept_from_ai", "yes" ); return true;`,
  )
  await scenario.shop.php('deactivate_plugins( "fiko-woocommerce-sync/fiko-woocommerce-sync.php" ); return true;')
  expect((await everything()).actions).toEqual(expect.not.arrayContaining(['pending']))
  await scenario.shop.php('uninstall_plugin( "fiko-woocommerce-sync/fiko-woocommerce-sync.php" ); return true;')
  const tables = before.tables?.filter((name) => !name.includes('fiko'))
  const nothing = { options: [], postMeta: [], termMeta: [], userMeta: [], actions: [], groups: [], cron: [] }
  expect(await everything()).toEqual({ ...nothing, tables })
})
