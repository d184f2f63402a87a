<?php
/** For PHP's own web server: what the folder of a network's site means, as the rewrite rules of WordPress's manual say it. */

$e2e_path = (string) parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH );
$e2e_root = $_SERVER['DOCUMENT_ROOT'];
if ( preg_match( '~^/[\w-]+(/(?:wp-(?:admin|content|includes)/.*|[\w-]+\.php))$~', $e2e_path, $e2e_found ) && ! file_exists( $e2e_root . $e2e_path ) ) {
	$e2e_path = $e2e_found[1];
}
if ( is_dir( $e2e_root . $e2e_path ) ) {
	$e2e_path = rtrim( $e2e_path, '/' ) . '/index.php';
}
if ( ! is_file( $e2e_root . $e2e_path ) ) {
	$e2e_path = '/index.php';
}
if ( '.php' !== substr( $e2e_path, -4 ) ) {
	$e2e_types = array( 'css' => 'text/css', 'js' => 'text/javascript', 'png' => 'image/png', 'svg' => 'image/svg+xml' );
	header( 'Content-Type: ' . ( $e2e_types[ pathinfo( $e2e_path, PATHINFO_EXTENSION ) ] ?? 'application/octet-stream' ) );
	readfile( $e2e_root . $e2e_path );
	return;
}
$_SERVER['SCRIPT_NAME']     = $e2e_path;
$_SERVER['PHP_SELF']        = $e2e_path;
$_SERVER['SCRIPT_FILENAME'] = $e2e_root . $e2e_path;
chdir( dirname( $e2e_root . $e2e_path ) );
require $e2e_root . $e2e_path;
