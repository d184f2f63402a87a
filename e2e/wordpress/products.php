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
				return $term ? $term->term_id : wp_insert_term( $name, $taxonomy )['term_id'];
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
	unset( $props['categories'], $props['tags'] );
	if ( ! empty( $props['image'] ) ) {
		$product->set_image_id( $with_image( $props['image'] ) );
		unset( $props['image'] );
	}
	$variations = $props['variations'] ?? array();
	$colours    = $props['colours'] ?? array_column( $variations, 'colour' );
	unset( $props['variations'], $props['colours'] );

	$answer = $product->set_props( $props );
	if ( is_wp_error( $answer ) ) {
		throw new RuntimeException( $answer->get_error_message() );
	}
	if ( $colours ) {
		$attribute = new WC_Product_Attribute();
		$attribute->set_name( 'رنگ' );
		$attribute->set_options( $colours );
		$attribute->set_visible( true );
		$attribute->set_variation( 'variable' === $kind );
		$product->set_attributes( array( $attribute ) );
	}
	$id  = $product->save();
	$ids = array();
	foreach ( $variations as $given ) {
		$variation = new WC_Product_Variation();
		$variation->set_parent_id( $id );
		$variation->set_attributes( array( sanitize_title( 'رنگ' ) => $given['colour'] ) );
		unset( $given['colour'] );
		$variation->set_props( $given );
		$ids[] = $variation->save();
	}
	return array( 'id' => $id, 'variations' => $ids );
};
