/** PHP dies, cron does not run: what was saved is sent all the same. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { tick, waitingIds } from '../support/plugin.ts'
import { insertProducts, makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'
import { waitFor } from '../support/wait-for.ts'

let scenario: Scenario
let id: number
beforeAll(async () => {
  scenario = await Scenario.open('killed')
  id = await makeSimple(scenario.shop)
  await scenario.deliver()
})
afterAll(() => scenario?.close())

const saveAndDie = (name: string) =>
  scenario.shop.php(
    `$product = wc_get_product( $args["id"] ); $product->set_name( $args["name"] ); $product->save();
    posix_kill( getmypid(), SIGKILL );`,
    { id, name },
  )

test('PHP killed right after a save: the edit arrives', async () => {
  await expect(saveAndDie('Saved by the dead')).rejects.toThrow('SIGKILL')
  expect(await waitingIds(scenario.shop)).toEqual([id])
  // Nothing could be scheduled any more: the hourly action finds it.
  await tick(scenario.shop, 3_700)
  await scenario.expectInSync(id)
  expect((await scenario.backend.product(scenario.store, id))?.name).toBe('Saved by the dead')
})

test('PHP killed in the middle of a save that had already marked it: the edit arrives', async () => {
  await expect(
    scenario.shop.php(
      `add_action( "woocommerce_update_product", static function () { posix_kill( getmypid(), SIGKILL ); }, PHP_INT_MAX );
      $product = wc_get_product( $args["id"] ); $product->set_regular_price( "777" ); $product->save();`,
      { id },
    ),
  ).rejects.toThrow('SIGKILL')
  await tick(scenario.shop, 3_700)
  await scenario.expectInSync(id)
  expect((await scenario.backend.product(scenario.store, id))?.price).toBe('777')
})

test('the sender killed while it waits for an answer: the next one sends it, as the same event', async () => {
  await scenario.shop.php('$p = wc_get_product( $args["id"] ); $p->set_name( "Twice" ); $p->save(); return true;', {
    id,
  })
  scenario.way.forget()
  await scenario.way.set({ kind: 'hang' })
  const sender = scenario.shop.startPhp(`do_action( "fiko_sync_run" ); return true;`, {}, { context: 'cron' })
  await waitFor('the sender to send', async () => scenario.way.events.length > 0)
  sender.kill('SIGKILL')
  const [hung] = scenario.way.events
  await scenario.way.set({ kind: 'forward' })
  scenario.way.forget()
  await tick(scenario.shop, 3_700)
  await scenario.expectInSync(id)
  expect(scenario.way.taken.map((event) => event.event_id)).toEqual([hung?.event_id])
})

test('two senders at once send nothing twice', async () => {
  const ids = await insertProducts(scenario.shop, 300)
  await scenario.shop.php(
    'foreach ( $args["ids"] as $id ) { $p = wc_get_product( $id ); $p->set_name( "N $id" ); $p->save(); } return true;',
    { ids },
  )
  scenario.way.forget()
  const run = () => scenario.shop.php('do_action( "fiko_sync_run" ); return true;', {}, { context: 'cron' })
  await Promise.all([run(), run(), run()])
  await scenario.deliver()
  const sent = scenario.way.events.map((event) => event.product.id).sort((a, b) => a - b)
  expect(sent).toEqual(ids)
})

test('without cron, edits wait and are counted; with the first cron they go', async () => {
  scenario.way.forget()
  await scenario.shop.php('$p = wc_get_product( $args["id"] ); $p->set_name( "No cron" ); $p->save(); return true;', {
    id,
  })
  const admin = await scenario.admin()
  await admin.get('/wp-admin/edit.php?post_type=product')
  await fetch(scenario.shop.url)
  expect(scenario.way.requests).toEqual([])
  expect(await waitingIds(scenario.shop)).toEqual([id])
  // Real cron, over HTTP: Action Scheduler's own queue and nothing of the scenario's.
  await scenario.shop.php(
    `global $wpdb;
    $wpdb->query( "UPDATE {$wpdb->prefix}actionscheduler_actions SET scheduled_date_gmt = scheduled_date_gmt - INTERVAL 60 SECOND WHERE status = 'pending'" );
    wp_clear_scheduled_hook( "action_scheduler_run_queue", array( "WP Cron" ) );
    wp_schedule_event( time() - 10, "every_minute", "action_scheduler_run_queue", array( "WP Cron" ) );
    delete_transient( "doing_cron" ); return true;`,
  )
  await fetch(`${scenario.shop.url}/wp-cron.php?doing_wp_cron`)
  expect(scenario.way.taken.map((event) => event.product.name)).toEqual(['No cron'])
})

test('without the hourly action and without visits to wp-admin, cron schedules the action and the edit arrives', async () => {
  await scenario.shop.php(
    'as_unschedule_all_actions( "fiko_sync_run" ); as_unschedule_all_actions( "fiko_sync_hourly" ); return true;',
  )
  await expect(saveAndDie('Saved from a terminal')).rejects.toThrow('SIGKILL')
  await tick(scenario.shop)
  await tick(scenario.shop, 3_700)
  await scenario.expectInSync(id)
  expect((await scenario.backend.product(scenario.store, id))?.name).toBe('Saved from a terminal')
})
