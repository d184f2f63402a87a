<?php
/** Makes a network of a shop, and a second shop in it, in folders: once with the tables of a network, then as the network. */

$_SERVER['HTTP_HOST']   = $argv[2];
$_SERVER['REQUEST_URI'] = $argv[3] ?? '/';
define( 'E2E_CONTEXT', 'install' );

require getenv( 'E2E_SITE' ) . '/wp-load.php';
require_once ABSPATH . 'wp-admin/includes/plugin.php';
require_once ABSPATH . 'wp-admin/includes/upgrade.php';
wp_set_current_user( 1 );

switch ( $argv[1] ) {
	case 'tables':
		foreach ( $wpdb->tables( 'ms_global' ) as $e2e_name => $e2e_table ) {
			$wpdb->$e2e_name = $e2e_table;
		}
		install_network();
		$answer = populate_network( 1, $argv[2], 'owner@example.com', 'Golden network', '/', false );
		// It warns that no address but this one was tried.
		if ( is_wp_error( $answer ) && 'no_wildcard_dns' !== $answer->get_error_code() ) {
			fwrite( STDERR, $answer->get_error_message() . "\n" );
			exit( 1 );
		}
		exit;

	case 'second':
		$answer = wp_insert_site( array( 'domain' => $argv[2], 'path' => '/second/', 'title' => 'Second shop', 'user_id' => 1 ) );
		if ( is_wp_error( $answer ) ) {
			fwrite( STDERR, $answer->get_error_message() . "\n" );
			exit( 1 );
		}
		exit;

	case 'plugins':
		update_option( 'permalink_structure', '/%postname%/' );
		foreach ( array_slice( $argv, 4 ) as $e2e_plugin ) {
			$answer = activate_plugin( $e2e_plugin );
			if ( is_wp_error( $answer ) ) {
				fwrite( STDERR, $answer->get_error_message() . "\n" );
				exit( 1 );
			}
		}
		WC_Install::install();
		update_option( 'woocommerce_currency', 'IRT' );
		update_option( 'woocommerce_default_country', 'IR:THR' );
		update_option( 'woocommerce_coming_soon', 'no' );
		flush_rewrite_rules();
}
