<?php
/**
 * The sweep: reads products, known or not, and marks those that differ from what was acknowledged. It finds what no hook tells: prices that
 * depend on the time or on a filter, changes by SQL, products of a retyped post. What changes most is looked at every hour, all else once a day.
 */
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL
final class Fiko_Sync_Sweep {
	const PAGE = 100;

	/** Products of each kind that are looked at every hour: on sale, sold most, changed last. */
	const OFTEN = 200;

	/** @return bool Whether a whole sweep was asked for and has not ended. */
	public static function is_wanted() {
		return ! empty( get_option( 'fiko_sync_sweep', array() )['is_wanted'] );
	}

	/** Asks for a whole sweep, as soon as the sender has time. A shop of which nothing was sent yet needs the first sync, not this. */
	public static function want() {
		global $wpdb;
		if ( $wpdb->get_var( 'SELECT 1 FROM ' . Fiko_Sync_Dirty_Set::table() . " WHERE acked_hash <> '' LIMIT 1" ) ) {
			update_option( 'fiko_sync_sweep', array( 'cursor' => 0, 'started_at' => time(), 'is_wanted' => true ), false );
		}
	}

	/** @param int $seconds Time it may take, for both parts. */
	public static function hourly( $seconds ) {
		if ( '' !== Fiko_Sync_Settings::obstacle() ) {
			return;
		}
		self::often( $seconds / 2 );
		self::step( $seconds / 2 );
	}

	/**
	 * Goes on with the whole sweep where it stopped; begins one when the last began a day ago.
	 *
	 * @param float $seconds Time it may take.
	 * @param bool  $is_anew Whether to begin one in any case.
	 * @return int Products marked.
	 */
	public static function step( $seconds, $is_anew = false ) {
		global $wpdb;
		$table = Fiko_Sync_Dirty_Set::table();
		$state = (array) get_option( 'fiko_sync_sweep', array() ) + array( 'cursor' => 0, 'started_at' => 0, 'is_wanted' => false );
		$until = microtime( true ) + $seconds;
		$count = 0;
		if ( '' !== Fiko_Sync_Settings::obstacle() || ( ! $state['cursor'] && ! $is_anew && ! $state['is_wanted'] && $state['started_at'] > time() - 23 * HOUR_IN_SECONDS ) ) {
			return 0;
		}
		$state['started_at'] = $state['cursor'] ? $state['started_at'] : time();
		do {
			$sql    = "(SELECT ID FROM $wpdb->posts WHERE post_type = 'product' AND post_status = 'publish' AND ID > %d ORDER BY ID LIMIT %d)
				UNION (SELECT product_id FROM $table WHERE product_id > %d AND acked_hash <> '' ORDER BY product_id LIMIT %d) ORDER BY 1 LIMIT %d";
			$ids    = array_map( 'intval', $wpdb->get_col( $wpdb->prepare( $sql, $state['cursor'], self::PAGE, $state['cursor'], self::PAGE, self::PAGE ) ) );
			$found  = self::compare( $ids );
			$count += $found['marked'];
			$is_end = count( $ids ) < self::PAGE && count( $ids ) === $found['done'];
			$cursor = $is_end ? 0 : ( $found['done'] ? $ids[ $found['done'] - 1 ] : $state['cursor'] );
			$state  = array( 'cursor' => $cursor, 'is_wanted' => $state['is_wanted'] && ! $is_end ) + $state;
			update_option( 'fiko_sync_sweep', $state, false );
		} while ( $cursor && microtime( true ) < $until );
		return $count;
	}

	/** What changes by itself, and what left the shop without a word. */
	private static function often( $seconds ) {
		global $wpdb;
		$until = microtime( true ) + $seconds;
		Fiko_Sync_Dirty_Set::mark( self::gone(), Fiko_Sync_Dirty_Set::BULK );
		$ids = array();
		foreach (
			array(
				$wpdb->prepare( "SELECT product_id FROM {$wpdb->prefix}wc_product_meta_lookup WHERE onsale = 1 ORDER BY product_id DESC LIMIT %d", self::OFTEN ),
				// Sales that begin or end about now: WooCommerce's own cron looks once a day.
				$wpdb->prepare(
					"SELECT DISTINCT IF(p.post_type = 'product', p.ID, p.post_parent) FROM $wpdb->postmeta m JOIN $wpdb->posts p ON p.ID = m.post_id
					WHERE m.meta_key IN ('_sale_price_dates_from', '_sale_price_dates_to') AND m.meta_value + 0 BETWEEN %d AND %d LIMIT %d",
					time() - 2 * DAY_IN_SECONDS,
					time(),
					self::OFTEN
				),
				$wpdb->prepare( "SELECT product_id FROM {$wpdb->prefix}wc_product_meta_lookup WHERE total_sales > 0 ORDER BY total_sales DESC LIMIT %d", self::OFTEN ),
				$wpdb->prepare( "SELECT ID FROM $wpdb->posts WHERE post_type = 'product' AND post_status = 'publish' ORDER BY post_modified DESC LIMIT %d", self::OFTEN ),
			) as $sql
		) {
			foreach ( $wpdb->get_col( $sql ) as $id ) {
				$ids[ (int) ( 'product_variation' === get_post_type( $id ) ? wp_get_post_parent_id( $id ) : $id ) ] = true;
			}
		}
		$ids = array_keys( $ids );
		while ( $ids && microtime( true ) < $until ) {
			$ids = array_slice( $ids, max( 1, self::compare( array_slice( $ids, 0, self::PAGE ) )['done'] ) );
		}
	}

	/** @return int[] Products that the backend knows and that are no published products any more: deleted or hidden by SQL, or made another type. */
	private static function gone() {
		global $wpdb;
		$table = Fiko_Sync_Dirty_Set::table();
		$sql   = "SELECT t.product_id FROM $table t LEFT JOIN $wpdb->posts p ON p.ID = t.product_id AND p.post_type = 'product' AND p.post_status = 'publish'
			WHERE t.acked_hash <> '' AND t.priority = 9 AND p.ID IS NULL LIMIT 1000";
		return array_map( 'intval', $wpdb->get_col( $sql ) );
	}

	/**
	 * Reads products and marks those that differ from what was acknowledged.
	 *
	 * @param int[] $ids At most PAGE.
	 * @return int[] done: so many of the first were compared; marked.
	 */
	private static function compare( array $ids ) {
		global $wpdb;
		$done = array( 'done' => 0, 'marked' => 0 );
		if ( ! $ids ) {
			return $done;
		}
		$rows    = $wpdb->get_results( 'SELECT product_id, priority, reason, acked_hash FROM ' . Fiko_Sync_Dirty_Set::table() . ' WHERE product_id IN (' . implode( ',', $ids ) . ')', OBJECT_K );
		$results = Fiko_Sync_Reader::read( $ids, 'sweep' );
		$dirty   = array();
		foreach ( $results as $id => $result ) {
			$row     = $rows[ $id ] ?? null;
			$is_idle = ! $row || Fiko_Sync_Dirty_Set::CLEAN === (int) $row->priority;
			if ( isset( $result['error'] ) ) {
				if ( $is_idle && ( $row->reason ?? '' ) !== $result['error'] ) {
					Fiko_Sync_Dirty_Set::fail( array( 'id' => $id ), $result['error'] );
				}
			} elseif ( $is_idle && self::differs( $result['product'], $row ) ) {
				$dirty[] = $id;
			}
		}
		Fiko_Sync_Dirty_Set::mark( $dirty, Fiko_Sync_Dirty_Set::BULK );
		while ( $done['done'] < count( $ids ) && isset( $results[ $ids[ $done['done'] ] ] ) ) {
			++$done['done'];
		}
		return array( 'marked' => count( $dirty ) ) + $done;
	}

	/** One that was refused waits for an edit or for reconciliation; one that could not be read is sent as soon as it can. */
	private static function differs( $product, $row ) {
		$reason = $row->reason ?? '';
		if ( '' !== $reason && 0 !== strpos( $reason, 'unreadable|' ) ) {
			return false;
		}
		return '' !== $reason || ( $product['product_hash'] ?? '' ) !== ( $row->acked_hash ?? '' );
	}
}
