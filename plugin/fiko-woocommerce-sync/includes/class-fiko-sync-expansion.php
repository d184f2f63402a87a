<?php
/**
 * Changes of many products at once: a category is renamed, a currency changed. The hook writes one option, the sender turns it
 * into marks in the dirty set, a page at a time, as far as it gets.
 */
// phpcs:disable WordPress.DB.DirectDatabaseQuery, WordPress.DB.PreparedSQL
final class Fiko_Sync_Expansion {
	const PAGE = 500;

	/** Settings that change every product's price, stock, pictures or address. */
	const SETTINGS = array(
		'WPLANG', 'home', 'permalink_structure', 'upload_url_path',
		'woocommerce_calc_taxes', 'woocommerce_currency', 'woocommerce_default_country', 'woocommerce_default_customer_address',
		'woocommerce_dimension_unit', 'woocommerce_enable_review_rating', 'woocommerce_enable_reviews', 'woocommerce_hide_out_of_stock_items',
		'woocommerce_manage_stock', 'woocommerce_permalinks', 'woocommerce_price_num_decimals', 'woocommerce_prices_include_tax',
		'woocommerce_tax_based_on', 'woocommerce_tax_display_shop', 'woocommerce_tax_round_at_subtotal', 'woocommerce_weight_unit',
	);

	/** @var bool A term is being deleted: its products are queued with it, and not marked one by one. */
	public static $is_deleting = false;

	public static function register() {
		add_action( 'edited_term', array( __CLASS__, 'term' ), 10, 3 );
		add_action( 'pre_delete_term', array( __CLASS__, 'term_goes' ), 10, 2 );
		add_action( 'delete_term', array( __CLASS__, 'term_gone' ), 10, 5 );
		foreach ( array( 'added', 'updated', 'deleted' ) as $done ) {
			add_action( "{$done}_term_meta", array( __CLASS__, 'term_meta' ), 10, 3 );
			add_action( "woocommerce_tax_rate_$done", array( __CLASS__, 'everything' ) );
		}
		add_action( 'woocommerce_attribute_updated', array( __CLASS__, 'attribute' ), 10, 2 );
		// Another plugin or theme may change what a guest sees of any product.
		foreach ( array( 'activated_plugin', 'deactivated_plugin', 'switch_theme' ) as $hook ) {
			add_action( $hook, array( 'Fiko_Sync_Schedule', 'catch_up' ) );
		}
		foreach ( self::SETTINGS as $option ) {
			add_action( "add_option_$option", array( __CLASS__, 'everything' ) );
			add_action( "update_option_$option", array( __CLASS__, 'everything' ) );
		}
	}

	public static function is_watched( $taxonomy ) {
		return 0 === strpos( $taxonomy, 'pa_' ) || in_array( $taxonomy, array( 'product_cat', 'product_tag', 'product_brand', 'product_type', 'product_visibility' ), true );
	}

	public static function term( $term_id, $tt_id, $taxonomy ) {
		if ( ! self::is_watched( $taxonomy ) ) {
			return;
		}
		self::queue( "term_$tt_id" );
		if ( 'product_cat' === $taxonomy ) { // The products below have it in their paths.
			foreach ( get_term_children( $term_id, $taxonomy ) as $child_id ) {
				self::queue( 'term_' . get_term( $child_id, $taxonomy )->term_taxonomy_id );
			}
		}
	}

	/** The text of a picture changes: the products that show it are looked for by the sender, because an import sets thousands of texts. */
	public static function picture_text( $id ) {
		self::queue( "picture_$id" );
	}

	/** A picture goes, or another file takes its place: the products that show it, or whose variations do, are looked for while they can be found. */
	public static function picture( $id ) {
		global $wpdb;
		$ids = $wpdb->get_col( $wpdb->prepare( self::shown_sql(), $id, $id ) );
		if ( $ids ) {
			self::queue( "gone_picture$id", $ids );
		}
	}

	/** @return string The products that show a picture, or whose variations do; its id fills both places. */
	private static function shown_sql() {
		global $wpdb;
		return "SELECT DISTINCT IF(p.post_type = 'product_variation', p.post_parent, p.ID) AS id FROM $wpdb->postmeta m JOIN $wpdb->posts p ON p.ID = m.post_id
			WHERE p.post_type IN ('product', 'product_variation') AND (m.meta_key = '_thumbnail_id' AND m.meta_value = %s OR m.meta_key = '_product_image_gallery' AND FIND_IN_SET(%s, m.meta_value))";
	}

	/** Queued before, in case PHP does not live to the end, and after, in case a sender read the products too early. */
	public static function term_goes( $term_id, $taxonomy ) {
		$term = get_term( $term_id, $taxonomy );
		if ( $term instanceof WP_Term && self::is_watched( $taxonomy ) ) {
			self::$is_deleting = true;
			self::queue( "gone_$term->term_taxonomy_id", get_objects_in_term( $term_id, $taxonomy ) );
		}
	}

	public static function term_gone( $term_id, $tt_id, $taxonomy, $term, $ids ) {
		if ( self::is_watched( $taxonomy ) ) {
			self::$is_deleting = false;
			self::queue( "gone_$tt_id", $ids );
		}
	}

	public static function term_meta( $meta_id, $term_id, $key ) {
		$term = Fiko_Sync_Payload::KEPT === $key ? get_term( $term_id ) : null;
		if ( $term instanceof WP_Term ) {
			self::term( $term_id, $term->term_taxonomy_id, $term->taxonomy );
		}
	}

	public static function attribute( $id, $data ) {
		self::queue( 'taxonomy_pa_' . $data['attribute_name'] );
	}

	public static function everything() {
		self::queue( 'all' );
	}

	/** @param string $key `term_{tt_id}`, `taxonomy_{name}`, `picture_{id}`, `all`, or `gone_{name}` with the product ids it had. */
	private static function queue( $key, $ids = array() ) {
		update_option( "fiko_sync_expand_$key", array( 'queued' => microtime( true ), 'cursor' => 0, 'ids' => implode( ',', $ids ) ), false );
		Fiko_Sync_Hooks::leave_work();
	}

	/** @return bool Whether there was a page to expand: of what is queued, else of what was asked for again, else of the backfill. */
	public static function step() {
		global $wpdb;
		$row = self::next();
		if ( ! $row ) {
			return Fiko_Sync_Resend::step() || Fiko_Sync_Backfill::step();
		}
		$state = maybe_unserialize( $row->option_value );
		$ids   = self::page( substr( $row->option_name, strlen( 'fiko_sync_expand_' ) ), $state );
		Fiko_Sync_Dirty_Set::mark( $ids, Fiko_Sync_Dirty_Set::BULK );
		if ( $ids ) { // Only if no hook has queued it anew meanwhile: the old value is part of the condition.
			$wpdb->update( $wpdb->options, array( 'option_value' => maybe_serialize( array( 'cursor' => max( $ids ) ) + $state ) ), (array) $row );
		} else {
			$wpdb->delete( $wpdb->options, (array) $row );
		}
		wp_cache_delete( $row->option_name, 'options' );
		return true;
	}

	/** @return object|null The oldest option in the queue: option_name, option_value. */
	public static function next() {
		global $wpdb;
		return $wpdb->get_row( "SELECT option_name, option_value FROM $wpdb->options WHERE option_name LIKE 'fiko\\_sync\\_expand\\_%' ORDER BY option_id LIMIT 1" );
	}

	/** @return int[] The next product ids after the cursor, ascending. */
	private static function page( $key, array $state ) {
		global $wpdb;
		list( $kind, $name ) = explode( '_', $key, 2 ) + array( '', '' );
		$after               = (int) $state['cursor'];
		if ( 'gone' === $kind ) {
			$ids = array_map( 'intval', explode( ',', $state['ids'] ) );
			sort( $ids );
			return array_slice( $ids, count( array_filter( $ids, static fn( $id ) => $id <= $after ) ), self::PAGE );
		}
		if ( 'term' === $kind ) {
			$sql = $wpdb->prepare( "SELECT object_id FROM $wpdb->term_relationships WHERE term_taxonomy_id = %d AND object_id > %d ORDER BY object_id", $name, $after );
		} elseif ( 'picture' === $kind ) {
			$sql = $wpdb->prepare( 'SELECT id FROM (' . self::shown_sql() . ') shown WHERE id > %d ORDER BY id', $name, $name, $after );
		} elseif ( 'taxonomy' === $kind ) {
			$sql = $wpdb->prepare( "SELECT DISTINCT object_id FROM $wpdb->term_relationships JOIN $wpdb->term_taxonomy USING (term_taxonomy_id) WHERE taxonomy = %s AND object_id > %d ORDER BY object_id", $name, $after );
		} else {
			$sql = $wpdb->prepare( "SELECT ID FROM $wpdb->posts WHERE post_type = 'product' AND post_status = 'publish' AND ID > %d ORDER BY ID", $after );
		}
		return array_map( 'intval', $wpdb->get_col( $sql . ' LIMIT ' . self::PAGE ) );
	}
}
