<?php
/** Reconciliation: finds what the backend and the shop disagree about, by digests of what was acknowledged. Reads no product. */
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL
final class Fiko_Sync_Reconcile {
	const MAX_RANGES   = 500;
	const MAX_PRODUCTS = 1000;
	const LAST_ID      = 9007199254740991;

	/** Runs when the last one is a day old, give or take the hour. */
	public static function daily() {
		if ( (int) ( get_option( 'fiko_sync_reconcile', array() )['at'] ?? 0 ) < time() - 23 * HOUR_IN_SECONDS ) {
			self::run( 'daily' );
		}
	}

	/**
	 * Compares what was acknowledged with what the backend holds, and marks the difference dirty.
	 *
	 * @param string $cause `daily`, or `manual` when a person asks.
	 * @return array at (epoch s), missing, stale, extra (counts), requests, error (a sentence, '' when it went through).
	 */
	public static function run( $cause = 'manual' ) {
		$result = array( 'at' => time(), 'missing' => 0, 'stale' => 0, 'extra' => 0, 'requests' => 0, 'error' => '' );
		$work   = '' === Fiko_Sync_Settings::obstacle() ? array( array( 'ranges' => self::ranges(), 'cause' => $cause ) ) : array();
		while ( $work ) {
			$body   = array_shift( $work );
			$answer = Fiko_Sync_Api::call( 'reconcile/', wp_json_encode( $body ) );
			++$result['requests'];
			if ( 'ok' !== $answer['kind'] ) {
				$result['error'] = $answer['detail'];
				'denied' === $answer['kind'] && Fiko_Sync_Sender::heed( $answer );
				break;
			}
			$extra = $answer['data']['extra'] ?? array();
			$rest  = count( $extra ) >= self::MAX_PRODUCTS ? array( array( 'from' => end( $extra )['id'] + 1, 'to' => $body['to'] ) ) : array(); // An answer ends there.
			foreach ( array_merge( $answer['data']['differ'] ?? array(), $rest ) as $range ) {
				array_push( $work, ...self::lists( (int) $range['from'], (int) $range['to'] ) );
			}
			foreach ( array( 'missing', 'stale', 'extra' ) as $kind ) {
				foreach ( $answer['data'][ $kind ] ?? array() as $product ) {
					$product = is_array( $product ) ? $product : array( 'id' => $product, 'version' => 0 );
					self::distrust( (int) $product['id'], (int) $product['version'] );
					++$result[ $kind ];
				}
			}
		}
		update_option( 'fiko_sync_reconcile', $result, false );
		Fiko_Sync_Schedule::ensure_next();
		return $result;
	}

	/**
	 * Marks a product whose state at the backend is not what was acknowledged: it is sent whatever its hash.
	 *
	 * @param int $id      Product.
	 * @param int $version The highest version the backend knows, 0 if none.
	 */
	public static function distrust( $id, $version ) {
		global $wpdb;
		Fiko_Sync_Dirty_Set::mark( array( $id ), Fiko_Sync_Dirty_Set::BULK );
		$wpdb->query( $wpdb->prepare( 'UPDATE ' . Fiko_Sync_Dirty_Set::table() . " SET version = GREATEST(version, %d, 1), attempt_hash = '', acked_version = 0, acked_hash = '', check_at = 0 WHERE product_id = %d", $version, $id ) );
	}

	/** Another backend or store is connected: nothing that was acknowledged is known to it. */
	public static function distrust_all() {
		global $wpdb;
		$wpdb->query( 'UPDATE ' . Fiko_Sync_Dirty_Set::table() . " SET attempt_hash = '', acked_version = 0, acked_hash = '', check_at = 0, searchable_version = 0" );
	}

	/** @return string 32 hex digits: XOR over md5("id:hash"), of Product id → hash. */
	public static function digest( array $hashes ) {
		$digest = str_repeat( "\0", 16 );
		foreach ( $hashes as $id => $hash ) {
			$digest ^= md5( "$id:$hash", true );
		}
		return bin2hex( $digest );
	}

	/** @return array[] At most 500 ranges that cover all ids, each with as few products as that allows. */
	private static function ranges() {
		global $wpdb;
		$count  = $wpdb->get_var( 'SELECT COUNT(*) FROM ' . Fiko_Sync_Dirty_Set::table() . " WHERE acked_hash <> ''" );
		$ranges = array();
		foreach ( self::slices( 1, self::LAST_ID, max( 100, (int) ceil( ( $count + 1 ) / self::MAX_RANGES ) ) ) as list( $from, $to, $hashes ) ) {
			$ranges[] = array( 'from' => $from, 'to' => $to, 'count' => count( $hashes ), 'digest' => self::digest( $hashes ) );
		}
		return $ranges;
	}

	/** @return array[] The bodies that list a range that differs, none with more than 1,000 products. */
	private static function lists( $first, $last ) {
		$lists = array();
		foreach ( self::slices( $first, $last, self::MAX_PRODUCTS ) as list( $from, $to, $hashes ) ) {
			$products = array_map( static fn( $id, $hash ) => compact( 'id', 'hash' ), array_keys( $hashes ), $hashes );
			$lists[]  = compact( 'from', 'to', 'products' );
		}
		return $lists;
	}

	/** @return Generator<array> From, to, product id → acknowledged hash: slices of $size products that cover all ids between. */
	private static function slices( $from, $last, $size ) {
		global $wpdb;
		while ( $from <= $last ) {
			$sql    = 'SELECT product_id, acked_hash FROM ' . Fiko_Sync_Dirty_Set::table() . " WHERE product_id BETWEEN %d AND %d AND acked_hash <> '' ORDER BY product_id LIMIT %d";
			$hashes = array_column( $wpdb->get_results( $wpdb->prepare( $sql, $from, $last, $size ) ), 'acked_hash', 'product_id' );
			$to     = count( $hashes ) < $size ? $last : (int) array_key_last( $hashes );
			yield array( $from, $to, $hashes );
			$from = $to + 1;
		}
	}
}
