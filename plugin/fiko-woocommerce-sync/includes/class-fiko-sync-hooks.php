<?php
/** Notices changes of products. A hook marks a product id dirty and returns: it reads no product and calls nobody. */
final class Fiko_Sync_Hooks {
	/** Meta that belongs to what the AI knows. What goes through WooCommerce's CRUD is noticed anyway; this is for direct writes. */
	const META = array( '_price', '_regular_price', '_sale_price', '_sale_price_dates_from', '_sale_price_dates_to', '_stock', '_stock_status', '_manage_stock', '_sku', '_thumbnail_id', '_product_image_gallery', '_product_attributes', '_tax_class', '_tax_status', '_product_url', '_children', '_fiko_sync_kept_from_ai' );

	/** @var array<int,array> Product id → when it was marked (s), whether a hook fired since, and how urgent it is. */
	private static $marked = array();

	/** @var bool Whether this request has left work for the sender. */
	private static $has_work = false;

	public static function register() {
		$hooks = array(
			'changed'     => array( 'woocommerce_new_product', 'woocommerce_update_product', 'woocommerce_new_product_variation', 'woocommerce_update_product_variation', 'woocommerce_updated_product_stock', 'woocommerce_updated_product_price', 'woocommerce_product_set_stock', 'woocommerce_variation_set_stock' ),
			'changed_now' => array( 'woocommerce_product_set_stock_status', 'woocommerce_variation_set_stock_status' ),
			'sales'       => array( 'wc_after_products_starting_sales', 'wc_after_products_ending_sales' ),
			'visibility'  => array( 'woocommerce_product_set_visibility' ),
			'saved'       => array( 'save_post_product', 'save_post_product_variation' ),
			'status'      => array( 'transition_post_status' ),
			'deleted'     => array( 'before_delete_post', 'deleted_post' ),
			'meta'        => array( 'added_post_meta', 'updated_post_meta', 'deleted_post_meta' ),
			'image'       => array( 'delete_attachment' ),
			'relation'    => array( 'added_term_relationship', 'deleted_term_relationships' ),
		);
		foreach ( $hooks as $method => $names ) {
			foreach ( $names as $name ) {
				add_action( $name, array( __CLASS__, $method ), 10, 3 );
			}
		}
		// After WooCommerce's own work at shutdown (it syncs parents of variations at 10), and after whoever still saves there.
		add_action( 'shutdown', array( __CLASS__, 'shutdown' ), PHP_INT_MAX );
	}

	/**
	 * Marks a product, or the one a variation belongs to. The first mark in a request is written at once, so that it survives
	 * a killed PHP; those of the next 5 s once more at shutdown, because WooCommerce writes some fields after its hooks.
	 *
	 * @param int $id       Product or variation.
	 * @param int $priority Dirty_Set::URGENT or LIVE.
	 */
	public static function mark( $id, $priority = Fiko_Sync_Dirty_Set::LIVE ) {
		$id = 'product_variation' === get_post_type( $id ) ? (int) wp_get_post_parent_id( $id ) : (int) $id;
		if ( $id <= 0 ) {
			return;
		}
		list( $at, , $before ) = self::$marked[ $id ] ?? array( 0, false, $priority );
		$is_recent             = time() - $at < 5;
		self::$marked[ $id ]   = array( $is_recent ? $at : time(), $is_recent, min( $before, $priority ) );
		self::$has_work        = true;
		if ( ! $is_recent ) {
			Fiko_Sync_Dirty_Set::mark( array( $id ), $priority );
		}
	}

	/** Something is queued that names no product. */
	public static function leave_work() {
		self::$has_work = true;
	}

	/** @return bool Whether anything urgent was marked. Writes the marks that are only in memory. */
	public static function flush() {
		$again = array( array(), array() );
		foreach ( self::$marked as $id => list( , $is_again, $priority ) ) {
			if ( $is_again ) {
				$again[ $priority ][] = $id;
			}
		}
		$is_urgent    = in_array( Fiko_Sync_Dirty_Set::URGENT, array_column( self::$marked, 2 ), true );
		self::$marked = array();
		Fiko_Sync_Dirty_Set::mark( $again[0], Fiko_Sync_Dirty_Set::URGENT );
		Fiko_Sync_Dirty_Set::mark( $again[1], Fiko_Sync_Dirty_Set::LIVE );
		return $is_urgent;
	}

	/** What is urgent does not wait for cron where the host lets PHP go on after the page has been delivered. */
	public static function shutdown() {
		if ( ! self::$has_work ) {
			return;
		}
		$is_urgent = self::flush();
		$finish    = function_exists( 'fastcgi_finish_request' ) ? 'fastcgi_finish_request' : 'litespeed_finish_request';
		if ( function_exists( $finish ) ) {
			ignore_user_abort( true );
			$finish();
			$is_urgent && Fiko_Sync_Sender::run( 5, Fiko_Sync_Dirty_Set::URGENT );
		}
		Fiko_Sync_Schedule::ensure( time() + ( $is_urgent ? 0 : min( 30, Fiko_Sync_Dirty_Set::quiet_seconds() ) ) );
	}

	public static function changed( $product ) {
		self::mark( is_object( $product ) ? $product->get_id() : $product );
	}

	public static function changed_now( $id ) {
		self::mark( $id, Fiko_Sync_Dirty_Set::URGENT );
	}

	/** A sale begins or ends: WooCommerce writes `_price` after the hook of the save, and tells only here that it has. */
	public static function sales( $ids ) {
		array_map( array( __CLASS__, 'changed' ), $ids );
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
		if ( self::is_product( $post->ID ) && $new_status !== $old_status && 'auto-draft' !== $new_status ) {
			self::mark( $post->ID, 'publish' === $old_status ? Fiko_Sync_Dirty_Set::URGENT : Fiko_Sync_Dirty_Set::LIVE );
		}
	}

	/** Before, because a variation must still name its product; and after, because only then is it true. */
	public static function deleted( $id, $post ) {
		if ( in_array( $post->post_type, array( 'product', 'product_variation' ), true ) ) {
			self::mark( 'product' === $post->post_type ? $id : $post->post_parent, Fiko_Sync_Dirty_Set::URGENT );
		}
	}

	public static function meta( $meta_id, $id, $key ) {
		if ( ( in_array( $key, self::META, true ) || 0 === strpos( $key, 'attribute_' ) ) && self::is_product( $id ) ) {
			self::mark( $id, '_fiko_sync_kept_from_ai' === $key ? Fiko_Sync_Dirty_Set::URGENT : Fiko_Sync_Dirty_Set::LIVE );
		}
	}

	/** An image is deleted: WordPress takes it from all products at once, and names none of them. */
	public static function image( $id ) {
		global $wpdb;
		$ids = $wpdb->get_col( $wpdb->prepare( "SELECT post_id FROM $wpdb->postmeta WHERE meta_key = '_thumbnail_id' AND meta_value = %s", $id ) ); // phpcs:ignore WordPress.DB
		array_map( array( __CLASS__, 'mark' ), array_filter( $ids, array( __CLASS__, 'is_product' ) ) );
	}

	public static function relation( $id, $tt_ids, $taxonomy ) {
		if ( Fiko_Sync_Expansion::is_watched( $taxonomy ) && ! Fiko_Sync_Expansion::$is_deleting && self::is_product( $id ) ) {
			self::mark( $id );
		}
	}

	private static function is_product( $id ) {
		return in_array( get_post_type( $id ), array( 'product', 'product_variation' ), true );
	}
}
