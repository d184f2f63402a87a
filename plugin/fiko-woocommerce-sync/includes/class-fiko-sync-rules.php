<?php
/** The sender's decisions that need neither WordPress nor a database, so that they can be tested without. */
final class Fiko_Sync_Rules {
	const MAX_EVENTS = 100;
	const MAX_BYTES  = 4000000;

	/**
	 * Seconds to wait after the nth failure in a row: 10 s doubling to 1 h, of which between half and all, so that the shops of
	 * one host do not come back in step.
	 *
	 * @param int   $failures    From 1.
	 * @param float $luck        A random number from 0 to 1.
	 * @param int   $retry_after Seconds the backend asked for, 0 when it did not. More than a day is not believed.
	 */
	public static function backoff( $failures, $luck, $retry_after = 0 ) {
		$longest = min( 3600, 10 * 2 ** min( 20, $failures - 1 ) );
		return max( (int) ceil( $longest / 2 * ( 1 + $luck ) ), min( 86400, $retry_after ) );
	}

	/** @return int Seconds from now (epoch s) that a Retry-After header names, as seconds or as an HTTP date; else 0. */
	public static function retry_after( $header, $now ) {
		$at = ctype_digit( $header ) ? $now + (int) $header : ( preg_match( '/^\w{3}, \d/', $header ) ? strtotime( $header ) : 0 );
		return $at ? max( 0, $at - $now ) : 0;
	}

	/** @return int µs. Time orders shops that restored a backup, the counter those whose clock stepped back. The backend refuses 24 hours ahead: beyond 25, time counts again. */
	public static function next_version( $last, $now_us ) {
		return $last > $now_us + 25 * 3600000000 ? $now_us : max( $last + 1, $now_us );
	}

	/** @return bool Whether an event of $next bytes fits into a request that has $events of $bytes together. */
	public static function fits( $events, $bytes, $next ) {
		return 0 === $events || ( $events < self::MAX_EVENTS && $bytes + $next <= self::MAX_BYTES );
	}

	/**
	 * What an answer means: `ok`, `refused` (these events, for good), `denied` (token or site: stop and ask the owner) or
	 * `later` (the way there, or the backend: everything, again).
	 *
	 * @param int        $status HTTP status; 0 when there was no answer.
	 * @param array|null $data   The decoded JSON object. Null: a proxy's or host's page, and nobody judged an event.
	 */
	public static function classify( $status, $data ) {
		if ( 401 === $status || 403 === $status ) {
			return 'denied';
		}
		if ( null !== $data && $status >= 200 && $status < 300 ) {
			return 'ok';
		}
		return null !== $data && in_array( $status, array( 400, 409, 413, 422 ), true ) ? 'refused' : 'later';
	}

	/** @return bool Whether a rejected entry of a batch is to be sent again as it is. */
	public static function is_passing( $code ) {
		return in_array( $code, array( 'unavailable', 'overloaded', 'too_many_requests', 'internal' ), true );
	}

	/** @return string JSON with sorted keys: equal content is equal text, in whatever order a filter built it. */
	public static function canonical( array $value ) {
		return json_encode( self::sorted( $value ), JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE ); // phpcs:ignore WordPress.WP.AlternativeFunctions
	}

	private static function sorted( $value ) {
		if ( ! is_array( $value ) ) {
			return $value;
		}
		if ( array_keys( $value ) !== array_keys( array_keys( $value ) ) ) {
			ksort( $value, SORT_STRING );
		}
		return array_map( array( __CLASS__, 'sorted' ), $value );
	}

	/** @return string 32 hex digits, by which the shop knows there is nothing to send. WooCommerce moves the date when nothing else changes. */
	public static function product_hash( array $product ) {
		unset( $product['product_hash'], $product['date_modified'] );
		return md5( self::canonical( $product ) );
	}
}
