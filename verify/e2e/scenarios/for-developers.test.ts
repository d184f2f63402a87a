/** The plugin's interface for developers: its filters, and `wp fiko`. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { insertProducts, makeSimple } from '../support/products.ts'
import { Scenario } from '../support/scenario.ts'

let scenario: Scenario
let id: number
beforeAll(async () => {
  scenario = await Scenario.open('developers')
  id = await makeSimple(scenario.shop)
  await scenario.deliver()
})
afterAll(() => scenario?.close())

/** Sends the product in a process in which `filters` were added. */
async function sendWith(filters: string): Promise<void> {
  await scenario.shop.php(
    `${filters} Fiko_Sync_Hooks::mark( $args["id"], 0 ); Fiko_Sync_Sender::run(); return true;`,
    { id },
    { context: 'cron' },
  )
  await scenario.backend.settled(scenario.store)
}

test('fiko_sync_is_eligible keeps a product from the AI', async () => {
  await sendWith(
    'add_filter( "fiko_sync_is_eligible", fn( $is, $product ) => $is && $product->get_id() !== $args["id"], 10, 2 );',
  )
  expect((await scenario.backend.product(scenario.store, id))?.is_active).toBe(false)
  await sendWith('')
  expect((await scenario.backend.product(scenario.store, id))?.is_active).toBe(true)
})

test('fiko_sync_payload changes the fields that are sent, but not the product’s id', async () => {
  await sendWith(
    'add_filter( "fiko_sync_payload", fn( $payload ) => array( "name" => "By a filter", "id" => 77 ) + $payload );',
  )
  expect((await scenario.backend.product(scenario.store, id))?.name).toBe('By a filter')
  expect((await scenario.backend.products(scenario.store)).has(77)).toBe(false)
})

/** The words of wp-cli that the commands use; it is not at hand everywhere. */
const TERMINAL = `
  eval( 'class WP_CLI {
    public static $said = array();
    public static function log( $text ) { self::$said[] = $text; }
    public static function success( $text ) { self::$said[] = "Success: $text"; }
    public static function error( $text ) { throw new Exception( $text ); }
  }' );
  eval( 'namespace WP_CLI\\\\Utils;
    class Bar {
      public $ticks = 0;
      public function tick( $count ) { $this->ticks += $count; }
      public function finish() { \\\\WP_CLI::log( "bar: $this->ticks" ); }
    }
    function make_progress_bar( $label, $total ) { return new Bar(); }' );
  $cli = new Fiko_Sync_Cli();`

test('wp fiko backfill shows its progress; sync, reconcile and status print their results', async () => {
  const more = await insertProducts(scenario.shop, 250)
  const said = await scenario.shop.php<string[]>(
    `${TERMINAL} $cli->backfill(); $cli->sync( array( $args["id"] ) ); $cli->reconcile(); $cli->status(); return WP_CLI::$said;`,
    { id },
    { context: 'cron' },
  )
  expect(said.slice(0, 2)).toEqual(['bar: 251', 'Success: 251 of 251 products.'])
  expect(
    said.filter((line) => /^(Success: \d sent\.|Success: missing 0, outdated \d|state: (ok|syncing)$)/.test(line)),
  ).toHaveLength(3)
  await scenario.backend.settled(scenario.store)
  expect(await scenario.differences([id, ...more])).toEqual([])
})

test('wp fiko in a shop without a connection names the reason for doing nothing', async () => {
  const said = await scenario.shop.php<string>(
    `add_filter( "option_home", fn() => "http://elsewhere.test" ); ${TERMINAL}
    try { $cli->backfill(); return "it ran"; } catch ( Exception $error ) { return $error->getMessage(); }`,
  )
  expect(said).toMatch(/another address/)
})
