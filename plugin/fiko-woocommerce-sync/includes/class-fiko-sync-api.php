<?php
/**
 * Speaks to the backend, and remembers how it went.
 *
 * @package Fiko_Sync
 */

/** One request at a time; never called from a page a visitor or editor waits for, except when the owner asks for a test. */
final class Fiko_Sync_Api {

	const BASE = '/api/integrations/woocommerce/';

	/**
	 * @param string      $path    Below BASE, such as `webhook/batch/`.
	 * @param string|null $body    JSON to POST; null makes it a GET.
	 * @param int         $timeout Seconds.
	 * @return array kind (see Rules::classify), status, data (decoded JSON object or null), code, detail, retry_after (s), ms.
	 */
	public static function call( $path, $body = null, $timeout = 15 ) {
		$started  = microtime( true );
		$response = wp_remote_request(
			untrailingslashit( Fiko_Sync_Settings::url() ) . self::BASE . $path,
			array(
				'method'      => null === $body ? 'GET' : 'POST',
				'timeout'     => $timeout,
				'redirection' => 0, // A redirected POST arrives as a GET.
				'user-agent'  => 'FikoSync/' . FIKO_SYNC_VERSION . ' WordPress/' . get_bloginfo( 'version' ) . ' WooCommerce/' . WC_VERSION,
				'body'        => $body,
				'headers'     => array(
					'Authorization'   => 'Bearer ' . Fiko_Sync_Settings::token(),
					'Content-Type'    => 'application/json',
					'Accept'          => 'application/json',
					'Accept-Language' => 0 === strpos( get_locale(), 'fa' ) ? 'fa' : 'en',
					'X-Fiko-Site'     => Fiko_Sync_Settings::site_hash(),
				),
			)
		);
		$is_error = is_wp_error( $response );
		$status   = $is_error ? 0 : (int) wp_remote_retrieve_response_code( $response );
		$data     = $is_error ? null : json_decode( wp_remote_retrieve_body( $response ), true );
		$data     = is_array( $data ) ? $data : null;
		$kind     = Fiko_Sync_Rules::classify( $status, $data );
		$answer   = array(
			'kind'        => $kind,
			'status'      => $status,
			'data'        => $data,
			'code'        => $is_error ? (string) $response->get_error_code() : (string) ( $data['error'] ?? '' ),
			'detail'      => $is_error ? $response->get_error_message() : (string) ( $data['detail'] ?? "HTTP $status" ),
			'retry_after' => $is_error ? 0 : Fiko_Sync_Rules::retry_after( (string) wp_remote_retrieve_header( $response, 'retry-after' ), time() ),
			'ms'          => (int) round( 1000 * ( microtime( true ) - $started ) ),
		);
		self::remember( $path, $answer );
		return $answer;
	}

	/** Last contact and last error for the owner; the first good answer ties this site's URL to the token. */
	private static function remember( $path, array $answer ) {
		$contact = (array) get_option( 'fiko_sync_contact', array() );
		if ( 'ok' === $answer['kind'] || 'refused' === $answer['kind'] ) {
			$contact['at'] = time();
			if ( ! get_option( 'fiko_sync_site' ) ) {
				update_option( 'fiko_sync_site', Fiko_Sync_Settings::site_hash(), false );
			}
		}
		if ( 'ok' !== $answer['kind'] ) {
			$contact['error']    = mb_substr( wp_strip_all_tags( $answer['detail'] ), 0, 300 );
			$contact['error_at'] = time();
			wc_get_logger()->warning( "$path: {$answer['kind']}, HTTP {$answer['status']} {$answer['code']}: {$contact['error']} ({$answer['ms']} ms)", array( 'source' => 'fiko-sync' ) );
		}
		update_option( 'fiko_sync_contact', $contact, false );
	}
}
