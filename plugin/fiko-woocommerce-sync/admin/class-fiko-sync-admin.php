<?php
/** The page under WooCommerce, the notices and the Site Health test. Every action checks nonce and capability; the token never reaches HTML or JavaScript. */
final class Fiko_Sync_Admin {
	const PAGE = 'fiko-sync';

	public static function register() {
		Fiko_Sync_Admin_Products::register();
		Fiko_Sync_Admin_Pages::register();
		Fiko_Sync_Admin_Agents::register();
		add_action( 'admin_menu', array( __CLASS__, 'menu' ), 60 );
		add_action( 'admin_enqueue_scripts', array( __CLASS__, 'assets' ) );
		add_action( 'admin_notices', array( __CLASS__, 'notice' ) );
		add_filter( 'plugin_action_links_' . plugin_basename( FIKO_SYNC_FILE ), array( __CLASS__, 'links' ) );
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

	/** Settings, in the plugin's row of the list of plugins. */
	public static function links( $links ) {
		return array_merge( array( 'settings' => sprintf( '<a href="%s">%s</a>', esc_url( self::url() ), esc_html__( 'Settings', 'fiko-woocommerce-sync' ) ) ), $links );
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
			'testNow' => isset( $_GET['saved'] ) && in_array( Fiko_Sync_Settings::obstacle(), array( '', 'denied' ), true ), // phpcs:ignore WordPress.Security.NonceVerification
			'working' => __( 'One moment…', 'fiko-woocommerce-sync' ),
			'offline' => __( 'The site did not answer this request. The work continues in the background. Reload the page to see its state.', 'fiko-woocommerce-sync' ),
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
			self::test(); // The backend may want the new address confirmed, too: the page then says where.
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
				list( $message, $is_good ) = self::test();
				break;
			case 'backfill':
				list( $message, $is_good ) = self::test();
				if ( $is_good ) {
					$message = '';
					Fiko_Sync_Backfill::start();
				}
				break;
			case 'reconcile':
				list( $message, $is_good ) = self::compare();
				break;
			default:
				if ( Fiko_Sync_Schedule::is_due() ) {
					Fiko_Sync_Background::call( 'run', 6 );
				}
				Fiko_Sync_Status::report( Fiko_Sync_Status::sync() ? MINUTE_IN_SECONDS : 30 ); // None in the reader's language: asked soon.
		}
		wp_send_json_success( array( 'message' => $message, 'isGood' => $is_good ) + self::status() );
	}

	/** @return array A sentence about the connection, and whether it is good. */
	private static function test() {
		$answer = Fiko_Sync_Settings::connect();
		if ( 'denied' === $answer['kind'] ) {
			Fiko_Sync_Sender::heed( $answer );
		}
		Fiko_Sync_Schedule::ensure_next();
		if ( 'ok' !== $answer['kind'] ) {
			return array( Fiko_Sync_Status::answer( $answer ), false );
		}
		$data = $answer['data'];
		/* translators: 1: store name, 2: account e-mail, 3: milliseconds. */
		$text = sprintf( __( 'Connected to the store “%1$s” of %2$s. The answer took %3$s ms.', 'fiko-woocommerce-sync' ), $data['store']['name'] ?? '', $data['user']['email'] ?? '', self::number( $answer['ms'] ) );
		return array( 'degraded' === ( $data['status'] ?? '' ) ? $text . ' ' . ( $data['message'] ?? '' ) : $text, true );
	}

	/** @return array A sentence about what the AI lacked, and whether the comparison went through. The whole sweep follows in the background. */
	private static function compare() {
		Fiko_Sync_Sweep::want();
		$result = Fiko_Sync_Reconcile::run();
		if ( '' !== $result['error'] ) {
			return array( $result['error'], false );
		}
		$text = __( 'Compared: the AI has every product that was sent.', 'fiko-woocommerce-sync' );
		if ( $result['missing'] + $result['stale'] + $result['extra'] > 0 ) {
			/* translators: 1: number of products the AI lacked, 2: number it had in an older state, 3: number it had and should not. */
			$text = sprintf( __( 'Compared with the AI. Missing there: %1$s. Older than in the shop: %2$s. No longer in the shop: %3$s. All of them are being corrected.', 'fiko-woocommerce-sync' ), self::number( $result['missing'] ), self::number( $result['stale'] ), self::number( $result['extra'] ) );
		}
		return array( $text . ' ' . __( 'The plugin now reads every product of the shop again in the background, and sends those that changed.', 'fiko-woocommerce-sync' ), true );
	}

	/** @return array What the page shows, as sentences: state, isGood, backfill {isActive, done, total, text}, queue, failed, contact, error. */
	public static function status() {
		$now      = Fiko_Sync_Status::now();
		$progress = Fiko_Sync_Backfill::progress();
		$contact  = (array) get_option( 'fiko_sync_contact', array() ) + array( 'at' => 0, 'error' => array(), 'error_at' => 0 );
		/* translators: %s: how long, such as "5 minutes". */
		$ago = __( '%s ago', 'fiko-woocommerce-sync' );
		/* translators: 1: products done, 2: all products. */
		$text  = sprintf( __( '%1$s of %2$s products', 'fiko-woocommerce-sync' ), self::number( $progress['done'] ), self::number( $progress['total'] ) );
		$error = '—';
		if ( is_array( $contact['error'] ) && $contact['error'] && $contact['error_at'] >= $contact['at'] ) {
			$error = sprintf( $ago, human_time_diff( $contact['error_at'] ) ) . ': ' . Fiko_Sync_Status::answer( $contact['error'] );
		}
		return array(
			'state'    => $now['text'],
			'isFine'   => $now['is_good'] && ! in_array( $now['sync'], array( 'paused', 'needs_attention', 'quiet' ), true ),
			'backfill' => array( 'isActive' => $progress['is_active'] && '' === Fiko_Sync_Settings::obstacle(), 'text' => $progress['total'] ? $text : '' ) + $progress,
			'queue'    => self::number( $now['waiting'] ),
			'failed'   => self::number( $now['failed'] ),
			'contact'  => $contact['at'] ? sprintf( $ago, human_time_diff( $contact['at'] ) ) : __( 'never', 'fiko-woocommerce-sync' ),
			'error'    => $error,
		);
	}

	/** On the pages where an owner looks: what stops sending, and after activation where to begin. */
	public static function notice() {
		$screen = get_current_screen();
		if ( ! current_user_can( 'manage_woocommerce' ) || ! preg_match( '/^(dashboard|plugins|edit-product|product|woocommerce_page_.+)$/', $screen->id ) || 'woocommerce_page_' . self::PAGE === $screen->id ) {
			return;
		}
		$now = Fiko_Sync_Status::now();
		if ( $now['is_good'] || 'failed_products' === $now['code'] || ( 'unconfigured' === $now['code'] && 'plugins' !== $screen->id ) ) {
			return;
		}
		printf(
			'<div class="notice notice-warning"><p><strong>%s</strong> %s <a href="%s">%s</a></p></div>',
			esc_html__( 'Fiko Sync', 'fiko-woocommerce-sync' ),
			esc_html( $now['text'] ),
			esc_url( self::url() ),
			esc_html__( 'Open the settings', 'fiko-woocommerce-sync' )
		);
	}

	public static function health_test( $tests ) {
		$tests['direct']['fiko_sync'] = array( 'label' => __( 'Fiko Sync', 'fiko-woocommerce-sync' ), 'test' => array( __CLASS__, 'health' ) );
		return $tests;
	}

	/** The Site Health test. It asks nobody: what was answered last, and how long something waits, say it. */
	public static function health() {
		$now     = Fiko_Sync_Status::now();
		$is_good = $now['is_good'];
		$label   = $is_good ? __( 'Fiko Sync sends your changes', 'fiko-woocommerce-sync' ) : __( 'Fiko Sync does not send your changes', 'fiko-woocommerce-sync' );
		if ( 'failed_products' === $now['code'] ) {
			$label = __( 'Fiko Sync could not send some products', 'fiko-woocommerce-sync' );
		}
		return array(
			'label'       => $label,
			'status'      => $is_good && 'no_background' !== $now['code'] ? 'good' : 'recommended',
			'badge'       => array( 'label' => 'WooCommerce', 'color' => 'blue' ),
			'description' => '<p>' . esc_html( $now['text'] ) . '</p>',
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
		current_user_can( 'manage_woocommerce' ) || wp_die( esc_html__( 'You have no permission for this action.', 'fiko-woocommerce-sync' ), 403 );
	}

	private static function back( array $query ) {
		wp_safe_redirect( add_query_arg( $query, self::url() ) );
		exit;
	}
}
