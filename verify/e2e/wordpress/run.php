<?php
/** Runs PHP code of a scenario inside a shop, as the owner, and prints what it returns as JSON between two marks. */

$input                  = json_decode( stream_get_contents( STDIN ), true );
$_SERVER['HTTP_HOST']   = $input['host'];
$_SERVER['REQUEST_URI'] = $input['path'];
define( 'E2E_CONTEXT', $input['context'] );
if ( 'cron' === $input['context'] ) {
	define( 'DOING_CRON', true );
}

// WordPress answers a fatal error with a page that does not say which it was.
register_shutdown_function(
	static function () {
		$error = error_get_last();
		if ( $error && $error['type'] & ( E_ERROR | E_PARSE | E_CORE_ERROR | E_COMPILE_ERROR ) ) {
			fwrite( STDERR, $error['message'] . ' in ' . $error['file'] . ':' . $error['line'] . "\n" );
		}
	}
);

require getenv( 'E2E_SITE' ) . '/wp-load.php';
foreach ( array( 'file', 'image', 'media', 'plugin', 'post', 'taxonomy' ) as $e2e_part ) {
	require_once ABSPATH . 'wp-admin/includes/' . $e2e_part . '.php';
}
wp_set_current_user( 1 );

$e2e_result = ( static function ( string $code, array $args ) {
	return eval( $code );
} )( $input['code'], $input['args'] );

echo "\x1e" . wp_json_encode( $e2e_result ) . "\x1e";
