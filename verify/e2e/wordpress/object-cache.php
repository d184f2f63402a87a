<?php
/**
 * The drop-in of redis-cache, for the shops that have a Redis. One copy of WordPress serves all shops: where this file defines
 * nothing, WordPress takes its own cache.
 */

defined( 'ABSPATH' ) || exit;

if ( getenv( 'E2E_REDIS_SOCKET' ) ) {
	require WP_CONTENT_DIR . '/plugins/redis-cache/includes/object-cache.php';
}
