<?php
/**
 * Sends what is due, and believes only receipts.
 *
 * @package Fiko_Sync
 */

/** Works through the dirty set in the background, one sender at a time. */
final class Fiko_Sync_Sender {

	/** Seconds until the backend is asked whether what it took can be found: embedding takes a moment. */
	const CHECK_IN = 20;

	/**
	 * One pass over the work that is due: queued terms, dirty products, receipts. Returns at once when there is nothing to do,
	 * when sending is paused or backing off, or when another sender is at it.
	 *
	 * @param int $seconds Time it may take; one request more at most.
	 * @param int $least   Only products of this priority or a more urgent one.
	 * @return int Products acknowledged.
	 */
	public static function run( $seconds = 20, $least = Fiko_Sync_Dirty_Set::BACKFILL ) {
		global $wpdb;
		Fiko_Sync_Hooks::flush();
		$lock = 'fiko_sync_' . md5( DB_NAME . $wpdb->prefix );
		// The database gives the lock up when the connection of a killed PHP ends, so that it cannot stay behind.
		if ( '' !== Fiko_Sync_Settings::obstacle() || '1' !== $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 0)', $lock ) ) ) { // phpcs:ignore WordPress.DB.DirectDatabaseQuery
			return 0;
		}
		$until = microtime( true ) + $seconds;
		$acked = 0;
		try {
			if ( ! Fiko_Sync_Settings::is_verified() && ! self::is_backing_off() ) {
				$answer = Fiko_Sync_Settings::connect();
				if ( 'ok' !== $answer['kind'] ) {
					self::failed( $answer );
				}
			}
			while ( microtime( true ) < $until && '' === Fiko_Sync_Settings::obstacle() && self::has_memory() ) {
				self::free_memory();
				$rows = self::is_backing_off() ? array() : self::next( $least );
				if ( ! $rows ) {
					break;
				}
				$acked += self::send( $rows, max( 5, min( 15, (int) ( $until - microtime( true ) ) ) ) );
			}
			if ( empty( $rows ) && Fiko_Sync_Dirty_Set::URGENT !== $least && ! self::is_backing_off() && '' === Fiko_Sync_Settings::obstacle() ) {
				Fiko_Sync_Receipts::check();
			}
		} finally {
			$wpdb->query( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', $lock ) ); // phpcs:ignore WordPress.DB.DirectDatabaseQuery
		}
		return $acked;
	}

	/** The next products to send; terms and the backfill are expanded only as far as the sender gets. */
	private static function next( $least ) {
		$rows = Fiko_Sync_Dirty_Set::due( Fiko_Sync_Rules::MAX_EVENTS, $least );
		while ( count( $rows ) < Fiko_Sync_Rules::MAX_EVENTS && $least >= Fiko_Sync_Dirty_Set::BULK && Fiko_Sync_Expansion::step() ) {
			$rows = Fiko_Sync_Dirty_Set::due( Fiko_Sync_Rules::MAX_EVENTS, $least );
		}
		return $rows;
	}

	/**
	 * Sends up to one request of products.
	 *
	 * @param object[] $rows    Rows of the dirty set, as they were before the products are read.
	 * @param int      $timeout Seconds.
	 * @return int Products acknowledged.
	 */
	private static function send( array $rows, $timeout ) {
		$now_us   = (int) ( microtime( true ) * 1000000 ); // Before reading: an old read must never carry a new version.
		$products = Fiko_Sync_Payload::read( array_map( 'intval', array_column( $rows, 'product_id' ) ) );
		$attempts = array();
		$settled  = array();
		$unknown  = array();
		$bytes    = 0;
		foreach ( $rows as $row ) {
			$attempt = self::attempt( $row, $products[ $row->product_id ], $now_us );
			if ( null === $attempt ) {
				$unknown[] = $row;
			} elseif ( null === $attempt['event'] ) {
				$settled[] = $attempt;
			} elseif ( Fiko_Sync_Rules::fits( count( $attempts ), $bytes, strlen( $attempt['event'] ) ) ) {
				$attempts[] = $attempt;
				$bytes     += strlen( $attempt['event'] ) + 1;
			} else {
				break; // The rest is still due, and is read anew for the next request.
			}
		}
		Fiko_Sync_Dirty_Set::settle( $settled );
		Fiko_Sync_Dirty_Set::forget( $unknown );
		return $attempts && Fiko_Sync_Dirty_Set::begin( $attempts ) ? self::deliver( $attempts, $timeout ) : 0;
	}

	/**
	 * What to send for a product.
	 *
	 * @param object     $row     Its row.
	 * @param array|null $product Its payload; null when the AI may not know it.
	 * @param int        $now_us  µs, taken before it was read.
	 * @return array|null id, generation, version, hash, attempt_hash, event (JSON; null: the backend has it already); null:
	 *                    never sent, and not to be.
	 */
	private static function attempt( $row, $product, $now_us ) {
		if ( null === $product && '0' === $row->version ) {
			return null;
		}
		$attempt  = array(
			'id'         => (int) $row->product_id,
			'generation' => (int) $row->generation,
			'hash'       => $product['product_hash'] ?? '',
			'event'      => null,
		);
		$is_acked = $row->version === $row->acked_version;
		if ( $is_acked && '0' !== $row->version && $attempt['hash'] === $row->acked_hash ) {
			return $attempt;
		}
		$sources = array( 'live', 'live', 'reconcile', 'backfill' );
		$event   = array(
			'event_type' => null === $product ? 'product.deleted' : 'product.updated',
			'source'     => $sources[ $row->priority ],
			'product'    => $product ?? array( 'id' => (int) $row->product_id ),
		);

		// The same content again is the same event again, so that the backend can tell it has it.
		$attempt['attempt_hash'] = md5( Fiko_Sync_Rules::canonical( $event ) );
		$is_repeat               = ! $is_acked && $attempt['attempt_hash'] === $row->attempt_hash;
		$attempt['version']      = $is_repeat ? (int) $row->version : Fiko_Sync_Rules::next_version( (int) $row->version, $now_us );
		$attempt['event']        = Fiko_Sync_Rules::canonical( array( 'event_id' => "wc_{$row->product_id}_{$attempt['version']}", 'version' => $attempt['version'] ) + $event );
		return $attempt;
	}

	/** Posts one request; one that is refused as a whole is halved until the event is alone that must fail. */
	private static function deliver( array $attempts, $timeout ) {
		$answer = Fiko_Sync_Api::call( 'webhook/batch/', '{"events":[' . implode( ',', array_column( $attempts, 'event' ) ) . ']}', $timeout );
		if ( 'refused' === $answer['kind'] ) {
			if ( 1 === count( $attempts ) ) {
				Fiko_Sync_Dirty_Set::fail( $attempts[0], $answer['detail'] );
				return 0;
			}
			list( $first, $second ) = array_chunk( $attempts, (int) ceil( count( $attempts ) / 2 ) );
			return self::deliver( $first, $timeout ) + self::deliver( $second, $timeout );
		}
		if ( 'ok' === $answer['kind'] && ! isset( $answer['data']['accepted'], $answer['data']['rejected'] ) ) {
			$answer['kind'] = 'later'; // JSON from somebody else.
		}
		if ( 'ok' !== $answer['kind'] ) {
			self::failed( $answer );
			return 0;
		}
		self::recovered();
		$acked = $attempts;
		foreach ( $answer['data']['rejected'] as $entry ) {
			$attempt = $attempts[ $entry['index'] ?? -1 ] ?? null;
			unset( $acked[ $entry['index'] ?? -1 ] );
			if ( $attempt && Fiko_Sync_Rules::is_passing( (string) ( $entry['error'] ?? '' ) ) ) {
				self::failed( array( 'kind' => 'later', 'retry_after' => 0 ) + $answer );
			} elseif ( $attempt ) {
				Fiko_Sync_Dirty_Set::fail( $attempt, (string) ( $entry['detail'] ?? $entry['error'] ?? '' ) );
			}
		}
		Fiko_Sync_Dirty_Set::acknowledge( $acked, self::CHECK_IN );
		return count( $acked );
	}

	/**
	 * Stops sending until the owner has looked (`denied`), or for a while that grows with every failure in a row.
	 *
	 * @param array $answer Of Fiko_Sync_Api::call().
	 */
	public static function failed( array $answer ) {
		if ( 'denied' === $answer['kind'] ) {
			update_option( 'fiko_sync_pause', array( 'code' => $answer['code'], 'detail' => $answer['detail'], 'at' => time() ), false );
			return;
		}
		$failures = 1 + (int) ( get_option( 'fiko_sync_backoff', array() )['failures'] ?? 0 );
		$wait     = Fiko_Sync_Rules::backoff( $failures, wp_rand( 0, 1000 ) / 1000, $answer['retry_after'] );
		update_option( 'fiko_sync_backoff', array( 'failures' => $failures, 'until' => time() + $wait ), false );
	}

	/** Lets sending go on: the backend has answered. */
	public static function recovered() {
		delete_option( 'fiko_sync_backoff' );
		delete_option( 'fiko_sync_pause' );
	}

	/** @return int Epoch seconds until which nothing is sent; 0 when it may be. More than a day ahead, the clock was set back. */
	public static function is_backing_off() {
		$until = (int) ( get_option( 'fiko_sync_backoff', array() )['until'] ?? 0 );
		return $until > time() && $until <= time() + DAY_IN_SECONDS ? $until : 0;
	}

	private static function free_memory() {
		$GLOBALS['wpdb']->queries = array();
		if ( function_exists( 'wp_cache_supports' ) && wp_cache_supports( 'flush_runtime' ) ) {
			wp_cache_flush_runtime();
		}
	}

	private static function has_memory() {
		$limit = wp_convert_hr_to_bytes( ini_get( 'memory_limit' ) );
		return $limit <= 0 || memory_get_usage( true ) < 0.8 * $limit;
	}
}
