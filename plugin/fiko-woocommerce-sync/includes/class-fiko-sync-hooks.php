<?php
/** Notices changes of products. A hook marks a product id dirty and returns: it reads no product and sends no request. */
final class Fiko_Sync_Hooks {
	/** Meta that belongs to what the AI knows. What goes through WooCommerce's CRUD is noticed anyway; this is for direct writes. */
	const META = array(
		'_price', '_regular_price', '_sale_price', '_sale_price_dates_from', '_sale_price_dates_to', '_stock', '_stock_status', '_manage_stock', '_sku',
		'_thumbnail_id', '_product_image_gallery', '_product_attributes', '_tax_class', '_tax_status', '_product_url', '_children', '_backorders',
		'_weight', '_length', '_width', '_height', '_variation_description', '_wc_average_rating', '_wc_review_count', '_fiko_sync_kept_from_ai',
		'_global_unique_id', '_sold_individually',
	);

	/** @var array<int,array<int,array>> Site of the network → product id → when it was marked (s), whether a hook fired since, how urgent it is. */
	private static $marked = array();

	/** @var array<int,bool> Sites for whose sender this request has left work. */
	private static $has_work = array();

	public static function register() {
		$hooks = array(
			'changed'     => array(
				'woocommerce_new_product',
				'woocommerce_update_product',
				'woocommerce_new_product_variation',
				'woocommerce_update_product_variation',
				'woocommerce_updated_product_stock',
				'woocommerce_updated_product_price',
				'woocommerce_product_set_stock',
				'woocommerce_variation_set_stock',
			),
			'changed_now' => array( 'woocommerce_product_set_stock_status', 'woocommerce_variation_set_stock_status' ),
			'sales'       => array( 'wc_after_products_starting_sales', 'wc_after_products_ending_sales' ),
			'visibility'  => array( 'woocommerce_product_set_visibility' ),
			'saved'       => array( 'save_post_product', 'save_post_product_variation' ),
			'status'      => array( 'transition_post_status' ),
			'deleted'     => array( 'before_delete_post', 'deleted_post' ),
			'meta'        => array( 'added_post_meta', 'updated_post_meta', 'deleted_post_meta' ),
			'image'       => array( 'delete_attachment' ),
			'relation'    => array( 'added_term_relationship', 'deleted_term_relationships' ),
			'facts'       => array( 'updated_option', 'woocommerce_after_shipping_zone_object_save', 'woocommerce_delete_shipping_zone' ),
		);
		foreach ( $hooks as $method => $names ) {
			foreach ( $names as $name ) {
				add_action( $name, array( __CLASS__, $method ), 10, 3 );
			}
		}
		add_action( 'save_post_page', array( 'Fiko_Sync_Pages', 'changed' ), 10, 2 );
		// After WooCommerce's own work at shutdown (it syncs parents of variations at 10), and after other plugins that save there.
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
		$site                         = get_current_blog_id();
		list( $at, , $before )        = self::$marked[ $site ][ $id ] ?? array( 0, false, $priority );
		$is_recent                    = time() - $at < 5;
		self::$marked[ $site ][ $id ] = array( $is_recent ? $at : time(), $is_recent, min( $before, $priority ) );
		self::$has_work[ $site ]      = true;
		if ( ! $is_recent ) {
			Fiko_Sync_Dirty_Set::mark( array( $id ), $priority );
		}
	}

	/** Something is queued that names no product. */
	public static function leave_work() {
		self::$has_work[ get_current_blog_id() ] = true;
	}

	/** @return bool Whether anything urgent was marked on this site. Writes its marks that are only in memory. */
	public static function flush() {
		$marked = self::$marked[ get_current_blog_id() ] ?? array();
		$again  = array( array(), array() );
		foreach ( $marked as $id => list( , $is_again, $priority ) ) {
			if ( $is_again ) {
				$again[ $priority ][] = $id;
			}
		}
		unset( self::$marked[ get_current_blog_id() ] );
		Fiko_Sync_Dirty_Set::mark( $again[0], Fiko_Sync_Dirty_Set::URGENT );
		Fiko_Sync_Dirty_Set::mark( $again[1], Fiko_Sync_Dirty_Set::LIVE );
		return in_array( Fiko_Sync_Dirty_Set::URGENT, array_column( $marked, 2 ), true );
	}

	/** Writes what is left, and arranges when it is sent. What is urgent is sent by a request of our own, which this one does not wait for. */
	public static function shutdown() {
		foreach ( array_keys( self::$has_work ) as $site ) {
			$is_other = is_multisite() && get_current_blog_id() !== $site;
			$is_other && switch_to_blog( $site );
			$is_urgent = self::flush();
			Fiko_Sync_Schedule::ensure( max( Fiko_Sync_Settings::backs_off_until(), time() + ( $is_urgent ? 0 : min( 30, Fiko_Sync_Dirty_Set::quiet_seconds() ) ) ) );
			if ( $is_urgent && self::end_page() && Fiko_Sync_Settings::may_send() ) {
				Fiko_Sync_Background::call( 'urgent', 10, false );
			}
			$is_other && restore_current_blog();
		}
		self::$has_work = array();
	}

	/** @return bool Whether the page has been delivered while PHP goes on: with PHP-FPM and LiteSpeed. Elsewhere cron sends. */
	private static function end_page() {
		foreach ( array( 'fastcgi_finish_request', 'litespeed_finish_request' ) as $finish ) {
			if ( function_exists( $finish ) ) {
				ignore_user_abort( true );
				$finish();
				return true;
			}
		}
		return false;
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
		if ( 'page' === $post->post_type && 'publish' === $old_status && $new_status !== $old_status ) {
			Fiko_Sync_Pages::changed( $post->ID, $post );
		}
		if ( self::is_product( $post->ID ) && $new_status !== $old_status && 'auto-draft' !== $new_status ) {
			self::mark( $post->ID, 'publish' === $old_status ? Fiko_Sync_Dirty_Set::URGENT : Fiko_Sync_Dirty_Set::LIVE );
		}
	}

	/** Before, because a variation must still name its product; and after, because only then is it true. */
	public static function deleted( $id, $post ) {
		if ( in_array( $post->post_type, array( 'product', 'product_variation' ), true ) ) {
			self::mark( 'product' === $post->post_type ? $id : $post->post_parent, Fiko_Sync_Dirty_Set::URGENT );
		} elseif ( 'page' === $post->post_type ) {
			Fiko_Sync_Pages::changed( $id, $post );
		}
	}

	public static function meta( $meta_id, $id, $key ) {
		if ( ( in_array( $key, self::META, true ) || 0 === strpos( $key, 'attribute_' ) ) && self::is_product( $id ) ) {
			self::mark( $id, '_fiko_sync_kept_from_ai' === $key ? Fiko_Sync_Dirty_Set::URGENT : Fiko_Sync_Dirty_Set::LIVE );
		} elseif ( '_wp_attached_file' === $key && doing_action( 'updated_post_meta' ) ) {
			self::image( $id );
		} elseif ( '_wp_attachment_image_alt' === $key ) {
			Fiko_Sync_Expansion::picture_text( (int) $id );
		}
	}

	/** A picture is deleted or its file replaced: nothing names the products that show it. */
	public static function image( $id ) {
		Fiko_Sync_Expansion::picture( (int) $id );
	}

	public static function relation( $id, $tt_ids, $taxonomy ) {
		if ( Fiko_Sync_Expansion::is_watched( $taxonomy ) && ! Fiko_Sync_Expansion::$is_deleting && self::is_product( $id ) ) {
			self::mark( $id );
		}
	}

	/** Options behind the facts about the shop and the addresses of its pages. Each payment gateway has an option of its own. */
	public static function facts( $option = null ) {
		$pattern = '~^(blogname|home|permalink_structure|WPLANG|woocommerce_(store_.+|default_country|.+_settings|terms_page_id))$~';
		if ( ( ! is_string( $option ) || preg_match( $pattern, $option ) ) && get_option( 'fiko_sync_pages' ) ) {
			Fiko_Sync_Pages::mark();
		}
	}

	private static function is_product( $id ) {
		return in_array( get_post_type( $id ), array( 'product', 'product_variation' ), true );
	}
}
