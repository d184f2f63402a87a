<?php
/** Speaks to the backend, and remembers how it went. No page waits for it, except when the owner presses a button of ours. */
final class Fiko_Sync_Api {
	const BASE = '/api/integrations/woocommerce/';

	/**
	 * @param string      $path    Below BASE, such as `webhook/batch/`.
	 * @param string|null $body    JSON to POST; null makes it a GET.
	 * @param int         $timeout Seconds.
	 * @param string      $method  '' for GET, or POST when there is a body.
	 * @return array kind and what (see Rules::classify and Rules::wall), status, data (decoded JSON object or null), code, detail,
	 *               retry_after (s), ms.
	 */
	public static function call( $path, $body = null, $timeout = 15, $method = '' ) {
		$started  = microtime( true );
		$request  = array(
			'method'      => '' === $method ? ( null === $body ? 'GET' : 'POST' ) : $method,
			'timeout'     => $timeout,
			'redirection' => 0, // A redirected POST arrives as a GET.
			'user-agent'  => 'FikoSync/' . FIKO_SYNC_VERSION . ' WordPress/' . get_bloginfo( 'version' ) . ' WooCommerce/' . WC_VERSION,
			'body'        => $body,
			'headers'     => array(
				'Authorization'   => 'Bearer ' . Fiko_Sync_Settings::token(),
				'Content-Type'    => 'application/json',
				'Accept'          => 'application/json',
				'Accept-Language' => self::language(),
				'X-Fiko-Site'     => Fiko_Sync_Settings::site_hash(),
			),
		);
		$response = wp_remote_request( untrailingslashit( Fiko_Sync_Settings::url() ) . self::BASE . $path, $request );
		$is_error = is_wp_error( $response );
		$status   = $is_error ? 0 : (int) wp_remote_retrieve_response_code( $response );
		$data     = $is_error ? null : json_decode( wp_remote_retrieve_body( $response ), true );
		$data     = is_array( $data ) ? $data : null;
		$header   = static fn( $name ) => $is_error ? '' : implode( ', ', (array) wp_remote_retrieve_header( $response, $name ) );
		$detail   = $is_error ? $response->get_error_message() : ( $data['detail'] ?? '' );
		$answer   = array(
			'kind'        => Fiko_Sync_Rules::classify( $status, $data, $header( 'content-type' ) ),
			'what'        => Fiko_Sync_Rules::wall( $status, $header( 'www-authenticate' ), $header( 'location' ) ),
			'status'      => $status,
			'data'        => $data,
			'code'        => $is_error ? (string) $response->get_error_code() : self::text( $data['error'] ?? '' ),
			'detail'      => '' === self::text( $detail ) ? "HTTP $status" : self::text( $detail ),
			'retry_after' => Fiko_Sync_Rules::retry_after( $header( 'retry-after' ), time() ),
			'ms'          => (int) round( 1000 * ( microtime( true ) - $started ) ),
		);
		self::remember( $path, $answer );
		if ( 'ok' === $answer['kind'] && isset( $data['resend'] ) ) {
			Fiko_Sync_Resend::take( $data['resend'] );
		}
		return $answer;
	}

	/** @return string The language of the backend's sentences: `fa` or `en`. */
	public static function language() {
		return 0 === strpos( get_user_locale(), 'fa' ) ? 'fa' : 'en';
	}

	private static function text( $value ) {
		return is_scalar( $value ) ? (string) $value : '';
	}

	/** Last contact and last error, for the owner. The first good answer ties this site to the token. */
	private static function remember( $path, array $answer ) {
		if ( 'documents/' === $path && in_array( $answer['status'], array( 404, 405 ), true ) ) {
			return; // A backend from before pages: nothing is wrong with the connection.
		}
		$contact = (array) get_option( 'fiko_sync_contact', array() );
		if ( 'ok' === $answer['kind'] ) {
			$contact['at'] = time();
			add_option( 'fiko_sync_site', Fiko_Sync_Settings::site_hash(), '', false );
		} else {
			$contact['error']    = array_diff_key( array( 'detail' => mb_substr( wp_strip_all_tags( $answer['detail'] ), 0, 300 ) ) + $answer, array( 'data' => 0 ) );
			$contact['error_at'] = time();
			Fiko_Sync_Log::write( 'warning', "$path {$answer['status']} {$answer['code']}", "$path: {$answer['kind']} {$answer['what']}, HTTP {$answer['status']} {$answer['code']}: {$contact['error']['detail']} ({$answer['ms']} ms)" );
		}
		update_option( 'fiko_sync_contact', $contact, false );
	}
}
