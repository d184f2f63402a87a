<?php
/** Writes to WooCommerce's log (WooCommerce → Status → Logs, source fiko-sync), a kind of line at most once in ten minutes. */
final class Fiko_Sync_Log {
	const SECONDS_BETWEEN = 600;

	/**
	 * @param string $level   `info`, `warning` or `error`.
	 * @param string $kind    Lines of one kind are alike: the second one within ten minutes is left out.
	 * @param string $message One line, in English, without the token.
	 */
	public static function write( $level, $kind, $message ) {
		$now    = time();
		$logged = array_filter( (array) get_option( 'fiko_sync_logged', array() ), static fn( $at ) => $at > $now - self::SECONDS_BETWEEN && $at <= $now );
		if ( isset( $logged[ $kind ] ) || count( $logged ) >= 50 ) {
			return;
		}
		update_option( 'fiko_sync_logged', array( $kind => $now ) + $logged, false );
		wc_get_logger()->log( $level, $message, array( 'source' => 'fiko-sync' ) );
	}
}
