<?php
/** What the owner has set, and whether it lets products be sent. Constants in wp-config.php win over what was saved. */
final class Fiko_Sync_Settings {
	public static function url() {
		return defined( 'FIKO_SYNC_URL' ) ? (string) FIKO_SYNC_URL : (string) get_option( 'fiko_sync_url', '' );
	}

	public static function token() {
		return defined( 'FIKO_SYNC_TOKEN' ) ? (string) FIKO_SYNC_TOKEN : (string) get_option( 'fiko_sync_token', '' );
	}

	/** @return string The token as it may be shown: how it begins and ends. */
	public static function token_preview() {
		$token = self::token();
		return strlen( $token ) < 24 ? '' : substr( $token, 0, 11 ) . '…' . substr( $token, -4 );
	}

	/** @return string SHA-256 (hex) of this site's URL. Only ever kept as a hash: staging tools rewrite the URLs they find. */
	public static function site_hash() {
		return hash( 'sha256', strtolower( untrailingslashit( get_option( 'home' ) ) ) );
	}

	/**
	 * Why nothing may be sent.
	 *
	 * @return string `unconfigured`, `invalid` or `insecure` (the URL), `copy` (the owner said so), `moved` (ask the owner),
	 *                `denied` (the backend said so), or ''.
	 */
	public static function obstacle() {
		if ( '' === self::url() || '' === self::token() ) {
			return 'unconfigured';
		}
		$here = self::site_hash();
		if ( get_option( 'fiko_sync_site', $here ) !== $here ) {
			return get_option( 'fiko_sync_copy' ) === $here ? 'copy' : 'moved';
		}
		$problem = self::url_problem( self::url() );
		if ( '' === $problem && get_option( 'fiko_sync_pause' ) ) {
			// The backend has denied one token: a new one, in wp-config.php as well, begins anew.
			return ( get_option( 'fiko_sync_pause' )['identity'] ?? '' ) === self::identity() ? 'denied' : '';
		}
		return $problem;
	}

	public static function may_send() {
		return '' === self::obstacle() && ! self::backs_off_until();
	}

	/** @return int Epoch seconds until which nothing is sent, or 0. More than a day ahead: the clock was set back. */
	public static function backs_off_until() {
		$until = (int) ( get_option( 'fiko_sync_backoff', array() )['until'] ?? 0 );
		return $until > time() && $until <= time() + DAY_IN_SECONDS ? $until : 0;
	}

	/** @return string `invalid`, `insecure` (the token would travel readable), or '' for a URL that may be used. */
	public static function url_problem( $url ) {
		$parts = parse_url( $url ); // phpcs:ignore WordPress.WP.AlternativeFunctions
		if ( empty( $parts['host'] ) || ! in_array( $parts['scheme'] ?? '', array( 'http', 'https' ), true ) ) {
			return 'invalid';
		}
		$is_local = preg_match( '/^(localhost|127\.[\d.]+|\[::1\]|.+\.(local|test|localhost))$/i', $parts['host'] );
		return 'https' === $parts['scheme'] || $is_local ? '' : 'insecure';
	}

	/**
	 * Asks the backend who we are to it. A good answer ends every pause; another store than before makes all that was
	 * acknowledged worthless, so that it is sent again by the next backfill or reconciliation.
	 *
	 * @return array Of Fiko_Sync_Api::call(); kind `ok` only if a store answered.
	 */
	public static function connect() {
		$answer = Fiko_Sync_Api::call( 'health/' );
		if ( 'ok' !== $answer['kind'] || ! isset( $answer['data']['store']['id'] ) ) {
			return 'ok' === $answer['kind'] ? array( 'kind' => 'wall', 'code' => 'not_fiko', 'what' => 'missing' ) + $answer : $answer;
		}
		$store = md5( wp_parse_url( self::url(), PHP_URL_HOST ) . ' ' . $answer['data']['store']['id'] );
		if ( get_option( 'fiko_sync_store', $store ) !== $store ) {
			Fiko_Sync_Reconcile::distrust_all();
		} elseif ( ! self::is_verified() ) {
			Fiko_Sync_Schedule::catch_up();
		}
		self::is_verified() || Fiko_Sync_Pages::mark();
		update_option( 'fiko_sync_store', $store, false );
		update_option( 'fiko_sync_verified', self::identity(), false );
		Fiko_Sync_Sender::heed( $answer );
		return $answer;
	}

	/** @return bool Whether the store behind the present URL and token is known. */
	public static function is_verified() {
		return get_option( 'fiko_sync_verified', '' ) === self::identity();
	}

	/** @return string A hash of URL and token. */
	public static function identity() {
		return hash( 'sha256', self::url() . ' ' . self::token() );
	}
}
