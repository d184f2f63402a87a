<?php
/** The UCP profile at the root of the shop's host. It names the public address of the store at the backend; off until the owner switches it on. */
final class Fiko_Sync_Agents {
	const OPTION = 'fiko_sync_agents';

	/** Version of UCP that the backend answers, and the seconds for which a platform may keep the profile. */
	const UCP_VERSION = '2026-04-08';
	const MAX_AGE     = 300;

	/** Action parse_request on this path: answers GET and HEAD without a request to the backend; all others go on to WordPress. */
	public static function answer() {
		$endpoint = self::endpoint();
		if ( '' === $endpoint || ! in_array( $_SERVER['REQUEST_METHOD'] ?? '', array( 'GET', 'HEAD' ), true ) ) {
			return;
		}
		if ( ob_get_level() > 0 ) {
			ob_clean(); // A notice that PHP has printed would break the JSON.
		}
		status_header( 200 );
		header_remove( 'Set-Cookie' ); // A shared cache may keep the answer.
		header( 'Content-Type: application/json; charset=utf-8' );
		header( 'Cache-Control: public, max-age=' . self::MAX_AGE );
		echo wp_json_encode( self::profile( $endpoint ), JSON_UNESCAPED_SLASHES );
		exit;
	}

	/** @return string The address to publish, or '' if the owner did not switch it on, it is no longer the backend's, or this site may be a copy. */
	private static function endpoint() {
		$saved = self::saved();
		// `denied` concerns the token that sends products; agents can still read.
		$is_ours = $saved['on'] && in_array( Fiko_Sync_Settings::obstacle(), array( '', 'denied' ), true );
		return $is_ours && '' === self::problem( $saved['address'], Fiko_Sync_Settings::url() ) ? $saved['address'] : '';
	}

	/** @return array on (bool) and address (string, as the owner pasted it). */
	public static function saved() {
		$saved = (array) get_option( self::OPTION, array() );
		return array( 'on' => ! empty( $saved['on'] ), 'address' => (string) ( $saved['address'] ?? '' ) );
	}

	/** @return string Why this is no public address of the backend: `agents_invalid`, `agents_host`, or '' if it is one. */
	public static function problem( $address, $backend ) {
		$parts = parse_url( $address ); // phpcs:ignore WordPress.WP.AlternativeFunctions
		$known = array( 'scheme' => 1, 'host' => 1, 'port' => 1, 'path' => 1 );
		if ( ! is_array( $parts ) || array_diff_key( $parts, $known ) || ! preg_match( '~/mcp/[\w-]{27}$~D', $parts['path'] ?? '' ) || '' !== Fiko_Sync_Settings::url_problem( $address ) ) {
			return 'agents_invalid';
		}
		$host = parse_url( $backend, PHP_URL_HOST ); // phpcs:ignore WordPress.WP.AlternativeFunctions
		return is_string( $host ) && 0 === strcasecmp( $host, $parts['host'] ) ? '' : 'agents_host';
	}

	/** The profile, which has the same words as the backend's own. UCP over HTTP needs a token, so only MCP is named. */
	public static function profile( $endpoint ) {
		$base       = 'https://ucp.dev/' . self::UCP_VERSION;
		$capability = static fn( $name ) => array(
			array(
				'version' => self::UCP_VERSION,
				'spec'    => "$base/specification/catalog/$name",
				'schema'  => "$base/schemas/shopping/catalog_$name.json",
			),
		);
		$service    = array(
			'version'   => self::UCP_VERSION,
			'spec'      => "$base/specification/overview",
			'transport' => 'mcp',
			'schema'    => "$base/services/shopping/mcp.openrpc.json",
			'endpoint'  => $endpoint,
		);
		return array(
			'ucp' => array(
				'version'          => self::UCP_VERSION,
				'services'         => array( 'dev.ucp.shopping' => array( $service ) ),
				'capabilities'     => array(
					'dev.ucp.shopping.catalog.search' => $capability( 'search' ),
					'dev.ucp.shopping.catalog.lookup' => $capability( 'lookup' ),
				),
				'payment_handlers' => new stdClass(),
			),
		);
	}
}
