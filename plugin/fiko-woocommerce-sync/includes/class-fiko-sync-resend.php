<?php
/** Products that the owner asks for again in the backend's dashboard. The request comes with any answer; its products enter the dirty set page by page. */
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL
final class Fiko_Sync_Resend {
	const PAGE   = 500;
	const OPTION = 'fiko_sync_resend';
	const MARK   = 2; // Of in_backfill: entered by a request, and not sent yet.

	/** Begins a request, unless it is the one that was begun before. */
	public static function take( $given ) {
		$task = self::readable( $given );
		if ( $task && $task['id'] !== ( get_option( self::OPTION, array() )['id'] ?? 0 ) ) {
			$GLOBALS['wpdb']->query( 'UPDATE ' . Fiko_Sync_Dirty_Set::table() . ' SET in_backfill = 0 WHERE in_backfill = ' . self::MARK );
			update_option( self::OPTION, $task + array( 'cursor' => 0, 'entered' => 0, 'is_expanding' => true ), false );
			Fiko_Sync_Schedule::ensure( time() );
		}
	}

	/** @return array|null id, kind, ids (ascending), category, since (epoch s); null for what this plugin does not understand. */
	public static function readable( $given ) {
		$task = is_array( $given ) ? $given : array();
		$ids  = is_array( $task['product_ids'] ?? null ) ? array_values( array_unique( array_filter( $task['product_ids'], static fn( $id ) => is_int( $id ) && $id > 0 ) ) ) : array();
		sort( $ids );
		$task  = array( 'id' => $task['id'] ?? 0, 'kind' => $task['kind'] ?? '', 'ids' => $ids, 'category' => $task['category'] ?? '', 'since' => $task['since'] ?? 0 );
		$valid = array( 'all' => true, 'failed' => true, 'products' => (bool) $ids, 'category' => is_string( $task['category'] ) && '' !== $task['category'], 'since' => is_int( $task['since'] ) && $task['since'] > 0 );
		return is_int( $task['id'] ) && $task['id'] > 0 && is_string( $task['kind'] ) && ! empty( $valid[ $task['kind'] ] ) ? $task : null;
	}

	public static function is_expanding() {
		return ! empty( get_option( self::OPTION, array() )['is_expanding'] );
	}

	/** @return bool Whether there was a page to enter. Its products are sent whatever their hash, each as a new event. */
	public static function step() {
		global $wpdb;
		$state = (array) get_option( self::OPTION, array() );
		if ( empty( $state['is_expanding'] ) ) {
			return false;
		}
		$ids = self::page( $state );
		if ( $ids ) {
			Fiko_Sync_Dirty_Set::mark( $ids, Fiko_Sync_Dirty_Set::BULK );
			$wpdb->query( 'UPDATE ' . Fiko_Sync_Dirty_Set::table() . " SET attempt_hash = '', acked_version = 0, in_backfill = " . self::MARK . ' WHERE product_id IN (' . implode( ',', $ids ) . ')' );
			$state = array( 'cursor' => max( $ids ), 'entered' => $state['entered'] + count( $ids ) ) + $state;
		}
		update_option( self::OPTION, array( 'is_expanding' => count( $ids ) >= self::PAGE ) + $state, false );
		return true;
	}

	/** @return int[] The next product ids after the cursor, ascending. */
	private static function page( array $state ) {
		global $wpdb;
		$table = Fiko_Sync_Dirty_Set::table();
		$after = (int) $state['cursor'];
		$sql   = array(
			'all'      => "SELECT ID AS id FROM $wpdb->posts WHERE post_type = 'product' AND post_status = 'publish' UNION SELECT product_id FROM $table WHERE acked_hash <> ''",
			'failed'   => "SELECT product_id AS id FROM $table WHERE reason > ''",
			'products' => '',
			'category' => "SELECT DISTINCT object_id AS id FROM $wpdb->term_relationships JOIN $wpdb->term_taxonomy USING (term_taxonomy_id)
				WHERE taxonomy = 'product_cat' AND term_id IN (" . implode( ',', self::categories( $state['category'] ) ) . ')',
			'since'    => "SELECT DISTINCT IF(post_type = 'product', ID, post_parent) AS id FROM $wpdb->posts
				WHERE post_type IN ('product', 'product_variation') AND post_modified_gmt >= '" . gmdate( 'Y-m-d H:i:s', (int) $state['since'] ) . "'",
		)[ $state['kind'] ];
		$found = $sql ? $wpdb->get_col( $wpdb->prepare( "SELECT id FROM ($sql) asked WHERE id > %d ORDER BY id LIMIT %d", $after, self::PAGE ) ) : array();
		$ids   = array_unique( array_merge( array_map( 'intval', $found ), array_filter( $state['ids'], static fn( $id ) => $id > $after ) ) );
		sort( $ids );
		return array_slice( $ids, 0, self::PAGE );
	}

	/** @return int[] The categories of this name, and all below them; never empty. */
	private static function categories( $name ) {
		$ids = array( 0 );
		foreach ( '' === $name ? array() : get_terms( array( 'taxonomy' => 'product_cat', 'hide_empty' => false ) ) as $term ) {
			if ( Fiko_Sync_Payload::text( $term->name ) === $name ) {
				array_push( $ids, $term->term_id, ...get_term_children( $term->term_id, 'product_cat' ) );
			}
		}
		return array_map( 'intval', $ids );
	}

	/** @return array|null id, state, done, total (products): what the backend is to be told; null when there is nothing new. */
	public static function progress() {
		$state = (array) get_option( self::OPTION, array() );
		if ( empty( $state['id'] ) || ! empty( $state['is_told'] ) ) {
			return null;
		}
		$left = (int) $GLOBALS['wpdb']->get_var( 'SELECT COUNT(*) FROM ' . Fiko_Sync_Dirty_Set::table() . ' WHERE in_backfill = ' . self::MARK );
		return array( 'id' => $state['id'], 'state' => $state['is_expanding'] || $left ? 'taken' : 'done', 'done' => max( 0, $state['entered'] - $left ), 'total' => $state['entered'] );
	}

	/** The backend knows of the end: nothing more is reported. */
	public static function told( array $progress ) {
		$state = (array) get_option( self::OPTION, array() );
		if ( 'done' === $progress['state'] && ( $state['id'] ?? 0 ) === $progress['id'] ) {
			update_option( self::OPTION, array( 'is_told' => true ) + $state, false );
		}
	}
}
