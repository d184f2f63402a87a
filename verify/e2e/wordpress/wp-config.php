<?php
/**
 * wp-config.php of the throw-away shops. One copy of WordPress serves them all: which shop a PHP process belongs to is
 * said by its environment.
 */

define( 'DB_NAME', getenv( 'E2E_DATABASE' ) );
define( 'DB_USER', 'root' );
define( 'DB_PASSWORD', '' );
define( 'DB_HOST', 'localhost:' . getenv( 'E2E_SOCKET' ) );
define( 'DB_CHARSET', 'utf8mb4' );
define( 'DB_COLLATE', '' );
$table_prefix = 'wp_';

foreach ( array( 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ) as $e2e_name ) {
	define( $e2e_name . '_KEY', 'only-for-throw-away-shops-' . $e2e_name );
	define( $e2e_name . '_SALT', 'only-for-throw-away-shops-salt-' . $e2e_name );
}

// Application passwords over plain HTTP, as the REST scenarios need them.
define( 'WP_ENVIRONMENT_TYPE', 'local' );
define( 'WP_DEBUG', true );
define( 'WP_DEBUG_DISPLAY', false );
define( 'WP_DEBUG_LOG', getenv( 'E2E_FOLDER' ) . '/php.log' );
// Cron runs when a scenario says so.
define( 'DISABLE_WP_CRON', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
define( 'WP_MEMORY_LIMIT', getenv( 'E2E_MEMORY_LIMIT' ) ?: '256M' );
if ( getenv( 'E2E_MEMORY_LIMIT' ) ) {
	define( 'WP_MAX_MEMORY_LIMIT', getenv( 'E2E_MEMORY_LIMIT' ) );
}
if ( getenv( 'E2E_NETWORK' ) ) {
	define( 'WP_ALLOW_MULTISITE', true );
	define( 'MULTISITE', true );
	define( 'SUBDOMAIN_INSTALL', false );
	define( 'DOMAIN_CURRENT_SITE', getenv( 'E2E_NETWORK' ) );
	define( 'PATH_CURRENT_SITE', '/' );
	define( 'SITE_ID_CURRENT_SITE', 1 );
	define( 'BLOG_ID_CURRENT_SITE', 1 );
}
if ( getenv( 'E2E_REDIS_SOCKET' ) ) {
	define( 'WP_REDIS_CLIENT', 'predis' );
	define( 'WP_REDIS_SCHEME', 'unix' );
	define( 'WP_REDIS_PATH', getenv( 'E2E_REDIS_SOCKET' ) );
}

foreach ( array( 'FIKO_SYNC_URL', 'FIKO_SYNC_TOKEN' ) as $e2e_name ) {
	if ( getenv( 'E2E_' . $e2e_name ) ) {
		define( $e2e_name, getenv( 'E2E_' . $e2e_name ) );
	}
}

if ( ! defined( 'ABSPATH' ) ) {
	define( 'ABSPATH', __DIR__ . '/' );
}
require_once ABSPATH . 'wp-settings.php';
