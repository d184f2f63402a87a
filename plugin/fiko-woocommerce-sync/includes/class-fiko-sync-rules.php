<?php
/** The sender's decisions that need neither WordPress nor a database, so that they can be tested without. */
final class Fiko_Sync_Rules {
	const MAX_EVENTS = 100;
	const MAX_BYTES  = 4000000;
	const EMBEDDED   = '~\bdata:[a-z]+/[^,"\'\s)<>]{1,200},[A-Za-z0-9+/=_%-]*+~i'; // A picture inside a text is no text, and can have megabytes.
	const MOST_AHEAD = 90000000000; // µs: 25 hours. A clock that is set back by a day counts on; further ahead, the backend refuses a version.

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

	/** @return int µs. Time orders shops that restored a backup, the counter those whose clock stepped back; one that was days ahead counts no more. */
	public static function next_version( $last, $now_us ) {
		return $last > $now_us + self::MOST_AHEAD ? $now_us : max( $last + 1, $now_us );
	}

	/** @return bool Whether an event of $next bytes fits into a request that has $events of $bytes together. */
	public static function fits( $events, $bytes, $next ) {
		return 0 === $events || ( $events < self::MAX_EVENTS && $bytes + $next <= self::MAX_BYTES );
	}

	/**
	 * What an answer means: `ok`, `refused` (these events, for good), `denied` (the backend knows neither token nor site: stop and ask the
	 * owner), `later` (no answer, or the backend asks to wait) or `wall` (another server has answered: a firewall, a login, another site).
	 *
	 * @param int        $status HTTP status; 0 when there was no answer.
	 * @param array|null $data   The decoded JSON object, if it was one.
	 * @param string     $type   Content-Type. Only the backend's own problem documents judge: a firewall speaks JSON, too.
	 */
	public static function classify( $status, $data, $type ) {
		if ( null !== $data && $status >= 200 && $status < 300 ) {
			return 'ok';
		}
		$is_problem = null !== $data && is_string( $data['error'] ?? null ) && false !== stripos( $type, 'problem+json' );
		if ( $is_problem && ( 401 === $status || 403 === $status ) ) {
			return 'denied';
		}
		if ( $is_problem && in_array( $status, array( 400, 409, 413, 422 ), true ) ) {
			return 'refused';
		}
		return $is_problem || 0 === $status ? 'later' : 'wall';
	}

	/**
	 * @return string Who has answered instead of the backend: `login` (basic auth), `moved` (a redirect), `firewall`, `busy` (a gateway or
	 *                a site under maintenance), `missing` (nothing at this address) or `page`; '' without an answer.
	 */
	public static function wall( $status, $authenticate, $location ) {
		if ( 0 === $status ) {
			return '';
		}
		if ( '' !== $location && $status >= 300 && $status < 400 ) {
			return 'moved';
		}
		if ( 401 === $status || 407 === $status || '' !== $authenticate ) {
			return 'login';
		}
		if ( 404 === $status || 405 === $status || 410 === $status ) {
			return 'missing';
		}
		if ( $status >= 400 && $status < 500 && 429 !== $status ) {
			return 'firewall';
		}
		return $status >= 429 ? 'busy' : 'page';
	}

	/**
	 * @param array $answer   kind, status, what, detail.
	 * @param int   $failures In a row, before this one.
	 * @return bool Whether it may be a text inside the request that was disliked, and not the sender.
	 */
	public static function may_be_about_content( array $answer, $failures ) {
		if ( 'wall' === $answer['kind'] && in_array( $answer['what'], array( 'firewall', 'missing', 'page' ), true ) ) {
			return true;
		}
		$is_cut = 0 === $answer['status'] && preg_match( '/cURL error (52|55|56|92)\b/', $answer['detail'] );
		return $failures >= 2 && ( $is_cut || 500 === $answer['status'] );
	}

	/**
	 * The meaning of an answer to a set of pages: `taken`, `older` (the backend has a newer set), `unknown` (a backend that takes no pages),
	 * `refused` (this content, for good), `denied` (the token or the site) or `later`.
	 */
	public static function page_verdict( array $answer ) {
		if ( 'ok' === $answer['kind'] ) {
			return isset( $answer['data']['version'] ) ? 'taken' : 'later'; // JSON of another server is no receipt.
		}
		if ( 409 === $answer['status'] && isset( $answer['data']['stored_version'] ) ) {
			return 'older';
		}
		if ( in_array( $answer['status'], array( 404, 405 ), true ) ) {
			return 'unknown';
		}
		return in_array( $answer['kind'], array( 'refused', 'denied' ), true ) ? $answer['kind'] : 'later';
	}

	/** Words of addresses and titles, in order: the first that fits tells the kind of a page. */
	const PAGE_WORDS = array(
		'returns'  => '~refund|\breturns?\b|return-policy|مرجوع|بازگشت|عودت|برگشت~iu',
		'shipping' => '~shipping|delivery|ارسال|حمل و نقل|تحویل~iu',
		'payment'  => '~\bpayments?\b|پرداخت|اقساط~iu',
		'faq'      => '~\bfaqs?\b|frequently-asked|سوالات متداول|سؤالات متداول|پرسش‌?های متداول|سوالات-متداول~iu',
		'privacy'  => '~privacy|حریم خصوصی|حریم-خصوصی~iu',
		'terms'    => '~\bterms\b|conditions|قوانین|مقررات~iu',
		'contact'  => '~\bcontact\b|تماس با ما|تماس-با-ما~iu',
		'about'    => '~\babout\b|درباره|دربارهٔ ما~iu',
	);

	/** @return string The kind of page that an address (decoded) or a title suggests; '' for other pages. */
	public static function page_kind( $slug, $title ) {
		foreach ( self::PAGE_WORDS as $kind => $pattern ) {
			if ( preg_match( $pattern, str_replace( '_', '-', $slug ) ) || preg_match( $pattern, $title ) ) {
				return $kind;
			}
		}
		return '';
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
		$is_object = $value instanceof stdClass;
		if ( ! is_array( $value ) && ! $is_object ) {
			return $value;
		}
		$value = (array) $value;
		if ( $is_object || array_keys( $value ) !== array_keys( array_keys( $value ) ) ) {
			ksort( $value, SORT_STRING );
		}
		$value = array_map( array( __CLASS__, 'sorted' ), $value );
		return $is_object ? (object) $value : $value;
	}

	/** @return string 32 hex digits, by which the shop knows there is nothing to send. WooCommerce moves the date when nothing else changes. */
	public static function product_hash( array $product ) {
		unset( $product['product_hash'], $product['date_modified'] );
		return md5( self::canonical( $product ) );
	}

	/**
	 * Whether the backend is told how it stands. A change is told at once, the beginning of work at most every 5 minutes: a busy shop
	 * begins every minute.
	 *
	 * @param array  $before  mark and at (epoch s) of the last report; empty before the first.
	 * @param string $mark    `code failed` of the present state.
	 * @param int    $max_age Seconds after which an unchanged state is reported again.
	 */
	public static function is_report_due( array $before, $mark, $now, $max_age ) {
		$age = $now - ( $before['at'] ?? 0 );
		if ( ! isset( $before['mark'] ) || $age < 0 || $age >= $max_age ) {
			return true; // Below zero: the clock was set back.
		}
		$is_beginning = 0 === strpos( $mark, 'syncing ' ) && preg_match( '/^(ok|syncing) /', $before['mark'] );
		return $is_beginning ? $age >= 300 : $before['mark'] !== $mark;
	}

	/**
	 * Whether the backend's sentence may be shown: to its reader only, for 10 minutes where it names the time of the last change, and
	 * otherwise for two hours.
	 *
	 * @param array  $sync   state, sentence, at (epoch s) and reader, or empty.
	 * @param string $reader Language and identity of the present reader.
	 */
	public static function is_sync_current( array $sync, $now, $reader ) {
		$age = $now - ( $sync['at'] ?? 0 );
		$max = in_array( $sync['state'] ?? '', array( 'in_sync', 'syncing' ), true ) ? 600 : 7200;
		return isset( $sync['state'], $sync['sentence'] ) && ( $sync['reader'] ?? '' ) === $reader && $age >= 0 && $age <= $max;
	}
}
