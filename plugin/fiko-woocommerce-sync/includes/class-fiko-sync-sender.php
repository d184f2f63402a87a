<?php
/** Sends what is due, in the background and one sender at a time, and believes only receipts. */
final class Fiko_Sync_Sender {
	const CHECK_IN = 20; // Seconds until the backend is asked whether what it took can be found: embedding takes a moment.

	/**
	 * One pass over the work that is due: dirty products, queued terms, the backfill, receipts. Returns at once when there is none,
	 * when nothing may be sent, or when another sender is at it.
	 *
	 * @param int $seconds Time it may take, give or take the last request.
	 * @param int $least   Only products of this priority or a more urgent one.
	 * @return int Products acknowledged.
	 */
	public static function run( $seconds = 20, $least = Fiko_Sync_Dirty_Set::BACKFILL ) {
		global $wpdb;
		Fiko_Sync_Hooks::flush();
		$lock = 'fiko_sync_' . md5( DB_NAME . $wpdb->prefix );
		// The database gives this lock up with the connection of a killed PHP: it cannot stay behind.
		if ( ! self::may_send() || '1' !== $wpdb->get_var( $wpdb->prepare( 'SELECT GET_LOCK(%s, 0)', $lock ) ) ) { // phpcs:ignore WordPress.DB
			return 0;
		}
		$until = microtime( true ) + $seconds;
		$acked = 0;
		try {
			if ( ! Fiko_Sync_Settings::is_verified() ) {
				self::heed( Fiko_Sync_Settings::connect() );
			}
			$rows = array( true );
			while ( $rows && microtime( true ) < $until && self::may_send() && self::has_memory() ) {
				$rows   = self::next( $least );
				$acked += $rows ? self::send( $rows, max( 5, min( 15, (int) ( $until - microtime( true ) ) ) ) ) : 0;
			}
			if ( ! $rows && $least >= Fiko_Sync_Dirty_Set::BULK ) {
				Fiko_Sync_Receipts::check();
			}
		} finally {
			$wpdb->query( $wpdb->prepare( 'SELECT RELEASE_LOCK(%s)', $lock ) ); // phpcs:ignore WordPress.DB
		}
		return $acked;
	}

	/** @return object[] The next rows to send. Queued terms and the backfill are expanded only as far as the sender gets. */
	private static function next( $least ) {
		do {
			$rows = Fiko_Sync_Dirty_Set::due( Fiko_Sync_Rules::MAX_EVENTS, $least );
		} while ( count( $rows ) < Fiko_Sync_Rules::MAX_EVENTS && $least >= Fiko_Sync_Dirty_Set::BULK && Fiko_Sync_Expansion::step() );
		return $rows;
	}

	/** @return int Products acknowledged, of rows that were read before their products are. */
	private static function send( array $rows, $timeout ) {
		$now_us   = (int) ( microtime( true ) * 1000000 ); // Before reading: an old read must never carry a new version.
		$products = Fiko_Sync_Payload::read( array_map( 'intval', array_column( $rows, 'product_id' ) ) );
		$attempts = array();
		$settled  = array();
		$bytes    = 0;
		foreach ( $rows as $row ) {
			$attempt = self::attempt( $row, $products[ $row->product_id ], $now_us );
			$size    = strlen( $attempt['event'] ) + 1;
			if ( 1 === $size ) {
				$settled[] = $attempt;
			} elseif ( Fiko_Sync_Rules::fits( count( $attempts ), $bytes, $size ) ) {
				$attempts[] = $attempt;
				$bytes     += $size;
			} else {
				break; // The rest stays due, and is read anew for the next request.
			}
		}
		Fiko_Sync_Dirty_Set::settle( $settled );
		return $attempts && Fiko_Sync_Dirty_Set::begin( $attempts ) ? self::deliver( $attempts, $timeout ) : 0;
	}

	/**
	 * What to tell of a product (null: the AI may not know it) that was read after $now_us.
	 *
	 * @return array id, generation, version (µs), hash, attempt_hash, event: JSON, or '' when there is nothing to tell.
	 */
	private static function attempt( $row, $product, $now_us ) {
		$hash     = $product['product_hash'] ?? '';
		$is_acked = $row->version === $row->acked_version;
		$attempt  = array( 'id' => (int) $row->product_id, 'generation' => (int) $row->generation, 'hash' => $hash, 'event' => '' );
		if ( $is_acked && $hash === $row->acked_hash ) {
			return $attempt; // Never sent and not to be (version 0), or known as it is.
		}
		$sources = array( 'live', 'live', 'reconcile', 'backfill' );
		$type    = null === $product ? 'product.deleted' : 'product.updated';
		$event   = array( 'event_type' => $type, 'source' => $sources[ $row->priority ], 'product' => $product ?? array( 'id' => $attempt['id'] ) );
		// The same content again is the same event again, so that the backend can tell it has it.
		$attempt['attempt_hash'] = md5( Fiko_Sync_Rules::canonical( $event ) );
		$is_repeat               = ! $is_acked && $attempt['attempt_hash'] === $row->attempt_hash;
		$attempt['version']      = $is_repeat ? (int) $row->version : Fiko_Sync_Rules::next_version( (int) $row->version, $now_us );
		$attempt['event']        = Fiko_Sync_Rules::canonical( array( 'event_id' => "wc_{$row->product_id}_{$attempt['version']}", 'version' => $attempt['version'] ) + $event );
		return $attempt;
	}

	/** Posts one request. What is refused as a whole is halved until the event is alone that must fail. */
	private static function deliver( array $attempts, $timeout ) {
		$answer = Fiko_Sync_Api::call( 'webhook/batch/', '{"events":[' . implode( ',', array_column( $attempts, 'event' ) ) . ']}', $timeout );
		if ( 'refused' === $answer['kind'] && count( $attempts ) > 1 ) {
			list( $first, $second ) = array_chunk( $attempts, (int) ceil( count( $attempts ) / 2 ) );
			return self::deliver( $first, $timeout ) + self::deliver( $second, $timeout );
		}
		if ( 'refused' === $answer['kind'] ) {
			Fiko_Sync_Dirty_Set::fail( $attempts[0], $answer['detail'] );
			return 0;
		}
		if ( 'ok' === $answer['kind'] && ! isset( $answer['data']['accepted'], $answer['data']['rejected'] ) ) {
			$answer['kind'] = 'later'; // JSON from somebody else.
		}
		$acked = 'ok' === $answer['kind'] ? $attempts : array();
		foreach ( $acked ? $answer['data']['rejected'] : array() as $entry ) {
			$attempt = $attempts[ $entry['index'] ];
			unset( $acked[ $entry['index'] ] );
			if ( Fiko_Sync_Rules::is_passing( $entry['error'] ) ) {
				$answer['kind'] = 'later';
			} else {
				Fiko_Sync_Dirty_Set::fail( $attempt, $entry['detail'] );
			}
		}
		Fiko_Sync_Dirty_Set::acknowledge( $acked, self::CHECK_IN );
		self::heed( $answer );
		return count( $acked );
	}

	/**
	 * Lets sending go on after a good answer; stops it until the owner has looked when the token or the site is `denied`; else
	 * waits, longer with every failure in a row, for ever.
	 *
	 * @param array $answer Of Fiko_Sync_Api::call().
	 */
	public static function heed( array $answer ) {
		if ( 'denied' === $answer['kind'] ) {
			update_option( 'fiko_sync_pause', $answer, false );
		} elseif ( 'later' === $answer['kind'] ) {
			$failures = 1 + (int) ( get_option( 'fiko_sync_backoff', array() )['failures'] ?? 0 );
			$wait     = Fiko_Sync_Rules::backoff( $failures, wp_rand( 0, 1000 ) / 1000, $answer['retry_after'] );
			update_option( 'fiko_sync_backoff', array( 'failures' => $failures, 'until' => time() + $wait ), false );
		} else {
			delete_option( 'fiko_sync_backoff' );
			delete_option( 'fiko_sync_pause' );
		}
	}

	/** @return int Epoch seconds until which nothing is sent, or 0. More than a day ahead: the clock was set back. */
	public static function backs_off_until() {
		$until = (int) ( get_option( 'fiko_sync_backoff', array() )['until'] ?? 0 );
		return $until > time() && $until <= time() + DAY_IN_SECONDS ? $until : 0;
	}

	private static function may_send() {
		return '' === Fiko_Sync_Settings::obstacle() && ! self::backs_off_until();
	}

	/** Drops what the last request has left in memory, and says whether there is room for another. */
	private static function has_memory() {
		$GLOBALS['wpdb']->queries = array();
		if ( wp_cache_supports( 'flush_runtime' ) ) {
			wp_cache_flush_runtime();
		}
		$limit = wp_convert_hr_to_bytes( ini_get( 'memory_limit' ) );
		return $limit <= 0 || memory_get_usage( true ) < 0.8 * $limit;
	}
}
