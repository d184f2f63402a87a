<?php
/** Turns products, as the shop shows them to a guest, into the `product` of events. Asks WooCommerce, with its filters, and not the stored fields. */
final class Fiko_Sync_Payload {
	const MAX_VARIATIONS = 1000;
	const TYPES          = array( 'simple', 'variable', 'grouped', 'external' );
	const KEPT           = 'fiko_sync_kept_from_ai'; // Term meta; as product meta with an underscore before it.

	/** @var array<int,int[]> Product id → its published variations. */
	private static $variations = array();

	/** @var array<int,string> Product id → why the AI may not know it, of those that were read. */
	private static $reasons = array();

	/** @var int[] Categories kept from the AI, and all below them. */
	private static $kept_categories = array();

	/**
	 * Runs something as a guest of the shop: signed out, without cookies, at the place that the shop assumes of a guest.
	 *
	 * @param callable $work What to run.
	 */
	public static function as_guest( $work ) {
		list( $user, $customer, $cookies ) = array( get_current_user_id(), WC()->customer, $_COOKIE );
		$_COOKIE                           = array();
		WC()->customer                     = self::guest();
		wp_set_current_user( 0 );
		try {
			$work();
		} finally {
			WC()->customer = $customer;
			$_COOKIE       = $cookies;
			wp_set_current_user( $user );
		}
	}

	/** @return WC_Customer One who has just come. Where the shop would locate the address, one at the shop's own place. */
	private static function guest() {
		$guest = new WC_Customer();
		$place = '' === get_option( 'woocommerce_default_customer_address' )
			? array( 'country' => '', 'state' => '' )
			: wc_format_country_state_string( apply_filters( 'woocommerce_customer_default_location', get_option( 'woocommerce_default_country' ) ) ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals
		$guest->set_billing_location( $place['country'], $place['state'] );
		$guest->set_shipping_location( $place['country'], $place['state'] );
		return $guest;
	}

	/** Drops what caches hold of the products, then loads them and their variations in a handful of queries. */
	public static function warm( array $ids ) {
		global $wpdb;
		// phpcs:disable WordPress.DB
		self::$variations = array();
		foreach ( $ids as $id ) {
			$sql                     = "SELECT ID FROM $wpdb->posts WHERE post_type = 'product_variation' AND post_status = 'publish' AND post_parent = %d ORDER BY menu_order, ID LIMIT %d";
			self::$variations[ $id ] = count( $ids ) > 1 ? array() : array_map( 'intval', $wpdb->get_col( $wpdb->prepare( $sql, $id, self::MAX_VARIATIONS + 1 ) ) );
		}
		if ( count( $ids ) > 1 ) { // Bounded by the reader: these have few variations together.
			$list = implode( ',', array_map( 'intval', $ids ) );
			$sql  = "SELECT ID, post_parent FROM $wpdb->posts WHERE post_type = 'product_variation' AND post_status = 'publish' AND post_parent IN ($list) ORDER BY menu_order, ID";
			foreach ( $wpdb->get_results( $sql ) as $row ) {
				self::$variations[ (int) $row->post_parent ][] = (int) $row->ID;
			}
		}
		self::forget( $ids );
		foreach ( $ids as $id ) {
			WC_Cache_Helper::invalidate_cache_group( "product_$id" );
		}
		_prime_post_caches( self::with_variations_of( $ids ) );
		Fiko_Sync_Details::warm( $ids, self::with_variations_of( $ids ) );
		// phpcs:enable
		self::load_kept_categories();
	}

	/** Before obstacle() is asked. */
	public static function load_kept_categories() {
		global $wpdb;
		self::$kept_categories = array();
		foreach ( $wpdb->get_col( $wpdb->prepare( "SELECT term_id FROM $wpdb->termmeta WHERE meta_key = %s AND meta_value = 'yes'", self::KEPT ) ) as $term_id ) { // phpcs:ignore WordPress.DB
			array_push( self::$kept_categories, (int) $term_id, ...get_term_children( (int) $term_id, 'product_cat' ) );
		}
	}

	/** Drops what WordPress's cache holds of products and of their variations, as far as warm() knows them. */
	public static function forget( array $ids ) {
		$all = self::with_variations_of( $ids );
		foreach ( array_merge( array( 'posts', 'post_meta' ), preg_replace( '/$/', '_relationships', get_object_taxonomies( 'product' ) ) ) as $group ) {
			wp_cache_delete_multiple( $all, $group );
		}
	}

	private static function with_variations_of( array $ids ) {
		return array_merge( $ids, ...array_values( array_intersect_key( self::$variations, array_flip( $ids ) ) ) );
	}

	/**
	 * @param int $id A product that warm() has loaded, read in as_guest().
	 * @return array|null The `product` of its event with its `product_hash`; null when the AI may not know it.
	 * @throws Throwable Whatever WooCommerce or a filter throws.
	 */
	public static function of_id( $id ) {
		$product = 'product' === get_post_type( $id ) ? wc_get_product( $id ) : null;
		if ( ! $product ) {
			self::$reasons[ $id ] = 'deleted';
			return null;
		}
		return Fiko_Sync_Texts::on_page_of(
			$product,
			static function () use ( $product ) {
				return self::is_eligible( $product ) ? self::of( $product ) : null;
			}
		);
	}

	/** The one place that decides whether the AI may know a product. */
	private static function is_eligible( WC_Product $product ) {
		$obstacle = self::obstacle( $product );

		self::$reasons[ $product->get_id() ] = $obstacle;
		/** Whether the AI may know a product (bool, WC_Product). One that stops being eligible is deleted there. */
		return (bool) apply_filters( 'fiko_sync_is_eligible', '' === $obstacle, $product );
	}

	/** @return string Why a product that of_id() has read may not be known: a word of obstacle(), `deleted`, or '' when a filter says so. */
	public static function reason( $id ) {
		return self::$reasons[ $id ] ?? '';
	}

	/**
	 * Why a guest, and so the AI, does not see a product.
	 *
	 * @return string `not_published`, `password`, `hidden`, `type`, `kept`, `no_name`, `guest` (WooCommerce or another plugin hides it), or ''.
	 */
	public static function obstacle( WC_Product $product ) {
		if ( 'publish' !== $product->get_status() ) {
			return 'not_published';
		}
		if ( '' !== $product->get_post_password() ) {
			return 'password';
		}
		if ( 'hidden' === $product->get_catalog_visibility() ) {
			return 'hidden';
		}
		if ( ! in_array( $product->get_type(), self::TYPES, true ) ) {
			return 'type';
		}
		if ( 'yes' === get_post_meta( $product->get_id(), '_' . self::KEPT, true ) || array_intersect( $product->get_category_ids(), self::$kept_categories ) ) {
			return 'kept';
		}
		if ( '' === self::name( $product ) ) {
			return 'no_name';
		}
		return self::is_visible( $product ) ? '' : 'guest';
	}

	/** WooCommerce shows one that is visible in the search only to a page that is a search. */
	private static function is_visible( WC_Product $product ) {
		global $wp_query;
		$is_search           = $wp_query->is_search;
		$wp_query->is_search = 'search' === $product->get_catalog_visibility();
		try {
			return $product->is_visible();
		} finally {
			$wp_query->is_search = $is_search;
		}
	}

	private static function of( WC_Product $product ) {
		$id         = $product->get_id();
		$modified   = $product->get_date_modified();
		$attributes = self::attributes( $product );
		$brands     = taxonomy_exists( 'product_brand' ) ? self::names( get_the_terms( $id, 'product_brand' ) ) : array();
		$payload    = self::offer( $product ) + array(
			'type'               => $product->get_type(),
			'name'               => self::name( $product ),
			'currency'           => get_woocommerce_currency(),
			'status'             => 'publish',
			'catalog_visibility' => $product->get_catalog_visibility(),
			'password_protected' => false,
			'categories'         => self::names( get_the_terms( $id, 'product_cat' ) ),
			'tags'               => self::names( get_the_terms( $id, 'product_tag' ) ),
			'brands'             => $brands,
			'attributes'         => array_values( array_filter( $attributes ) ),
			'gallery'            => array_values( array_filter( array_map( 'wp_get_attachment_url', $product->get_gallery_image_ids() ) ) ),
			'permalink'          => (string) get_permalink( $id ),
			'date_modified'      => $modified ? gmdate( 'Y-m-d\TH:i:s\Z', $modified->getTimestamp() ) : null,
		);
		$payload += Fiko_Sync_Details::of( $product, $attributes, $brands );
		if ( wc_review_ratings_enabled() && $product->get_rating_count() > 0 ) {
			$payload += array(
				'average_rating' => (string) $product->get_average_rating(),
				'rating_count'   => (int) $product->get_rating_count(),
			);
		}
		if ( $product->is_type( 'variable' ) ) {
			$payload = self::with_variations( $payload, $product, $attributes );
		} elseif ( $product->is_type( 'grouped' ) ) { // Not sold itself: its members are products of their own, with their own prices.
			$payload = array( 'price' => '', 'regular_price' => '', 'sale_price' => '', 'grouped_products' => $product->get_children() ) + $payload;
		} elseif ( $product->is_type( 'external' ) ) {
			$payload['external_url'] = $product->get_product_url();
		}
		Fiko_Sync_Reader::enter( 'texts' );
		$payload += Fiko_Sync_Texts::of( $product );
		Fiko_Sync_Reader::enter( 'product' );
		/** The `product` of the event (array, WC_Product). The backend keeps fields it does not know, and does not look at them. */
		$payload = (array) apply_filters( 'fiko_sync_payload', $payload, $product );
		return array( 'id' => $id, 'product_hash' => Fiko_Sync_Rules::product_hash( array( 'id' => $id ) + $payload ) ) + $payload;
	}

	/** What products and variations have in common. */
	private static function offer( WC_Product $product ) {
		$is_on_sale = $product->is_on_sale();
		$price      = self::price( $product, $product->get_price() );
		$offer      = array(
			'id'             => $product->get_id(),
			'sku'            => (string) $product->get_sku(),
			'price'          => $price,
			'regular_price'  => self::price( $product, $product->get_regular_price() ),
			'sale_price'     => $is_on_sale ? $price : '', // The page shows no other price beside the struck one.
			'on_sale'        => $is_on_sale,
			'purchasable'    => $product->is_purchasable(),
			'stock_quantity' => $product->managing_stock() ? $product->get_stock_quantity() : null,
			'stock_status'   => self::stock_status( $product ),
			'image'          => (string) wp_get_attachment_url( $product->get_image_id() ),
		);
		if ( $product->has_weight() ) {
			$offer += array( 'weight' => (string) $product->get_weight(), 'weight_unit' => (string) get_option( 'woocommerce_weight_unit' ) );
		}
		if ( $product->has_dimensions() ) {
			$offer += array( 'dimensions' => array_map( 'strval', $product->get_dimensions( false ) ), 'dimension_unit' => (string) get_option( 'woocommerce_dimension_unit' ) );
		}
		return $offer + Fiko_Sync_Details::of_offer( $product );
	}

	/** The stored word, unless a filter says the opposite: guests are told what is_in_stock() says. */
	private static function stock_status( WC_Product $product ) {
		$stored = (string) $product->get_stock_status();
		if ( ! $product->is_in_stock() ) {
			return 'outofstock';
		}
		return 'outofstock' === $stored ? 'instock' : $stored;
	}

	/**
	 * @param WC_Product $product The product or variation.
	 * @param mixed      $price   As one of its getters gives it.
	 * @return string The price that the page prints, without separators; '' for none. One that needs no rounding and no tax stays the text it is.
	 */
	private static function price( WC_Product $product, $price ) {
		if ( ! is_scalar( $price ) || '' === trim( (string) $price ) ) {
			return '';
		}
		$decimals = wc_get_price_decimals();
		$is_taxed = wc_tax_enabled() && $product->is_taxable();
		if ( ! $is_taxed && preg_match( '/^(\d+)(?:\.(\d*))?$/', (string) $price, $digits ) && strlen( rtrim( $digits[2] ?? '', '0' ) ) <= $decimals ) {
			return (string) $price;
		}
		$price = $is_taxed ? wc_get_price_to_display( $product, array( 'price' => (float) $price ) ) : $price;
		return wc_format_decimal( max( 0, (float) $price ), $decimals, true );
	}

	/** A variable product's own price is the lowest of its variations, computed here: WooCommerce's comes from a transient. */
	private static function with_variations( array $payload, WC_Product $product, array $attributes ) {
		$hides_sold_out = 'yes' === get_option( 'woocommerce_hide_out_of_stock_items' );
		$parent_post    = get_post( $payload['id'] );
		$payload        = array( 'variations' => array(), 'price' => '', 'regular_price' => '', 'sale_price' => '', 'on_sale' => false ) + $payload;
		foreach ( self::$variations[ $payload['id'] ] ?? array() as $id ) {
			$variation = wc_get_product( $id );
			if ( ! $variation instanceof WC_Product_Variation || ! $variation->variation_is_visible() || ( $hides_sold_out && ! $variation->is_in_stock() ) ) {
				continue;
			}
			if ( count( $payload['variations'] ) >= self::MAX_VARIATIONS ) {
				Fiko_Sync_Log::write( 'warning', "variations_{$payload['id']}", "Product {$payload['id']}: only the first " . self::MAX_VARIATIONS . ' variations are sent.' );
				break;
			}
			$offer       = self::offer( $variation ) + array( 'attributes' => self::chosen( $variation, $attributes ) );
			$description = Fiko_Sync_Texts::of_variation( $variation, $parent_post );
			if ( '' !== $description ) {
				$offer['description'] = $description;
			}
			$payload['variations'][] = $offer;
			$payload['on_sale']      = $payload['on_sale'] || $offer['on_sale'];
			$payload['price']        = '' === $payload['price'] || (float) $offer['price'] < (float) $payload['price'] ? $offer['price'] : $payload['price'];
		}
		return $payload;
	}

	/** @return stdClass Attribute name → value. An object, because PHP writes a list where the only name is "0". */
	private static function chosen( WC_Product_Variation $variation, array $attributes ) {
		$chosen = array();
		foreach ( $variation->get_attributes() as $key => $value ) {
			$term = '' !== $value && taxonomy_exists( $key ) ? get_term_by( 'slug', $value, $key ) : false;

			$chosen[ $attributes[ $key ]['name'] ?? self::text( wc_attribute_label( $key ) ) ] = $term ? self::text( $term->name ) : self::text( $value );
		}
		return (object) $chosen;
	}

	/** @return array<string,array|null> Key as variations use it → name, options, variation; null for what the shop does not show. */
	private static function attributes( WC_Product $product ) {
		$attributes = array();
		$taken      = array();
		foreach ( $product->get_attributes() as $key => $attribute ) {
			if ( ! $attribute->get_visible() && ! $attribute->get_variation() ) {
				$attributes[ $key ] = null;
				continue;
			}
			$name           = self::text( wc_attribute_label( $attribute->get_name(), $product ) );
			$taken[ $name ] = ( $taken[ $name ] ?? 0 ) + 1;
			// Two with one label stay two: variations name their values by the label.
			$attributes[ $key ] = array(
				'name'      => 1 === $taken[ $name ] ? $name : "$name ($taken[$name])",
				'options'   => $attribute->is_taxonomy() ? self::names( $attribute->get_terms() ) : array_map( array( __CLASS__, 'text' ), array_values( $attribute->get_options() ) ),
				'variation' => $attribute->get_variation(),
			);
		}
		return $attributes;
	}

	private static function names( $terms ) {
		return is_array( $terms ) ? array_map( array( __CLASS__, 'text' ), array_column( $terms, 'name' ) ) : array();
	}

	/** @return string The name as a guest reads it: the page prints it as HTML, so tags are gone and entities are characters. */
	private static function name( WC_Product $product ) {
		$name = preg_replace( '~</?[a-zA-Z][^<>]*>~', '', (string) $product->get_name() ) ?? (string) $product->get_name();
		return trim( self::text( $name ), " \t\r\n\xC2\xA0" );
	}

	/** WordPress stores names escaped for HTML. A text that would be read as HTML once more stays escaped: the backend reads it the same way. */
	public static function text( $text ) {
		$plain = html_entity_decode( is_scalar( $text ) ? (string) $text : '', ENT_QUOTES | ENT_HTML5, 'UTF-8' );
		return preg_match( '~</?[a-zA-Z!]|&#?\w+;~', $plain ) ? htmlspecialchars( $plain, ENT_NOQUOTES, 'UTF-8' ) : $plain;
	}
}
