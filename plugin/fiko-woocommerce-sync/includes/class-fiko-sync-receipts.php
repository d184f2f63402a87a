<?php
/** Asks the backend what became of what it took. `sent` becomes `searchable` or `failed` here, and by nothing else. */
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL
final class Fiko_Sync_Receipts {
	const MAX_IDS = 500;

	/** Asks about up to 500 products whose time has come. What is not yet searchable is asked for again, ever more rarely. */
	public static function check() {
		global $wpdb;
		$table = Fiko_Sync_Dirty_Set::table();
		$now   = time();
		$rows  = $wpdb->get_results( $wpdb->prepare( "SELECT * FROM $table WHERE check_at BETWEEN 1 AND %d ORDER BY check_at LIMIT %d", $now, self::MAX_IDS ), OBJECT_K );
		if ( ! $rows ) {
			return;
		}
		$answer = Fiko_Sync_Api::call( 'status/', wp_json_encode( array( 'product_ids' => array_map( 'intval', array_column( $rows, 'product_id' ) ) ) ) );
		if ( 'ok' !== $answer['kind'] ) {
			if ( 'refused' === $answer['kind'] ) { // An older backend: asked again in an hour, and not at once.
				$wpdb->query( "UPDATE $table SET check_at = $now + 3600 WHERE check_at BETWEEN 1 AND $now" );
			} else {
				Fiko_Sync_Sender::heed( $answer );
			}
			return;
		}
		$found  = array();
		$scores = array();
		foreach ( $answer['data']['results'] ?? array() as $result ) {
			$row = $rows[ $result['id'] ?? 0 ] ?? null;
			if ( ! $row ) {
				continue;
			}
			$is_deleted = '' === $row->acked_hash;
			if ( is_int( $result['readiness'] ?? null ) ) { // Backends before 1.1 say nothing of it.
				$scores[ min( 100, max( 0, $result['readiness'] ) ) ][] = (int) $row->product_id;
			}
			if ( ( $result['received_version'] ?? 0 ) > $row->version || ( ! $is_deleted && 'unknown' === $result['state'] ) ) {
				Fiko_Sync_Reconcile::distrust( (int) $row->product_id, (int) ( $result['received_version'] ?? 0 ) );
			} elseif ( 'failed' === $result['state'] ) {
				$wpdb->query( $wpdb->prepare( "UPDATE $table SET acked_version = 0, acked_hash = '', attempt_hash = '' WHERE product_id = %d AND version = %s", $row->product_id, $row->version ) );
				Fiko_Sync_Dirty_Set::fail( array( 'id' => (int) $row->product_id, 'generation' => (int) $row->generation ), 'refused|' . ( $result['last_error'] ?? '' ) );
			} elseif ( $is_deleted || ( $result['searchable_version'] ?? 0 ) >= $row->acked_version ) {
				$found[] = (int) $row->product_id;
			}
		}
		foreach ( $scores as $score => $ids ) {
			$wpdb->query( $wpdb->prepare( "UPDATE $table SET readiness = %d WHERE product_id IN (" . implode( ',', $ids ) . ')', $score ) );
		}
		// acked_version may have grown since the question: searchable is what was asked about.
		$asked = implode( ',', array_map( 'intval', array_keys( $rows ) ) );
		$wpdb->query( "UPDATE $table SET check_at = IF(check_at > 0, $now + LEAST(GREATEST($now - acked_at, 20), 3600), 0) WHERE product_id IN ($asked) AND check_at <= $now" );
		foreach ( $found as $id ) {
			$wpdb->query( $wpdb->prepare( "UPDATE $table SET searchable_version = acked_version, check_at = 0 WHERE product_id = %d AND acked_version = %s", $id, $rows[ $id ]->acked_version ) );
		}
		// A removal that is confirmed needs no row: the set is as large as the catalogue, however long it lives.
		$wpdb->query( "DELETE FROM $table WHERE product_id IN ($asked) AND priority = 9 AND acked_hash = '' AND acked_version > 0 AND searchable_version = acked_version" );
	}
}
