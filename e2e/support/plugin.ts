/** What the scenarios know of the plugin's inside: where its settings and its set of dirty products are, and its actions. */
import type { Shop } from './shop.ts'
import { waitFor } from './wait-for.ts'

export const TABLE = 'wp_fiko_sync_products'
/** The priority of a product that waits for nothing. */
const CLEAN = 9

/** Ids that wait to be sent. */
export async function waitingIds(shop: Shop): Promise<number[]> {
  const rows = await shop.sql(`select product_id from ${TABLE} where priority < ${CLEAN} order by product_id`)
  return rows.map(([id]) => Number(id))
}

/**
 * Lets time pass, as far as the plugin can tell: everything it has put off comes nearer by so many seconds. Nothing else
 * could show in a test what happens in an hour.
 */
export async function passTime(shop: Shop, seconds: number): Promise<void> {
  const earlier = (column: string) => `${column} = if(${column} > ${seconds}, ${column} - ${seconds}, 0)`
  await shop.sql(
    `update ${TABLE} set ${['first_dirty_at', 'due_at', 'check_at', 'acked_at'].map(earlier).join(', ')};
     update wp_actionscheduler_actions set
       scheduled_date_gmt = scheduled_date_gmt - interval ${seconds} second,
       scheduled_date_local = scheduled_date_local - interval ${seconds} second
     where status = 'pending' and hook like 'fiko%'`,
  )
}

/** Runs what is due of the plugin's background work, once, as Action Scheduler's queue does; returns how many actions ran. */
export async function runDueActions(shop: Shop): Promise<number> {
  return await shop.php<number>(RUN_DUE, {}, { context: 'cron' })
}

const RUN_DUE = `
  $store = ActionScheduler::store();
  $due   = $store->query_actions( array( 'status' => 'pending', 'date' => as_get_datetime_object(), 'per_page' => 50 ) );
  $ran   = 0;
  foreach ( $due as $id ) {
    if ( 0 !== strpos( $store->fetch_action( $id )->get_hook(), 'fiko' ) ) {
      continue;
    }
    ActionScheduler_QueueRunner::instance()->process_action( $id, 'e2e' );
    ++$ran;
  }
  return $ran;`

/** Lets time pass and runs the background work until nothing waits any more. */
export async function deliver(shop: Shop, timeoutMs = 60_000): Promise<void> {
  await waitFor(
    'everything that waits to be sent',
    async () => {
      await passTime(shop, 3_700)
      await runDueActions(shop)
      return (await waitingIds(shop)).length === 0
    },
    timeoutMs,
  )
}
