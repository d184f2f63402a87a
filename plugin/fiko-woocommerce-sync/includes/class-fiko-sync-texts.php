<?php
/**
 * The two texts of a product as its page shows them to a guest: through the filters that WooCommerce's own templates use, with the
 * product's page set up as the current query. A text that cannot be rendered is sent raw, without the inside of shortcodes.
 */
final class Fiko_Sync_Texts {
	/** Bytes of a rendered text. The backend stores 1 MB of a product and cuts the end of longer texts. */
	const MAX_BYTES = 1000000;

	/** Seconds that a request of a shortcode to another server may take. */
	const HTTP_SECONDS = 3;

	/** Enclosing shortcodes that are taken out of one text. One with more ends at the first bracket. */
	const MAX_ENCLOSED = 500;

	/** Products whose texts have ended PHP while they were rendered: they go raw until they change. */
	const RAW = 'fiko_sync_raw_texts';

	/** @return array short_description, description: HTML without scripts, styles and embedded pictures. */
	public static function of( WC_Product $product ) {
		$post  = get_post( $product->get_id() );
		$is_ok = ! self::is_raw( $product->get_id(), $post );
		// The template prints no description where the content is empty, but a short one that only a filter makes.
		return array(
			'short_description' => self::rendered( 'woocommerce_short_description', $post->post_excerpt, $post, $is_ok ),
			'description'       => '' === $post->post_content ? '' : self::rendered( 'the_content', $post->post_content, $post, $is_ok ),
		);
	}

	/** @return string A variation's description, as the product's page shows it when the variation is chosen. */
	public static function of_variation( WC_Product_Variation $variation, WP_Post $parent_post ) {
		$text = (string) $variation->get_description();
		return '' === trim( $text ) ? '' : self::rendered( 'woocommerce_short_description', $text, $parent_post, ! self::is_raw( $parent_post->ID, $parent_post ) );
	}

	/** @return string The text of a page as it shows it to a guest. */
	public static function of_page( WP_Post $post ) {
		$work = static fn() => self::rendered( 'the_content', $post->post_content, $post, ! self::is_raw( $post->ID, $post ) );
		return self::on_page( $post, array( 'page_id' => $post->ID ), null, $work );
	}

	/**
	 * Makes a product's page the current page, as the theme's template has it, while something is read.
	 *
	 * @param WC_Product $product The product.
	 * @param callable   $work    What to do meanwhile.
	 * @return mixed What $work returned.
	 */
	public static function on_page_of( WC_Product $product, $work ) {
		$post = get_post( $product->get_id() );
		return self::on_page( $post, array( 'post_type' => 'product', 'product' => $post->post_name, 'name' => $post->post_name ), $product, $work );
	}

	/** @param WC_Product|null $product Null for a page that shows none. */
	private static function on_page( WP_Post $post, array $vars, $product, $work ) {
		$names  = array( 'post', 'product', 'wp_query', 'wp_the_query', 'id', 'authordata', 'page', 'pages', 'multipage', 'more', 'numpages', 'currentday', 'currentmonth' );
		$before = array();
		foreach ( $names as $name ) {
			$before[ $name ] = $GLOBALS[ $name ] ?? null;
		}
		$query = new WP_Query();
		$query->init();
		$query->parse_query( $vars );
		$query->posts             = array( $post );
		$query->post              = $post;
		$query->post_count        = 1;
		$query->found_posts       = 1;
		$query->max_num_pages     = 1;
		$query->queried_object    = $post;
		$query->queried_object_id = $post->ID;
		$query->in_the_loop       = true;
		$query->current_post      = 0;
		$GLOBALS['wp_query']      = $query; // phpcs:ignore WordPress.WP.GlobalVariablesOverride -- put back below.
		$GLOBALS['wp_the_query']  = $query; // phpcs:ignore WordPress.WP.GlobalVariablesOverride
		$GLOBALS['post']          = $post; // phpcs:ignore WordPress.WP.GlobalVariablesOverride
		$GLOBALS['product']       = $product;
		$query->setup_postdata( $post );
		try {
			return $work();
		} finally {
			foreach ( $before as $name => $value ) {
				$GLOBALS[ $name ] = $value; // phpcs:ignore WordPress.WP.GlobalVariablesOverride
			}
		}
	}

	/** The texts of this product have ended PHP: from now on they are sent raw, until the product changes. */
	public static function distrust( $id ) {
		$post = get_post( $id );
		if ( $post ) {
			$raw = array_slice( array( $id => $post->post_modified_gmt ) + (array) get_option( self::RAW, array() ), 0, 200, true );
			update_option( self::RAW, $raw, false );
		}
	}

	/** @return bool Whether the texts of a product are sent raw, as it is now. */
	public static function is_raw( $id, WP_Post $post ) {
		$raw = (array) get_option( self::RAW, array() );
		return ( $raw[ $id ] ?? '' ) === $post->post_modified_gmt;
	}

	private static function rendered( $filter, $text, WP_Post $post, $may_render ) {
		$html = $may_render ? self::render( $filter, $text, $post ) : null;
		$html = null === $html ? self::raw( $text ) : $html;
		// Cron and terminals may lack the shortcodes that only pages register: their inside may be for members.
		return self::clean( Fiko_Sync_Background::is_guest_request() ? $html : self::without_enclosed( $html ) );
	}

	/** @return string|null HTML; null when a filter threw, ended, or printed a fatal error. */
	private static function render( $filter, $text, WP_Post $post ) {
		$level   = ob_get_level();
		$timeout = static fn( $seconds ) => min( (float) $seconds, self::HTTP_SECONDS );
		add_filter( 'http_request_timeout', $timeout, PHP_INT_MAX );
		ob_start();
		try {
			$html = (string) apply_filters( $filter, $text ); // phpcs:ignore WordPress.NamingConventions.PrefixAllGlobals -- WordPress's and WooCommerce's own.
			$html = ( ob_get_level() > $level ? ob_get_contents() : '' ) . $html; // What a shortcode prints instead of returning, the page shows first.
			$flaw = preg_match( '~\b(?:Fatal|Parse) error\b.{0,2000}?\bon line\b~s', $html ) ? 'it printed a fatal error' : '';
		} catch ( Throwable $error ) {
			$html = null;
			$flaw = $error->getMessage() . ' in ' . $error->getFile() . ':' . $error->getLine();
		} finally {
			while ( ob_get_level() > $level ) {
				ob_end_clean();
			}
			remove_filter( 'http_request_timeout', $timeout, PHP_INT_MAX );
		}
		if ( '' !== $flaw ) {
			Fiko_Sync_Log::write( 'warning', "text_$post->ID", "Product $post->ID: $filter failed, the text is sent without it ($flaw)." );
			return null;
		}
		return $html;
	}

	/** @return string The text without shortcodes and what stands between them: it may be for members only. */
	private static function raw( $text ) {
		$text = self::without_enclosed( preg_replace( '~<!--.*?-->~s', '', $text ) ?? $text );
		return wpautop( preg_replace( '~\[/?[a-zA-Z][\w-]*(?:\s[^\[\]]*)?/?\]~', '', $text ) ?? $text );
	}

	/** @return string The text without what stands between an opening and a closing shortcode. The innermost goes first. */
	private static function without_enclosed( $html ) {
		for ( $round = 0; preg_match( '~\[/([a-zA-Z][\w-]*)\]~', $html, $closing, PREG_OFFSET_CAPTURE ); ++$round ) {
			if ( $round >= self::MAX_ENCLOSED ) {
				return substr( $html, 0, (int) strpos( $html, '[' ) );
			}
			list( $tag, $at ) = $closing[0];
			$before           = substr( $html, 0, $at );
			$begins           = preg_match_all( '~\[' . $closing[1][0] . '(?=[\s\]/])~', $before, $openings, PREG_OFFSET_CAPTURE ) ? end( $openings[0] )[1] : $at;
			$html             = substr( $before, 0, $begins ) . substr( $html, $at + strlen( $tag ) );
		}
		return $html;
	}

	/** @return string Without what no guest reads: scripts, styles, drawings, comments, pictures inside the text. */
	private static function clean( $html ) {
		foreach ( array( '~<(script|style|svg|template|noscript)\b[^>]*+>.*?</\1\s*+>~is', '~<!--.*?-->~s', Fiko_Sync_Rules::EMBEDDED ) as $pattern ) {
			$html = preg_replace( $pattern, '', $html ) ?? $html;
		}
		return strlen( $html ) > self::MAX_BYTES ? mb_strcut( $html, 0, self::MAX_BYTES, 'UTF-8' ) : trim( $html );
	}
}
