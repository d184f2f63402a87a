<?php
/** Removes all the plugin ever made, on every site of a network. */
defined( 'WP_UNINSTALL_PLUGIN' ) || exit;
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL
/** Cleans the current site. */
function fiko_sync_uninstall_site() {
	global $wpdb;
	$actions = $wpdb->prefix . 'actionscheduler_actions';
	if ( $wpdb->get_var( $wpdb->prepare( 'SHOW TABLES LIKE %s', $wpdb->esc_like( $actions ) ) ) ) {
		// WooCommerce may be off by now, and done actions stay for a month.
		$wpdb->query( "DELETE a, l FROM $actions a LEFT JOIN {$wpdb->prefix}actionscheduler_logs l ON l.action_id = a.action_id WHERE a.hook IN ('fiko_sync_run', 'fiko_sync_hourly')" );
		$wpdb->query( "DELETE FROM {$wpdb->prefix}actionscheduler_groups WHERE slug = 'fiko-sync'" );
	}
	$wpdb->query( "DROP TABLE IF EXISTS {$wpdb->prefix}fiko_sync_products" );
	foreach ( $wpdb->get_col( "SELECT option_name FROM $wpdb->options WHERE option_name LIKE 'fiko\\_sync\\_%'" ) as $name ) {
		delete_option( $name );
	}
	delete_metadata( 'post', 0, '_fiko_sync_kept_from_ai', '', true );
	delete_metadata( 'term', 0, 'fiko_sync_kept_from_ai', '', true );
}
fiko_sync_uninstall_site();
foreach ( is_multisite() ? get_sites( array( 'fields' => 'ids', 'number' => 0 ) ) : array() as $fiko_sync_site_id ) {
	switch_to_blog( $fiko_sync_site_id );
	fiko_sync_uninstall_site();
	restore_current_blog();
}
