<?php
/** Sends what is due, in the background and one sender at a time, and believes only receipts. */
final class Fiko_Sync_Sender {
	/** Seconds until the backend is asked whether what it took can be found: embedding takes a moment. */
	const CHECK_IN = 20;

	/** @var float When the present pass is to end, in seconds as microtime() counts. */
	private static $until = 0.0;

	/**
	 * One pass over the work that is due: dirty products, queued terms, the backfill, receipts. Returns at once when there is none, when
	 * nothing may be sent, when another sender is at it, or in a visitor's or administrator's request, where products may not be read.
	 *
	 * @param int $seconds Time it may take, give or take the last request.
	 * @param int $least   Only products of this priority or a more urgent one.
	 * @return int Products acknowledged.
	 */
	public static function run( $seconds = 20, $least = Fiko_Sync_Dirty_Set::BACKFILL ) {
		Fiko_Sync_Hooks::flush();
		if ( ! Fiko_Sync_Settings::may_send() ) {
			return 0;
		}
		if ( ! Fiko_Sync_Background::may_read() ) {
			Fiko_Sync_Background::call( 'run', min( 6, $seconds ) );
			return 0;
		}
		if ( ! Fiko_Sync_Lock::take() ) {
			return 0;
		}
		self::$until = microtime( true ) + $seconds;
		try {
			return self::pass( $least );
		} finally {
			Fiko_Sync_Lock::release();
		}
	}

	private static function pass( $least ) {
		$acked   = 0;
		$handled = 0;
		if ( ! Fiko_Sync_Settings::is_verified() ) {
			self::heed( Fiko_Sync_Settings::connect() );
		}
		$rows = array();
		while ( Fiko_Sync_Settings::may_send() && ( 0 === $handled || microtime( true ) < self::$until ) && Fiko_Sync_Lock::renew() ) {
			$rows = self::next( $least );
			if ( ! $rows ) {
				break;
			}
			$sent     = self::send( $rows );
			$acked   += $sent['acked'];
			$handled += $sent['handled'];
			if ( 0 === $sent['handled'] ) {
				break;
			}
		}
		if ( ! $rows && $least >= Fiko_Sync_Dirty_Set::BULK && Fiko_Sync_Settings::may_send() ) {
			Fiko_Sync_Receipts::check();
		}
		self::note_progress( 0 === $handled && ( $rows || Fiko_Sync_Expansion::next() || Fiko_Sync_Resend::is_expanding() || Fiko_Sync_Backfill::is_expanding() ) );
		return $acked;
	}

	/** @return object[] The next rows to send. Queued terms and the backfill are expanded only as far as the sender gets. */
	private static function next( $least ) {
		do {
			$rows = Fiko_Sync_Dirty_Set::due( Fiko_Sync_Rules::MAX_EVENTS, $least );
		} while ( count( $rows ) < Fiko_Sync_Rules::MAX_EVENTS && $least >= Fiko_Sync_Dirty_Set::BULK && microtime( true ) < self::$until && Fiko_Sync_Expansion::step() );
		return $rows;
	}

	/** @return int[] acked: products acknowledged; handled: those that are settled in one way or the other, of rows that were read before their products are. */
	private static function send( array $rows ) {
		$now_us   = (int) ( microtime( true ) * 1000000 ); // Before reading: an old read must never carry a new version.
		$results  = Fiko_Sync_Reader::read( array_map( 'intval', array_column( $rows, 'product_id' ) ), 'sender' );
		$attempts = array();
		$settled  = array();
		$bytes    = 0;
		$failed   = 0;
		foreach ( $rows as $row ) {
			$result = $results[ $row->product_id ] ?? null;
			if ( null === $result ) {
				continue; // Not read for lack of time or memory: it stays due.
			}
			if ( isset( $result['error'] ) ) {
				self::set_aside( array( 'id' => (int) $row->product_id, 'generation' => (int) $row->generation ), $result['error'] );
				++$failed;
				continue;
			}
			$attempt = self::attempt( $row, $result['product'], $now_us );
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
		unset( $results );
		Fiko_Sync_Dirty_Set::settle( $settled );
		$sent = $attempts && Fiko_Sync_Dirty_Set::begin( $attempts ) ? self::deliver( $attempts ) : array( 'acked' => 0, 'handled' => 0 );
		return array( 'acked' => $sent['acked'], 'handled' => $sent['handled'] + count( $settled ) + $failed );
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
		$gone    = array_filter( array( 'id' => $attempt['id'], 'reason' => Fiko_Sync_Payload::reason( $attempt['id'] ) ) );
		$event   = array( 'event_type' => $type, 'source' => $sources[ $row->priority ], 'product' => $product ?? $gone );
		// The same content again is the same event again, so that the backend can tell it has it.
		$attempt['attempt_hash'] = md5( Fiko_Sync_Rules::canonical( $event ) );
		$is_repeat               = ! $is_acked && $attempt['attempt_hash'] === $row->attempt_hash;
		$attempt['version']      = $is_repeat ? (int) $row->version : Fiko_Sync_Rules::next_version( (int) $row->version, $now_us );
		$attempt['event']        = Fiko_Sync_Rules::canonical( array( 'event_id' => "wc_{$row->product_id}_{$attempt['version']}", 'version' => $attempt['version'] ) + $event );
		return $attempt;
	}

	/**
	 * Posts one request. What is refused as a whole, by the backend or by a firewall that dislikes a text, is halved until the event is
	 * alone that must fail.
	 *
	 * @return int[] acked, handled: products; see send().
	 */
	private static function deliver( array $attempts ) {
		$none = array( 'acked' => 0, 'handled' => 0 );
		if ( ! Fiko_Sync_Lock::renew() ) {
			return $none;
		}
		$timeout = max( 5, min( 15, (int) ( self::$until - microtime( true ) ) ) );
		$answer  = Fiko_Sync_Api::call( 'webhook/batch/', '{"events":[' . implode( ',', array_column( $attempts, 'event' ) ) . ']}', $timeout );
		if ( self::is_about_content( $answer, $attempts[0]['id'] ) ) {
			if ( 1 === count( $attempts ) ) {
				self::set_aside( $attempts[0], 'refused' === $answer['kind'] ? 'refused|' . $answer['detail'] : "blocked|{$answer['status']}" );
				return array( 'acked' => 0, 'handled' => 1 );
			}
			$sent = $none;
			foreach ( array_chunk( $attempts, (int) ceil( count( $attempts ) / 2 ) ) as $half ) {
				if ( Fiko_Sync_Settings::may_send() && ( 0 === $sent['handled'] || microtime( true ) < self::$until ) ) {
					$part = self::deliver( $half );
					$sent = array( 'acked' => $sent['acked'] + $part['acked'], 'handled' => $sent['handled'] + $part['handled'] );
				}
			}
			return $sent;
		}
		if ( 'ok' === $answer['kind'] && ! isset( $answer['data']['accepted'], $answer['data']['rejected'] ) ) {
			$answer['kind'] = 'wall'; // JSON from another server.
		}
		$acked  = 'ok' === $answer['kind'] ? $attempts : array();
		$failed = 0;
		foreach ( $acked ? $answer['data']['rejected'] : array() as $entry ) {
			$attempt = $attempts[ $entry['index'] ];
			unset( $acked[ $entry['index'] ] );
			if ( Fiko_Sync_Rules::is_passing( $entry['error'] ) ) {
				$answer['kind'] = 'later';
			} else {
				self::set_aside( $attempt, 'refused|' . $entry['detail'] );
				++$failed;
			}
		}
		Fiko_Sync_Dirty_Set::acknowledge( $acked, self::CHECK_IN );
		self::heed( $answer );
		return array( 'acked' => count( $acked ), 'handled' => count( $acked ) + $failed );
	}

	/**
	 * True if an answer is about the events, and not about the connection. A page of another server, a cut connection or an error inside
	 * the backend may be either: a harmless question by the same way tells.
	 */
	private static function is_about_content( array $answer, $id ) {
		if ( 'refused' === $answer['kind'] ) {
			return true;
		}
		if ( ! Fiko_Sync_Rules::may_be_about_content( $answer, (int) ( get_option( 'fiko_sync_backoff', array() )['failures'] ?? 0 ) ) ) {
			return false;
		}
		return 'ok' === Fiko_Sync_Api::call( 'status/', '{"product_ids":[' . (int) $id . ']}', 10 )['kind'];
	}

	private static function set_aside( array $attempt, $reason ) {
		Fiko_Sync_Dirty_Set::fail( $attempt, $reason );
		Fiko_Sync_Log::write( 'warning', "failed_{$attempt['id']}", "Product {$attempt['id']} cannot be sent: $reason" );
	}

	/**
	 * Lets sending go on after a good answer; stops it until the owner has looked when the backend itself says that the token or the site
	 * is `denied`; else waits, longer with every failure in a row, for ever.
	 *
	 * @param array $answer Of Fiko_Sync_Api::call().
	 */
	public static function heed( array $answer ) {
		if ( 'denied' === $answer['kind'] ) {
			update_option( 'fiko_sync_pause', array( 'identity' => Fiko_Sync_Settings::identity(), 'at' => time() ) + $answer, false );
		} elseif ( in_array( $answer['kind'], array( 'later', 'wall' ), true ) ) {
			$before   = (array) get_option( 'fiko_sync_backoff', array() );
			$failures = 1 + (int) ( $before['failures'] ?? 0 );
			$wait     = Fiko_Sync_Rules::backoff( $failures, wp_rand( 0, 1000 ) / 1000, $answer['retry_after'] ?? 0 );
			$answer   = array_intersect_key( $answer, array_flip( array( 'kind', 'status', 'code', 'detail', 'what' ) ) );
			update_option( 'fiko_sync_backoff', array( 'failures' => $failures, 'until' => time() + $wait, 'since' => $before['since'] ?? time(), 'answer' => $answer ), false );
		} else {
			delete_option( 'fiko_sync_backoff' );
			delete_option( 'fiko_sync_pause' );
		}
	}

	/** @return int Epoch seconds before which no run is scheduled, because the last ones got nowhere; or 0. */
	public static function rests_until() {
		$rest = (array) get_option( 'fiko_sync_rest', array() );
		return ( $rest['until'] ?? 0 ) > time() && $rest['until'] <= time() + DAY_IN_SECONDS ? (int) $rest['until'] : 0;
	}

	/** Work is due and nothing of it was done: the next run waits a minute, then twice as long, up to an hour. */
	private static function note_progress( $is_stuck ) {
		$rest = (array) get_option( 'fiko_sync_rest', array() );
		if ( $is_stuck ) {
			$runs = 1 + (int) ( $rest['runs'] ?? 0 );
			update_option( 'fiko_sync_rest', array( 'runs' => $runs, 'until' => time() + min( HOUR_IN_SECONDS, MINUTE_IN_SECONDS * 2 ** min( 10, $runs - 1 ) ) ), false );
		} elseif ( $rest ) {
			delete_option( 'fiko_sync_rest' );
		}
	}
}
