<?php
/**
 * Notices changes. A hook marks a product id dirty and returns: it reads no product and calls nobody.
 *
 * @package Fiko_Sync
 */

/** What WordPress and WooCommerce say when something changes, translated into product ids. */
final class Fiko_Sync_Hooks {

	/** Meta whose direct change is one of the product; everything WooCommerce writes through CRUD is noticed anyway. */
	const META = array( '_price', '_regular_price', '_sale_price', '_sale_price_dates_from', '_sale_price_dates_to', '_stock', '_stock_status', '_manage_stock', '_sku', '_thumbnail_id', '_product_image_gallery', '_product_attributes', '_tax_class', '_tax_status', '_product_url', '_children', '_fiko_sync_kept_from_ai' );

	/** Settings that change every product's price or address. */
	const SETTINGS = array( 'woocommerce_currency', 'woocommerce_tax_display_shop', 'woocommerce_prices_include_tax', 'woocommerce_calc_taxes', 'woocommerce_default_country', 'woocommerce_price_num_decimals', 'woocommerce_manage_stock', 'woocommerce_permalinks', 'permalink_structure', 'home' );

	/**
	 * Product id → array( when it was marked last, whether a hook fired since, with what priority ).
	 *
	 * @var array<int,array>
	 */
	private static $marked = array();

	/** @var bool Whether this request has left work for the sender. */
	private static $is_touched = false;

	/** @var int A term that is being deleted: its products are queued with it, not one by one. */
	private static $deleting = 0;

	public static function register() {
		foreach ( array( 'woocommerce_new_product', 'woocommerce_update_product', 'woocommerce_new_product_variation', 'woocommerce_update_product_variation', 'woocommerce_updated_product_stock', 'woocommerce_updated_product_price', 'woocommerce_product_set_stock', 'woocommerce_variation_set_stock' ) as $hook ) {
			add_action( $hook, array( __CLASS__, 'changed' ) );
		}
		add_action( 'woocommerce_product_set_stock_status', array( __CLASS__, 'changed_now' ) );
		add_action( 'woocommerce_variation_set_stock_status', array( __CLASS__, 'changed_now' ) );
		add_action( 'woocommerce_product_set_visibility', array( __CLASS__, 'visibility' ), 10, 2 );
		add_action( 'wc_after_products_starting_sales', array( __CLASS__, 'changed_many' ) );
		add_action( 'wc_after_products_ending_sales', array( __CLASS__, 'changed_many' ) );
		add_action( 'save_post_product', array( __CLASS__, 'saved' ), 10, 2 );
		add_action( 'save_post_product_variation', array( __CLASS__, 'saved' ), 10, 2 );
		add_action( 'transition_post_status', array( __CLASS__, 'status' ), 10, 3 );
		add_action( 'before_delete_post', array( __CLASS__, 'deleted' ), 10, 2 );
		add_action( 'deleted_post', array( __CLASS__, 'deleted' ), 10, 2 );
		foreach ( array( 'added_post_meta', 'updated_post_meta', 'deleted_post_meta' ) as $hook ) {
			add_action( $hook, array( __CLASS__, 'meta' ), 10, 3 );
		}
		add_action( 'delete_attachment', array( __CLASS__, 'image' ) );
		add_action( 'added_term_relationship', array( __CLASS__, 'relation' ), 10, 3 );
		add_action( 'deleted_term_relationships', array( __CLASS__, 'relation' ), 10, 3 );
		add_action( 'edited_term', array( __CLASS__, 'term' ), 10, 3 );
		add_action( 'pre_delete_term', array( __CLASS__, 'term_goes' ), 10, 2 );
		add_action( 'delete_term', array( __CLASS__, 'term_gone' ), 10, 5 );
		foreach ( array( 'added_term_meta', 'updated_term_meta', 'deleted_term_meta' ) as $hook ) {
			add_action( $hook, array( __CLASS__, 'term_meta' ), 10, 3 );
		}
		add_action( 'woocommerce_attribute_updated', array( __CLASS__, 'attribute' ), 10, 2 );
		foreach ( self::SETTINGS as $option ) {
			add_action( "add_option_$option", array( __CLASS__, 'everything' ) );
			add_action( "update_option_$option", array( __CLASS__, 'everything' ) );
		}
		foreach ( array( 'added', 'updated', 'deleted' ) as $what ) {
			add_action( "woocommerce_tax_rate_$what", array( __CLASS__, 'everything' ) );
		}
		// After WooCommerce's own shutdown work (deferred parent sync at 10), and after every plugin that still saves.
		add_action( 'shutdown', array( __CLASS__, 'shutdown' ), PHP_INT_MAX );
	}

	/**
	 * The first change of a product in a request is written at once, so that it survives a killed PHP; what follows in
	 * the same 5 s is written once more at shutdown, because WooCommerce writes some fields after its hooks.
	 *
	 * @param int $id     Product or variation id.
	 * @param int $urgent Dirty_Set::URGENT or LIVE.
	 */
	public static function mark( $id, $urgent = Fiko_Sync_Dirty_Set::LIVE ) {
		if ( 'product_variation' === get_post_type( $id ) ) {
			$id = wp_get_post_parent_id( $id );
		}
		$id = (int) $id;
		if ( $id <= 0 ) {
			return;
		}
		if ( isset( self::$marked[ $id ] ) && time() - self::$marked[ $id ][0] < 5 ) {
			self::$marked[ $id ] = array( self::$marked[ $id ][0], true, min( $urgent, self::$marked[ $id ][2] ) );
			return;
		}
		self::$marked[ $id ] = array( time(), false, $urgent );
		self::$is_touched    = true;
		Fiko_Sync_Dirty_Set::mark( array( $id ), $urgent );
	}

	/** Something is queued that names no product: the sender must run all the same. */
	public static function touch() {
		self::$is_touched = true;
	}

	/** Writes what fired since the first mark. */
	public static function flush() {
		foreach ( array( Fiko_Sync_Dirty_Set::URGENT, Fiko_Sync_Dirty_Set::LIVE ) as $urgent ) {
			$ids = array();
			foreach ( self::$marked as $id => list( , $again, $priority ) ) {
				if ( $again && $priority === $urgent ) {
					$ids[] = $id;
				}
			}
			Fiko_Sync_Dirty_Set::mark( $ids, $urgent );
		}
		$has_urgent   = in_array( Fiko_Sync_Dirty_Set::URGENT, array_column( self::$marked, 2 ), true );
		self::$marked = array();
		return $has_urgent;
	}

	/** Removals do not wait for cron where the host lets PHP go on after the page has been delivered. */
	public static function shutdown() {
		if ( ! self::$is_touched ) {
			return;
		}
		$has_urgent = self::flush();
		$finish = function_exists( 'fastcgi_finish_request' ) ? 'fastcgi_finish_request' : 'litespeed_finish_request';
		if ( function_exists( $finish ) ) {
			ignore_user_abort( true );
			$finish();
		}
		Fiko_Sync_Schedule::ensure( time() + ( $has_urgent ? 0 : 30 ) );
		if ( $has_urgent && function_exists( $finish ) ) {
			Fiko_Sync_Sender::run( 5, Fiko_Sync_Dirty_Set::URGENT );
		}
	}

	/** @param int|WC_Product $product Product or variation, or its id. */
	public static function changed( $product ) {
		self::mark( is_object( $product ) ? $product->get_id() : $product );
	}

	/** @param int $id Product or variation whose stock status changed. */
	public static function changed_now( $id ) {
		self::mark( $id, Fiko_Sync_Dirty_Set::URGENT );
	}

	/** @param int[] $ids Products or variations whose sale began or ended: WooCommerce writes `_price` after its save hook. */
	public static function changed_many( $ids ) {
		array_map( array( __CLASS__, 'changed' ), (array) $ids );
	}

	public static function visibility( $id, $visibility ) {
		self::mark( $id, 'hidden' === $visibility ? Fiko_Sync_Dirty_Set::URGENT : Fiko_Sync_Dirty_Set::LIVE );
	}

	public static function saved( $id, $post ) {
		if ( 'auto-draft' !== $post->post_status ) {
			self::mark( $id, '' !== $post->post_password ? Fiko_Sync_Dirty_Set::URGENT : Fiko_Sync_Dirty_Set::LIVE );
		}
	}

	public static function status( $new_status, $old_status, $post ) {
		if ( self::is_product( $post->post_type ) && $new_status !== $old_status && 'auto-draft' !== $new_status ) {
			self::mark( $post->ID, 'publish' === $old_status ? Fiko_Sync_Dirty_Set::URGENT : Fiko_Sync_Dirty_Set::LIVE );
		}
	}

	public static function deleted( $id, $post ) {
		if ( 'product_variation' === $post->post_type ) {
			self::mark( $post->post_parent, Fiko_Sync_Dirty_Set::URGENT );
		} elseif ( 'product' === $post->post_type ) {
			self::mark( $id, Fiko_Sync_Dirty_Set::URGENT );
		}
	}

	public static function meta( $meta_id, $id, $key ) {
		if ( ( in_array( $key, self::META, true ) || 0 === strpos( $key, 'attribute_' ) ) && self::is_product( get_post_type( $id ) ) ) {
			self::mark( $id, '_fiko_sync_kept_from_ai' === $key ? Fiko_Sync_Dirty_Set::URGENT : Fiko_Sync_Dirty_Set::LIVE );
		}
	}

	/** @param int $id An attachment that is being deleted; WordPress then removes it from its products without naming them. */
	public static function image( $id ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB.DirectDatabaseQuery
		self::changed_many( $wpdb->get_col( $wpdb->prepare( "SELECT p.ID FROM $wpdb->postmeta m JOIN $wpdb->posts p ON p.ID = m.post_id AND p.post_type IN ('product','product_variation') WHERE m.meta_key = '_thumbnail_id' AND m.meta_value = %s", $id ) ) );
	}

	public static function relation( $id, $tt_ids, $taxonomy ) {
		if ( self::is_watched( $taxonomy ) && ! self::$deleting && self::is_product( get_post_type( $id ) ) ) {
			self::mark( $id );
		}
	}

	public static function term( $term_id, $tt_id, $taxonomy ) {
		if ( self::is_watched( $taxonomy ) ) {
			Fiko_Sync_Expansion::queue( "term_$tt_id" );
			Fiko_Sync_Expansion::queue_below( $term_id, $taxonomy );
		}
	}

	public static function term_goes( $term_id, $taxonomy ) {
		$term = get_term( $term_id, $taxonomy );
		if ( $term instanceof WP_Term && self::is_watched( $taxonomy ) ) {
			self::$deleting = (int) $term->term_taxonomy_id;
			Fiko_Sync_Expansion::queue( 'gone_' . self::$deleting, get_objects_in_term( $term_id, $taxonomy ) );
		}
	}

	public static function term_gone( $term_id, $tt_id, $taxonomy, $term, $ids ) {
		if ( self::is_watched( $taxonomy ) ) {
			self::$deleting = 0;
			Fiko_Sync_Expansion::queue( "gone_$tt_id", $ids ); // Again: the page read before this moment still saw the term.
		}
	}

	public static function term_meta( $meta_id, $term_id, $key ) {
		if ( 'fiko_sync_kept_from_ai' === $key ) {
			$term = get_term( $term_id );
			Fiko_Sync_Expansion::queue( "term_$term->term_taxonomy_id" );
			Fiko_Sync_Expansion::queue_below( $term_id, $term->taxonomy );
		}
	}

	public static function attribute( $id, $data ) {
		Fiko_Sync_Expansion::queue( 'taxonomy_pa_' . $data['attribute_name'] );
	}

	public static function everything() {
		Fiko_Sync_Expansion::queue( 'all' );
	}

	private static function is_product( $post_type ) {
		return 'product' === $post_type || 'product_variation' === $post_type;
	}

	private static function is_watched( $taxonomy ) {
		return 0 === strpos( $taxonomy, 'pa_' ) || in_array( $taxonomy, array( 'product_cat', 'product_tag', 'product_type', 'product_visibility' ), true );
	}
}
