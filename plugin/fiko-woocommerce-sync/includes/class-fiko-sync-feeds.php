<?php
/** Data that other services read from the shop itself: the product's schema.org data, and Torob's product API, which the backend answers. */
final class Fiko_Sync_Feeds {
	/** Variations that a page of WooCommerce loads anyway; products with more keep WooCommerce's own data. */
	const MAX_VARIANTS = 30;

	/** Names of attributes that schema.org has a property for, by that property. */
	const PROPERTIES = array(
		'color'    => array( 'color', 'colour', 'رنگ', 'رنگ بندی', 'رنگ‌بندی' ),
		'size'     => array( 'size', 'سایز', 'اندازه' ),
		'material' => array( 'material', 'جنس', 'متریال' ),
		'pattern'  => array( 'pattern', 'طرح' ),
	);

	/** Rials per unit of the currencies of Iranian shops, which ISO 4217 does not have. */
	const RIALS = array( 'IRT' => 10, 'IRHR' => 1000, 'IRHT' => 10000 );

	/** Bounds of a request that is passed on: Torob's token, its body, the answer, and the time in seconds. */
	const MAX_TOKEN  = 4000;
	const MAX_BODY   = 300000;
	const MAX_ANSWER = 10000000;
	const TIMEOUT    = 20;

	/** Filter woocommerce_structured_data_product: adds what is missing, from the shop's own data. An error leaves WooCommerce's data. */
	public static function product_markup( $markup, $product ) {
		if ( ! is_array( $markup ) || ! $product instanceof WC_Product ) {
			return $markup;
		}
		try {
			$completed = self::complete( $markup, self::facts( $product ) );
		} catch ( Throwable $error ) {
			return $markup;
		}
		if ( 'ProductGroup' === $completed['@type'] ) {
			// WooCommerce prints the types of a page only, and knows no groups.
			add_filter( 'woocommerce_structured_data_type_for_page', static fn( $types ) => array_merge( (array) $types, array( 'productgroup' ) ) );
		}
		return $completed;
	}

	/**
	 * The markup with what was missing. Never replaces a value that is there.
	 *
	 * @param array $markup Of WooCommerce, a theme or another plugin.
	 * @param array $facts  id, gtin, brand, rating (value and count, or null) and variants (see facts()); empty ones are left out.
	 */
	public static function complete( array $markup, array $facts ) {
		if ( '' !== $facts['gtin'] && ! array_filter( array_keys( $markup ), static fn( $key ) => 0 === strpos( (string) $key, 'gtin' ) ) ) {
			$markup['gtin'] = $facts['gtin'];
		}
		if ( '' !== $facts['brand'] && empty( $markup['brand'] ) ) {
			$markup['brand'] = array( '@type' => 'Brand', 'name' => $facts['brand'] );
		}
		if ( $facts['rating'] && empty( $markup['aggregateRating'] ) ) {
			$markup['aggregateRating'] = array( '@type' => 'AggregateRating', 'ratingValue' => $facts['rating']['value'], 'reviewCount' => $facts['rating']['count'] );
		}
		if ( ! empty( $markup['offers'][0] ) && is_array( $markup['offers'][0] ) ) {
			$markup['offers'][0] = self::with_price( $markup['offers'][0] );
		}
		if ( $facts['variants'] && empty( $markup['hasVariant'] ) && 'Product' === ( $markup['@type'] ?? '' ) ) {
			$markup['@type'] = 'ProductGroup';
			$markup         += array( 'productGroupID' => (string) $facts['id'], 'variesBy' => self::varies_by( $facts['variants'] ) );
			foreach ( $facts['variants'] as $variant ) {
				$markup['hasVariant'][] = self::variant( $variant );
			}
		}
		return $markup;
	}

	/** Some readers know no priceSpecification: the offer gets the price that holds now, which is the first. */
	private static function with_price( array $offer ) {
		$now = $offer['priceSpecification'][0] ?? null;
		if ( isset( $offer['price'] ) || isset( $offer['lowPrice'] ) || ! isset( $now['price'], $now['priceCurrency'] ) || (float) $now['price'] <= 0 ) {
			return $offer;
		}
		return $offer + array( 'price' => $now['price'], 'priceCurrency' => $now['priceCurrency'] );
	}

	private static function varies_by( array $variants ) {
		$names = array();
		foreach ( $variants as $variant ) {
			foreach ( array_keys( $variant['choices'] ) as $name ) {
				$property        = self::property( $name );
				$names[ $name ] = '' === $property ? (string) $name : "https://schema.org/$property";
			}
		}
		return array_values( array_unique( $names ) );
	}

	/** @return string The property of schema.org for an attribute, or ''. */
	private static function property( $name ) {
		foreach ( self::PROPERTIES as $property => $names ) {
			if ( in_array( mb_strtolower( trim( (string) $name ) ), $names, true ) ) {
				return $property;
			}
		}
		return '';
	}

	private static function variant( array $variant ) {
		$markup = array_filter( array_intersect_key( $variant, array( 'name' => 0, 'sku' => 0, 'gtin' => 0, 'image' => 0 ) ) );
		foreach ( $variant['choices'] as $name => $value ) {
			$property = self::property( $name );
			if ( '' !== $property ) {
				$markup[ $property ] = $value;
			}
		}
		$factor = self::RIALS[ $variant['currency'] ] ?? 1;
		$offer  = array(
			'@type'         => 'Offer',
			'url'           => $variant['url'],
			'price'         => 1 === $factor ? $variant['price'] : sprintf( '%.0f', (float) $variant['price'] * $factor ),
			'priceCurrency' => 1 === $factor ? $variant['currency'] : 'IRR',
			'availability'  => 'https://schema.org/' . $variant['availability'],
		);
		if ( '' !== $variant['valid_until'] ) {
			$offer['priceValidUntil'] = $variant['valid_until'];
		}
		return array( '@type' => 'Product' ) + $markup + ( (float) $variant['price'] > 0 ? array( 'offers' => $offer ) : array() );
	}

	/** @return array What complete() needs, read without any request. */
	private static function facts( WC_Product $product ) {
		$variants = array();
		if ( $product instanceof WC_Product_Variable && count( $product->get_visible_children() ) <= self::MAX_VARIANTS ) {
			foreach ( array_filter( array_map( 'wc_get_product', $product->get_visible_children() ) ) as $variation ) {
				$variants[] = self::variant_facts( $variation );
			}
		}
		$is_rated = wc_review_ratings_enabled() && $product->get_rating_count() > 0;
		return array(
			'id'       => $product->get_id(),
			'gtin'     => self::gtin( $product ),
			'brand'    => self::brand( $product ),
			'rating'   => $is_rated ? array( 'value' => $product->get_average_rating(), 'count' => $product->get_review_count() ) : null,
			'variants' => $variants,
		);
	}

	private static function variant_facts( WC_Product $variation ) {
		$choices = array();
		foreach ( $variation->get_attributes() as $key => $value ) {
			if ( '' !== (string) $value ) { // Otherwise any value.
				$choices[ wp_strip_all_tags( wc_attribute_label( $key, $variation ) ) ] = wp_strip_all_tags( (string) $variation->get_attribute( $key ) );
			}
		}
		$image = wp_get_attachment_url( $variation->get_image_id() );
		$end   = $variation->is_on_sale() ? $variation->get_date_on_sale_to() : null;
		return array(
			'name'         => wp_strip_all_tags( $variation->get_name() ),
			'sku'          => (string) $variation->get_sku(),
			'gtin'         => self::gtin( $variation ),
			'image'        => $image ? $image : '',
			'url'          => $variation->get_permalink(),
			'choices'      => $choices,
			'price'        => '' === $variation->get_price() ? '' : wc_format_decimal( wc_get_price_to_display( $variation ), wc_get_price_decimals() ),
			'currency'     => get_woocommerce_currency(),
			'availability' => $variation->is_in_stock() ? ( 'onbackorder' === $variation->get_stock_status() ? 'BackOrder' : 'InStock' ) : 'OutOfStock',
			'valid_until'  => $end ? gmdate( 'Y-m-d', $end->getTimestamp() ) : '',
		);
	}

	private static function gtin( WC_Product $product ) {
		$gtin = method_exists( $product, 'get_global_unique_id' ) ? (string) preg_replace( '~\D~', '', (string) $product->get_global_unique_id() ) : ''; // Since WooCommerce 9.2.
		return in_array( strlen( $gtin ), array( 8, 12, 13, 14 ), true ) ? $gtin : '';
	}

	/** @return string The first brand of WooCommerce's taxonomy, or the attribute that is called so. */
	private static function brand( WC_Product $product ) {
		$terms = taxonomy_exists( 'product_brand' ) ? get_the_terms( $product->get_id(), 'product_brand' ) : array();
		if ( is_array( $terms ) && $terms ) {
			return wp_strip_all_tags( $terms[0]->name );
		}
		foreach ( array( 'brand', 'برند' ) as $name ) {
			$value = trim( wp_strip_all_tags( (string) $product->get_attribute( $name ) ) );
			if ( '' !== $value ) {
				return $value;
			}
		}
		return '';
	}

	/** Torob calls the shop's own host, because its token names that host. The address ends with the token of the feed. */
	public static function register_route() {
		register_rest_route(
			'fiko-sync/v1',
			'/torob/(?P<feed>fd_[A-Za-z0-9_-]{43})',
			array(
				'methods'             => 'POST',
				'callback'            => array( __CLASS__, 'answer_torob' ),
				// The backend checks the token of the feed and Torob's signature.
				'permission_callback' => '__return_true',
			)
		);
	}

	/** Passes Torob's request to the backend of the settings, and its answer back. */
	public static function answer_torob( WP_REST_Request $request ) {
		$url   = Fiko_Sync_Settings::url();
		$token = (string) $request->get_header( 'x_torob_token' );
		$body  = (string) $request->get_body();
		if ( '' === $url || '' !== Fiko_Sync_Settings::url_problem( $url ) ) {
			return self::error( 503, 'this shop is not connected' );
		}
		if ( strlen( $token ) > self::MAX_TOKEN || ! preg_match( '~^[\w-]+\.[\w-]+\.[\w-]+$~D', $token ) ) {
			return self::error( 401, 'X-Torob-Token is missing or is not a JWT' );
		}
		if ( strlen( $body ) > self::MAX_BODY ) {
			return self::error( 400, 'the body is too large' );
		}
		$version  = preg_replace( '~[^\w.-]~', '', (string) $request->get_header( 'x_torob_token_version' ) );
		$headers  = array( 'Content-Type' => 'application/json', 'Accept' => 'application/json', 'X-Torob-Token' => $token );
		$response = wp_remote_post(
			untrailingslashit( $url ) . '/feeds/' . $request->get_param( 'feed' ) . '/torob/',
			array(
				'timeout'             => self::TIMEOUT,
				'redirection'         => 0,
				'limit_response_size' => self::MAX_ANSWER,
				'user-agent'          => 'FikoSync/' . FIKO_SYNC_VERSION,
				'headers'             => $headers + ( '' === $version ? array() : array( 'X-Torob-Token-Version' => $version ) ),
				'body'                => $body,
			)
		);
		$status = is_wp_error( $response ) ? 0 : (int) wp_remote_retrieve_response_code( $response );
		$data   = 0 === $status ? null : json_decode( wp_remote_retrieve_body( $response ) );
		if ( ! is_object( $data ) || $status < 200 || ( $status >= 300 && $status < 400 ) ) {
			return self::error( 503, 'the backend of this shop does not answer' );
		}
		$answer      = new WP_REST_Response( $data, $status );
		$retry_after = (int) wp_remote_retrieve_header( $response, 'retry-after' );
		if ( $retry_after > 0 ) {
			$answer->header( 'Retry-After', (string) $retry_after );
		}
		return $answer;
	}

	private static function error( $status, $message ) {
		return new WP_REST_Response( array( 'error' => $message ), $status );
	}
}
