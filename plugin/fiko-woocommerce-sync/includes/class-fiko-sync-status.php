<?php
/** How it stands, in words: what the settings page, Site Health, `wp fiko status` and the owner's dashboard say. One state, from receipts alone. */
final class Fiko_Sync_Status {
	/** Seconds after which something that waits is late: debounce, cron and a busy minute included. */
	const LATE = HOUR_IN_SECONDS;

	/**
	 * @return array code (see text()), since (epoch s, 0 when unknown), waiting, failed (products), oldest (epoch s of the first that waits, or
	 *               0), is_good, text (sentences: what it is, what it means, what to do), sync (the state that the backend sees, or '').
	 */
	public static function now() {
		global $wpdb;
		$table   = Fiko_Sync_Dirty_Set::table();
		$was     = $wpdb->suppress_errors(); // A new site of a network has no table yet.
		$row     = $wpdb->get_row( // phpcs:ignore WordPress.DB
			"SELECT (SELECT COUNT(*) FROM $table WHERE priority < 9) AS waiting,
			(SELECT COUNT(*) FROM $table WHERE reason > '' AND priority = 9) AS failed,
			(SELECT MIN(first_dirty_at) FROM $table WHERE priority < 9 AND first_dirty_at > 0) AS oldest"
		);
		$wpdb->suppress_errors( $was );
		$state   = array( 'waiting' => (int) ( $row->waiting ?? 0 ), 'failed' => (int) ( $row->failed ?? 0 ), 'oldest' => (int) ( $row->oldest ?? 0 ), 'since' => 0 );
		$state   = self::code( $state ) + $state;
		$is_good = in_array( $state['code'], array( 'ok', 'syncing', 'no_background' ), true );
		$text    = self::text( $state );
		$sync    = self::sync();
		if ( $sync && ( $is_good || 'failed_products' === $state['code'] ) ) { // The backend sees more: it says whether the AI finds what was sent.
			$text = 'ok' === $state['code'] ? $sync['sentence'] : "{$sync['sentence']} $text";
		}
		return array( 'is_good' => $is_good, 'text' => $text, 'sync' => $sync ? $sync['state'] : '' ) + $state;
	}

	private static function code( array $state ) {
		$obstacle = Fiko_Sync_Settings::obstacle();
		$backoff  = (array) get_option( 'fiko_sync_backoff', array() );
		$contact  = (array) get_option( 'fiko_sync_contact', array() );
		if ( '' !== $obstacle ) {
			return array( 'code' => $obstacle, 'since' => (int) ( 'denied' === $obstacle ? get_option( 'fiko_sync_pause' )['at'] ?? 0 : 0 ) );
		}
		if ( ( $backoff['failures'] ?? 0 ) >= 2 ) {
			return array( 'code' => 'wall' === ( $backoff['answer']['kind'] ?? '' ) ? 'wall' : 'no_answer', 'since' => (int) $backoff['since'] );
		}
		if ( empty( $contact['at'] ) ) {
			return array( 'code' => 'untried' );
		}
		if ( $state['waiting'] > 0 && $state['oldest'] && $state['oldest'] < time() - self::LATE && $contact['at'] < time() - self::LATE ) {
			return array( 'code' => 'stuck', 'since' => max( $state['oldest'], (int) $contact['at'] ) );
		}
		if ( $state['failed'] > 0 ) {
			return array( 'code' => 'failed_products' );
		}
		if ( $state['waiting'] > 0 ) {
			return array( 'code' => 'syncing' );
		}
		return array( 'code' => '' === Fiko_Sync_Background::failure() ? 'ok' : 'no_background' );
	}

	/** @return string Sentences about a state of now(). */
	private static function text( array $state ) {
		$number  = array( 'Fiko_Sync_Admin', 'number' );
		$waiting = $number( $state['waiting'] );
		$for     = $state['since'] ? human_time_diff( $state['since'] ) : '';
		$backoff = (array) get_option( 'fiko_sync_backoff', array() );
		switch ( $state['code'] ) {
			case 'unconfigured':
				return __( 'Not connected yet: enter the URL of the backend and the token, and save.', 'fiko-woocommerce-sync' );
			case 'moved':
				return __( 'This site has another address than the one that was connected. Nothing is sent until you say whether it is the same shop.', 'fiko-woocommerce-sync' );
			case 'copy':
				return __( 'This site is a copy: nothing is sent from it.', 'fiko-woocommerce-sync' );
			case 'insecure':
			case 'invalid':
				return __( 'The URL of the backend must begin with https://.', 'fiko-woocommerce-sync' );
			case 'denied':
				return __( 'Sending is paused; nothing is lost.', 'fiko-woocommerce-sync' ) . ' ' . self::answer( (array) get_option( 'fiko_sync_pause', array() ) );
			case 'wall':
			case 'no_answer':
				/* translators: 1: how long, such as "5 hours", 2: number of products. */
				$text = sprintf( __( 'Nothing could be sent for %1$s. Products waiting: %2$s. Nothing is lost.', 'fiko-woocommerce-sync' ), $for, $waiting );
				/* translators: %s: how long, such as "5 minutes". */
				$next = sprintf( __( 'The next attempt is in %s.', 'fiko-woocommerce-sync' ), human_time_diff( time(), max( time() + 1, Fiko_Sync_Settings::backs_off_until() ) ) );
				return "$text " . self::answer( (array) ( $backoff['answer'] ?? array() ) ) . " $next";
			case 'untried':
				return __( 'The URL and the token are saved, but the backend was not reached yet. Press “Test connection”.', 'fiko-woocommerce-sync' );
			case 'stuck':
				/* translators: 1: how long, such as "26 hours", 2: number of products. */
				return sprintf( __( 'Nothing was sent for %1$s, although products wait (%2$s). The background work of this site (WP-Cron) does not run. Ask your host for a real cron that opens wp-cron.php every minute. The products are also sent while this page is open.', 'fiko-woocommerce-sync' ), $for, $waiting );
			case 'failed_products':
				/* translators: %s: number of products. */
				return sprintf( _n( '%s product could not be sent. The product list says why, under “Failed at the AI”. All others are current.', '%s products could not be sent. The product list says why, under “Failed at the AI”. All others are current.', $state['failed'], 'fiko-woocommerce-sync' ), $number( $state['failed'] ) );
			case 'syncing':
				/* translators: %s: number of products. */
				return sprintf( _n( '%s product is being sent.', '%s products are being sent.', $state['waiting'], 'fiko-woocommerce-sync' ), $waiting );
			case 'no_background':
				/* translators: %s: technical reason. */
				return sprintf( __( 'Everything is sent. This site cannot send requests to itself (%s), so WP-Cron reads the products. Prices from plugins that switch themselves off in WP-Cron may be missing. Ask your host to allow such requests.', 'fiko-woocommerce-sync' ), Fiko_Sync_Background::failure() );
		}
		return __( 'The AI assistant knows your catalogue as it is now.', 'fiko-woocommerce-sync' );
	}

	/**
	 * One or two sentences about an answer of the backend, or of another server that answered instead: the problem, and the next step.
	 *
	 * @param array $answer kind, what, status, code, detail, and of a good one data and ms.
	 */
	public static function answer( array $answer ) {
		$answer += array( 'kind' => '', 'what' => '', 'status' => 0, 'code' => '', 'detail' => '' );
		$host    = (string) wp_parse_url( Fiko_Sync_Settings::url(), PHP_URL_HOST );
		if ( 'denied' === $answer['kind'] && 401 === (int) $answer['status'] ) {
			return __( 'The token is wrong: the backend does not know it, or it was revoked or has expired. Copy it once more, or make a new one.', 'fiko-woocommerce-sync' );
		}
		if ( 'site_mismatch' === $answer['code'] ) {
			$link = esc_url_raw( (string) ( $answer['data']['confirm_url'] ?? Fiko_Sync_Settings::url() ) );
			/* translators: %s: address of a page. */
			return sprintf( __( 'The token is connected to another address of the shop. If the shop has moved, sign in at %s and confirm the new address. Then press “Test connection”.', 'fiko-woocommerce-sync' ), $link );
		}
		switch ( 'wall' === $answer['kind'] ? $answer['what'] : '' ) {
			case 'login':
				/* translators: 1: host name, 2: HTTP status. */
				return sprintf( __( 'A login page protects %1$s (HTTP %2$d), and it is not the login of Fiko. Ask the operator of the backend to let this plugin pass.', 'fiko-woocommerce-sync' ), $host, $answer['status'] );
			case 'moved':
				/* translators: %s: host name. */
				return sprintf( __( '%s redirects to another address. Enter the address that your browser shows when you open the backend.', 'fiko-woocommerce-sync' ), $host );
			case 'firewall':
				/* translators: 1: host name, 2: HTTP status. */
				return sprintf( __( 'A firewall in front of %1$s refused the request (HTTP %2$d). Ask the operator of the backend to allow requests from this site.', 'fiko-woocommerce-sync' ), $host, $answer['status'] );
			case 'busy':
				/* translators: 1: host name, 2: HTTP status. */
				return sprintf( __( 'The backend at %1$s is not running or is too busy (HTTP %2$d). You need to do nothing: the plugin tries again by itself.', 'fiko-woocommerce-sync' ), $host, $answer['status'] );
			case 'page':
				/* translators: 1: host name, 2: HTTP status. */
				return sprintf( __( '%1$s answered with a web page instead of JSON (HTTP %2$d): a maintenance page, a login or another site. Check the URL, or ask the operator of the backend.', 'fiko-woocommerce-sync' ), $host, $answer['status'] );
			case 'missing':
				/* translators: %s: host name. */
				return sprintf( __( 'The URL is wrong: %s answers, but there is no Fiko backend at this address.', 'fiko-woocommerce-sync' ), $host );
		}
		if ( 0 !== (int) $answer['status'] ) {
			/* translators: 1: HTTP status, 2: the backend's own sentence. */
			return sprintf( __( 'The backend refuses (HTTP %1$d): %2$s', 'fiko-woocommerce-sync' ), $answer['status'], $answer['detail'] );
		}
		if ( 'http_request_not_executed' === $answer['code'] || ( defined( 'WP_HTTP_BLOCK_EXTERNAL' ) && WP_HTTP_BLOCK_EXTERNAL ) ) {
			/* translators: %s: host name. */
			return sprintf( __( 'This WordPress blocks requests to other servers (WP_HTTP_BLOCK_EXTERNAL in wp-config.php). Add %s to WP_ACCESSIBLE_HOSTS there.', 'fiko-woocommerce-sync' ), $host );
		}
		if ( false !== stripos( $answer['detail'], 'resolve' ) ) {
			/* translators: %s: host name. */
			return sprintf( __( 'The URL is wrong: there is no host named %s.', 'fiko-woocommerce-sync' ), $host );
		}
		if ( preg_match( '/cURL error (7|28)\b|timed out|refused/i', $answer['detail'] ) ) {
			$port = wp_parse_url( Fiko_Sync_Settings::url(), PHP_URL_PORT ) ?? ( 'http' === wp_parse_url( Fiko_Sync_Settings::url(), PHP_URL_SCHEME ) ? 80 : 443 );
			/* translators: 1: host name, 2: port number. */
			return sprintf( __( 'No connection to %1$s, port %2$d: the backend is not running there, or your host blocks this outgoing port. Ask your host to open it.', 'fiko-woocommerce-sync' ), $host, $port );
		}
		/* translators: %s: technical detail. */
		return sprintf( __( 'No connection: %s', 'fiko-woocommerce-sync' ), $answer['detail'] );
	}

	/**
	 * Why a product failed, in a sentence.
	 *
	 * @param string $reason `code|detail`, as Dirty_Set::fail() stored it.
	 */
	public static function reason( $reason ) {
		list( $code, $detail ) = explode( '|', $reason, 2 ) + array( '', '' );
		if ( 'blocked' === $code ) {
			/* translators: %s: HTTP status. */
			return sprintf( __( 'A firewall refuses the text of this product (HTTP %s). Change the text, or ask your host to allow it. Then press “Retry”.', 'fiko-woocommerce-sync' ), $detail );
		}
		if ( 'unreadable' === $code ) {
			/* translators: %s: technical detail. */
			return sprintf( __( 'WooCommerce or another plugin fails on this product (%s). Open the product and save it. If it fails again, show this message to your developer.', 'fiko-woocommerce-sync' ), $detail );
		}
		return '' === $detail ? $reason : $detail;
	}

	/**
	 * Why the AI does not know a product that is not waiting, in a few words; '' when it may.
	 *
	 * @param string $obstacle Of Payload::obstacle().
	 */
	public static function obstacle( $obstacle ) {
		$texts = array(
			'not_published' => __( 'not published', 'fiko-woocommerce-sync' ),
			'password'      => __( 'has a password', 'fiko-woocommerce-sync' ),
			'hidden'        => __( 'hidden in the catalogue', 'fiko-woocommerce-sync' ),
			'type'          => __( 'this type of product is not sent', 'fiko-woocommerce-sync' ),
			'kept'          => __( 'kept from the AI', 'fiko-woocommerce-sync' ),
			'no_name'       => __( 'has no name', 'fiko-woocommerce-sync' ),
			'guest'         => __( 'guests of the shop do not see it', 'fiko-woocommerce-sync' ),
		);
		return $texts[ $obstacle ] ?? '';
	}

	/** @return array state, sentence and at (epoch s) of the backend's last answer in the reader's language, or nothing when it is old. */
	public static function sync() {
		$sync = (array) get_option( 'fiko_sync_now', array() );
		return Fiko_Sync_Rules::is_sync_current( $sync, time(), Fiko_Sync_Api::language() . Fiko_Sync_Settings::identity() ) ? $sync : array();
	}

	/** @return array[] id, name and reason of the first 100 products that failed. */
	private static function failed_products() {
		global $wpdb;
		$table = Fiko_Sync_Dirty_Set::table();
		$rows  = $wpdb->get_results( // phpcs:ignore WordPress.DB
			"SELECT t.product_id, t.reason, p.post_title FROM $table t LEFT JOIN $wpdb->posts p ON p.ID = t.product_id
			WHERE t.reason > '' AND t.priority = 9 ORDER BY t.product_id LIMIT 100"
		);
		return array_map( static fn( $row ) => array( 'id' => (int) $row->product_id, 'name' => (string) $row->post_title, 'reason' => self::reason( $row->reason ) ), (array) $rows );
	}

	/**
	 * Tells the backend how it stands, for the owner's dashboard: when that has changed, every 5 minutes while products wait, and every
	 * hour. The answer is the sentence that the dashboard shows about this shop; the settings page shows it, too.
	 *
	 * @param int $max_age Seconds after which an unchanged state is reported again.
	 */
	public static function report( $max_age = HOUR_IN_SECONDS - MINUTE_IN_SECONDS ) {
		if ( ! Fiko_Sync_Settings::may_send() || ! Fiko_Sync_Settings::is_verified() ) {
			return;
		}
		$now    = self::now();
		$mark   = "{$now['code']} {$now['failed']}";
		$resend = Fiko_Sync_Resend::progress();
		$mark  .= $resend ? ' ' . implode( ' ', $resend ) : '';
		$before = (array) get_option( 'fiko_sync_reported', array() );
		if ( ! Fiko_Sync_Rules::is_report_due( $before, $mark, time(), $max_age ) ) {
			return;
		}
		$backfill = Fiko_Sync_Backfill::progress();
		$body = array(
			'version'           => FIKO_SYNC_VERSION,
			'state'             => $now['code'],
			'since'             => $now['since'] ? $now['since'] : null,
			'waiting'           => $now['waiting'],
			'failed'            => $now['failed'],
			'oldest_waiting_at' => $now['oldest'] ? $now['oldest'] : null,
			'failed_products'   => $now['failed'] ? self::failed_products() : array(),
		);
		if ( $backfill['is_active'] ) {
			$body['details'] = array( 'backfill_total' => $backfill['total'], 'backfill_done' => $backfill['done'] );
		}
		update_option( 'fiko_sync_reported', array( 'mark' => $mark, 'at' => time() ), false );
		$answer = Fiko_Sync_Api::call( 'report/', wp_json_encode( $resend ? $body + array( 'resend' => $resend ) : $body ), 10 );
		if ( $resend && 'ok' === $answer['kind'] ) {
			Fiko_Sync_Resend::told( $resend );
		}
		$sync   = $answer['data']['sync'] ?? null;
		if ( 'ok' === $answer['kind'] && isset( $sync['state'], $sync['sentence'] ) && is_string( $sync['state'] ) && is_string( $sync['sentence'] ) ) {
			$reader = Fiko_Sync_Api::language() . Fiko_Sync_Settings::identity();
			update_option( 'fiko_sync_now', array( 'state' => $sync['state'], 'sentence' => mb_substr( $sync['sentence'], 0, 2000 ), 'at' => time(), 'reader' => $reader ), false );
		}
	}
}
