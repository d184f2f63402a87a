<?php
/**
 * Plugin Name: Test control
 * Description: What a scenario can set in a throw-away shop. Nothing in it knows how the plugin works.
 */

defined( 'ABSPATH' ) || exit;

/** Every outgoing request is written down with what made it; only this machine can be reached. */
add_filter(
	'pre_http_request',
	function ( $answer, $arguments, $url ) {
		$is_local = in_array( wp_parse_url( $url, PHP_URL_HOST ), array( '127.0.0.1', 'localhost' ), true );
		// A request that the shop makes to itself names WordPress as its browser, and has no cookies.
		$is_own   = ! $_COOKIE && str_starts_with( $_SERVER['HTTP_USER_AGENT'] ?? '', 'WordPress/' );
		$context  = defined( 'E2E_CONTEXT' ) ? E2E_CONTEXT : ( wp_doing_cron() ? 'cron' : ( $is_own ? 'loopback' : ( wp_doing_ajax() ? 'ajax' : 'page' ) ) );
		$line     = array(
			'url'     => $url,
			'context' => $context,
			'method'  => $arguments['method'],
		);
		file_put_contents( getenv( 'E2E_FOLDER' ) . '/http.log', wp_json_encode( $line ) . "\n", FILE_APPEND | LOCK_EX );
		return $is_local ? $answer : new WP_Error( 'http_request_not_executed', 'A throw-away shop reaches nothing but this machine.' );
	},
	PHP_INT_MAX,
	3
);

add_filter( 'pre_wp_mail', '__return_true' );

// Action Scheduler would ask itself over HTTP to run; scenarios run it themselves.
add_filter( 'action_scheduler_allow_async_request_runner', '__return_false' );

add_filter(
	'fiko_sync_debounce_seconds',
	function ( $seconds ) {
		$set = get_option( 'e2e_debounce_seconds', null );
		return null === $set ? $seconds : (int) $set;
	}
);

// Core learns its direction from a language pack, and there is none on this machine.
add_filter(
	'gettext_with_context',
	function ( $translation, $text, $context ) {
		return 'ltr' === $text && 'text direction' === $context && str_starts_with( determine_locale(), 'fa' ) ? 'rtl' : $translation;
	},
	10,
	3
);

add_action(
	'rest_api_init',
	static function () {
		$answer = static fn() => array( 'sapi' => PHP_SAPI, 'can_finish_request' => function_exists( 'fastcgi_finish_request' ) );
		register_rest_route( 'e2e/v1', '/php', array( 'callback' => $answer, 'permission_callback' => '__return_true' ) );
	}
);
