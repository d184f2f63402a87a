<?php
/** The owner's choice of pages and facts for the AI, on the settings page. */
final class Fiko_Sync_Admin_Pages {
	public static function register() {
		add_action( 'admin_post_fiko_sync_pages', array( __CLASS__, 'save' ) );
	}

	/** @return array<string,string> Kind → its name. */
	private static function kinds() {
		return array(
			'shipping' => __( 'Shipping', 'fiko-woocommerce-sync' ),
			'returns'  => __( 'Returns', 'fiko-woocommerce-sync' ),
			'payment'  => __( 'Payment', 'fiko-woocommerce-sync' ),
			'faq'      => __( 'Questions and answers', 'fiko-woocommerce-sync' ),
			'privacy'  => __( 'Privacy', 'fiko-woocommerce-sync' ),
			'terms'    => __( 'Terms', 'fiko-woocommerce-sync' ),
			'about'    => __( 'About us', 'fiko-woocommerce-sync' ),
			'contact'  => __( 'Contact', 'fiko-woocommerce-sync' ),
			'other'    => __( 'Other', 'fiko-woocommerce-sync' ),
		);
	}

	/** Saves the choice. Only known kinds of existing pages are kept. */
	public static function save() {
		check_admin_referer( 'fiko_sync_pages' );
		current_user_can( 'manage_woocommerce' ) || wp_die( esc_html__( 'You have no permission for this action.', 'fiko-woocommerce-sync' ), 403 );
		$pages = array();
		foreach ( (array) wp_unslash( $_POST['pages'] ?? array() ) as $id => $kind ) { // phpcs:ignore WordPress.Security.ValidatedSanitizedInput -- each is compared with a list.
			if ( is_string( $kind ) && in_array( $kind, Fiko_Sync_Pages::KINDS, true ) && 'page' === get_post_type( (int) $id ) && count( $pages ) < Fiko_Sync_Pages::MAX_PAGES ) {
				$pages[ (int) $id ] = $kind;
			}
		}
		$text = static fn( $name ) => mb_substr( sanitize_text_field( wp_unslash( is_string( $_POST[ $name ] ?? '' ) ? $_POST[ $name ] ?? '' : '' ) ), 0, 200 ); // phpcs:ignore WordPress.Security.NonceVerification
		update_option( Fiko_Sync_Pages::CHOICE, array( 'pages' => $pages, 'facts' => ! empty( $_POST['facts'] ), 'hours' => $text( 'hours' ), 'phone' => $text( 'phone' ) ), false );
		Fiko_Sync_Pages::mark( true );
		wp_safe_redirect( add_query_arg( array( 'saved' => 1 ), Fiko_Sync_Admin::url() ) );
		exit;
	}

	/** The section of the settings page. Before the first choice, likely pages are preselected; saving sends them. */
	public static function section() {
		$choice    = Fiko_Sync_Pages::choice();
		$is_chosen = Fiko_Sync_Pages::is_chosen();
		$kinds     = $is_chosen ? $choice['pages'] : Fiko_Sync_Pages::suggestions();
		$pages     = Fiko_Sync_Pages::pages();
		usort( $pages, static fn( $a, $b ) => (int) isset( $kinds[ $b->ID ] ) <=> (int) isset( $kinds[ $a->ID ] ) );
		?>
		<section class="fiko-sync-card" id="fiko-sync-pages">
			<h2><?php esc_html_e( 'Pages and policies', 'fiko-woocommerce-sync' ); ?></h2>
			<p><?php esc_html_e( 'Choose the pages that your AI assistant may answer from: shipping, returns, questions and answers. Only published pages without a password are sent; a page that is no longer public is removed.', 'fiko-woocommerce-sync' ); ?></p>
			<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
				<input type="hidden" name="action" value="fiko_sync_pages">
				<?php wp_nonce_field( 'fiko_sync_pages' ); ?>
				<div class="fiko-sync-pages">
					<?php
					foreach ( $pages as $post ) {
						self::row( $post, $kinds[ $post->ID ] ?? '' );
					}
					?>
				</div>
				<p>
					<label><input type="checkbox" name="facts" value="1" <?php checked( $choice['facts'] || ! $is_chosen ); ?>> <?php esc_html_e( 'Also send the name and address of the shop, the names of its shipping zones and its payment methods', 'fiko-woocommerce-sync' ); ?></label>
				</p>
				<p>
					<label for="fiko-sync-hours"><?php esc_html_e( 'Opening hours', 'fiko-woocommerce-sync' ); ?></label>
					<input type="text" id="fiko-sync-hours" name="hours" maxlength="200" value="<?php echo esc_attr( $choice['hours'] ); ?>">
				</p>
				<p>
					<label for="fiko-sync-phone"><?php esc_html_e( 'Phone', 'fiko-woocommerce-sync' ); ?></label>
					<input type="text" id="fiko-sync-phone" name="phone" maxlength="100" value="<?php echo esc_attr( $choice['phone'] ); ?>">
				</p>
				<p><button class="button button-primary"><?php esc_html_e( 'Save and send the pages', 'fiko-woocommerce-sync' ); ?></button></p>
				<p class="description" data-pages><?php echo esc_html( self::state() ); ?></p>
			</form>
		</section>
		<?php
	}

	private static function row( WP_Post $post, $kind ) {
		$note = '' !== $kind && ! Fiko_Sync_Pages::is_open( $post ) ? __( 'Not public, so it is not sent.', 'fiko-woocommerce-sync' ) : '';
		$title = '' === $post->post_title ? "#$post->ID" : $post->post_title;
		printf( '<label for="fiko-sync-page-%1$d">%2$s</label> <select id="fiko-sync-page-%1$d" name="pages[%1$d]">', (int) $post->ID, esc_html( $title ) );
		printf( '<option value="">%s</option>', esc_html__( 'Not sent', 'fiko-woocommerce-sync' ) );
		foreach ( self::kinds() as $value => $name ) {
			printf( '<option value="%s" %s>%s</option>', esc_attr( $value ), selected( $kind, $value, false ), esc_html( $name ) );
		}
		printf( '</select> <span class="description">%s</span>', esc_html( $note ) );
	}

	/** @return string What the backend has taken, in a sentence. */
	private static function state() {
		$sent = Fiko_Sync_Pages::sent();
		if ( ! Fiko_Sync_Pages::is_chosen() ) {
			return __( 'Nothing is chosen yet, so no page is sent.', 'fiko-woocommerce-sync' );
		}
		if ( '' !== $sent['reason'] ) {
			/* translators: %s: the reason. */
			return sprintf( __( 'The AI refused the pages: %s', 'fiko-woocommerce-sync' ), $sent['reason'] );
		}
		if ( Fiko_Sync_Pages::dirty() ) {
			return __( 'A change waits to be sent.', 'fiko-woocommerce-sync' );
		}
		/* translators: 1: number of pages, 2: how long ago, such as “5 minutes”. */
		return sprintf( __( 'The AI has %1$s pages. Last compared %2$s ago.', 'fiko-woocommerce-sync' ), Fiko_Sync_Admin::number( $sent['pages'] ), human_time_diff( $sent['at'] ) );
	}
}
