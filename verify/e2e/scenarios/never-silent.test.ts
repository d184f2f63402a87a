/** A fault of one product, of the background work or of the connection: the other products arrive, and the owner is told. */
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest'
import { deliver, tick, waitingIds } from '../support/plugin.ts'
import { makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

let scenario: Scenario
let others: number[]
beforeAll(async () => {
  scenario = await Scenario.open('never-silent')
  others = []
  for (const name of ['One', 'Two', 'Three', 'Four', 'Five']) others.push(await makeSimple(scenario.shop, { name }))
  await scenario.deliver()
})
afterAll(() => scenario?.close())
afterEach(async () => {
  await troubles()
  await scenario.way.set({ kind: 'forward' })
})

const troubles = (...names: string[]) => scenario.shop.option('e2e_troubles', names)
/** Changes products past WooCommerce's own objects, which some of the troubles break. */
const rename = (ids: number[], name: string) =>
  scenario.shop.php(
    'foreach ( $args["ids"] as $id ) { wp_update_post( array( "ID" => $id, "post_title" => $args["name"] . " $id" ) ); } return true;',
    { ids, name },
  )
const reasonOf = async (id: number) =>
  (await scenario.shop.sql(`select reason from wp_fiko_sync_products where product_id = ${id}`))[0]?.[0] ?? ''
const names = async () => {
  const products = await scenario.backend.products(scenario.store)
  return others.map((id) => products.get(id)?.name)
}
const state = () =>
  scenario.shop.php<{ code: string; text: string; waiting: number; failed: number; is_good: boolean }>(
    'return Fiko_Sync_Status::now();',
  )
/** As long as the pass that a product has ended needs to be begun anew. */
const deliverAfterDeaths = async () => {
  for (let run = 0; run < 12 && (await waitingIds(scenario.shop)).length > 0; run += 1) await tick(scenario.shop, 200)
  await scenario.deliver()
}

test.each([
  ['throws in a price filter', 'THROWS', 'This price plugin is broken'],
  ['calls wp_die()', 'WPDIE', 'A price plugin dies'],
  ['ends PHP by exit()', 'EXITS', 'PHP ended'],
  ['takes all memory', 'MEMORY', 'memory'],
])('a product that %s is set aside with its reason, and all others arrive', async (_, sku, reason) => {
  const broken = await makeSimple(scenario.shop, { name: sku, sku: `${sku}-1` })
  await scenario.deliver()
  await troubles(sku.toLowerCase())
  await rename([broken, ...others], `While ${sku}`)
  await deliverAfterDeaths()
  expect(await names()).toEqual(others.map((id) => `While ${sku} ${id}`))
  expect(await reasonOf(broken)).toContain(reason)
  expect(await waitingIds(scenario.shop)).toEqual([])
  const now = await state()
  expect(now.code).toBe('failed_products')
  expect(now.is_good).toBe(false)
  // Repaired, it arrives with the next sweep or edit.
  await troubles()
  await rename([broken], 'Repaired')
  await scenario.expectInSync(broken)
  expect((await state()).failed).toBe(0)
})

test('a product that kills PHP without a word is found by halves and set aside, and all others arrive', async () => {
  const broken = await makeSimple(scenario.shop, { name: 'KILLED', sku: 'KILLED-1' })
  await scenario.deliver()
  // Cron reads itself: the web server of a scenario does not replace processes that are killed.
  await troubles('killed', 'noloopback')
  await rename([broken, ...others], 'While KILLED')
  let deaths = 0
  for (let run = 0; run < 40 && (await waitingIds(scenario.shop)).length > 0; run += 1) {
    await tick(scenario.shop, 200).catch(() => {
      deaths += 1
    })
  }
  expect(deaths).toBeGreaterThan(0)
  await scenario.backend.settled(scenario.store)
  expect(await names()).toEqual(others.map((id) => `While KILLED ${id}`))
  expect(await reasonOf(broken)).toContain('PHP was killed')
  expect(await waitingIds(scenario.shop)).toEqual([])
  await scenario.shop.php(
    'wp_delete_post( $args["id"], true ); delete_option( "fiko_sync_no_loopback" ); return true;',
    {
      id: broken,
    },
  )
  await troubles()
  await scenario.deliver()
})

test.each([
  ['_product_image_gallery', 'array( 1, array( 2 ) )'],
  ['_tax_class', 'array( "x" )'],
  ['_price', 'array( 5 )'],
  ['_product_attributes', '"no list"'],
])('the field %s with a value that WooCommerce never writes holds up no other product', async (key, value) => {
  const broken = await makeSimple(scenario.shop, { name: `Odd ${key}` })
  await scenario.deliver()
  await scenario.shop.php(`update_post_meta( $args["id"], $args["key"], ${value} ); return true;`, { id: broken, key })
  await rename(others, `With ${key}`)
  await deliverAfterDeaths()
  expect(await names()).toEqual(others.map((id) => `With ${key} ${id}`))
  expect(await waitingIds(scenario.shop)).toEqual([])
  await scenario.shop.php('wp_delete_post( $args["id"], true ); return true;', { id: broken })
  await deliverAfterDeaths()
})

test('the sweep goes past a product that throws, and finds what was changed by SQL behind it', async () => {
  const broken = await makeSimple(scenario.shop, { name: 'Sweep', sku: 'THROWS-2' })
  const behind = await makeSimple(scenario.shop, { name: 'Behind' })
  await scenario.deliver()
  await troubles('throws')
  await scenario.shop.sql(`update wp_posts set post_title = 'Behind, by SQL' where ID = ${behind}`)
  await scenario.shop.php('Fiko_Sync_Sweep::want(); Fiko_Sync_Schedule::ensure( time() ); return true;')
  for (let run = 0; run < 5; run += 1) await tick(scenario.shop, 120)
  await scenario.deliver()
  expect((await scenario.backend.products(scenario.store)).get(behind)?.name).toBe('Behind, by SQL')
  expect(await reasonOf(broken)).toContain('This price plugin is broken')
  // The next sweep sees that it can be read again.
  await troubles()
  await scenario.shop.php('Fiko_Sync_Sweep::want(); Fiko_Sync_Schedule::ensure( time() ); return true;')
  for (let run = 0; run < 5; run += 1) await tick(scenario.shop, 120)
  expect(await reasonOf(broken)).toBe('')
})

test('a firewall that dislikes the text of one product holds back that one, with its reason', async () => {
  const disliked = await makeSimple(scenario.shop, { name: 'SQL book', description: 'About UNION SELECT and its kin.' })
  await scenario.way.set({ kind: 'firewall', pattern: /UNION SELECT/ })
  await rename(others, 'Behind the firewall')
  await deliver(scenario.shop)
  await scenario.deliver()
  expect(await names()).toEqual(others.map((id) => `Behind the firewall ${id}`))
  expect(await reasonOf(disliked)).toBe('blocked|403')
  expect((await state()).code).toBe('failed_products')
  // An edit that the firewall likes sends it.
  await scenario.shop.php(
    'wp_update_post( array( "ID" => $args["id"], "post_content" => "About databases." ) ); return true;',
    {
      id: disliked,
    },
  )
  await scenario.expectInSync(disliked)
})

test.each([
  [
    'a firewall page with 403',
    { status: 403, headers: { 'content-type': 'text/html' }, body: '<h1>No</h1>' },
    'firewall',
  ],
  [
    'a login with 401',
    { status: 401, headers: { 'content-type': 'text/html', 'www-authenticate': 'Basic realm="x"' }, body: 'Login' },
    'login',
  ],
  [
    'JSON of another server with 403',
    { status: 403, headers: { 'content-type': 'application/json' }, body: '{"error":"forbidden"}' },
    'firewall',
  ],
  [
    'a redirect',
    { status: 301, headers: { location: 'https://www.example.com/', 'content-type': 'text/html' }, body: '' },
    'redirects',
  ],
])(
  '%s in front of the backend delays the sending, is reported, and the sending continues without an action of the owner',
  async (wall, answer, word) => {
    await scenario.way.set({ kind: 'answer', ...answer })
    await rename(others, wall)
    for (let run = 0; run < 4; run += 1) await tick(scenario.shop, 3_700)
    expect(await waitingIds(scenario.shop)).toEqual(others)
    const now = await state()
    expect(now.code).toBe('wall')
    expect(now.text).toContain(word)
    scenario.way.forget()
    await tick(scenario.shop, 60)
    // Patience is an hour long by now.
    expect(scenario.way.requests.length).toBeLessThanOrEqual(2)
    await scenario.way.set({ kind: 'forward' })
    await tick(scenario.shop, 3_700)
    await scenario.deliver()
    expect(await names()).toEqual(others.map((id) => `${wall} ${id}`))
    expect((await state()).code).not.toBe('wall')
  },
)

test('another process holds the lock: nothing is sent, nothing is busy, and its end lets sending go on', async () => {
  await rename(others, 'Locked')
  await scenario.shop.sql(
    `insert into wp_options (option_name, option_value, autoload) values ('fiko_sync_lock', concat('another process ', unix_timestamp() + 60), 'no')`,
  )
  const count = async () =>
    Number(
      (await scenario.shop.sql(`select count(*) from wp_actionscheduler_actions where hook = 'fiko_sync_run'`))[0]?.[0],
    )
  const before = await count()
  for (let run = 0; run < 10; run += 1) await tick(scenario.shop)
  expect((await count()) - before).toBeLessThanOrEqual(2)
  expect(await waitingIds(scenario.shop)).toEqual(others)
  await scenario.shop.sql(
    `update wp_options set option_value = concat('another process ', unix_timestamp() - 1) where option_name = 'fiko_sync_lock'`,
  )
  await scenario.deliver()
  expect(await names()).toEqual(others.map((id) => `Locked ${id}`))
  expect(await scenario.shop.sql(`select 1 from wp_options where option_name = 'fiko_sync_lock'`)).toEqual([])
})

test('in a request with cookies, on a site that cannot call itself, the queue does not begin again and again', async () => {
  await troubles('noloopback')
  await rename(others, 'With cookies')
  const count = async () =>
    Number(
      (await scenario.shop.sql(`select count(*) from wp_actionscheduler_actions where hook = 'fiko_sync_run'`))[0]?.[0],
    )
  const before = await count()
  await scenario.shop.php('$_COOKIE["a"] = "b"; ActionScheduler_QueueRunner::instance()->run( "e2e" ); return true;')
  expect((await count()) - before).toBeLessThanOrEqual(2)
  expect(await waitingIds(scenario.shop)).toEqual(others)
  await scenario.deliver()
  expect(await names()).toEqual(others.map((id) => `With cookies ${id}`))
  await scenario.shop.php('delete_option( "fiko_sync_no_loopback" ); return true;')
})

test('50,000 overdue actions of another plugin do not delay ours', async () => {
  await scenario.shop.sql(
    `insert into wp_actionscheduler_actions (hook, status, scheduled_date_gmt, scheduled_date_local, args, group_id, priority)
     select 'foreign', 'pending', utc_timestamp() - interval 2 day, now() - interval 2 day, '[]', 0, 10 from
     (select 1 from wp_options a join wp_options b limit 50000) many`,
  )
  await rename(others, 'In a queue')
  const [[place] = []] = await scenario.shop.sql(
    `select hook from wp_actionscheduler_actions where status = 'pending' and scheduled_date_gmt <= utc_timestamp() + interval 5 minute
     order by priority, attempts, scheduled_date_gmt, action_id limit 1`,
  )
  expect(place).toMatch(/^fiko_sync_/)
  // Its own queue stuck altogether: the next cron request does what is late.
  await scenario.shop.php(
    `update_option( 'fiko_sync_next_run', time() - 200, false ); $GLOBALS['wpdb']->query( "UPDATE {$GLOBALS['wpdb']->prefix}fiko_sync_products SET due_at = 1 WHERE priority < 9" ); return true;`,
  )
  await scenario.shop.php('return true;', {}, { context: 'cron' })
  await scenario.backend.settled(scenario.store)
  expect(await names()).toEqual(others.map((id) => `In a queue ${id}`))
  await scenario.shop.sql(`delete from wp_actionscheduler_actions where hook = 'foreign'`)
})

test('the page, Site Health and the dashboard of WordPress report products that wait for hours', async () => {
  await rename(others, 'Late')
  await scenario.shop.sql(
    `update wp_fiko_sync_products set first_dirty_at = unix_timestamp() - 93600 where priority < 9`,
  )
  await scenario.shop.php(
    '$c = get_option( "fiko_sync_contact" ); $c["at"] = time() - 93600; update_option( "fiko_sync_contact", $c, false ); return true;',
  )
  const now = await state()
  expect(now.code).toBe('stuck')
  expect(now.text).toMatch(/Nothing was sent for 1 day, although products wait \(5\)/)
  const health = await scenario.shop.php<{ status: string; description: string }>('return Fiko_Sync_Admin::health();')
  expect(health).toMatchObject({ status: 'recommended', description: expect.stringContaining('Nothing was sent') })
  const admin = await scenario.admin()
  expect((await admin.get('/wp-admin/index.php')).html).toContain('Nothing was sent for')
  expect((await admin.get('/wp-admin/admin.php?page=fiko-sync')).html).toContain('Nothing was sent for')
  await scenario.deliver()
  expect((await state()).code).toBe('ok')
})

test('changes while the plugin is deactivated arrive after its activation', async () => {
  const [changed = 0] = others
  const plugin = 'fiko-woocommerce-sync/fiko-woocommerce-sync.php'
  await scenario.shop.php('deactivate_plugins( $args["plugin"] ); return true;', { plugin })
  await scenario.shop.php(
    '$p = wc_get_product( $args["id"] ); $p->set_regular_price( "777" ); $p->save(); return true;',
    {
      id: changed,
    },
  )
  await scenario.shop.php('activate_plugin( $args["plugin"] ); return true;', { plugin })
  // wp-admin is opened, as after every activation of a plugin.
  await (await scenario.admin()).get('/wp-admin/index.php')
  for (let run = 0; run < 4; run += 1) await tick(scenario.shop, 200)
  await scenario.expectInSync(changed)
})

test('the log does not grow while nothing can be sent', async () => {
  await scenario.way.set({ kind: 'answer', status: 403, headers: { 'content-type': 'text/html' }, body: 'No' })
  await rename(others, 'Logged')
  const lines = async () =>
    await scenario.shop.php<number>(
      `$n = 0; foreach ( glob( WC_LOG_DIR . 'fiko-sync*.log' ) as $f ) { $n += count( file( $f ) ); } return $n;`,
    )
  await tick(scenario.shop, 130)
  const before = await lines()
  for (let run = 0; run < 12; run += 1) await tick(scenario.shop, 30)
  expect((await lines()) - before).toBeLessThanOrEqual(6)
  await scenario.way.set({ kind: 'forward' })
  await tick(scenario.shop, 3_700)
  await scenario.deliver()
})
