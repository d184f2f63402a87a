<?php
/**
 * What other plugins of a shop do to products. Each is switched on by its name in the option e2e_troubles, for products whose SKU begins with
 * the name in capitals, where it concerns single products.
 */

defined( 'ABSPATH' ) || exit;

$e2e_troubles = (array) get_option( 'e2e_troubles', array() );
$e2e_is       = static function ( $product, $name ) use ( $e2e_troubles ) {
	return in_array( $name, $e2e_troubles, true ) && 0 === strpos( (string) $product->get_sku( 'edit' ), strtoupper( $name ) );
};
$e2e_has      = static function ( $name ) use ( $e2e_troubles ) {
	return in_array( $name, $e2e_troubles, true );
};

add_filter(
	'woocommerce_product_get_price',
	static function ( $price, $product ) use ( $e2e_is, $e2e_has ) {
		if ( $e2e_is( $product, 'throws' ) ) {
			throw new RuntimeException( 'This price plugin is broken.' );
		}
		if ( $e2e_is( $product, 'exits' ) ) {
			exit( 'A price plugin ends PHP.' );
		}
		if ( $e2e_is( $product, 'memory' ) ) {
			str_repeat( 'x', 4 * 1024 * MB_IN_BYTES );
		}
		if ( $e2e_is( $product, 'wpdie' ) ) {
			wp_die( 'A price plugin dies.' );
		}
		if ( $e2e_is( $product, 'killed' ) ) {
			posix_kill( getmypid(), SIGKILL );
		}
		// A currency switcher: the visitor's own cookie decides.
		if ( $e2e_has( 'currency' ) && isset( $_COOKIE['e2e_currency'] ) ) {
			$price = (string) ( (float) $price / 100 );
		}
		// A discount plugin that leaves wp-admin and cron alone, as many do.
		if ( $e2e_has( 'discount' ) && ! is_admin() && ! wp_doing_cron() ) {
			$price = (string) ( (float) $price * 0.9 );
		}
		// A price that is computed: a third of the stored one.
		return $e2e_is( $product, 'third' ) ? (float) $price / 3 : $price;
	},
	10,
	2
);
add_filter(
	'woocommerce_product_is_visible',
	static function ( $is_visible, $id ) use ( $e2e_is ) {
		return $is_visible && ( is_user_logged_in() || ! $e2e_is( wc_get_product( $id ), 'members' ) );
	},
	10,
	2
);
add_filter(
	'woocommerce_product_is_in_stock',
	static function ( $is_in_stock, $product ) use ( $e2e_is ) {
		return $is_in_stock && ! $e2e_is( $product, 'soldout' );
	},
	10,
	2
);
add_filter(
	'pre_http_request',
	static function ( $answer, $arguments ) use ( $e2e_has ) {
		$is_own = is_array( $arguments['body'] ) && isset( $arguments['body']['fiko_sync_background'] );
		return $is_own && $e2e_has( 'noloopback' ) ? new WP_Error( 'http_request_failed', 'cURL error 7: the host blocks it' ) : $answer;
	},
	PHP_INT_MAX,
	2
);
if ( $e2e_has( 'shortcodes' ) ) {
	add_shortcode( 'e2e_sizes', static fn() => '<table><tr><th>Size</th><td>Forty-two</td></tr></table>' );
	add_shortcode( 'e2e_members', static fn( $given, $inside ) => is_user_logged_in() ? do_shortcode( $inside ) : 'For members.' );
	add_shortcode( 'e2e_exits', static fn() => exit( 'A shortcode ends PHP.' ) );
	add_shortcode( 'e2e_throws', static function () {
		throw new RuntimeException( 'A shortcode is broken.' );
	} );
	add_shortcode( 'e2e_echoes', static function () {
		echo '<p>Printed words.</p>';
	} );
	add_shortcode( 'e2e_fatal', static fn() => '<br /><b>Fatal error</b>: Uncaught Error in /x.php on line <b>3</b><br />' );
	add_filter( 'the_content', static fn( $html ) => is_singular( 'product' ) ? $html . '<p>Returned within thirty days.</p><script>let tracked = true</script>' : $html );
}
