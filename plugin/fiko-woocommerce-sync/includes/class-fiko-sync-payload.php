<?php
/**
 * Turns a product, as the shop shows it, into the `product` of an event.
 *
 * @package Fiko_Sync
 */

/** Reads products in batches, from the database and not from a cache: the cache may be what is wrong. */
final class Fiko_Sync_Payload {

	const MAX_VARIATIONS = 1000;
	const KEPT           = 'fiko_sync_kept_from_ai'; // Term meta; as product meta with an underscore before it.

	/** @var array<int,int[]> Product id → its published variations. */
	private static $variations = array();

	/** @var int[] Categories kept from the AI, and all below them. */
	private static $kept_categories = array();

	/**
	 * Reads products as a visitor at the shop's base sees them.
	 *
	 * @param int[] $ids Up to a few hundred product ids.
	 * @return array<int,array|null> Id → `product` of the event with its `product_hash`; null when the AI may not know it.
	 */
	public static function read( array $ids ) {
		$user     = get_current_user_id();
		$customer = WC()->customer;
		wp_set_current_user( 0 );
		WC()->customer = null;
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
		$countries = WC()->countries;
		return array( $countries->get_base_country(), $countries->get_base_state(), $countries->get_base_postcode(), $countries->get_base_city() );
	}

	/** Drops what caches hold of the products, then loads them with their variations in a handful of queries. */
	private static function warm( array $ids ) {
		global $wpdb;
		// phpcs:ignore WordPress.DB
		$rows             = $wpdb->get_results( "SELECT ID, post_parent FROM $wpdb->posts WHERE post_type = 'product_variation' AND post_status = 'publish' AND post_parent IN (" . implode( ',', array_map( 'intval', $ids ) ) . ') ORDER BY post_parent, menu_order, ID' );
		self::$variations = array();
		foreach ( $rows as $row ) {
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

	/**
	 * The one place that decides whether the AI may know a product.
	 *
	 * @param WC_Product $product Read now.
	 */
	private static function is_eligible( $product ) {
		$is_eligible = 'publish' === $product->get_status()
			&& '' === $product->get_post_password()
			&& 'hidden' !== $product->get_catalog_visibility()
			&& in_array( $product->get_type(), array( 'simple', 'variable', 'grouped', 'external' ), true )
			&& 'yes' !== get_post_meta( $product->get_id(), '_' . self::KEPT, true )
			&& ! array_intersect( $product->get_category_ids(), self::$kept_categories );
		/**
		 * Whether the AI may know a product. A product that stops being eligible is deleted there.
		 *
		 * @param bool       $is_eligible Published, open, visible, of a type that is supported, and not kept from the AI.
		 * @param WC_Product $product     The product.
		 */
		return (bool) apply_filters( 'fiko_sync_is_eligible', $is_eligible, $product );
	}

	private static function of( $product ) {
		$id         = $product->get_id();
		$type       = $product->get_type();
		$modified   = $product->get_date_modified();
		$attributes = self::attributes( $product );
		$name       = self::text( $product->get_name() );
		$payload    = array(
			'id'                 => $id,
			'type'               => $type,
			'sku'                => $product->get_sku(),
			'name'               => '' === $name ? "#$id" : $name,
			'short_description'  => $product->get_short_description(),
			'description'        => $product->get_description(),
			'currency'           => get_woocommerce_currency(),
			'status'             => 'publish',
			'catalog_visibility' => $product->get_catalog_visibility(),
			'password_protected' => false,
			'categories'         => self::terms( $id, 'product_cat' ),
			'tags'               => self::terms( $id, 'product_tag' ),
			'attributes'         => array_values( array_filter( $attributes, static function ( $attribute ) {
				return $attribute['is_shown'];
			} ) ),
			'gallery'            => array_values( array_filter( array_map( array( __CLASS__, 'image' ), $product->get_gallery_image_ids() ) ) ),
			'permalink'          => (string) get_permalink( $id ),
			'date_modified'      => $modified ? gmdate( 'Y-m-d\TH:i:s\Z', $modified->getTimestamp() ) : null,
		) + self::offer( $product );
		foreach ( array_keys( $payload['attributes'] ) as $index ) {
			unset( $payload['attributes'][ $index ]['is_shown'] );
		}
		if ( 'variable' === $type ) {
			$payload = self::with_variations( $payload, $attributes );
		} elseif ( 'grouped' === $type ) {
			// A group is not sold itself: its members are products of their own, with their own prices.
			$payload = array( 'price' => '', 'regular_price' => '', 'sale_price' => '', 'grouped_products' => $product->get_children() ) + $payload;
		} elseif ( 'external' === $type ) {
			$payload['external_url'] = $product->get_product_url();
		}
		/**
		 * The product as it goes to the backend. Unknown fields are kept there and otherwise ignored.
		 *
		 * @param array      $payload The `product` of the event.
		 * @param WC_Product $product The product.
		 */
		$payload                 = (array) apply_filters( 'fiko_sync_payload', $payload, $product );
		$payload['product_hash'] = Fiko_Sync_Rules::product_hash( $payload );
		return $payload;
	}

	/** What products and variations have in common: price, stock and picture. */
	private static function offer( $product ) {
		return array(
			'price'          => self::price( $product, $product->get_price() ),
			'regular_price'  => self::price( $product, $product->get_regular_price() ),
			'sale_price'     => self::price( $product, $product->get_sale_price() ),
			'on_sale'        => $product->is_on_sale(),
			'stock_quantity' => $product->managing_stock() ? $product->get_stock_quantity() : null,
			'stock_status'   => $product->get_stock_status(),
			'image'          => self::image( $product->get_image_id() ),
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
		$payload['variations'] = array();
		$payload['on_sale']    = false;
		$prices                = array();
		foreach ( self::$variations[ $payload['id'] ] ?? array() as $id ) {
			$variation = wc_get_product( $id );
			if ( ! $variation instanceof WC_Product_Variation || ! $variation->variation_is_visible() ) {
				continue;
			}
			if ( count( $payload['variations'] ) >= self::MAX_VARIATIONS ) {
				wc_get_logger()->warning( "Product {$payload['id']} has more than " . self::MAX_VARIATIONS . ' variations; the rest are not sent.', array( 'source' => 'fiko-sync' ) );
				break;
			}
			$chosen = array();
			foreach ( $variation->get_attributes() as $key => $value ) {
				$label            = $attributes[ $key ]['name'] ?? wc_attribute_label( $key );
				$term             = '' !== $value && taxonomy_exists( $key ) ? get_term_by( 'slug', $value, $key ) : false;
				$chosen[ $label ] = $term ? self::text( $term->name ) : $value;
			}
			$offer                   = array( 'id' => $id, 'sku' => $variation->get_sku(), 'attributes' => $chosen ) + self::offer( $variation );
			$payload['variations'][] = $offer;
			$payload['on_sale']      = $payload['on_sale'] || $offer['on_sale'];
			$prices[ $offer['price'] ] = (float) $offer['price'];
		}
		asort( $prices );
		$payload['price'] = (string) key( $prices );
		return $payload;
	}

	/** @return array<string,array> Key as variations use it → name, options (as shown), variation, is_shown. */
	private static function attributes( $product ) {
		$attributes = array();
		foreach ( $product->get_attributes() as $key => $attribute ) {
			$names = $attribute->is_taxonomy() ? wp_list_pluck( (array) $attribute->get_terms(), 'name' ) : $attribute->get_options();

			$attributes[ $key ] = array(
				'name'      => self::text( wc_attribute_label( $attribute->get_name(), $product ) ),
				'options'   => array_map( array( __CLASS__, 'text' ), array_values( $names ) ),
				'variation' => $attribute->get_variation(),
				'is_shown'  => $attribute->get_visible() || $attribute->get_variation(),
			);
		}
		return $attributes;
	}

	private static function terms( $id, $taxonomy ) {
		$terms = get_the_terms( $id, $taxonomy );
		return is_array( $terms ) ? array_map( array( __CLASS__, 'text' ), wp_list_pluck( $terms, 'name' ) ) : array();
	}

	private static function image( $id ) {
		return (string) wp_get_attachment_url( $id );
	}

	/** WordPress stores names escaped for HTML. */
	private static function text( $text ) {
		return html_entity_decode( (string) $text, ENT_QUOTES | ENT_HTML5, 'UTF-8' );
	}
}
