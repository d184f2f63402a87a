<?php
/**
 * The pages that the owner chose for the AI, and facts about the shop: always sent as one whole set, in the background, so that a page
 * that left the shop leaves the AI with the same request. Hooks only mark; nothing is sent before the owner has chosen.
 */
final class Fiko_Sync_Pages {
	/** Option with the owner's choice: pages (id → kind), facts (bool), hours, phone. */
	const CHOICE = 'fiko_sync_pages';

	/** Set while something waits: generation (changes with every mark), first_at, due_at (epoch s), failures. */
	const DIRTY = 'fiko_sync_pages_dirty';

	/** Option with the set that the backend has: hash, identity, version (µs), at; or why not: reason. */
	const SENT = 'fiko_sync_pages_sent';

	/** Id of the page whose text is being rendered: if PHP ends meanwhile, its text goes raw the next time. */
	const RENDERING = 'fiko_sync_pages_rendering';

	const KINDS = array( 'shipping', 'returns', 'payment', 'faq', 'privacy', 'terms', 'about', 'contact', 'other' );

	/** The backend's limits: pages of a set, bytes of one content. The whole request is 2 MB at most. */
	const MAX_PAGES   = 50;
	const MAX_CONTENT = 200000;
	const MAX_BYTES   = 1900000;

	/** Seconds after the first change that a set waits at most for a further one. */
	const LONGEST_WAIT = 120;

	/** @return array See CHOICE. */
	public static function choice() {
		$choice = (array) get_option( self::CHOICE, array() );
		return array( 'pages' => (array) ( $choice['pages'] ?? array() ), 'facts' => ! empty( $choice['facts'] ), 'hours' => (string) ( $choice['hours'] ?? '' ), 'phone' => (string) ( $choice['phone'] ?? '' ) );
	}

	/** @return bool Whether the owner has ever chosen: a choice of nothing still removes what was sent before. */
	public static function is_chosen() {
		return false !== get_option( self::CHOICE );
	}

	/** A page was saved or leaves the shop. Only those that the owner chose for the AI matter: one option tells. */
	public static function changed( $id, $post ) {
		if ( isset( self::choice()['pages'][ $id ] ) ) {
			self::mark( 'publish' !== $post->post_status || '' !== $post->post_password || doing_action( 'deleted_post' ) );
		}
	}

	/**
	 * Something of the set has changed. One option is written; nothing is read and nothing sent.
	 *
	 * @param bool $is_urgent Whether a page leaves the shop: then the debounce is left out.
	 */
	public static function mark( $is_urgent = false ) {
		if ( ! self::is_chosen() ) {
			return;
		}
		$now    = time();
		$before = self::dirty();
		$first  = $before ? $before['first_at'] : $now;
		$due    = $is_urgent ? $now : min( $first + self::LONGEST_WAIT, $now + Fiko_Sync_Dirty_Set::quiet_seconds() );
		update_option( self::DIRTY, array( 'generation' => bin2hex( random_bytes( 8 ) ), 'first_at' => $first, 'due_at' => $due, 'failures' => 0 ), false );
		Fiko_Sync_Hooks::leave_work();
	}

	/** @return array|null See DIRTY; null when nothing waits. */
	public static function dirty() {
		$dirty = get_option( self::DIRTY );
		return is_array( $dirty ) && isset( $dirty['due_at'], $dirty['first_at'] ) ? $dirty + array( 'failures' => 0 ) : null;
	}

	/** Once a day, and after a connection to another store, the pages are read anew: a text may change without a hook. */
	public static function hourly() {
		$sent = self::sent();
		if ( self::is_chosen() && ! self::dirty() && ( $sent['at'] < time() - 23 * HOUR_IN_SECONDS || $sent['identity'] !== Fiko_Sync_Settings::identity() ) ) {
			self::mark( true );
		}
	}

	/** @return array See SENT. */
	public static function sent() {
		return (array) get_option( self::SENT, array() ) + array( 'hash' => '', 'identity' => '', 'version' => 0, 'at' => 0, 'pages' => 0, 'reason' => '' );
	}

	/** Sends the set if it is due: in a process that may read as a guest, one sender at a time. */
	public static function send() {
		$dirty = self::dirty();
		if ( ! $dirty || $dirty['due_at'] > time() || ! Fiko_Sync_Settings::may_send() || ! Fiko_Sync_Background::may_read() || ! Fiko_Sync_Lock::take() ) {
			return;
		}
		try {
			self::deliver( $dirty );
		} finally {
			Fiko_Sync_Lock::release();
		}
	}

	private static function deliver( array $dirty ) {
		$now_us   = (int) ( microtime( true ) * 1000000 ); // Before reading: an old read must never carry a new version.
		$sent     = self::sent();
		$identity = Fiko_Sync_Settings::identity();
		$set      = self::read();
		$hash     = md5( Fiko_Sync_Rules::canonical( $set ) );
		if ( $hash === $sent['hash'] && $identity === $sent['identity'] ) {
			update_option( self::SENT, array( 'at' => time(), 'reason' => '' ) + $sent, false );
			self::settle( $dirty );
			return;
		}
		$version = Fiko_Sync_Rules::next_version( (int) $sent['version'], $now_us );
		update_option( self::SENT, array( 'version' => $version ) + $sent, false ); // Before the request: its answer may be lost.
		$answer = Fiko_Sync_Api::call( 'documents/', Fiko_Sync_Rules::canonical( array( 'version' => $version ) + $set ), 15, 'PUT' );
		self::take_answer( $answer, $dirty, array( 'hash' => $hash, 'identity' => $identity, 'version' => $version, 'at' => time(), 'pages' => count( $set['documents'] ), 'reason' => '' ) );
	}

	private static function take_answer( array $answer, array $dirty, array $sent ) {
		switch ( Fiko_Sync_Rules::page_verdict( $answer ) ) {
			case 'taken':
				update_option( self::SENT, $sent, false );
				self::settle( $dirty );
				return;
			case 'older': // The backend has a newer set, of a copy of the shop or from before a restored backup: go on from there.
				update_option( self::SENT, array( 'version' => max( $sent['version'], (int) ( $answer['data']['stored_version'] ?? 0 ) ), 'hash' => '' ) + self::sent(), false );
				self::postpone( $dirty, 1, 0 );
				return;
			case 'unknown': // A backend from before this feature.
				self::postpone( $dirty, DAY_IN_SECONDS, 0 );
				return;
			case 'refused':
				update_option( self::SENT, array( 'reason' => mb_substr( wp_strip_all_tags( $answer['detail'] ), 0, 300 ) ) + self::sent(), false );
				self::postpone( $dirty, DAY_IN_SECONDS, 0 );
				return;
			case 'denied':
				Fiko_Sync_Sender::heed( $answer );
				return;
			default:
				$failures = 1 + (int) $dirty['failures'];
				self::postpone( $dirty, Fiko_Sync_Rules::backoff( $failures, wp_rand( 0, 1000 ) / 1000, $answer['retry_after'] ?? 0 ), $failures );
		}
	}

	/** Nothing waits any more, unless something was marked meanwhile. */
	private static function settle( array $dirty ) {
		global $wpdb;
		$wpdb->delete( $wpdb->options, array( 'option_name' => self::DIRTY, 'option_value' => maybe_serialize( $dirty ) ) ); // phpcs:ignore WordPress.DB
		wp_cache_delete( self::DIRTY, 'options' );
	}

	/** The same set is tried again later, unless something was marked meanwhile. */
	private static function postpone( array $dirty, $seconds, $failures ) {
		global $wpdb;
		$later = array( 'due_at' => time() + $seconds, 'failures' => $failures ) + $dirty;
		$wpdb->update( $wpdb->options, array( 'option_value' => maybe_serialize( $later ) ), array( 'option_name' => self::DIRTY, 'option_value' => maybe_serialize( $dirty ) ) ); // phpcs:ignore WordPress.DB
		wp_cache_delete( self::DIRTY, 'options' );
	}

	/** @return array documents, shop: what a guest may read now. */
	public static function read() {
		$choice = self::choice();
		$set    = array( 'documents' => array() );
		self::blame();
		Fiko_Sync_Payload::as_guest(
			static function () use ( $choice, &$set ) {
				$bytes = 0;
				foreach ( array_slice( $choice['pages'], 0, self::MAX_PAGES, true ) as $id => $kind ) {
					$post = get_post( $id );
					if ( ! self::is_open( $post ) ) {
						continue;
					}
					$document = self::document( $post, $kind );
					$bytes   += strlen( $document['content'] ) + strlen( $document['title'] ) + 500;
					if ( $bytes > self::MAX_BYTES ) {
						break;
					}
					$set['documents'][] = $document;
				}
				if ( $choice['facts'] ) {
					$set['shop'] = self::facts( $choice );
				}
			}
		);
		return $set;
	}

	/** @return bool Whether every visitor may read a page: published, without a password, not private. */
	public static function is_open( $post ) {
		$is_open = $post instanceof WP_Post && 'page' === $post->post_type && 'publish' === $post->post_status && '' === $post->post_password;
		/** Filters if a chosen page may be sent (bool, WP_Post). A filter can refuse a page, and cannot allow a page that is not public. */
		return $is_open && (bool) apply_filters( 'fiko_sync_page_is_open', true, $post );
	}

	private static function document( WP_Post $post, $kind ) {
		update_option( self::RENDERING, $post->ID, false );
		$content = Fiko_Sync_Texts::of_page( $post );
		delete_option( self::RENDERING );
		return array(
			'id'            => $post->ID,
			'kind'          => in_array( $kind, self::KINDS, true ) ? $kind : 'other',
			'title'         => mb_substr( self::plain( get_the_title( $post ) ), 0, 300 ),
			'content'       => mb_strcut( self::printable( $content ), 0, self::MAX_CONTENT, 'UTF-8' ),
			'url'           => (string) get_permalink( $post ),
			'language'      => str_replace( '_', '-', function_exists( 'pll_get_post_language' ) && pll_get_post_language( $post->ID, 'locale' ) ? pll_get_post_language( $post->ID, 'locale' ) : get_locale() ),
			'date_modified' => gmdate( 'Y-m-d\TH:i:s\Z', (int) strtotime( "$post->post_modified_gmt UTC" ) ),
		);
	}

	/** A process before this one ended while it rendered a page: the text of that page goes raw until it changes. */
	private static function blame() {
		$id = (int) get_option( self::RENDERING, 0 );
		if ( $id ) {
			Fiko_Sync_Texts::distrust( $id );
			delete_option( self::RENDERING );
		}
	}

	/** @return array What WooCommerce's own settings say of the shop, and what the owner typed. */
	private static function facts( array $choice ) {
		$countries = WC()->countries;
		$state     = $countries->get_states( $countries->get_base_country() )[ $countries->get_base_state() ] ?? '';
		$country   = $countries->get_countries()[ $countries->get_base_country() ] ?? '';
		$address   = array( $countries->get_base_address(), $countries->get_base_address_2(), $countries->get_base_city(), $state, $countries->get_base_postcode(), $country );
		$zones     = array_column( WC_Shipping_Zones::get_zones(), 'zone_name' );
		$gateways  = array();
		foreach ( WC()->payment_gateways()->payment_gateways() as $gateway ) {
			if ( 'yes' === $gateway->enabled ) {
				$gateways[] = $gateway->get_title();
			}
		}
		$line = static fn( $text ) => mb_substr( self::plain( $text ), 0, 200 );
		return array_filter(
			array(
				'name'             => $line( get_bloginfo( 'name' ) ),
				'address'          => $line( implode( ', ', array_filter( array_map( 'strval', $address ) ) ) ),
				'hours'            => $line( $choice['hours'] ),
				'phone'            => mb_substr( self::plain( $choice['phone'] ), 0, 100 ),
				'shipping_zones'   => array_slice( array_values( array_filter( array_map( $line, $zones ) ) ), 0, 50 ),
				'payment_methods'  => array_slice( array_values( array_filter( array_map( $line, $gateways ) ) ), 0, 50 ),
				'links'            => array_filter( array( 'home' => home_url( '/' ), 'shop' => (string) wc_get_page_permalink( 'shop', '' ) ) ),
			)
		);
	}

	private static function plain( $text ) {
		return trim( self::printable( html_entity_decode( wp_strip_all_tags( (string) $text ), ENT_QUOTES, 'UTF-8' ) ) );
	}

	/** The backend refuses NUL, and no page shows the other controls. */
	private static function printable( $text ) {
		return preg_replace( '/[\x00-\x08\x0B\x0C\x0E-\x1F]/', '', (string) $text ) ?? '';
	}

	/** @return array<int,string> Page id → kind: WooCommerce's and WordPress's own pages, then pages whose address or title says what they are. */
	public static function suggestions() {
		$found = array_filter( array( (int) get_option( 'wp_page_for_privacy_policy', 0 ) => 'privacy', (int) get_option( 'woocommerce_terms_page_id', 0 ) => 'terms' ), 'intval', ARRAY_FILTER_USE_KEY );
		foreach ( self::pages() as $post ) {
			$kind = Fiko_Sync_Rules::page_kind( urldecode( $post->post_name ), $post->post_title );
			if ( '' !== $kind && ! isset( $found[ $post->ID ] ) ) {
				$found[ $post->ID ] = $kind;
			}
		}
		return array_filter( $found, static fn( $id ) => self::is_open( get_post( $id ) ), ARRAY_FILTER_USE_KEY );
	}

	/** @return WP_Post[] The shop's pages for the owner's choice, at most 200. */
	public static function pages() {
		return get_posts( array( 'post_type' => 'page', 'post_status' => array( 'publish', 'private', 'draft', 'future', 'pending' ), 'numberposts' => 200, 'orderby' => 'title', 'order' => 'ASC', 'suppress_filters' => true ) );
	}
}
