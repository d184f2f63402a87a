<?php
/**
 * Where products are read: in a request that the site makes to itself, without cookies, for a page of the shop. It is a guest's request:
 * neither wp-admin nor cron, and no user is signed in, so price plugins and members' texts answer as they answer a guest. Where the site
 * cannot call itself, its cron reads. A request of a visitor or an administrator never does.
 */
final class Fiko_Sync_Background {
	const FIELD = 'fiko_sync_background';

	/** The last claim that has reached us, whatever became of it. */
	const BEGUN = 'fiko_sync_begun';

	/** Seconds for which a site that could not call itself does not try again. */
	const RETRY_AFTER = HOUR_IN_SECONDS;

	/** @var bool Whether this is such a request, its signature checked. */
	private static $is_ours = false;

	public static function register() {
		if ( isset( $_POST[ self::FIELD ] ) ) { // phpcs:ignore WordPress.Security.NonceVerification -- signed; see serve().
			add_action( 'wp_loaded', array( __CLASS__, 'serve' ), PHP_INT_MAX );
		}
	}

	/** @return bool Whether products may be read in this process: our own request, cron, or a terminal; each without cookies. */
	public static function may_read() {
		return self::$is_ours || ( ! $_COOKIE && ( wp_doing_cron() || 'cli' === PHP_SAPI ) );
	}

	/** @return bool Whether this is a request that the shop's pages answer, as a guest sees them: with all that only pages register. */
	public static function is_guest_request() {
		return self::$is_ours;
	}

	/**
	 * Does a task in a request of our own; where that does not work, here if this process may read products, else not at all: cron will.
	 *
	 * @param string $task    See work().
	 * @param int    $seconds Time the task may take.
	 * @return bool Whether it was done, here or there.
	 */
	public static function perform( $task, $seconds ) {
		if ( self::call( $task, $seconds ) ) {
			return true;
		}
		if ( self::may_read() ) {
			self::work( $task, $seconds );
			return true;
		}
		return false;
	}

	/**
	 * Asks the site to do a task in a request of its own.
	 *
	 * @param string $task    See work().
	 * @param int    $seconds Time the task may take.
	 * @param bool   $waits   Whether to wait for its end. Otherwise this takes at most a second.
	 * @return bool Whether the site has answered, or was not waited for.
	 */
	public static function call( $task, $seconds, $waits = true ) {
		if ( self::failure() ) {
			return false;
		}
		$claim    = "$task." . (int) $seconds . '.' . ( time() + MINUTE_IN_SECONDS ) . '.' . wp_rand();
		$response = wp_remote_post(
			home_url( '/' ),
			array(
				'timeout'     => $waits ? $seconds + 10 : 0.01, // curl makes a second of it.
				'blocking'    => $waits,
				'redirection' => 0,
				'cookies'     => array(),
				'sslverify'   => apply_filters( 'https_local_ssl_verify', false ), // As WordPress calls its own cron.
				'body'        => array( self::FIELD => "$claim." . self::sign( $claim ) ),
			)
		);
		if ( ! $waits ) {
			return true;
		}
		$status = is_wp_error( $response ) ? 0 : (int) wp_remote_retrieve_response_code( $response );
		$answer = is_wp_error( $response ) ? null : json_decode( wp_remote_retrieve_body( $response ), true );
		if ( 'done' === ( $answer['fiko_sync'] ?? '' ) ) {
			delete_option( 'fiko_sync_no_loopback' );
			return true;
		}
		wp_cache_delete( self::BEGUN, 'options' );
		if ( get_option( self::BEGUN ) === $claim ) {
			return true; // Its answer did not arrive in time, or PHP has ended meanwhile.
		}
		$reason = is_wp_error( $response ) ? $response->get_error_message() : "HTTP $status";
		update_option( 'fiko_sync_no_loopback', array( 'at' => time(), 'reason' => mb_substr( $reason, 0, 200 ) ), false );
		Fiko_Sync_Log::write( 'warning', 'loopback', "The site cannot call itself ($reason): cron reads the products." );
		return false;
	}

	/** @return string Why the site could not call itself within the last hour; '' when it can, or has not tried. */
	public static function failure() {
		$failure = (array) get_option( 'fiko_sync_no_loopback', array() );
		return ( $failure['at'] ?? 0 ) > time() - self::RETRY_AFTER && $failure['at'] <= time() ? $failure['reason'] : '';
	}

	/** Answers a request of our own. Other requests have no signature: they get an ordinary page. */
	public static function serve() {
		// phpcs:disable WordPress.Security.NonceVerification -- a nonce belongs to a user, and here there is none: the signature is checked.
		$given = sanitize_text_field( wp_unslash( is_string( $_POST[ self::FIELD ] ) ? $_POST[ self::FIELD ] : '' ) );
		// phpcs:enable
		$claim = substr( $given, 0, (int) strrpos( $given, '.' ) );
		if ( $_COOKIE || ! hash_equals( self::sign( $claim ), substr( $given, strlen( $claim ) + 1 ) ) ) {
			return;
		}
		list( $task, $seconds, $end ) = explode( '.', $claim );
		if ( (int) $end < time() ) {
			return;
		}
		self::$is_ours = true;
		ignore_user_abort( true );
		nocache_headers();
		update_option( self::BEGUN, $claim, false );
		$acked = self::work( $task, (int) $seconds );
		wp_send_json( array( 'fiko_sync' => 'done', 'acknowledged' => $acked ) );
	}

	/**
	 * @param string $task `run` (all that is due), `urgent` (removals and the like) or `hourly` (also reconciliation and the sweep).
	 * @return int Products acknowledged.
	 */
	private static function work( $task, $seconds ) {
		wp_raise_memory_limit( 'admin' );
		if ( function_exists( 'set_time_limit' ) ) {
			set_time_limit( $seconds + MINUTE_IN_SECONDS );
		}
		if ( 'urgent' === $task ) {
			return Fiko_Sync_Sender::run( $seconds, Fiko_Sync_Dirty_Set::URGENT );
		}
		$acked = Fiko_Sync_Sender::run( $seconds );
		if ( 'hourly' === $task ) {
			Fiko_Sync_Reconcile::daily();
			Fiko_Sync_Sweep::hourly( $seconds );
			Fiko_Sync_Pages::hourly();
		} elseif ( Fiko_Sync_Sweep::is_wanted() ) {
			Fiko_Sync_Sweep::step( $seconds / 2 );
		}
		Fiko_Sync_Pages::send();
		Fiko_Sync_Status::report();
		return $acked;
	}

	/** @return string Hex digits that only this site can compute. */
	private static function sign( $claim ) {
		return hash_hmac( 'sha256', "fiko_sync $claim", wp_salt( 'auth' ) );
	}
}
