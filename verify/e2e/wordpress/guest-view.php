<?php
/**
 * Plugin Name: Guest view
 * Description: What a guest reads on a product's page, as JSON: `?guest_view` after its address. Each part is printed by
 * WooCommerce's own template function, in the page's own request, and read from that HTML. Nothing in it knows of the plugin
 * that is compared with it.
 */

defined( 'ABSPATH' ) || exit;

// Last: what sends a guest away from a page has done so by then.
add_action( 'template_redirect', 'e2e_guest_view', PHP_INT_MAX );

function e2e_guest_view() {
	if ( ! isset( $_GET['guest_view'] ) || ! is_singular( 'product' ) ) {
		return;
	}
	if ( is_user_logged_in() || $_COOKIE ) {
		wp_send_json( array( 'error' => 'this is no guest' ), 500 );
	}
	the_post();
	global $product;
	wp_send_json( post_password_required() ? array( 'needs_password' => true ) : e2e_guest_view_of( $product ) );
}

function e2e_guest_view_of( WC_Product $product ) {
	$id      = $product->get_id();
	$title   = e2e_printed( 'woocommerce_template_single_title' );
	$price   = e2e_dom( e2e_printed( 'woocommerce_template_single_price' ) );
	$stock   = e2e_dom( wc_get_stock_html( $product ) );
	$meta    = e2e_dom( e2e_printed( 'woocommerce_template_single_meta' ) );
	$gallery = e2e_dom( e2e_printed( 'woocommerce_show_product_images' ) );
	$table   = array();
	$details = e2e_dom( e2e_printed( static fn() => wc_display_product_attributes( $product ) ) );
	foreach ( $details->query( '//tr' ) as $row ) {
		preg_match( '/woocommerce-product-attributes-item--(\S+)/', $row->getAttribute( 'class' ), $found );
		$table[] = array(
			'key'   => $found[1],
			'label' => e2e_text( $details, './/th', $row ),
			'value' => e2e_text( $details, './/td', $row ),
		);
	}
	return array(
		'id'                => $id,
		'type'              => $product->get_type(),
		'is_visible'        => e2e_is_visible( $product ),
		'name'              => e2e_text_of( $title ),
		'amounts'           => e2e_amounts( $price, '//' ),
		'amounts_before'    => e2e_amounts( $price, '//del//' ),
		'amounts_now'       => e2e_amounts( $price, '//ins//' ),
		'is_on_sale'        => '' !== trim( e2e_printed( 'woocommerce_show_product_sale_flash' ) ),
		'short_description' => e2e_text_of( e2e_printed( 'woocommerce_template_single_excerpt' ) ),
		'description'       => e2e_text_of( e2e_printed( 'the_content' ) ),
		'stock'             => array(
			'is_sold_out' => 0 < $stock->query( '//*[contains(concat(" ", @class, " "), " out-of-stock ")]' )->length,
			'text'        => e2e_text( $stock, '//*[contains(concat(" ", @class, " "), " stock ")]' ),
		),
		'sku'               => $product->get_sku() ? e2e_text( $meta, '//*[@class="sku"]' ) : '',
		'categories'        => e2e_links( wc_get_product_category_list( $id ) ),
		'tags'              => e2e_links( wc_get_product_tag_list( $id ) ),
		'brands'            => function_exists( 'wc_get_brands' ) ? e2e_links( wc_get_brands( $id ) ) : array(),
		'table'             => $table,
		'images'            => e2e_values( $gallery, '//div[contains(@class, "woocommerce-product-gallery__image")]/a/@href' ),
		'permalink'         => (string) get_permalink(),
		'rating'            => e2e_rating( e2e_printed( 'woocommerce_template_single_rating' ) ),
	) + e2e_choices( $product );
}

/** The form in which a guest chooses a variation: its selects, and the variations that its script shows. */
function e2e_choices( WC_Product $product ) {
	if ( ! $product->is_type( 'variable' ) ) {
		return array( 'choices' => array(), 'variations' => array() );
	}
	// The page holds all of them, and asks for none of them later.
	add_filter( 'woocommerce_ajax_variation_threshold', static fn() => PHP_INT_MAX );
	$form    = e2e_dom( e2e_printed( 'woocommerce_variable_add_to_cart' ) );
	$choices = array();
	foreach ( $form->query( '//table[contains(@class, "variations")]//tr' ) as $row ) {
		$select  = $form->query( './/select', $row )->item( 0 );
		$options = array();
		foreach ( $form->query( './/option[@value != ""]', $select ) as $option ) {
			$options[] = array( $option->getAttribute( 'value' ), $option->textContent );
		}
		$choices[] = array( 'key' => $select->getAttribute( 'name' ), 'label' => e2e_text( $form, './/label', $row ), 'options' => $options );
	}
	$variations = array();
	foreach ( json_decode( e2e_values( $form, '//form/@data-product_variations' )[0] ?? '[]', true ) as $variation ) {
		$variations[] = array(
			'id'            => $variation['variation_id'],
			'attributes'    => (object) $variation['attributes'],
			// The page prints them rounded, and only where the variations' prices differ.
			'price'         => wc_format_decimal( $variation['display_price'], wc_get_price_decimals() ),
			'regular_price' => wc_format_decimal( $variation['display_regular_price'], wc_get_price_decimals() ),
			'is_in_stock'   => $variation['is_in_stock'],
			'sku'           => $variation['sku'],
			'description'   => e2e_text_of( $variation['variation_description'] ),
			'weight'        => $variation['weight'],
		);
	}
	return array( 'choices' => $choices, 'variations' => $variations );
}

/** Whether a guest finds it in the catalogue or by a search. */
function e2e_is_visible( WC_Product $product ) {
	global $wp_query;
	$is_search  = $wp_query->is_search;
	$is_visible = false;
	foreach ( array( false, true ) as $wp_query->is_search ) {
		$is_visible = $is_visible || $product->is_visible();
	}
	$wp_query->is_search = $is_search;
	return $is_visible;
}

function e2e_printed( callable $template ) {
	ob_start();
	$template();
	return ob_get_clean();
}

function e2e_dom( $html ) {
	$document = new DOMDocument();
	$before   = libxml_use_internal_errors( true );
	$document->loadHTML( '<?xml encoding="utf-8"?><body>' . $html . '</body>' );
	libxml_clear_errors();
	libxml_use_internal_errors( $before );
	return new DOMXPath( $document );
}

function e2e_values( DOMXPath $page, $path ) {
	return array_map( static fn( $node ) => $node->nodeValue, iterator_to_array( $page->query( $path ), false ) );
}

/** The text of the first element that is found. */
function e2e_text( DOMXPath $page, $path, $below = null ) {
	$found = $page->query( $path, $below )->item( 0 );
	return $found ? e2e_text_of( $page->document->saveHTML( $found ) ) : '';
}

/** What a browser shows of HTML: neither scripts nor what is for screen readers only; a space where a block begins or ends. */
function e2e_text_of( $html ) {
	$inline = array( 'A', 'ABBR', 'B', 'BDI', 'BDO', 'BIG', 'CITE', 'CODE', 'DEL', 'EM', 'FONT', 'I', 'INS', 'KBD', 'MARK', 'Q', 'S', 'SMALL', 'SPAN', 'STRIKE', 'STRONG', 'SUB', 'SUP', 'U', 'WBR' );
	$hidden = array();
	$tokens = new WP_HTML_Tag_Processor( (string) $html );
	$text   = '';
	while ( $tokens->next_token() ) {
		if ( '#text' === $tokens->get_token_type() ) {
			$text .= $hidden ? '' : $tokens->get_modifiable_text();
		} elseif ( '#tag' === $tokens->get_token_type() ) {
			$name = $tokens->get_tag();
			if ( ! in_array( $name, $inline, true ) ) {
				$text .= "\n";
			}
			if ( $tokens->is_tag_closer() ) {
				if ( $hidden && end( $hidden ) === $name ) {
					array_pop( $hidden );
				}
			} elseif ( $hidden ? end( $hidden ) === $name : $tokens->has_class( 'screen-reader-text' ) || 'TEMPLATE' === $name ) {
				$hidden[] = $name;
			}
		}
	}
	return trim( preg_replace( '/[\s\x{a0}]+/u', ' ', $text ) );
}

function e2e_links( $html ) {
	$page = e2e_dom( (string) $html );
	return array_map( static fn( $link ) => e2e_text_of( $page->document->saveHTML( $link ) ), iterator_to_array( $page->query( '//a' ), false ) );
}

/** Amounts of money as plain decimals. What is hidden for the eye is said a second time in words. */
function e2e_amounts( DOMXPath $page, $path ) {
	$amounts = array();
	foreach ( $page->query( $path . '*[contains(@class, "woocommerce-Price-amount")][not(ancestor::*[contains(@class, "screen-reader-text")])]' ) as $amount ) {
		$without = html_entity_decode( get_woocommerce_currency_symbol(), ENT_QUOTES, 'UTF-8' );
		$digits  = str_replace( array( $without, wc_get_price_thousand_separator() ), '', $amount->textContent );
		$digits  = str_replace( wc_get_price_decimal_separator(), '.', $digits );
		$amounts[] = preg_replace( '/[^\d.-]/u', '', $digits );
	}
	return $amounts;
}

function e2e_rating( $html ) {
	$page = e2e_dom( $html );
	return array( 'average' => e2e_text( $page, '//*[contains(@class, "star-rating")]//*[@class="rating"]' ), 'count' => (int) e2e_text( $page, '//*[@class="count"]' ) );
}
