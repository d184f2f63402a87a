<?php
/**
 * The backfill: every published product enters the dirty set behind all live changes. Its state is one option; the next run of the
 * sender continues where it stopped.
 */
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL
final class Fiko_Sync_Backfill {
	const PAGE = 1000;

	/** Starts it, or leaves the one that is under way alone. */
	public static function start() {
		global $wpdb;
		if ( ! self::progress()['is_active'] ) {
			$total = (int) $wpdb->get_var( "SELECT COUNT(*) FROM $wpdb->posts WHERE post_type = 'product' AND post_status = 'publish'" );
			update_option( 'fiko_sync_backfill', array( 'cursor' => 0, 'entered' => 0, 'total' => $total, 'is_expanding' => true ), false );
			self::step(); // So that the page never says that nothing waits.
		}
		Fiko_Sync_Schedule::ensure( time() );
	}

	public static function is_expanding() {
		return ! empty( get_option( 'fiko_sync_backfill', array() )['is_expanding'] );
	}

	/** @return bool Whether there was a page to enter. One statement does; products that wait already keep their place. */
	public static function step() {
		global $wpdb;
		$state = get_option( 'fiko_sync_backfill', array() );
		if ( empty( $state['is_expanding'] ) ) {
			return false;
		}
		$posts = $wpdb->prepare( "FROM (SELECT ID FROM $wpdb->posts WHERE post_type = 'product' AND post_status = 'publish' AND ID > %d ORDER BY ID LIMIT %d) page", $state['cursor'], self::PAGE );
		$page  = $wpdb->get_row( "SELECT COUNT(*) AS entered, MAX(ID) AS last $posts" );
		if ( $page->entered > 0 ) {
			$table = Fiko_Sync_Dirty_Set::table();
			$now   = time();
			$done  = $wpdb->query(
				"INSERT INTO $table (product_id, generation, priority, first_dirty_at, due_at, in_backfill) SELECT ID, 1, 3, $now, $now, 1 $posts
				ON DUPLICATE KEY UPDATE in_backfill = 1, generation = $table.generation + 1, reason = '',
				first_dirty_at = IF($table.priority = 9, $now, first_dirty_at), due_at = IF($table.priority = 9, $now, due_at),
				priority = LEAST($table.priority, 3)"
			);
			if ( false === $done ) {
				return false;
			}
		}
		$state['entered']     += (int) $page->entered;
		$state['cursor']       = max( $state['cursor'], (int) $page->last );
		$state['is_expanding'] = self::PAGE === (int) $page->entered;
		update_option( 'fiko_sync_backfill', $state, false );
		return true;
	}

	/** @return array is_active, done, total: products acknowledged, refused or found not eligible, of those published. */
	public static function progress() {
		global $wpdb;
		$state = get_option( 'fiko_sync_backfill', array() ) + array( 'entered' => 0, 'total' => 0, 'is_expanding' => false );
		$left  = $state['entered'] ? (int) $wpdb->get_var( 'SELECT COUNT(*) FROM ' . Fiko_Sync_Dirty_Set::table() . ' WHERE in_backfill = 1' ) : 0;
		$total = $state['is_expanding'] ? max( $state['total'], $state['entered'] ) : $state['entered'];
		return array( 'is_active' => $state['is_expanding'] || $left > 0, 'done' => $state['entered'] - $left, 'total' => $total );
	}
}
