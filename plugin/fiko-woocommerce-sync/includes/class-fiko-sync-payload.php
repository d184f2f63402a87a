<?php
/** Turns products, as the shop shows them, into the `product` of events. Reads the database and not a cache, which may be what is wrong. */
final class Fiko_Sync_Payload {
	const MAX_VARIATIONS = 1000;
	const KEPT           = 'fiko_sync_kept_from_ai'; // Term meta; as product meta with an underscore before it.
	/** @var array<int,int[]> Product id → its published variations. */
	private static $variations = array();
	/** @var int[] Categories kept from the AI, and all below them. */
	private static $kept_categories = array();

	/**
	 * Reads products (some 100 ids) as an anonymous visitor at the shop's base sees them.
	 *
	 * @return array<int,array|null> Id → `product` of the event with its `product_hash`; null when the AI may not know it.
	 */
	public static function read( array $ids ) {
		list( $user, $customer, WC()->customer ) = array( get_current_user_id(), WC()->customer, null );
		wp_set_current_user( 0 );
		add_filter( 'woocommerce_get_tax_location', array( __CLASS__, 'base' ), PHP_INT_MAX );
		try {
			self::warm( $ids );
			$products = array();
			foreach ( $ids as $id ) {
				$product         = wc_get_product( $id );
				$products[ $id ] = $product && self::is_eligible( $product ) ? self::of( $product ) : null;
			}
			return $products;
		} finally {
			remove_filter( 'woocommerce_get_tax_location', array( __CLASS__, 'base' ), PHP_INT_MAX );
			WC()->customer = $customer;
			wp_set_current_user( $user );
		}
	}

	public static function base() {
		$base = WC()->countries;
		return array( $base->get_base_country(), $base->get_base_state(), $base->get_base_postcode(), $base->get_base_city() );
	}

	/** Drops what caches hold of the products, then loads them and their variations in a handful of queries. */
	private static function warm( array $ids ) {
		global $wpdb;
		self::$variations = array();
		foreach ( $wpdb->get_results( "SELECT ID, post_parent FROM $wpdb->posts WHERE post_type = 'product_variation' AND post_status = 'publish' AND post_parent IN (" . implode( ',', array_map( 'intval', $ids ) ) . ') ORDER BY menu_order, ID' ) as $row ) { // phpcs:ignore WordPress.DB
			self::$variations[ (int) $row->post_parent ][] = (int) $row->ID;
		}
		$all = array_merge( $ids, ...array_values( self::$variations ) );
		foreach ( array_merge( array( 'posts', 'post_meta' ), preg_replace( '/$/', '_relationships', get_object_taxonomies( 'product' ) ) ) as $group ) {
			wp_cache_delete_multiple( $all, $group );
		}
		foreach ( $ids as $id ) {
			WC_Cache_Helper::invalidate_cache_group( "product_$id" );
		}
		_prime_post_caches( $all );
		self::$kept_categories = array();
		foreach ( $wpdb->get_col( $wpdb->prepare( "SELECT term_id FROM $wpdb->termmeta WHERE meta_key = %s AND meta_value = 'yes'", self::KEPT ) ) as $term_id ) { // phpcs:ignore WordPress.DB
			array_push( self::$kept_categories, (int) $term_id, ...get_term_children( (int) $term_id, 'product_cat' ) );
		}
	}

	/** The one place that decides whether the AI may know a product. */
	private static function is_eligible( $product ) {
		$is_eligible = 'publish' === $product->get_status()
			&& '' === $product->get_post_password()
			&& 'hidden' !== $product->get_catalog_visibility()
			&& in_array( $product->get_type(), array( 'simple', 'variable', 'grouped', 'external' ), true )
			&& 'yes' !== get_post_meta( $product->get_id(), '_' . self::KEPT, true )
			&& ! array_intersect( $product->get_category_ids(), self::$kept_categories );
		/** Whether the AI may know a product (bool, WC_Product). One that stops being eligible is deleted there. */
		return (bool) apply_filters( 'fiko_sync_is_eligible', $is_eligible, $product );
	}

	private static function of( $product ) {
		$id         = $product->get_id();
		$name       = self::text( $product->get_name() );
		$modified   = $product->get_date_modified();
		$attributes = self::attributes( $product );
		$payload    = self::offer( $product ) + array(
			'type'               => $product->get_type(),
			'name'               => '' === trim( $name, " \t\r\n\xC2\xA0" ) ? "#$id" : $name,
			'short_description'  => preg_replace( Fiko_Sync_Rules::EMBEDDED, '', $product->get_short_description() ) ?? $product->get_short_description(),
			'description'        => preg_replace( Fiko_Sync_Rules::EMBEDDED, '', $product->get_description() ) ?? $product->get_description(),
			'currency'           => get_woocommerce_currency(),
			'status'             => 'publish',
			'catalog_visibility' => $product->get_catalog_visibility(),
			'password_protected' => false,
			'categories'         => self::names( get_the_terms( $id, 'product_cat' ) ),
			'tags'               => self::names( get_the_terms( $id, 'product_tag' ) ),
			'attributes'         => array_values( array_filter( $attributes ) ),
			'gallery'            => array_values( array_filter( array_map( 'wp_get_attachment_url', $product->get_gallery_image_ids() ) ) ),
			'permalink'          => (string) get_permalink( $id ),
			'date_modified'      => $modified ? gmdate( 'Y-m-d\TH:i:s\Z', $modified->getTimestamp() ) : null,
		);
		if ( $product->is_type( 'variable' ) ) {
			$payload = self::with_variations( $payload, $attributes );
		} elseif ( $product->is_type( 'grouped' ) ) { // Not sold itself: its members are products of their own, with their own prices.
			$payload = array( 'price' => '', 'regular_price' => '', 'sale_price' => '', 'grouped_products' => $product->get_children() ) + $payload;
		} elseif ( $product->is_type( 'external' ) ) {
			$payload['external_url'] = $product->get_product_url();
		}
		/** The `product` of the event (array, WC_Product). The backend keeps fields it does not know, and does not look at them. */
		$payload = (array) apply_filters( 'fiko_sync_payload', $payload, $product );
		return array( 'id' => $id, 'product_hash' => Fiko_Sync_Rules::product_hash( array( 'id' => $id ) + $payload ) ) + $payload;
	}

	/** What products and variations have in common. */
	private static function offer( $product ) {
		return array(
			'id'             => $product->get_id(),
			'sku'            => $product->get_sku(),
			'price'          => self::price( $product, $product->get_price() ),
			'regular_price'  => self::price( $product, $product->get_regular_price() ),
			'sale_price'     => $product->is_on_sale() ? self::price( $product, $product->get_sale_price() ) : '', // Not before it begins.
			'on_sale'        => $product->is_on_sale(),
			'stock_quantity' => $product->managing_stock() ? $product->get_stock_quantity() : null,
			'stock_status'   => $product->get_stock_status(),
			'image'          => (string) wp_get_attachment_url( $product->get_image_id() ),
		);
	}

	/** The price a visitor reads. Untaxed it is passed on as the text it is: no float touches it. */
	private static function price( $product, $price ) {
		if ( '' === (string) $price || ! wc_tax_enabled() || ! $product->is_taxable() ) {
			return (string) $price;
		}
		return wc_format_decimal( wc_get_price_to_display( $product, array( 'price' => $price ) ), wc_get_price_decimals(), true );
	}

	/** A variable product's own price is the lowest of its variations, computed here: WooCommerce's comes from a transient. */
	private static function with_variations( array $payload, array $attributes ) {
		$payload = array( 'variations' => array(), 'price' => '', 'on_sale' => false ) + $payload;
		foreach ( self::$variations[ $payload['id'] ] ?? array() as $id ) {
			$variation = wc_get_product( $id );
			if ( ! $variation instanceof WC_Product_Variation || ! $variation->variation_is_visible() ) {
				continue;
			}
			if ( count( $payload['variations'] ) >= self::MAX_VARIATIONS ) {
				wc_get_logger()->warning( "Product {$payload['id']}: only the first " . self::MAX_VARIATIONS . ' variations are sent.', array( 'source' => 'fiko-sync' ) );
				break;
			}
			$chosen = array();
			foreach ( $variation->get_attributes() as $key => $value ) {
				$term = '' !== $value && taxonomy_exists( $key ) ? get_term_by( 'slug', $value, $key ) : false;
				$chosen[ $attributes[ $key ]['name'] ?? wc_attribute_label( $key ) ] = $term ? self::text( $term->name ) : $value;
			}
			$offer                   = self::offer( $variation );
			$payload['variations'][] = $offer + array( 'attributes' => $chosen );
			$payload['on_sale']      = $payload['on_sale'] || $offer['on_sale'];
			$payload['price']        = '' === $payload['price'] || (float) $offer['price'] < (float) $payload['price'] ? $offer['price'] : $payload['price'];
		}
		return $payload;
	}

	/** @return array<string,array|null> Key as variations use it → name, options, variation; null for what the shop does not show. */
	private static function attributes( $product ) {
		$attributes = array();
		foreach ( $product->get_attributes() as $key => $attribute ) {
			$attributes[ $key ] = $attribute->get_visible() || $attribute->get_variation() ? array(
				'name'      => self::text( wc_attribute_label( $attribute->get_name(), $product ) ),
				'options'   => $attribute->is_taxonomy() ? self::names( $attribute->get_terms() ) : array_map( array( __CLASS__, 'text' ), array_values( $attribute->get_options() ) ),
				'variation' => $attribute->get_variation(),
			) : null;
		}
		return $attributes;
	}

	private static function names( $terms ) {
		return is_array( $terms ) ? array_map( array( __CLASS__, 'text' ), array_column( $terms, 'name' ) ) : array();
	}

	/** WordPress stores names escaped for HTML. */
	private static function text( $text ) {
		return html_entity_decode( (string) $text, ENT_QUOTES | ENT_HTML5, 'UTF-8' );
	}
}
