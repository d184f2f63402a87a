<?php
/**
 * The decisions that need neither WordPress nor a database, so that they can be tested without.
 *
 * @package Fiko_Sync
 */

/** Pure functions only. */
final class Fiko_Sync_Rules {

	const MAX_EVENTS = 100;
	const MAX_BYTES  = 4000000;

	/**
	 * How long to wait after the nth failure in a row: 10 s doubling to 1 h, then between half and all of it, so that the
	 * shops of one host do not come back in step.
	 *
	 * @param int   $failures    Failures in a row, from 1.
	 * @param float $luck        A random number from 0 to 1.
	 * @param int   $retry_after Seconds the backend asked for; 0 when it did not.
	 * @return int Seconds.
	 */
	public static function backoff( $failures, $luck, $retry_after = 0 ) {
		$longest = min( 3600, 10 * 2 ** min( 20, $failures - 1 ) );
		return max( (int) ceil( $longest / 2 * ( 1 + $luck ) ), min( 86400, $retry_after ) );
	}

	/**
	 * Reads a Retry-After header.
	 *
	 * @param string $header Seconds or an HTTP date.
	 * @param int    $now    Epoch seconds.
	 * @return int Seconds from now; 0 when there is nothing to wait for.
	 */
	public static function retry_after( $header, $now ) {
		$at = ctype_digit( $header ) ? $now + (int) $header : strtotime( $header );
		return $at ? max( 0, $at - $now ) : 0;
	}

	/**
	 * The next version of a product: time orders shops that restore a backup, the counter those whose clock steps back.
	 *
	 * @param int $last    The version allotted last, µs.
	 * @param int $now_us  Now, µs.
	 */
	public static function next_version( $last, $now_us ) {
		return max( $last + 1, $now_us );
	}

	/**
	 * Whether another event still fits into the request.
	 *
	 * @param int $events Events already in it.
	 * @param int $bytes  Their size.
	 * @param int $next   Size of the next.
	 */
	public static function fits( $events, $bytes, $next ) {
		return 0 === $events || ( $events < self::MAX_EVENTS && $bytes + $next <= self::MAX_BYTES );
	}

	/**
	 * What an answer means for the events it answers: `ok`, `refused` (these events, for good), `denied` (the token or the
	 * site: stop and ask the owner) or `later` (the way there or the backend: everything, again).
	 *
	 * @param int        $status HTTP status; 0 when there was no answer.
	 * @param array|null $data   Decoded JSON object, null when it was none.
	 */
	public static function classify( $status, $data ) {
		if ( 401 === $status || 403 === $status ) {
			return 'denied';
		}
		if ( null === $data ) {
			return 'later'; // A proxy's or the host's page, whatever its status: no event was judged.
		}
		if ( $status >= 200 && $status < 300 ) {
			return 'ok';
		}
		return in_array( $status, array( 400, 409, 413, 422 ), true ) ? 'refused' : 'later';
	}

	/**
	 * Whether one rejected entry of a batch should simply be sent again.
	 *
	 * @param string $code The backend's error code.
	 */
	public static function is_passing( $code ) {
		return in_array( $code, array( 'unavailable', 'overloaded', 'too_many_requests', 'internal' ), true );
	}

	/**
	 * JSON with sorted keys: equal content gives equal text in whatever order a filter built it.
	 *
	 * @param array $value Anything JSON can hold.
	 */
	public static function canonical( $value ) {
		return json_encode( self::sorted( $value ), JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE ); // phpcs:ignore WordPress.WP.AlternativeFunctions.json_encode_json_encode
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

	/**
	 * The shop's own fingerprint of a product, by which it knows that there is nothing to send. The date of the last save
	 * is not in it: WooCommerce moves it when nothing else changes.
	 *
	 * @param array $product The payload's `product`.
	 * @return string 32 hex digits.
	 */
	public static function product_hash( array $product ) {
		unset( $product['product_hash'], $product['date_modified'] );
		return md5( self::canonical( $product ) );
	}

	/**
	 * The digest of a range of products: independent of order, and one product more is one XOR.
	 *
	 * @param array<int,string> $hashes Product id → product hash.
	 * @return string 32 hex digits.
	 */
	public static function digest( array $hashes ) {
		$digest = str_repeat( "\0", 16 );
		foreach ( $hashes as $id => $hash ) {
			$digest ^= md5( "$id:$hash", true );
		}
		return bin2hex( $digest );
	}

	/**
	 * What the owner is told about a product, from receipts alone.
	 *
	 * @param object $row priority, reason, version, acked_version, acked_hash, searchable_version.
	 * @return string `waiting`, `sent`, `searchable`, `failed`, or '' when the AI does not know the product.
	 */
	public static function state( $row ) {
		if ( $row->priority < Fiko_Sync_Dirty_Set::CLEAN ) {
			return 'waiting';
		}
		if ( '' !== $row->reason ) {
			return 'failed';
		}
		if ( '' === $row->acked_hash ) {
			return '';
		}
		return $row->searchable_version >= $row->acked_version ? 'searchable' : 'sent';
	}

	/**
	 * Says what is wrong with a backend URL: `invalid`, `insecure` (the token would travel readable) or ''.
	 *
	 * @param string $url The backend's URL.
	 */
	public static function url_problem( $url ) {
		$parts = parse_url( $url ); // phpcs:ignore WordPress.WP.AlternativeFunctions.parse_url_parse_url
		if ( ! $parts || empty( $parts['host'] ) || ! in_array( $parts['scheme'] ?? '', array( 'http', 'https' ), true ) ) {
			return 'invalid';
		}
		$is_local = preg_match( '/^(localhost|127\.[\d.]+|\[::1\]|.+\.(local|test|localhost))$/i', $parts['host'] );
		return 'https' === $parts['scheme'] || $is_local ? '' : 'insecure';
	}
}
