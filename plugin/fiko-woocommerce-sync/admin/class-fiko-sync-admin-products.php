<?php
/** Where products and categories are edited: the status column and "Keep from the AI". Shows receipts, never hope. */
final class Fiko_Sync_Admin_Products {
	/** @var array<int,object>|null Product id → row, for the page of the list that is being shown. */
	private static $rows = null;

	public static function register() {
		add_filter( 'manage_edit-product_columns', array( __CLASS__, 'column' ), 20 );
		add_action( 'manage_product_posts_custom_column', array( __CLASS__, 'cell' ), 10, 2 );
		add_filter( 'display_post_states', array( __CLASS__, 'name_failed' ), 10, 2 );
		add_filter( 'views_edit-product', array( __CLASS__, 'views' ) );
		add_filter( 'posts_where', array( __CLASS__, 'only_failed' ), 10, 2 );
		add_action( 'admin_post_fiko_sync_retry', array( __CLASS__, 'retry' ) );
		add_action( 'woocommerce_product_options_advanced', array( __CLASS__, 'product_field' ) );
		add_action( 'woocommerce_admin_process_product_object', array( __CLASS__, 'save_product' ) );
		add_action( 'product_cat_add_form_fields', array( __CLASS__, 'category_field' ) );
		add_action( 'product_cat_edit_form_fields', array( __CLASS__, 'category_field' ) );
		add_action( 'created_product_cat', array( __CLASS__, 'save_category' ) );
		add_action( 'edited_product_cat', array( __CLASS__, 'save_category' ) );
	}

	public static function column( $columns ) {
		return $columns + array( 'fiko_sync' => __( 'AI', 'fiko-woocommerce-sync' ) );
	}

	/** "Failed (3)" beside "Published", when there is one. */
	public static function views( $views ) {
		$failed = Fiko_Sync_Status::now()['failed'];
		if ( $failed > 0 ) {
			$url     = admin_url( 'edit.php?post_type=product&fiko_sync=failed' );
			$current = self::is_failed_view() ? ' class="current" aria-current="page"' : '';

			$views['fiko_sync_failed'] = sprintf( '<a href="%s"%s>%s <span class="count">(%s)</span></a>', esc_url( $url ), $current, esc_html__( 'Failed at the AI', 'fiko-woocommerce-sync' ), esc_html( Fiko_Sync_Admin::number( $failed ) ) );
		}
		return $views;
	}

	public static function only_failed( $where, $query ) {
		global $wpdb;
		if ( $query->is_main_query() && self::is_failed_view() && 'product' === $query->get( 'post_type' ) ) {
			$where .= " AND $wpdb->posts.ID IN (SELECT product_id FROM " . Fiko_Sync_Dirty_Set::table() . " WHERE priority = 9 AND reason <> '')";
		}
		return $where;
	}

	private static function is_failed_view() {
		return 'failed' === sanitize_key( $_GET['fiko_sync'] ?? '' ); // phpcs:ignore WordPress.Security.NonceVerification -- a view, not an action.
	}

	public static function cell( $column, $id ) {
		if ( 'fiko_sync' !== $column ) {
			return;
		}
		$labels = array(
			'waiting'    => __( 'Waiting', 'fiko-woocommerce-sync' ),
			'sent'       => __( 'Sent', 'fiko-woocommerce-sync' ),
			'searchable' => __( 'Searchable', 'fiko-woocommerce-sync' ),
			'failed'     => __( 'Failed', 'fiko-woocommerce-sync' ),
		);
		$row    = self::row( $id );
		$state  = $row ? self::state( $row ) : '';
		if ( '' === $state ) {
			$why = self::obstacle( $id );
			printf( '<span aria-hidden="true">—</span> <span class="%s">%s</span>', '' === $why ? 'screen-reader-text' : 'description', esc_html( '' === $why ? __( 'Not known to the AI', 'fiko-woocommerce-sync' ) : $why ) );
			return;
		}
		printf( '<span class="fiko-sync-state fiko-sync-%1$s">%2$s</span>', esc_attr( $state ), esc_html( $labels[ $state ] ) );
		if ( isset( $row->readiness ) && 'searchable' === $state ) {
			/* translators: %s: a number from 0 to 100. */
			printf( '<br><span class="description">%s</span>', esc_html( sprintf( __( 'Ready: %s of 100', 'fiko-woocommerce-sync' ), Fiko_Sync_Admin::number( (int) $row->readiness ) ) ) );
		}
		if ( 'failed' === $state ) {
			$retry = wp_nonce_url( admin_url( "admin-post.php?action=fiko_sync_retry&product=$id" ), "fiko_sync_retry_$id" );
			printf( '<br>%1$s <a href="%2$s">%3$s</a>', esc_html( Fiko_Sync_Status::reason( $row->reason ) ), esc_url( $retry ), esc_html__( 'Retry', 'fiko-woocommerce-sync' ) );
		}
	}

	/** Beside the name, because a phone folds all other columns away. */
	public static function name_failed( $states, $post ) {
		$row = 'product' === $post->post_type && self::is_list() ? self::row( $post->ID ) : null;
		return $row && 'failed' === self::state( $row ) ? $states + array( 'fiko_sync' => esc_html__( 'Failed at the AI', 'fiko-woocommerce-sync' ) ) : $states;
	}

	private static function is_list() {
		$screen = function_exists( 'get_current_screen' ) ? get_current_screen() : null;
		return $screen && 'edit-product' === $screen->id;
	}

	/** @return object|null The row of a product of the page of the list that is being shown: one query for all. */
	private static function row( $id ) {
		if ( null === self::$rows ) {
			global $wpdb, $wp_query;
			$ids = array_map( 'intval', array_merge( array( $id ), wp_list_pluck( $wp_query->posts, 'ID' ) ) );
			// phpcs:ignore WordPress.DB
			self::$rows = $wpdb->get_results( 'SELECT * FROM ' . Fiko_Sync_Dirty_Set::table() . ' WHERE product_id IN (' . implode( ',', $ids ) . ')', OBJECT_K );
		}
		return self::$rows[ $id ] ?? null;
	}

	/** @return string Why the AI does not know a published product, in a few words; a draft needs none. */
	private static function obstacle( $id ) {
		static $is_loaded = false;
		if ( ! $is_loaded ) {
			$is_loaded = true;
			Fiko_Sync_Payload::load_kept_categories();
		}
		try {
			$product  = wc_get_product( $id );
			$obstacle = $product ? Fiko_Sync_Payload::obstacle( $product ) : '';
		} catch ( Throwable $error ) {
			$obstacle = '';
		}
		return 'not_published' === $obstacle ? '' : Fiko_Sync_Status::obstacle( $obstacle );
	}

	/** @return string What a row says, from receipts alone: `waiting`, `sent`, `searchable`, `failed`, '' when the AI does not know it. */
	public static function state( $row ) {
		if ( $row->priority < Fiko_Sync_Dirty_Set::CLEAN ) {
			return 'waiting';
		}
		if ( '' !== $row->reason ) {
			return 'failed';
		}
		$known = $row->searchable_version >= $row->acked_version ? 'searchable' : 'sent';
		return '' === $row->acked_hash ? '' : $known;
	}

	public static function retry() {
		$id = absint( $_GET['product'] ?? 0 );
		check_admin_referer( "fiko_sync_retry_$id" );
		current_user_can( 'edit_products' ) && current_user_can( 'edit_post', $id ) || wp_die( esc_html__( 'You have no permission for this action.', 'fiko-woocommerce-sync' ), 403 );
		Fiko_Sync_Hooks::mark( $id, Fiko_Sync_Dirty_Set::URGENT );
		wp_safe_redirect( wp_get_referer() ? wp_get_referer() : admin_url( 'edit.php?post_type=product' ) );
		exit;
	}

	public static function product_field() {
		woocommerce_wp_checkbox( array(
			'id'          => '_' . Fiko_Sync_Payload::KEPT,
			'label'       => __( 'Keep from the AI', 'fiko-woocommerce-sync' ),
			'description' => __( 'This product is not sent to the AI assistant.', 'fiko-woocommerce-sync' ),
		) );
	}

	/** WooCommerce has checked nonce and capability before this hook. */
	public static function save_product( $product ) {
		$key = '_' . Fiko_Sync_Payload::KEPT;
		if ( isset( $_POST[ $key ] ) ) { // phpcs:ignore WordPress.Security.NonceVerification
			$product->update_meta_data( $key, 'yes' );
		} else {
			$product->delete_meta_data( $key );
		}
	}

	/** @param WP_Term|string $term The term that is edited; the taxonomy when one is added. */
	public static function category_field( $term ) {
		$is_edit = $term instanceof WP_Term;
		$is_kept = $is_edit && 'yes' === get_term_meta( $term->term_id, Fiko_Sync_Payload::KEPT, true );
		$text    = esc_html__( 'Products of this category and its subcategories are not sent to the AI assistant.', 'fiko-woocommerce-sync' );
		$field   = wp_nonce_field( 'fiko_sync_category', 'fiko_sync_category', false, false );
		$field  .= sprintf( '<label><input type="checkbox" name="%s" value="yes" %s> %s</label>', esc_attr( Fiko_Sync_Payload::KEPT ), checked( $is_kept, true, false ), $text );
		$format  = $is_edit ? '<tr class="form-field"><th scope="row">%1$s</th><td>%2$s</td></tr>' : '<div class="form-field"><strong>%1$s</strong>%2$s</div>';
		printf( $format, esc_html__( 'Keep from the AI', 'fiko-woocommerce-sync' ), $field ); // phpcs:ignore WordPress.Security.EscapeOutput -- escaped above.
	}

	/** Quick edit and imports come without our nonce, and leave the choice as it is. */
	public static function save_category( $term_id ) {
		if ( ! wp_verify_nonce( sanitize_key( $_POST['fiko_sync_category'] ?? '' ), 'fiko_sync_category' ) || ! current_user_can( 'edit_term', $term_id ) ) {
			return;
		}
		if ( isset( $_POST[ Fiko_Sync_Payload::KEPT ] ) ) {
			update_term_meta( $term_id, Fiko_Sync_Payload::KEPT, 'yes' );
		} else {
			delete_term_meta( $term_id, Fiko_Sync_Payload::KEPT );
		}
	}
}
