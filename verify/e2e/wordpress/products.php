<?php
/** Makes products as scenarios need them, through WooCommerce's own objects. */

return static function ( string $kind, array $props ) {
	$with_image = static function ( $name ) {
		$image = imagecreatetruecolor( 40, 40 );
		imagefill( $image, 0, 0, wp_rand( 0, 0xffffff ) );
		ob_start();
		imagepng( $image );
		$upload = wp_upload_bits( $name . '-' . wp_generate_password( 6, false ) . '.png', null, ob_get_clean() );
		$id     = wp_insert_attachment( array( 'post_mime_type' => 'image/png', 'post_title' => $name ), $upload['file'] );
		wp_update_attachment_metadata( $id, wp_generate_attachment_metadata( $id, $upload['file'] ) );
		return $id;
	};
	if ( 'image' === $kind ) {
		return $with_image( $props['name'] );
	}
	$terms = static function ( $taxonomy, $names ) {
		return array_map(
			static function ( $name ) use ( $taxonomy ) {
				$term = get_term_by( 'name', $name, $taxonomy );
				$term = $term ? (array) $term : wp_insert_term( $name, $taxonomy );
				if ( is_wp_error( $term ) ) {
					throw new RuntimeException( "$name, $taxonomy: " . $term->get_error_message() );
				}
				return $term['term_id'];
			},
			$names
		);
	};

	$classes = array(
		'simple'   => WC_Product_Simple::class,
		'variable' => WC_Product_Variable::class,
		'grouped'  => WC_Product_Grouped::class,
		'external' => WC_Product_External::class,
	);
	$product = new $classes[ $kind ]();
	$product->set_category_ids( $terms( 'product_cat', $props['categories'] ?? array( 'پوشاک' ) ) );
	$product->set_tag_ids( $terms( 'product_tag', $props['tags'] ?? array( 'زمستانی' ) ) );
	if ( ! empty( $props['image'] ) ) {
		$product->set_image_id( $with_image( $props['image'] ) );
	}
	$product->set_gallery_image_ids( array_map( $with_image, $props['gallery'] ?? array() ) );
	$variations = $props['variations'] ?? array();
	$colours    = $props['colours'] ?? array_column( $variations, 'colour' );
	$attributes = $props['attributes'] ?? array();
	$meta       = $props['meta'] ?? array();
	$brands     = $props['brands'] ?? array();
	$ratings    = $props['ratings'] ?? array();
	foreach ( array( 'categories', 'tags', 'image', 'gallery', 'variations', 'colours', 'attributes', 'meta', 'brands', 'ratings' ) as $name ) {
		unset( $props[ $name ] );
	}

	$answer = $product->set_props( $props );
	if ( is_wp_error( $answer ) ) {
		throw new RuntimeException( $answer->get_error_message() );
	}
	if ( $colours ) {
		$attributes[] = array( 'name' => 'رنگ', 'options' => $colours, 'variation' => 'variable' === $kind );
	}
	// A variation names its values by these keys, and those of a global attribute by their slugs.
	$keys = array();
	$all  = array();
	foreach ( $attributes as $given ) {
		$attribute = new WC_Product_Attribute();
		$options   = $given['options'];
		$keys[ $given['name'] ] = sanitize_title( $given['name'] );
		if ( ! empty( $given['is_global'] ) ) {
			$slug     = $given['slug'] ?? sanitize_title( $given['name'] );
			$taxonomy = "pa_$slug";
			if ( ! taxonomy_exists( $taxonomy ) ) {
				wc_create_attribute( array( 'name' => $given['name'], 'slug' => $slug ) );
				register_taxonomy( $taxonomy, 'product' );
			}
			$options                = $terms( $taxonomy, $options );
			$keys[ $given['name'] ] = $taxonomy;
			$attribute->set_id( wc_attribute_taxonomy_id_by_name( $taxonomy ) );
		}
		$attribute->set_name( empty( $given['is_global'] ) ? $given['name'] : $taxonomy );
		$attribute->set_options( $options );
		$attribute->set_visible( $given['visible'] ?? true );
		$attribute->set_variation( $given['variation'] ?? false );
		$all[] = $attribute;
	}
	$product->set_attributes( $all );
	foreach ( $meta as $key => $value ) {
		$product->update_meta_data( $key, $value );
	}
	$id = $product->save();
	if ( $brands ) {
		wp_set_object_terms( $id, $terms( 'product_brand', $brands ), 'product_brand' );
	}
	foreach ( $ratings as $rating ) {
		wp_insert_comment( array( 'comment_post_ID' => $id, 'comment_type' => 'review', 'comment_author' => 'A customer', 'comment_content' => 'Good.', 'comment_approved' => 1, 'comment_meta' => array( 'rating' => $rating ) ) );
	}
	if ( $ratings ) {
		WC_Comments::clear_transients( $id );
	}
	$ids = array();
	foreach ( $variations as $given ) {
		$variation = new WC_Product_Variation();
		$variation->set_parent_id( $id );
		$chosen = isset( $given['colour'] ) ? array( 'رنگ' => $given['colour'] ) : $given['attributes'];
		$values = array();
		foreach ( $chosen as $name => $value ) {
			$term                    = taxonomy_exists( $keys[ $name ] ) ? get_term_by( 'name', $value, $keys[ $name ] ) : null;
			$values[ $keys[ $name ] ] = $term ? $term->slug : $value;
		}
		$variation->set_attributes( $values );
		unset( $given['colour'], $given['attributes'] );
		$variation->set_props( $given );
		$ids[] = $variation->save();
	}
	return array( 'id' => $id, 'variations' => $ids );
};
