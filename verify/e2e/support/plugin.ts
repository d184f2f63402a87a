/**
 * The scenarios' access to the plugin's internals: its times and its waiting work. Only the actions that the plugin scheduled do
 * work, so that a missing schedule is noticed.
 */
import type { Shop } from './shop.ts'
import { waitFor } from './wait-for.ts'

export const TABLE = 'wp_fiko_sync_products'

interface Tick {
  /** The plugin's actions that were due and ran. */
  ran: string[]
  /** True while a product, a renamed term or the rest of a backfill waits to be sent. */
  isWaiting: boolean
}

/** Ids that wait to be sent. */
export async function waitingIds(shop: Shop): Promise<number[]> {
  const rows = await shop.sql(`select product_id from ${TABLE} where priority < 9 order by product_id`)
  return rows.map(([id]) => Number(id))
}

/** Connects a shop that has no constants in its wp-config.php, as the settings page does. */
export async function connect(shop: Shop, url: string, token: string): Promise<void> {
  await shop.option('fiko_sync_url', url)
  await shop.option('fiko_sync_token', token)
}

/**
 * Lets time pass as far as the plugin can tell, by moving all times that it has written down nearer, and runs what is then
 * due, once, as Action Scheduler's queue does. Nothing else could show within a minute what happens in an hour.
 */
export async function tick(shop: Shop, seconds = 0): Promise<Tick> {
  return await shop.php<Tick>(TICK, { seconds }, { context: 'cron' })
}

/**
 * Times are the columns whose names end with `_at`, and in the plugin's options every number that is an epoch in seconds: ids and
 * counts are smaller, versions are microseconds. The lock is text: its owner and its expiry.
 */
const TICK = `
  global $wpdb;
  $s     = (int) $args['seconds'];
  $table = $wpdb->prefix . 'fiko_sync_products';
  if ( $s > 0 ) {
    $set = array();
    foreach ( $wpdb->get_col( "SHOW COLUMNS FROM $table LIKE '%\\_at'" ) as $column ) {
      $set[] = "$column = IF($column > $s, $column - $s, 0)";
    }
    $wpdb->query( "UPDATE $table SET " . implode( ', ', $set ) );
    $wpdb->query( "UPDATE {$wpdb->prefix}actionscheduler_actions SET scheduled_date_gmt = scheduled_date_gmt - INTERVAL $s SECOND, scheduled_date_local = scheduled_date_local - INTERVAL $s SECOND WHERE status = 'pending' AND hook LIKE 'fiko%'" );

    $earlier = static function ( $value ) use ( $s, &$earlier ) {
      if ( is_array( $value ) ) {
        return array_map( $earlier, $value );
      }
      $is_number = is_int( $value ) || ( is_string( $value ) && ctype_digit( $value ) );
      return $is_number && $value > 1e9 && $value < 1e10 ? $value - $s : $value;
    };
    $like    = "option_name LIKE 'fiko\\_sync\\_%' OR option_name LIKE '\\_transient\\_timeout\\_fiko\\_%'";
    foreach ( $wpdb->get_results( "SELECT option_name, option_value FROM $wpdb->options WHERE $like" ) as $row ) {
      $before = $row->option_value;
      $after  = 'fiko_sync_lock' === $row->option_name
        ? preg_replace_callback( '/\\d{10}$/', static fn( $found ) => $found[0] - $s, $before )
        : maybe_serialize( $earlier( maybe_unserialize( $before ) ) );
      if ( (string) $after !== $before ) {
        // A lock that its owner has written anew meanwhile stays as it is.
        $wpdb->update( $wpdb->options, array( 'option_value' => $after ), array( 'option_name' => $row->option_name, 'option_value' => $before ) );
        wp_cache_delete( $row->option_name, 'options' );
      }
    }
    wp_cache_delete( 'alloptions', 'options' );
  }

  $ran = array();
  $due = "SELECT action_id, hook FROM {$wpdb->prefix}actionscheduler_actions WHERE status = 'pending' AND hook LIKE 'fiko%' AND scheduled_date_gmt <= UTC_TIMESTAMP() ORDER BY scheduled_date_gmt, action_id";
  foreach ( $wpdb->get_results( $due ) as $action ) {
    $ran[] = $action->hook;
    ActionScheduler_QueueRunner::instance()->process_action( $action->action_id, 'e2e' );
  }
  $left     = $wpdb->get_var( "SELECT (SELECT COUNT(*) FROM $table WHERE priority < 9) + (SELECT COUNT(*) FROM $wpdb->options WHERE option_name LIKE 'fiko\\_sync\\_expand\\_%')" );
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
