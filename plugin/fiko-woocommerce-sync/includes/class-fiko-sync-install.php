<?php
/** Makes the one table there is. Uninstalling is in uninstall.php. */
final class Fiko_Sync_Install {
	/** On activation. While the plugin was off, anything may have changed. */
	public static function activate() {
		self::table();
		Fiko_Sync_Schedule::catch_up();
	}

	/** Times are epoch seconds, versions µs. In both indexes, rows without work lie together at one end. */
	public static function table() {
		require_once ABSPATH . 'wp-admin/includes/upgrade.php';
		dbDelta(
			'CREATE TABLE ' . Fiko_Sync_Dirty_Set::table() . " (
			product_id bigint(20) unsigned NOT NULL,
			generation bigint(20) unsigned NOT NULL DEFAULT 0,
			priority tinyint(3) unsigned NOT NULL DEFAULT 9,
			first_dirty_at int(10) unsigned NOT NULL DEFAULT 0,
			due_at int(10) unsigned NOT NULL DEFAULT 0,
			in_backfill tinyint(3) unsigned NOT NULL DEFAULT 0,
			version bigint(20) unsigned NOT NULL DEFAULT 0,
			attempt_hash char(32) NOT NULL DEFAULT '',
			acked_version bigint(20) unsigned NOT NULL DEFAULT 0,
			acked_hash char(32) NOT NULL DEFAULT '',
			acked_at int(10) unsigned NOT NULL DEFAULT 0,
			check_at int(10) unsigned NOT NULL DEFAULT 0,
			searchable_version bigint(20) unsigned NOT NULL DEFAULT 0,
			reason varchar(500) NOT NULL DEFAULT '',
			readiness tinyint(3) unsigned DEFAULT NULL,
			PRIMARY KEY  (product_id),
			KEY due (priority,due_at),
			KEY check_at (check_at),
			KEY failed (reason(1))
			) " . $GLOBALS['wpdb']->get_charset_collate()
		);
		update_option( 'fiko_sync_version', FIKO_SYNC_VERSION, false );
	}
}
