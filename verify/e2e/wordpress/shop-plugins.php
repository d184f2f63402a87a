<?php
/**
 * Plugin Name: Plugins of a shop
 * Description: What other plugins do to what a guest sees: shortcodes, a block, filters of texts, prices, stock and
 * visibility. The filters touch only products that have the meta field named in them.
 */

defined( 'ABSPATH' ) || exit;

add_shortcode(
	'size_table',
	static fn() => '<table><tr><th>Size</th><th>Chest</th></tr><tr><td>Medium</td><td>98 cm</td></tr><tr><td>Large</td><td>106 cm</td></tr></table>'
);

add_shortcode(
	'members_only',
	static fn( $attributes, $inside = '' ) => is_user_logged_in() ? do_shortcode( $inside ) : '<p>Members sign in to read on.</p>'
);

add_action(
	'init',
	static function () {
		register_block_type( 'e2e/shipping-note', array( 'render_callback' => static fn() => '<p>Ships from Isfahan with care: ' . esc_html( get_the_title() ) . '.</p>' ) );
	}
);

/** A field of the product that a page is about. */
function e2e_field( $name, $product = null ) {
	return get_post_meta( $product ? $product->get_id() : get_the_ID(), $name, true );
}

foreach ( array( 'the_content', 'woocommerce_short_description' ) as $e2e_hook ) {
	add_filter( $e2e_hook, static fn( $text ) => $text . ( e2e_field( 'e2e_note' ) ? '<p>' . esc_html( e2e_field( 'e2e_note' ) ) . '</p>' : '' ) );
}

// As plugins for dynamic prices do, it leaves wp-admin and cron alone.
add_filter(
	'woocommerce_product_get_price',
	static function ( $price, $product ) {
		$is_guest = ! is_admin() && ! wp_doing_cron() && ! is_user_logged_in();
		return $is_guest && '' !== $price && e2e_field( 'e2e_price_factor', $product ) ? (string) ( $price * e2e_field( 'e2e_price_factor', $product ) ) : $price;
	},
	10,
	2
);

add_filter(
	'woocommerce_product_is_in_stock',
	static fn( $is_in_stock, $product ) => $is_in_stock && ! e2e_field( 'e2e_is_reserved', $product ),
	10,
	2
);

add_filter(
	'woocommerce_product_is_visible',
	static fn( $is_visible, $id ) => $is_visible && ( is_user_logged_in() || ! get_post_meta( $id, 'e2e_is_for_members', true ) ),
	10,
	2
);
