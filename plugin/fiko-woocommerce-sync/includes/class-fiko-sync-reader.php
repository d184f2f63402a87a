<?php
/**
 * Reads products for the sender and the sweep, each by itself: one that throws, ends PHP, or takes all memory spoils no other. Reads
 * only as many as time and memory allow, never none, and leaves nothing of them in memory.
 */
final class Fiko_Sync_Reader {
	/** Products and variations read for one request: about a second, and 20 MB. */
	const MAX_UNITS = 300;

	/** Seconds after which no further product is begun. */
	const SECONDS = 8;

	/** Of PHP's memory limit, before no further product is begun. */
	const MEMORY_SHARE = 0.75;

	/** @var array|null While a product is read: by, ids, id, and step (`product` or `texts`). */
	private static $reading = null;

	/**
	 * @param int[]  $ids Products, in the order in which they are read.
	 * @param string $by  `sender` or `sweep`: whose reading must be found again after PHP was killed.
	 * @return array<int,array> Id → `product` (null when the AI may not know it) or `error` (why it cannot be read), for the first ids; at
	 *                          least for one.
	 */
	public static function read( array $ids, $by ) {
		global $wpdb;
		$results = self::after_death( $ids, $by );
		if ( $results || ! $ids ) {
			return $results;
		}
		$ids     = self::bounded( $ids );
		$queries = count( (array) $wpdb->queries );
		$until   = microtime( true ) + self::SECONDS;
		self::begin( $ids, $by );
		try {
			Fiko_Sync_Payload::as_guest(
				static function () use ( $ids, $until, &$results ) {
					Fiko_Sync_Payload::warm( $ids );
					foreach ( $ids as $id ) {
						if ( $results && ( microtime( true ) > $until || ! self::has_memory() ) ) {
							break;
						}
						$results[ $id ] = self::read_one( $id );
					}
				}
			);
		} finally {
			self::end( $by );
			self::free( $ids, $queries );
		}
		return $results;
	}

	/** The texts are being rendered now: if PHP ends, they are the reason. */
	public static function enter( $step ) {
		if ( self::$reading ) {
			self::$reading['step'] = $step;
		}
	}

	/** @return bool Whether there is memory for another product. */
	private static function has_memory() {
		$limit = wp_convert_hr_to_bytes( ini_get( 'memory_limit' ) );
		return $limit <= 0 || memory_get_usage() < self::MEMORY_SHARE * $limit;
	}

	/** PHP ends in the middle of a product: a fatal error, exit(), or too long. That product is set aside, and the others go on. */
	public static function died() {
		if ( ! self::$reading ) {
			return;
		}
		$reading       = self::$reading;
		self::$reading = null;
		ini_set( 'memory_limit', (string) ( memory_get_usage( true ) + 32 * MB_IN_BYTES ) ); // phpcs:ignore WordPress.PHP.IniSet -- it may be what ran out.
		$error = error_get_last();
		// The last error may be a notice of another plugin, long before the end.
		$is_fatal = $error && ( $error['type'] & ( E_ERROR | E_CORE_ERROR | E_COMPILE_ERROR | E_USER_ERROR | E_RECOVERABLE_ERROR ) );
		self::blame( $reading['id'], $reading['step'], $is_fatal ? $error['message'] : 'PHP ended' );
		delete_option( "fiko_sync_reading_{$reading['by']}" );
		Fiko_Sync_Lock::release();
		Fiko_Sync_Schedule::ensure( time() + MINUTE_IN_SECONDS );
	}

	private static function read_one( $id ) {
		self::$reading['id']   = $id;
		self::$reading['step'] = 'product';
		try {
			return array( 'product' => Fiko_Sync_Payload::of_id( $id ) );
		} catch ( Throwable $error ) {
			Fiko_Sync_Log::write( 'error', "read_$id", "Product $id cannot be read: " . $error->getMessage() . ' in ' . $error->getFile() . ':' . $error->getLine() );
			return array( 'error' => self::unreadable( $error->getMessage() . ' (' . basename( $error->getFile() ) . ':' . $error->getLine() . ')' ) );
		}
	}

	/** @return string A reason, as Dirty_Set::fail() takes it. */
	private static function unreadable( $message ) {
		return 'unreadable|' . mb_substr( trim( preg_replace( '~\s+~', ' ', wp_strip_all_tags( $message ) ) ), 0, 200 );
	}

	/** The texts of a product get a second chance, raw. All else sets the product aside until it changes. */
	private static function blame( $id, $step, $message ) {
		Fiko_Sync_Log::write( 'error', "died_$id", "PHP ended while product $id was read ($step): $message" );
		$post = get_post( $id );
		if ( 'texts' === $step && $post && ! Fiko_Sync_Texts::is_raw( $id, $post ) ) {
			Fiko_Sync_Texts::distrust( $id );
		} else {
			Fiko_Sync_Dirty_Set::fail( array( 'id' => $id ), self::unreadable( $message ) );
		}
	}

	/** Says which products are being read, for the next process in case this one is killed, and for its own end. */
	private static function begin( array $ids, $by ) {
		static $is_registered = false;
		if ( ! $is_registered ) {
			$is_registered = true;
			register_shutdown_function( array( __CLASS__, 'died' ) );
		}
		update_option( "fiko_sync_reading_$by", $ids, false );
		add_filter( 'wp_die_handler', array( __CLASS__, 'die_handler' ), PHP_INT_MAX );
		add_filter( 'wp_die_ajax_handler', array( __CLASS__, 'die_handler' ), PHP_INT_MAX );
		add_filter( 'wp_die_json_handler', array( __CLASS__, 'die_handler' ), PHP_INT_MAX );
		self::$reading = array( 'by' => $by, 'id' => $ids[0], 'step' => 'product' );
	}

	private static function end( $by ) {
		self::$reading = null;
		remove_filter( 'wp_die_handler', array( __CLASS__, 'die_handler' ), PHP_INT_MAX );
		remove_filter( 'wp_die_ajax_handler', array( __CLASS__, 'die_handler' ), PHP_INT_MAX );
		remove_filter( 'wp_die_json_handler', array( __CLASS__, 'die_handler' ), PHP_INT_MAX );
		delete_option( "fiko_sync_reading_$by" );
	}

	/** A filter that calls wp_die() concerns its own product only. WordPress's fatal error page ends here, too, and lets PHP end. */
	public static function die_handler() {
		return static function ( $message ) {
			throw new RuntimeException( 'wp_die: ' . esc_html( is_scalar( $message ) ? wp_strip_all_tags( (string) $message ) : 'an error' ) );
		};
	}

	/**
	 * A process before this one was killed while it read: at each death a quarter of its products is read, until the one that kills is
	 * alone and set aside.
	 *
	 * @param int[]  $ids In and out: what is read now.
	 * @param string $by  See read().
	 * @return array<int,array> A result for the product that was alone, else none.
	 */
	private static function after_death( array &$ids, $by ) {
		wp_cache_delete( "fiko_sync_reading_$by", 'options' );
		$left = array_values( array_intersect( $ids, (array) get_option( "fiko_sync_reading_$by", array() ) ) );
		if ( ! $left ) {
			return array();
		}
		if ( 1 < count( $left ) ) {
			$ids = array_slice( $left, 0, (int) ceil( count( $left ) / 4 ) );
			return array();
		}
		delete_option( "fiko_sync_reading_$by" );
		$post = get_post( $left[0] );
		if ( $post && ! Fiko_Sync_Texts::is_raw( $post->ID, $post ) ) {
			Fiko_Sync_Texts::distrust( $post->ID );
			$ids = $left;
			return array();
		}
		return array( $left[0] => array( 'error' => self::unreadable( 'PHP was killed while it was read' ) ) );
	}

	/** @return int[] The first of these, as far as they and their variations are few enough. */
	private static function bounded( array $ids ) {
		global $wpdb;
		$list  = implode( ',', array_map( 'intval', $ids ) );
		$sizes = $wpdb->get_results( "SELECT post_parent, COUNT(*) AS size FROM $wpdb->posts WHERE post_type = 'product_variation' AND post_parent IN ($list) GROUP BY post_parent", OBJECT_K ); // phpcs:ignore WordPress.DB
		$units = 0;
		$first = array();
		foreach ( $ids as $id ) {
			$units += 1 + min( Fiko_Sync_Payload::MAX_VARIATIONS, (int) ( $sizes[ $id ]->size ?? 0 ) );
			if ( $first && $units > self::MAX_UNITS ) {
				break;
			}
			$first[] = $id;
		}
		return $first;
	}

	/** Drops what was read: WordPress keeps every post, term and meta that a process has seen. */
	private static function free( array $ids, $queries ) {
		global $wpdb;
		if ( is_array( $wpdb->queries ) && count( $wpdb->queries ) > $queries ) {
			array_splice( $wpdb->queries, $queries ); // Only ours: with SAVEQUERIES they are kept for the page's own reader.
		}
		if ( wp_cache_supports( 'flush_runtime' ) ) {
			wp_cache_flush_runtime();
		} else {
			Fiko_Sync_Payload::forget( $ids );
		}
		gc_collect_cycles();
	}
}
