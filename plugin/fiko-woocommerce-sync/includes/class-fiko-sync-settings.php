<?php
/**
 * What the owner has set, and whether it lets products be sent.
 *
 * @package Fiko_Sync
 */

/** Constants in wp-config.php win over what was saved. */
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
		$site = get_option( 'fiko_sync_site', '' );
		if ( get_option( 'fiko_sync_copy', '' ) === self::site_hash() ) {
			return 'copy';
		}
		if ( $site && self::site_hash() !== $site ) {
			return 'moved';
		}
		$problem = Fiko_Sync_Rules::url_problem( self::url() );
		return '' === $problem && get_option( 'fiko_sync_pause' ) ? 'denied' : $problem;
	}
}
