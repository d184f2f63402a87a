/**
 * What the scenarios know of the plugin's inside: where it keeps times and what still waits. Work is done by the actions
 * it has scheduled and by nothing else, so that a forgotten schedule shows.
 */
import type { Shop } from './shop.ts'
import { waitFor } from './wait-for.ts'

export const TABLE = 'wp_fiko_sync_products'

interface Tick {
  /** The plugin's actions that were due and ran. */
  ran: string[]
  /** Whether anything still waits to be sent: a product, a renamed term, the rest of a backfill. */
  isWaiting: boolean
}

/** Ids that wait to be sent. */
export async function waitingIds(shop: Shop): Promise<number[]> {
  const rows = await shop.sql(`select product_id from ${TABLE} where priority < 9 order by product_id`)
  return rows.map(([id]) => Number(id))
}

/**
 * Lets time pass as far as the plugin can tell, by moving everything it has put off nearer, and runs what is then due, once,
 * as Action Scheduler's queue does. Nothing else could show within a minute what happens in an hour.
 */
export async function tick(shop: Shop, seconds = 0): Promise<Tick> {
  return await shop.php<Tick>(TICK, { seconds, table: TABLE }, { context: 'cron' })
}

const TICK = `
  global $wpdb;
  $s = (int) $args['seconds'];
  if ( $s > 0 ) {
    $set = array();
    foreach ( array( 'first_dirty_at', 'due_at', 'check_at', 'acked_at' ) as $column ) {
      $set[] = "$column = IF($column > $s, $column - $s, 0)";
    }
    $wpdb->query( "UPDATE {$args['table']} SET " . implode( ', ', $set ) );
    $wpdb->query( "UPDATE {$wpdb->prefix}actionscheduler_actions SET scheduled_date_gmt = scheduled_date_gmt - INTERVAL $s SECOND, scheduled_date_local = scheduled_date_local - INTERVAL $s SECOND WHERE status = 'pending' AND hook LIKE 'fiko%'" );
    foreach ( array( 'backoff' => 'until', 'reconcile' => 'at', 'sweep' => 'started_at' ) as $name => $key ) {
      $option = get_option( "fiko_sync_$name" );
      if ( isset( $option[ $key ] ) ) {
        update_option( "fiko_sync_$name", array( $key => $option[ $key ] - $s ) + $option, false );
      }
    }
    if ( get_option( 'fiko_sync_next_run' ) ) {
      update_option( 'fiko_sync_next_run', get_option( 'fiko_sync_next_run' ) - $s, false );
    }
  }
  $store = ActionScheduler::store();
  $ran   = array();
  foreach ( $store->query_actions( array( 'status' => 'pending', 'date' => as_get_datetime_object(), 'per_page' => 50 ) ) as $id ) {
    $hook = $store->fetch_action( $id )->get_hook();
    if ( 0 === strpos( $hook, 'fiko' ) ) {
      $ran[] = $hook;
      ActionScheduler_QueueRunner::instance()->process_action( $id, 'e2e' );
    }
  }
  $left     = $wpdb->get_var( "SELECT (SELECT COUNT(*) FROM {$args['table']} WHERE priority < 9) + (SELECT COUNT(*) FROM $wpdb->options WHERE option_name LIKE 'fiko\\\\_sync\\\\_expand\\\\_%')" );
  $backfill = maybe_unserialize( $wpdb->get_var( "SELECT option_value FROM $wpdb->options WHERE option_name = 'fiko_sync_backfill'" ) );
  return array( 'ran' => $ran, 'isWaiting' => $left > 0 || ! empty( $backfill['is_expanding'] ) );`

/** Lets time pass and the scheduled work run until nothing waits any more. */
export async function deliver(shop: Shop, timeoutMs = 60_000): Promise<void> {
  await waitFor(
    'everything that waits to be sent',
    // More than the longest debounce; a backoff or a pause is not waited out by it at once.
    async () => !(await tick(shop, 150)).isWaiting,
    timeoutMs,
  )
}
