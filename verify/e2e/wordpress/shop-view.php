<?php
/**
 * How the shop itself shows its products: what a customer sees, by WooCommerce's own functions. It knows nothing of the
 * plugin, which is compared with it.
 */

return static function ( array $ids ) {
	$text  = static function ( $value ) {
		return html_entity_decode( (string) $value, ENT_QUOTES, 'UTF-8' );
	};
	$names = static function ( $id, $taxonomy ) use ( $text ) {
		return array_map( $text, wp_get_post_terms( $id, $taxonomy, array( 'fields' => 'names' ) ) );
	};
	$shown = static function ( $product, $amount ) {
		return '' === (string) $amount ? null : (string) wc_get_price_to_display( $product, array( 'price' => $amount ) );
	};
	$image = static function ( $id ) {
		return $id ? (string) wp_get_attachment_image_url( $id, 'full' ) : '';
	};
	$offer = static function ( $product ) use ( $shown, $image ) {
		return array(
			'sku'            => (string) $product->get_sku(),
			'price'          => $shown( $product, $product->get_price() ),
			'regular_price'  => $shown( $product, $product->get_regular_price() ),
			'sale_price'     => $shown( $product, $product->get_sale_price() ),
			'on_sale'        => $product->is_on_sale(),
			'stock_quantity' => $product->managing_stock() ? $product->get_stock_quantity() : null,
			'stock_status'   => $product->get_stock_status(),
			'image'          => $image( $product->get_image_id() ),
		);
	};

	$view = array();
	foreach ( $ids as $id ) {
		$product = wc_get_product( $id );
		if ( ! $product || 'product' !== get_post_type( $id ) ) {
			$view[] = array( 'id' => (int) $id, 'is_shown' => false );
			continue;
		}
		$attributes = array();
		foreach ( $product->get_attributes() as $attribute ) {
			if ( ! $attribute->get_visible() && ! $attribute->get_variation() ) {
				continue;
			}
			$attributes[] = array(
				'name'      => $text( wc_attribute_label( $attribute->get_name(), $product ) ),
				'options'   => array_map( $text, $attribute->is_taxonomy() ? wc_get_product_terms( $id, $attribute->get_name(), array( 'fields' => 'names' ) ) : $attribute->get_options() ),
				'variation' => (bool) $attribute->get_variation(),
			);
		}
		$variants = array();
		foreach ( $product->is_type( 'variable' ) ? $product->get_children() : array() as $child_id ) {
			$child = wc_get_product( $child_id );
			if ( ! $child || 'publish' !== $child->get_status() || ! $child->variation_is_visible() ) {
				continue;
			}
			$choice = array();
			foreach ( $child->get_attributes() as $name => $value ) {
				$term                                                 = taxonomy_exists( $name ) ? get_term_by( 'slug', $value, $name ) : false;
				$choice[ $text( wc_attribute_label( $name, $product ) ) ] = $text( $term ? $term->name : $value );
			}
			$variants[] = array( 'id' => (int) $child_id, 'attributes' => (object) $choice ) + $offer( $child );
		}
		$one = $offer( $product );
		if ( $product->is_type( 'variable' ) ) {
			// Not by its own methods: they answer from a transient, which direct changes of meta leave behind.
			$prices         = array_filter( array_column( $variants, 'price' ), 'is_numeric' );
			$one['price']   = $prices ? (string) min( $prices ) : null;
			$one['on_sale'] = in_array( true, array_column( $variants, 'on_sale' ), true );
		}
		$view[] = $one + array(
			'id'                => (int) $id,
			'is_shown'          => 'publish' === $product->get_status() && '' === get_post( $id )->post_password && 'hidden' !== $product->get_catalog_visibility(),
			'type'              => $product->get_type(),
			'name'              => $product->get_name(),
			'short_description' => $product->get_short_description(),
			'description'       => $product->get_description(),
			'currency'          => get_woocommerce_currency(),
			'categories'        => $names( $id, 'product_cat' ),
			'tags'              => $names( $id, 'product_tag' ),
			'attributes'        => $attributes,
			'gallery'           => array_map( $image, $product->get_gallery_image_ids() ),
			'permalink'         => (string) get_permalink( $id ),
			'status'            => $product->get_status(),
			'variants'          => $variants,
		);
	}
	return $view;
};
