<?php
/** Makes the shop that all others are copies of: WordPress, WooCommerce, an owner, and the plugin, activated. */

$_SERVER['HTTP_HOST']   = '127.0.0.1';
$_SERVER['REQUEST_URI'] = '/';
define( 'E2E_CONTEXT', 'install' );

$site = getenv( 'E2E_SITE' );
if ( 'wordpress' === $argv[1] ) {
	define( 'WP_INSTALLING', true );
	require $site . '/wp-load.php';
	require ABSPATH . 'wp-admin/includes/upgrade.php';
	wp_install( 'Golden shop', 'owner', 'owner@example.com', true, '', 'owner-password' );
	update_option( 'permalink_structure', '/%postname%/' );
	update_option( 'timezone_string', 'Asia/Tehran' );
	switch_theme( 'e2e' );
	exit;
}

require $site . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
wp_set_current_user( 1 );
$answer = activate_plugin( $argv[1] );
if ( is_wp_error( $answer ) ) {
	fwrite( STDERR, $argv[1] . ': ' . $answer->get_error_message() . "\n" );
	exit( 1 );
}
if ( 'woocommerce/woocommerce.php' === $argv[1] ) {
	WC_Install::install();
	update_option( 'woocommerce_currency', 'IRT' );
	update_option( 'woocommerce_default_country', 'IR:THR' );
	update_option( 'woocommerce_coming_soon', 'no' );
	update_option( 'woocommerce_task_list_hidden', 'yes' );
	update_option( 'woocommerce_onboarding_profile', array( 'skipped' => true ) );
	update_option( 'woocommerce_show_marketplace_suggestions', 'no' );
	update_option( 'woocommerce_allow_tracking', 'no' );
	delete_transient( '_wc_activation_redirect' );
}
flush_rewrite_rules();
