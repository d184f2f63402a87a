<?php
/** Details that agents need to sell a product, beside texts, price and stock. All are optional: one that cannot be read is left out. */
final class Fiko_Sync_Details {
	/** Names of an attribute that is the brand, where the shop has no taxonomy for brands. */
	const BRAND_NAMES = array( 'brand', 'برند' );

	/** Levels of categories that are followed. */
	const MAX_DEPTH = 10;

	/** @var array<int,string[]> Category → its path, root first; null in a path that cannot be read. */
	private static $paths = array();

	/** Loads the categories above, and the pictures, of products and variations whose posts are loaded: a handful of queries for all. */
	public static function warm( array $ids, array $all ) {
		self::$paths = array();
		$parents     = array();
		foreach ( $ids as $id ) {
			$terms   = get_the_terms( $id, 'product_cat' );
			$parents = array_merge( $parents, is_array( $terms ) ? wp_list_pluck( $terms, 'parent' ) : array() );
		}
		for ( $level = 0; $level < self::MAX_DEPTH; ++$level ) {
			$parents = array_values( array_unique( array_filter( array_map( 'intval', $parents ) ) ) );
			if ( ! $parents ) {
				break;
			}
			_prime_term_caches( $parents, false );
			$parents = array_map( static fn( $id ) => get_term( $id, 'product_cat' )->parent ?? 0, $parents );
		}
		$images = array();
		foreach ( $all as $id ) {
			$images[] = (int) get_post_meta( $id, '_thumbnail_id', true );
			// An import may have stored a list, where WooCommerce stores a text.
			array_push( $images, ...wp_parse_id_list( get_post_meta( $id, '_product_image_gallery', true ) ) );
		}
		_prime_post_caches( array_values( array_unique( array_filter( $images ) ) ), false );
	}

	/** @return array The fields that a product has, in the form of the event. $attributes as Payload::attributes() gives them. */
	public static function of( WC_Product $product, array $attributes, array $brands ) {
		$paths = array();
		$terms = get_the_terms( $product->get_id(), 'product_cat' );
		foreach ( is_array( $terms ) ? $terms : array() as $term ) {
			$paths[] = self::path( $term );
		}
		$images = array_map( array( __CLASS__, 'image' ), array_merge( array( $product->get_image_id() ), $product->get_gallery_image_ids() ) );
		return array_filter(
			array(
				'brand'            => $brands ? $brands[0] : self::brand( $attributes ),
				'category_paths'   => $paths,
				'image_details'    => array_values( array_filter( $images ) ),
				'language'         => self::language( $product->get_id() ),
				'display_currency' => get_woocommerce_currency(),
				'review_count'     => wc_review_ratings_enabled() && $product->get_rating_count() > 0 ? (int) $product->get_review_count() : null,
			)
		);
	}

	/** @return array What products and variations have in common, and the picture's text of a variation with a picture of its own. */
	public static function of_offer( WC_Product $product ) {
		$gtin  = method_exists( $product, 'get_global_unique_id' ) ? (string) $product->get_global_unique_id() : ''; // Since WooCommerce 9.2.
		$end   = $product->is_on_sale() ? $product->get_date_on_sale_to() : null;
		$image = $product instanceof WC_Product_Variation ? (int) $product->get_image_id( 'edit' ) : 0;
		return array_filter(
			array(
				'gtin'         => $gtin,
				'sale_ends_at' => $end ? gmdate( 'Y-m-d\TH:i:s\Z', $end->getTimestamp() ) : '',
				'image_alt'    => $image ? self::alt( $image ) : '',
			)
		) + self::quantities( $product );
	}

	/** As the field on the product's page allows. The stock is no limit of an order, and is sent as stock. */
	private static function quantities( WC_Product $product ) {
		try {
			list( $lowest, $highest ) = array( $product->get_min_purchase_quantity(), $product->get_max_purchase_quantity() );
			if ( ! method_exists( $product, 'get_purchase_quantity_step' ) ) { // Since WooCommerce 10.1 the getters ask these filters.
				// phpcs:disable WordPress.NamingConventions.PrefixAllGlobals
				$lowest  = apply_filters( 'woocommerce_quantity_input_min', $lowest, $product );
				$highest = apply_filters( 'woocommerce_quantity_input_max', $highest, $product );
			}
			$names = array( 'input_id' => 'quantity', 'input_name' => 'quantity', 'input_value' => $lowest, 'classes' => array(), 'placeholder' => '', 'product_name' => '' );
			$args  = apply_filters( 'woocommerce_quantity_input_args', array( 'min_value' => $lowest, 'max_value' => $highest, 'step' => 1 ) + $names, $product );
			// phpcs:enable
		} catch ( Throwable $error ) { // A filter that expects the page: the product matters more than its quantities.
			return array();
		}
		$lowest   = (float) ( $args['min_value'] ?? 0 );
		$highest  = (float) ( $args['max_value'] ?? 0 );
		$is_stock = $product->managing_stock() && $highest === (float) $product->get_stock_quantity();
		return ( $lowest > 0 && 1.0 !== $lowest ? array( 'min_quantity' => $lowest ) : array() ) + ( $highest > 0 && ! $is_stock ? array( 'max_quantity' => $highest ) : array() );
	}

	private static function brand( array $attributes ) {
		foreach ( array_filter( $attributes ) as $key => $attribute ) {
			$names = array( mb_strtolower( trim( $attribute['name'] ) ), preg_replace( '~^pa_~', '', urldecode( (string) $key ) ) );
			if ( ! $attribute['variation'] && array_intersect( self::BRAND_NAMES, $names ) ) {
				return $attribute['options'][0] ?? '';
			}
		}
		return '';
	}

	/** @return string[] Names from the root to the category. */
	private static function path( WP_Term $term ) {
		if ( ! isset( self::$paths[ $term->term_id ] ) ) {
			$names = array();
			$above = $term;
			while ( $above instanceof WP_Term && count( $names ) < self::MAX_DEPTH ) {
				array_unshift( $names, Fiko_Sync_Payload::text( $above->name ) );
				$above = $above->parent ? get_term( $above->parent, 'product_cat' ) : null;
			}
			self::$paths[ $term->term_id ] = $names;
		}
		return self::$paths[ $term->term_id ];
	}

	/** @return array|null url, alt, and the size in pixels where WordPress knows it. */
	private static function image( $id ) {
		$url  = $id ? (string) wp_get_attachment_url( $id ) : '';
		$data = '' === $url ? null : wp_get_attachment_metadata( $id );
		$size = is_array( $data ) && ! empty( $data['width'] ) && ! empty( $data['height'] ) ? array( 'width' => (int) $data['width'], 'height' => (int) $data['height'] ) : array();
		return '' === $url ? null : array( 'url' => $url, 'alt' => self::alt( $id ) ) + $size;
	}

	private static function alt( $id ) {
		return trim( wp_strip_all_tags( (string) get_post_meta( $id, '_wp_attachment_image_alt', true ) ) );
	}

	/** @return string The language of a product's texts: of WPML or Polylang, else the site's, such as fa-IR. */
	private static function language( $id ) {
		$wpml   = apply_filters( 'wpml_post_language_details', null, $id ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals
		$locale = is_array( $wpml ) ? ( $wpml['locale'] ?? '' ) : '';
		if ( ! $locale && function_exists( 'pll_get_post_language' ) ) {
			$locale = pll_get_post_language( $id, 'locale' );
		}
		$locale = $locale ? (string) $locale : get_locale();
		return str_replace( '_', '-', preg_replace( '~_(formal|informal|ao90)$~', '', $locale ) );
	}
}
