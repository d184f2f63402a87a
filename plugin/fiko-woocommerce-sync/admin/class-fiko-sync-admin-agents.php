<?php
/** The owner's switch for the UCP profile on the shop's own host, on the settings page. */
final class Fiko_Sync_Admin_Agents {
	public static function register() {
		add_action( 'admin_post_fiko_sync_agents', array( __CLASS__, 'save' ) );
	}

	/** Saves the switch and the address. An address that is not the backend's changes nothing, unless the switch is off. */
	public static function save() {
		check_admin_referer( 'fiko_sync_agents' );
		current_user_can( 'manage_woocommerce' ) || wp_die( esc_html__( 'You have no permission for this action.', 'fiko-woocommerce-sync' ), 403 );
		$address = isset( $_POST['address'] ) && is_string( $_POST['address'] ) ? esc_url_raw( trim( wp_unslash( $_POST['address'] ) ) ) : ''; // phpcs:ignore WordPress.Security.ValidatedSanitizedInput
		$is_on   = ! empty( $_POST['on'] );
		$problem = '' === $address && ! $is_on ? '' : Fiko_Sync_Agents::problem( $address, Fiko_Sync_Settings::url() );
		if ( '' === $problem || ! $is_on ) {
			update_option( Fiko_Sync_Agents::OPTION, array( 'on' => $is_on, 'address' => '' === $problem ? $address : '' ), false );
		}
		wp_safe_redirect( add_query_arg( $is_on && '' !== $problem ? array( 'problem' => $problem ) : array( 'saved' => 1 ), Fiko_Sync_Admin::url() ) );
		exit;
	}

	public static function section() {
		$saved = Fiko_Sync_Agents::saved();
		?>
		<section class="fiko-sync-card" id="fiko-sync-agents">
			<h2><?php esc_html_e( 'AI agents', 'fiko-woocommerce-sync' ); ?></h2>
			<p><?php esc_html_e( 'Agents that know UCP look for a shop at /.well-known/ucp. Each of them can then read the catalogue without a token. Create a public address on the store’s page of the dashboard, and paste it here; a new address must be pasted again.', 'fiko-woocommerce-sync' ); ?></p>
			<?php if ( '' !== trim( (string) wp_parse_url( home_url(), PHP_URL_PATH ), '/' ) ) : ?>
				<p class="description"><?php esc_html_e( 'This shop is in a folder of its host. Agents ask the root of the host, which this plugin can only answer if the web server passes the request to WordPress.', 'fiko-woocommerce-sync' ); ?></p>
			<?php endif; ?>
			<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
				<input type="hidden" name="action" value="fiko_sync_agents">
				<?php wp_nonce_field( 'fiko_sync_agents' ); ?>
				<p>
					<label for="fiko-sync-address"><?php esc_html_e( 'Public address of the store', 'fiko-woocommerce-sync' ); ?></label>
					<input type="url" id="fiko-sync-address" name="address" dir="ltr" placeholder="https://…/mcp/…" value="<?php echo esc_attr( $saved['address'] ); ?>">
				</p>
				<p>
					<label><input type="checkbox" name="on" value="1" <?php checked( $saved['on'] ); ?>> <?php esc_html_e( 'Tell agents this address', 'fiko-woocommerce-sync' ); ?></label>
				</p>
				<p><button class="button button-primary"><?php esc_html_e( 'Save', 'fiko-woocommerce-sync' ); ?></button></p>
			</form>
		</section>
		<?php
	}
}
