<?php
/**
 * Changes of many products at once, and the backfill: both become marks in the dirty set, a page at a time.
 *
 * @package Fiko_Sync
 */

// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL

/** A category of 10,000 products is one option written by the hook; the sender turns it into marks as it gets there. */
final class Fiko_Sync_Expansion {

	const PAGE = 500;

	/**
	 * Queues a change. The same key again starts it over.
	 *
	 * @param string $key `term_{tt_id}`, `taxonomy_{name}`, `all`, or `gone_{tt_id}` with the ids it had.
	 * @param int[]  $ids Product ids, for a term that exists no longer.
	 */
	public static function queue( $key, $ids = array() ) {
		update_option( "fiko_sync_expand_$key", array( 'queued' => microtime( true ), 'cursor' => 0, 'ids' => implode( ',', (array) $ids ) ), false );
		Fiko_Sync_Hooks::touch();
	}

	/** Queues the categories below one that is kept from the AI, or no longer is, or moved: they share its fate. */
	public static function queue_below( $term_id, $taxonomy ) {
		global $wpdb;
		if ( 'product_cat' !== $taxonomy ) {
			return;
		}
		// Only eligibility is inherited: where nothing is kept from the AI, a rename does not concern the categories below.
		if ( ! doing_action( 'deleted_term_meta' ) && ! $wpdb->get_var( $wpdb->prepare( "SELECT 1 FROM $wpdb->termmeta WHERE meta_key = %s LIMIT 1", Fiko_Sync_Payload::KEPT ) ) ) {
			return;
		}
		foreach ( get_term_children( $term_id, $taxonomy ) as $child_id ) {
			self::queue( 'term_' . get_term( $child_id, $taxonomy )->term_taxonomy_id );
		}
	}

	/**
	 * Expands one page of what is queued, else of the backfill.
	 *
	 * @return bool Whether there was one.
	 */
	public static function step() {
		global $wpdb;
		$row = $wpdb->get_row( "SELECT option_name, option_value FROM $wpdb->options WHERE option_name LIKE 'fiko\\_sync\\_expand\\_%' ORDER BY option_id LIMIT 1" );
		if ( ! $row ) {
			return Fiko_Sync_Backfill::step();
		}
		$state = maybe_unserialize( $row->option_value );
		$ids   = self::page( substr( $row->option_name, strlen( 'fiko_sync_expand_' ) ), $state );
		Fiko_Sync_Dirty_Set::mark( $ids, Fiko_Sync_Dirty_Set::BULK );
		if ( $ids ) {
			$state['cursor'] = max( $ids );
			// Only if no hook has queued it anew meanwhile.
			$wpdb->update( $wpdb->options, array( 'option_value' => maybe_serialize( $state ) ), (array) $row );
		} else {
			$wpdb->delete( $wpdb->options, (array) $row );
		}
		wp_cache_delete( $row->option_name, 'options' );
		return true;
	}

	/** @return int[] The next product ids after the cursor, ascending. */
	private static function page( $key, array $state ) {
		global $wpdb;
		list( $kind, $name ) = explode( '_', $key, 2 ) + array( '', '' );
		$after               = $wpdb->prepare( '> %d', $state['cursor'] );
		if ( 'gone' === $kind ) {
			$ids = array_filter( array_map( 'intval', explode( ',', $state['ids'] ) ), static function ( $id ) use ( $state ) {
				return $id > $state['cursor'];
			} );
			sort( $ids );
			return array_slice( $ids, 0, self::PAGE );
		}
		if ( 'term' === $kind ) {
			$sql = $wpdb->prepare( "SELECT object_id FROM $wpdb->term_relationships WHERE term_taxonomy_id = %d AND object_id $after ORDER BY object_id", $name );
		} elseif ( 'taxonomy' === $kind ) {
			$sql = $wpdb->prepare( "SELECT DISTINCT object_id FROM $wpdb->term_relationships JOIN $wpdb->term_taxonomy USING (term_taxonomy_id) WHERE taxonomy = %s AND object_id $after ORDER BY object_id", $name );
		} else {
			$sql = "SELECT ID FROM $wpdb->posts WHERE post_type = 'product' AND post_status = 'publish' AND ID $after ORDER BY ID";
		}
		return array_map( 'intval', $wpdb->get_col( $sql . ' LIMIT ' . self::PAGE ) );
	}

	/** @return bool Whether anything is queued. */
	public static function is_waiting() {
		global $wpdb;
		return (bool) $wpdb->get_var( "SELECT 1 FROM $wpdb->options WHERE option_name LIKE 'fiko\\_sync\\_expand\\_%' LIMIT 1" ) || Fiko_Sync_Backfill::is_expanding();
	}
}
