<?php
/** The page under WooCommerce, the notices and the Site Health test. Every action checks nonce and capability; the token never reaches HTML or JavaScript. */
final class Fiko_Sync_Admin {
	const PAGE = 'fiko-sync';

	public static function register() {
		Fiko_Sync_Admin_Products::register();
		add_action( 'admin_menu', array( __CLASS__, 'menu' ), 60 );
		add_action( 'admin_enqueue_scripts', array( __CLASS__, 'assets' ) );
		add_action( 'admin_notices', array( __CLASS__, 'notice' ) );
		add_action( 'admin_post_fiko_sync_save', array( __CLASS__, 'save' ) );
		add_action( 'admin_post_fiko_sync_site', array( __CLASS__, 'site' ) );
		add_action( 'wp_ajax_fiko_sync', array( __CLASS__, 'ajax' ) );
		add_filter( 'site_status_tests', array( __CLASS__, 'health_test' ) );
	}

	public static function url() {
		return admin_url( 'admin.php?page=' . self::PAGE );
	}

	public static function menu() {
		$title = __( 'Fiko Sync', 'fiko-woocommerce-sync' );
		add_submenu_page( 'woocommerce', $title, $title, 'manage_woocommerce', self::PAGE, static function () {
			require __DIR__ . '/view.php';
		} );
	}

	public static function assets( $screen ) {
		if ( 'edit.php' === $screen || 'woocommerce_page_' . self::PAGE === $screen ) {
			wp_enqueue_style( 'fiko-sync', plugins_url( 'admin/admin.css', FIKO_SYNC_FILE ), array(), FIKO_SYNC_VERSION );
		}
		if ( 'woocommerce_page_' . self::PAGE !== $screen ) {
			return;
		}
		wp_enqueue_script( 'fiko-sync', plugins_url( 'admin/admin.js', FIKO_SYNC_FILE ), array(), FIKO_SYNC_VERSION, true );
		wp_localize_script( 'fiko-sync', 'fikoSync', array(
			'url'     => admin_url( 'admin-ajax.php' ),
			'nonce'   => wp_create_nonce( 'fiko_sync' ),
			'testNow' => isset( $_GET['saved'] ) && '' === Fiko_Sync_Settings::obstacle(), // phpcs:ignore WordPress.Security.NonceVerification
			'working' => __( 'One moment…', 'fiko-woocommerce-sync' ),
			'offline' => __( 'Your own site did not answer. It goes on in the background; reload the page to look again.', 'fiko-woocommerce-sync' ),
		) );
	}

	/** Saves URL and token. An empty token keeps the one there is, but never sends it to another host. */
	public static function save() {
		self::authorize( 'fiko_sync_save' );
		$url     = isset( $_POST['url'] ) ? untrailingslashit( esc_url_raw( trim( wp_unslash( $_POST['url'] ) ) ) ) : Fiko_Sync_Settings::url(); // phpcs:ignore WordPress.Security
		$token   = isset( $_POST['token'] ) ? preg_replace( '/[^\w-]/', '', wp_unslash( $_POST['token'] ) ) : ''; // phpcs:ignore WordPress.Security
		$problem = Fiko_Sync_Settings::url_problem( $url );
		$is_new  = wp_parse_url( $url, PHP_URL_HOST ) !== wp_parse_url( Fiko_Sync_Settings::url(), PHP_URL_HOST );
		if ( '' === $problem && '' === $token && $is_new && '' !== get_option( 'fiko_sync_token', '' ) ) {
			$problem = 'new_host';
		}
		if ( '' === $problem ) {
			update_option( 'fiko_sync_url', $url, false );
			update_option( 'fiko_sync_token', '' === $token ? get_option( 'fiko_sync_token', '' ) : $token, false );
			Fiko_Sync_Sender::heed( array( 'kind' => 'ok' ) );
			Fiko_Sync_Schedule::ensure_next();
		}
		self::back( '' === $problem ? array( 'saved' => 1 ) : array( 'problem' => $problem ) );
	}

	/** The owner's answer to "is this the same shop?". */
	public static function site() {
		self::authorize( 'fiko_sync_site' );
		if ( 'copy' === sanitize_key( $_POST['answer'] ?? '' ) ) { // phpcs:ignore WordPress.Security.NonceVerification
			update_option( 'fiko_sync_copy', Fiko_Sync_Settings::site_hash(), false );
		} else {
			update_option( 'fiko_sync_site', Fiko_Sync_Settings::site_hash(), false );
			delete_option( 'fiko_sync_copy' );
			Fiko_Sync_Sender::heed( array( 'kind' => 'ok' ) );
			Fiko_Sync_Schedule::ensure_next();
		}
		self::back( array( 'saved' => 1 ) );
	}

	/** Answers the page's JavaScript: does what was asked, drives the sender while the page is open, says how it stands. */
	public static function ajax() {
		check_ajax_referer( 'fiko_sync' );
		current_user_can( 'manage_woocommerce' ) || wp_send_json_error( null, 403 );
		$message = '';
		$is_good = true;
		switch ( sanitize_key( $_POST['task'] ?? '' ) ) {
			case 'test':
				$answer  = Fiko_Sync_Settings::connect();
				$message = self::verdict( $answer );
				$is_good = 'ok' === $answer['kind'];
				break;
			case 'backfill':
				Fiko_Sync_Backfill::start();
				break;
			case 'reconcile':
				$result  = Fiko_Sync_Reconcile::run();
				$is_good = '' === $result['error'];
				/* translators: 1: number of products missing at the AI, 2: outdated ones, 3: ones it should not have. */
				$message = $is_good ? sprintf( __( 'Compared. Missing: %1$s, outdated: %2$s, too many: %3$s. What differs is being sent.', 'fiko-woocommerce-sync' ), self::number( $result['missing'] ), self::number( $result['stale'] ), self::number( $result['extra'] ) ) : $result['error'];
				break;
			default:
				Fiko_Sync_Sender::run( 6 );
		}
		wp_send_json_success( array( 'message' => $message, 'isGood' => $is_good ) + self::status() );
	}

	/** @return array What the page shows, as sentences: backfill {isActive, done, total, text}, queue, failed, contact, error. */
	public static function status() {
		global $wpdb;
		$rows     = $wpdb->get_row( 'SELECT SUM(priority < 9) AS waiting, SUM(priority = 9 AND reason <> \'\') AS failed FROM ' . Fiko_Sync_Dirty_Set::table() ); // phpcs:ignore WordPress.DB
		$progress = Fiko_Sync_Backfill::progress();
		$contact  = (array) get_option( 'fiko_sync_contact', array() ) + array( 'at' => 0, 'error' => '', 'error_at' => 0 );
		$until    = Fiko_Sync_Sender::backs_off_until();
		/* translators: %s: how long, such as "5 minutes". */
		$ago   = __( '%s ago', 'fiko-woocommerce-sync' );
		$error = $contact['error_at'] < $contact['at'] || '' === $contact['error'] ? __( 'none', 'fiko-woocommerce-sync' ) : sprintf( $ago, human_time_diff( $contact['error_at'] ) ) . ': ' . $contact['error'];
		if ( $until ) {
			/* translators: %s: how long, such as "5 minutes". */
			$error .= ' ' . sprintf( __( 'Trying again in %s.', 'fiko-woocommerce-sync' ), human_time_diff( time(), $until ) );
		}
		/* translators: 1: products done, 2: all products. */
		$text = sprintf( __( '%1$s of %2$s products', 'fiko-woocommerce-sync' ), self::number( $progress['done'] ), self::number( $progress['total'] ) );
		return array(
			'backfill' => array( 'isActive' => $progress['is_active'] && '' === Fiko_Sync_Settings::obstacle(), 'text' => $progress['total'] ? $text : '' ) + $progress,
			'queue'    => self::number( (int) $rows->waiting ),
			'failed'   => self::number( (int) $rows->failed ),
			'contact'  => $contact['at'] ? sprintf( $ago, human_time_diff( $contact['at'] ) ) : __( 'never', 'fiko-woocommerce-sync' ),
			'error'    => $error,
		);
	}

	/**
	 * One sentence about a test of the connection, which says what to do.
	 *
	 * @param array $answer Of Fiko_Sync_Settings::connect().
	 */
	public static function verdict( array $answer ) {
		if ( 'ok' === $answer['kind'] ) {
			$data = $answer['data'];
			/* translators: 1: store name, 2: account e-mail, 3: milliseconds. */
			$text = sprintf( __( 'Connected to the store “%1$s” of %2$s. The answer took %3$s ms.', 'fiko-woocommerce-sync' ), $data['store']['name'] ?? '', $data['user']['email'] ?? '', self::number( $answer['ms'] ) );
			return 'degraded' === ( $data['status'] ?? '' ) ? $text . ' ' . ( $data['message'] ?? '' ) : $text;
		}
		$host = wp_parse_url( Fiko_Sync_Settings::url(), PHP_URL_HOST );
		if ( 401 === $answer['status'] ) {
			return __( 'The token is wrong: the backend does not know it, or it was revoked or has expired. Copy it once more, or make a new one.', 'fiko-woocommerce-sync' );
		}
		if ( 'site_mismatch' === $answer['code'] ) {
			return __( 'The token belongs to another site. If this shop has moved, its owner must confirm the new address at the backend.', 'fiko-woocommerce-sync' );
		}
		if ( 404 === $answer['status'] || 'not_fiko' === $answer['code'] ) {
			/* translators: %s: host name. */
			return sprintf( __( 'The URL is wrong: %s answers, but there is no Fiko backend at this address.', 'fiko-woocommerce-sync' ), $host );
		}
		if ( 0 !== $answer['status'] && null === $answer['data'] ) {
			/* translators: 1: host name, 2: HTTP status. */
			return sprintf( __( 'Something at %1$s answered (HTTP %2$d), but not in JSON: a web page, a firewall or a login stands before the backend.', 'fiko-woocommerce-sync' ), $host, $answer['status'] );
		}
		if ( 0 !== $answer['status'] ) {
			/* translators: 1: HTTP status, 2: the backend's own sentence. */
			return sprintf( __( 'The backend refuses (HTTP %1$d): %2$s', 'fiko-woocommerce-sync' ), $answer['status'], $answer['detail'] );
		}
		if ( false !== stripos( $answer['detail'], 'resolve' ) ) {
			/* translators: %s: host name. */
			return sprintf( __( 'The URL is wrong: there is no host named %s.', 'fiko-woocommerce-sync' ), $host );
		}
		if ( 'http_request_not_executed' === $answer['code'] || preg_match( '/cURL error (7|28)\b|timed out|refused/i', $answer['detail'] ) ) {
			$port = wp_parse_url( Fiko_Sync_Settings::url(), PHP_URL_PORT ) ?? ( 'http' === wp_parse_url( Fiko_Sync_Settings::url(), PHP_URL_SCHEME ) ? 80 : 443 );
			/* translators: 1: host name, 2: port number. */
			return sprintf( __( 'No connection to %1$s, port %2$d: the backend is not running there, or your host blocks this outgoing port. Ask your host to open it.', 'fiko-woocommerce-sync' ), $host, $port );
		}
		/* translators: %s: technical detail. */
		return sprintf( __( 'No connection: %s', 'fiko-woocommerce-sync' ), $answer['detail'] );
	}

	/** @return string Why nothing is sent, for the owner; '' when nothing is wrong. */
	public static function obstacle_text() {
		switch ( Fiko_Sync_Settings::obstacle() ) {
			case 'moved':
				return __( 'This site has another address than the one that was connected. Nothing is sent until you say whether it is the same shop.', 'fiko-woocommerce-sync' );
			case 'copy':
				return __( 'This site is a copy: nothing is sent from it.', 'fiko-woocommerce-sync' );
			case 'insecure':
			case 'invalid':
				return __( 'The URL of the backend must begin with https://.', 'fiko-woocommerce-sync' );
			case 'denied':
				$pause = (array) get_option( 'fiko_sync_pause', array() );
				return __( 'Sending is paused; nothing is lost.', 'fiko-woocommerce-sync' ) . ' ' . self::verdict( $pause );
		}
		return '';
	}

	public static function notice() {
		$screen = get_current_screen();
		if ( ! current_user_can( 'manage_woocommerce' ) || ! preg_match( '/^(dashboard|plugins|edit-product|product|woocommerce_page_.+)$/', $screen->id ) ) {
			return;
		}
		$text = self::obstacle_text();
		if ( '' !== $text && 'woocommerce_page_' . self::PAGE !== $screen->id ) {
			printf( '<div class="notice notice-warning"><p><strong>%s</strong> %s <a href="%s">%s</a></p></div>', esc_html__( 'Fiko Sync', 'fiko-woocommerce-sync' ), esc_html( $text ), esc_url( self::url() ), esc_html__( 'Open the settings', 'fiko-woocommerce-sync' ) );
		}
	}

	public static function health_test( $tests ) {
		$tests['direct']['fiko_sync'] = array( 'label' => __( 'Fiko Sync', 'fiko-woocommerce-sync' ), 'test' => array( __CLASS__, 'health' ) );
		return $tests;
	}

	/** The Site Health test. It asks nobody: an hour-old queue shows a dead cron as well as a dead backend. */
	public static function health() {
		global $wpdb;
		$oldest = (int) $wpdb->get_var( 'SELECT MIN(first_dirty_at) FROM ' . Fiko_Sync_Dirty_Set::table() . ' WHERE priority < 9' ); // phpcs:ignore WordPress.DB
		$text   = 'unconfigured' === Fiko_Sync_Settings::obstacle() ? __( 'Fiko Sync is not connected yet.', 'fiko-woocommerce-sync' ) : self::obstacle_text();
		if ( '' === $text && $oldest && $oldest < time() - HOUR_IN_SECONDS ) {
			$text = __( 'Changed products have been waiting for more than an hour. Either the backend cannot be reached, or the cron of this site does not run.', 'fiko-woocommerce-sync' );
		}
		$is_good = '' === $text;
		return array(
			'label'       => $is_good ? __( 'Fiko Sync sends your changes', 'fiko-woocommerce-sync' ) : __( 'Fiko Sync does not send your changes', 'fiko-woocommerce-sync' ),
			'status'      => $is_good ? 'good' : 'recommended',
			'badge'       => array( 'label' => 'WooCommerce', 'color' => 'blue' ),
			'description' => '<p>' . esc_html( $is_good ? __( 'What the AI assistant knows about your catalogue is current.', 'fiko-woocommerce-sync' ) : $text ) . '</p>',
			'actions'     => sprintf( '<a href="%s">%s</a>', esc_url( self::url() ), esc_html__( 'Open the settings', 'fiko-woocommerce-sync' ) ),
			'test'        => 'fiko_sync',
		);
	}

	/** A number in the reader's own digits, where PHP can write them. */
	public static function number( $number ) {
		return class_exists( 'NumberFormatter' ) ? ( new NumberFormatter( get_user_locale(), NumberFormatter::DECIMAL ) )->format( $number ) : number_format_i18n( $number );
	}

	private static function authorize( $action ) {
		check_admin_referer( $action );
		current_user_can( 'manage_woocommerce' ) || wp_die( esc_html__( 'You may not do this.', 'fiko-woocommerce-sync' ), 403 );
	}

	private static function back( array $query ) {
		wp_safe_redirect( add_query_arg( $query, self::url() ) );
		exit;
	}
}
