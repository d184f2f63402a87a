<?php
/**
 * The dirty set: one row a product, which says whether it must be sent and what the backend has acknowledged. A row leaves the set
 * only if `generation` is what it was before the product was read: an edit that arrives meanwhile raises it, and the row stays.
 */
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL -- our own table; every value is prepared or an integer.
final class Fiko_Sync_Dirty_Set {
	const URGENT   = 0;
	const LIVE     = 1;
	const BULK     = 2; // Terms, settings, reconciliation.
	const BACKFILL = 3;
	const CLEAN    = 9;

	/** Takes a row out of the set, unless it was marked anew. */
	const LEAVE = 'first_dirty_at = IF(generation = VALUES(generation), 0, first_dirty_at),
		due_at = IF(generation = VALUES(generation), 0, due_at),
		in_backfill = IF(generation = VALUES(generation), 0, in_backfill),
		priority = IF(generation = VALUES(generation), 9, priority)';

	public static function table() {
		return $GLOBALS['wpdb']->prefix . 'fiko_sync_products';
	}

	/**
	 * Marks products dirty, 500 a statement. A live mark waits until nothing has changed for a while (trailing debounce), but not
	 * for more than four times that since the first; an urgent one is due at once; one of the background never moves a live one.
	 *
	 * @param int[] $ids      Products, never variations.
	 * @param int   $priority URGENT, LIVE or BULK.
	 */
	public static function mark( array $ids, $priority ) {
		$quiet = self::quiet_seconds();
		$now   = time();
		$due   = self::LIVE === $priority ? $now + $quiet : $now;
		foreach ( array_chunk( $ids, 500 ) as $chunk ) {
			$rows = array();
			foreach ( $chunk as $id ) {
				$rows[] = sprintf( '(%d, 1, %d, %d, %d)', $id, $priority, $now, $due );
			}
			// Assignments run from left to right and see what those before them wrote: due_at is meant to see first_dirty_at.
			$sql = 'INSERT INTO ' . self::table() . ' (product_id, generation, priority, first_dirty_at, due_at) VALUES ' . implode( ',', $rows ) . "
				ON DUPLICATE KEY UPDATE generation = generation + 1, reason = '',
				first_dirty_at = IF(priority = 9, VALUES(first_dirty_at), first_dirty_at),
				due_at = CASE WHEN priority = 9 OR VALUES(priority) = 0 THEN VALUES(due_at)
					WHEN priority = 0 OR VALUES(priority) > 1 THEN due_at
					ELSE LEAST(VALUES(due_at), first_dirty_at + " . 4 * $quiet . ') END,
				priority = LEAST(priority, VALUES(priority))';
			if ( false === self::quietly( $sql ) ) {
				Fiko_Sync_Install::table(); // A new site of a network, or a restored backup: it never saw the activation.
				$GLOBALS['wpdb']->query( $sql );
			}
		}
	}

	/** The table may be missing, which is mended: no page of the shop is to print an error about it. */
	private static function quietly( $sql ) {
		global $wpdb;
		$was  = $wpdb->suppress_errors();
		$done = $wpdb->query( $sql );
		$wpdb->suppress_errors( $was );
		return $done;
	}

	public static function quiet_seconds() {
		/** Seconds without a further change after which a product is sent (int). 0 sends with the next run. */
		return max( 0, (int) apply_filters( 'fiko_sync_debounce_seconds', 30 ) );
	}

	/** @return object[] Up to $limit rows that are due and at least so urgent, the most urgent first. */
	public static function due( $limit, $least ) {
		global $wpdb;
		$now = time();
		// Due more than an hour ahead: written before the clock was set back.
		return $wpdb->get_results( $wpdb->prepare( 'SELECT * FROM ' . self::table() . ' WHERE priority <= %d AND (due_at <= %d OR due_at > %d) ORDER BY priority, due_at, product_id LIMIT %d', $least, $now, $now + 3600, $limit ) );
	}

	/** @return bool Whether the versions (id, version, attempt_hash) are stored, as they must be before sending: a crash then repeats them. */
	public static function begin( array $attempts ) {
		return self::write( $attempts, array( 'product_id' => 'id', 'version' => 'version', 'attempt_hash' => 'attempt_hash' ), 'version = VALUES(version), attempt_hash = VALUES(attempt_hash)' );
	}

	/**
	 * Records receipts.
	 *
	 * @param array[] $attempts id, generation, version, hash ('' for a deletion).
	 * @param int     $check_in Seconds until the backend is asked whether they can be found.
	 */
	public static function acknowledge( array $attempts, $check_in ) {
		$now = time();
		$columns = array( 'product_id' => 'id', 'generation' => 'generation', 'acked_version' => 'version', 'acked_hash' => 'hash' );
		self::write( $attempts, $columns, "acked_version = VALUES(acked_version), acked_hash = VALUES(acked_hash), acked_at = $now, check_at = $now + $check_in, " . self::LEAVE );
	}

	/** Takes products (id, generation) out which need not be sent, and forgets those the backend has never heard of. */
	public static function settle( array $attempts ) {
		global $wpdb;
		if ( self::write( $attempts, array( 'product_id' => 'id', 'generation' => 'generation' ), self::LEAVE ) && $attempts ) {
			$wpdb->query( 'DELETE FROM ' . self::table() . ' WHERE version = 0 AND priority = 9 AND product_id IN (' . implode( ',', array_column( $attempts, 'id' ) ) . ')' );
		}
	}

	/**
	 * Takes a product out that cannot be sent as it is. Its next attempt is a new version, never the same id with other content.
	 *
	 * @param array  $attempt id, and generation where it was in the set: an edit since then keeps it in.
	 * @param string $reason  `code|detail`; see Fiko_Sync_Status::reason().
	 */
	public static function fail( array $attempt, $reason ) {
		global $wpdb;
		if ( isset( $attempt['generation'] ) ) {
			self::write( array( $attempt ), array( 'product_id' => 'id', 'generation' => 'generation' ), self::LEAVE );
		} else {
			$wpdb->query( $wpdb->prepare( 'INSERT INTO ' . self::table() . ' (product_id) VALUES (%d) ON DUPLICATE KEY UPDATE first_dirty_at = 0, due_at = 0, in_backfill = 0, priority = 9', $attempt['id'] ) );
		}
		// A table in the old utf8 of MySQL takes no characters of four bytes, such as emoji.
		$reason = preg_replace( '/[\x{10000}-\x{10FFFF}]/u', "\xEF\xBF\xBD", wp_check_invalid_utf8( $reason, true ) );
		$sql    = 'UPDATE ' . self::table() . " SET attempt_hash = '', check_at = 0, reason = IF(priority = 9, %s, reason) WHERE product_id = %d";
		$wpdb->query( $wpdb->prepare( $sql, mb_substr( $reason, 0, 490 ), $attempt['id'] ) );
	}

	/** @return bool Whether rows that exist already were written: $columns names column → key in an attempt. */
	private static function write( array $attempts, array $columns, $update ) {
		global $wpdb;
		$rows = array();
		foreach ( $attempts as $attempt ) {
			$values = array();
			foreach ( $columns as $key ) {
				$values[] = $wpdb->prepare( is_int( $attempt[ $key ] ) ? '%d' : '%s', $attempt[ $key ] );
			}
			$rows[] = '(' . implode( ',', $values ) . ')';
		}
		return ! $rows || false !== $wpdb->query( 'INSERT INTO ' . self::table() . ' (' . implode( ',', array_keys( $columns ) ) . ') VALUES ' . implode( ',', $rows ) . " ON DUPLICATE KEY UPDATE $update" );
	}
}
