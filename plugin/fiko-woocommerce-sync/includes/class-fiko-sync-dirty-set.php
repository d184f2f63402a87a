<?php
/**
 * The dirty set: one row a product, which says whether it must be sent and what the backend has acknowledged.
 *
 * @package Fiko_Sync
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL -- our own table; every value is prepared or an integer.

/**
 * Rows leave the set by receipt only, and only if `generation` is still what it was before the product was read: an edit
 * that arrives while its product is being sent raises it, and so the row stays.
 */
final class Fiko_Sync_Dirty_Set {

	const URGENT     = 0;
	const LIVE       = 1;
	const BULK       = 2;
	const BACKFILL   = 3;
	const CLEAN      = 9;
	const DB_VERSION = '1';

	public static function table() {
		return $GLOBALS['wpdb']->prefix . 'fiko_sync_products';
	}

	/** Makes the table. `due` serves the sender, `check_at` the receipts; clean rows sort behind all others. */
	public static function install() {
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		dbDelta(
			'CREATE TABLE ' . self::table() . " (
			product_id bigint(20) unsigned NOT NULL,
			generation bigint(20) unsigned NOT NULL DEFAULT 0,
			priority tinyint(3) unsigned NOT NULL DEFAULT 9,
			first_dirty_at int(10) unsigned NOT NULL DEFAULT 0,
			due_at int(10) unsigned NOT NULL DEFAULT 0,
			in_backfill tinyint(3) unsigned NOT NULL DEFAULT 0,
			version bigint(20) unsigned NOT NULL DEFAULT 0,
			attempt_hash char(32) NOT NULL DEFAULT '',
			acked_version bigint(20) unsigned NOT NULL DEFAULT 0,
			acked_hash char(32) NOT NULL DEFAULT '',
			acked_at int(10) unsigned NOT NULL DEFAULT 0,
			check_at int(10) unsigned NOT NULL DEFAULT 0,
			searchable_version bigint(20) unsigned NOT NULL DEFAULT 0,
			reason varchar(500) NOT NULL DEFAULT '',
			PRIMARY KEY  (product_id),
			KEY due (priority,due_at),
			KEY check_at (check_at)
			) " . $GLOBALS['wpdb']->get_charset_collate()
		);
		update_option( 'fiko_sync_db_version', self::DB_VERSION, false );
	}

	/**
	 * Marks products dirty, in one statement per 500. A live mark waits for the last change (trailing debounce), but not
	 * longer than four times that after the first; an urgent one is due at once; one of the background never moves a live one.
	 *
	 * @param int[] $ids      Product ids (parents, never variations).
	 * @param int   $priority URGENT, LIVE or BULK (terms, settings, reconciliation).
	 */
	public static function mark( array $ids, $priority ) {
		global $wpdb;
		/**
		 * Seconds without a further change after which a product is sent; at most four times as long after the first.
		 *
		 * @param int $seconds 30. 0 sends with the next run.
		 */
		$quiet = max( 0, (int) apply_filters( 'fiko_sync_debounce_seconds', 30 ) );
		$now   = time();
		$due   = self::LIVE === $priority ? $now + $quiet : $now;
		foreach ( array_chunk( $ids, 500 ) as $chunk ) {
			$rows = array();
			foreach ( $chunk as $id ) {
				$rows[] = sprintf( '(%d,1,%d,%d,%d)', $id, $priority, $now, $due );
			}
			// Assignments run from left to right, and later ones see the new values: first_dirty_at is meant to.
			$sql = 'INSERT INTO ' . self::table() . ' (product_id, generation, priority, first_dirty_at, due_at) VALUES ' . implode( ',', $rows ) . '
				ON DUPLICATE KEY UPDATE generation = generation + 1, reason = \'\',
				first_dirty_at = IF(priority = 9, VALUES(first_dirty_at), first_dirty_at),
				due_at = CASE WHEN priority = 9 OR VALUES(priority) = 0 THEN VALUES(due_at)
					WHEN priority = 0 OR VALUES(priority) > 1 THEN due_at
					ELSE LEAST(VALUES(due_at), first_dirty_at + ' . 4 * $quiet . ') END,
				priority = LEAST(priority, VALUES(priority))';
			if ( false === $wpdb->query( $sql ) ) {
				self::install(); // A site of a network, or a restored backup, that never saw the activation.
				$wpdb->query( $sql );
			}
		}
	}

	/**
	 * The products to send now, most urgent first.
	 *
	 * @param int $limit      How many.
	 * @param int $least      Only those of this priority or a more urgent one.
	 * @return object[] Rows.
	 */
	public static function due( $limit, $least = self::BACKFILL ) {
		global $wpdb;
		$now = time();
		// A due time beyond the hour was written before the clock was set back.
		return $wpdb->get_results( $wpdb->prepare( 'SELECT * FROM ' . self::table() . ' WHERE priority <= %d AND (due_at <= %d OR due_at > %d) ORDER BY priority, due_at, product_id LIMIT %d', $least, $now, $now + 3600, $limit ) );
	}

	/**
	 * Stores the version of each attempt before it is sent, so that the next attempt after a crash repeats it.
	 *
	 * @param array[] $attempts id, version, attempt_hash.
	 * @return bool Whether it is stored.
	 */
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
		self::write( $attempts, array( 'product_id' => 'id', 'generation' => 'generation', 'acked_version' => 'version', 'acked_hash' => 'hash' ), 'acked_version = VALUES(acked_version), acked_hash = VALUES(acked_hash), acked_at = ' . time() . ', check_at = ' . ( time() + $check_in ) . ', ' . self::LEAVE );
	}

	/**
	 * Takes products out of the set which need not be sent.
	 *
	 * @param array[] $attempts id, generation.
	 */
	public static function settle( array $attempts ) {
		self::write( $attempts, array( 'product_id' => 'id', 'generation' => 'generation' ), self::LEAVE );
	}

	/**
	 * Takes a product out of the set that the backend refused for good. Its next attempt is a new version, never the same
	 * event id with other content.
	 *
	 * @param array  $attempt id, generation.
	 * @param string $reason  A sentence for the owner.
	 */
	public static function fail( array $attempt, $reason ) {
		global $wpdb;
		self::settle( array( $attempt ) );
		$wpdb->query( $wpdb->prepare( 'UPDATE ' . self::table() . " SET attempt_hash = '', check_at = 0, reason = IF(priority = 9, %s, reason) WHERE product_id = %d", mb_substr( $reason, 0, 500 ), $attempt['id'] ) );
	}

	/**
	 * Forgets products that were never sent and may not be.
	 *
	 * @param object[] $rows Rows as they were read.
	 */
	public static function forget( array $rows ) {
		global $wpdb;
		foreach ( $rows as $row ) {
			$wpdb->query( $wpdb->prepare( 'DELETE FROM ' . self::table() . ' WHERE product_id = %d AND generation = %d AND version = 0', $row->product_id, $row->generation ) );
		}
	}

	/**
	 * Marks a product whose state at the backend is not what was acknowledged: it is sent whatever its hash.
	 *
	 * @param int $id      Product id.
	 * @param int $version The highest version the backend knows, 0 if none.
	 */
	public static function distrust( $id, $version ) {
		global $wpdb;
		self::mark( array( $id ), self::BULK );
		$wpdb->query( $wpdb->prepare( 'UPDATE ' . self::table() . " SET version = GREATEST(version, %d, 1), attempt_hash = '', acked_version = 0, acked_hash = '', check_at = 0 WHERE product_id = %d", $version, $id ) );
	}

	/** Nothing that was acknowledged is known to the backend that is connected now. */
	public static function distrust_all() {
		$GLOBALS['wpdb']->query( 'UPDATE ' . self::table() . " SET attempt_hash = '', acked_version = 0, acked_hash = '', check_at = 0, searchable_version = 0" );
	}

	const LEAVE = 'first_dirty_at = IF(generation = VALUES(generation), 0, first_dirty_at), due_at = IF(generation = VALUES(generation), 0, due_at), in_backfill = IF(generation = VALUES(generation), 0, in_backfill), priority = IF(generation = VALUES(generation), 9, priority)';

	/**
	 * One statement for up to 100 rows that exist already.
	 *
	 * @param array[]               $attempts What to write.
	 * @param array<string,string> $columns  Column → key in an attempt.
	 * @param string                $update   The assignments.
	 */
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
		return ! $rows || false !== $wpdb->query( 'INSERT INTO ' . self::table() . ' (' . implode( ',', array_keys( $columns ) ) . ') VALUES ' . implode( ',', $rows ) . ' ON DUPLICATE KEY UPDATE ' . $update );
	}
}
