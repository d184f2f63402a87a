<?php
/** The settings page. */
defined( 'ABSPATH' ) || exit;
$fiko_sync_obstacle = Fiko_Sync_Settings::obstacle();
$fiko_sync_status   = Fiko_Sync_Admin::status();
$fiko_sync_preview  = Fiko_Sync_Settings::token_preview();
$fiko_sync_is_ready = '' === $fiko_sync_obstacle;
$fiko_sync_problems = array(
	'invalid'  => __( 'Not saved: this is not a URL.', 'fiko-woocommerce-sync' ),
	'insecure' => __( 'Not saved: the URL must begin with https://. Without https the token can be read on the way.', 'fiko-woocommerce-sync' ),
	'new_host' => __( 'Not saved: the URL names another host. Enter the token for it as well.', 'fiko-woocommerce-sync' ),
);
$fiko_sync_problem  = $fiko_sync_problems[ sanitize_key( $_GET['problem'] ?? '' ) ] ?? ''; // phpcs:ignore WordPress.Security.NonceVerification
?>
<div class="wrap fiko-sync">
	<h1><?php esc_html_e( 'Fiko Sync', 'fiko-woocommerce-sync' ); ?></h1>
	<p><?php esc_html_e( 'Sends each change of a product to your AI assistant: price, stock and text. An edit can be found 30 to 90 seconds after the last save.', 'fiko-woocommerce-sync' ); ?></p>

	<?php if ( '' !== $fiko_sync_problem ) : ?>
		<div class="notice notice-error"><p><?php echo esc_html( $fiko_sync_problem ); ?></p></div>
	<?php endif; ?>
	<div class="notice inline fiko-sync-now <?php echo $fiko_sync_status['isFine'] ? 'notice-success' : 'notice-warning'; ?>" role="status">
		<p data-status="state"><?php echo esc_html( $fiko_sync_status['state'] ); ?></p>
		<?php if ( in_array( $fiko_sync_obstacle, array( 'moved', 'copy' ), true ) ) : ?>
				<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>">
					<input type="hidden" name="action" value="fiko_sync_site">
					<?php wp_nonce_field( 'fiko_sync_site' ); ?>
					<p>
						<button class="button button-primary" name="answer" value="same"><?php esc_html_e( 'It is the same shop, it has moved', 'fiko-woocommerce-sync' ); ?></button>
						<?php if ( 'moved' === $fiko_sync_obstacle ) : ?>
							<button class="button" name="answer" value="copy"><?php esc_html_e( 'It is a copy, leave it off', 'fiko-woocommerce-sync' ); ?></button>
						<?php endif; ?>
					</p>
				</form>
		<?php endif; ?>
	</div>

	<section class="fiko-sync-card">
		<h2><?php esc_html_e( 'Connection', 'fiko-woocommerce-sync' ); ?></h2>
		<form method="post" action="<?php echo esc_url( admin_url( 'admin-post.php' ) ); ?>" autocomplete="off">
			<input type="hidden" name="action" value="fiko_sync_save">
			<?php wp_nonce_field( 'fiko_sync_save' ); ?>
			<p>
				<label for="fiko-sync-url"><?php esc_html_e( 'URL of the backend', 'fiko-woocommerce-sync' ); ?></label>
				<input type="url" id="fiko-sync-url" name="url" dir="ltr" required placeholder="https://" value="<?php echo esc_attr( Fiko_Sync_Settings::url() ); ?>" <?php disabled( defined( 'FIKO_SYNC_URL' ) ); ?>>
			</p>
			<p>
				<label for="fiko-sync-token"><?php esc_html_e( 'Token', 'fiko-woocommerce-sync' ); ?></label>
				<input type="password" id="fiko-sync-token" name="token" dir="ltr" autocomplete="new-password"
					placeholder="<?php echo esc_attr( '' === $fiko_sync_preview ? 'wc_sk_live_…' : $fiko_sync_preview ); ?>" <?php disabled( defined( 'FIKO_SYNC_TOKEN' ) ); ?>>
				<?php if ( '' !== $fiko_sync_preview ) : ?>
					<span class="description"><?php esc_html_e( 'A token is saved. Leave the field empty to keep it.', 'fiko-woocommerce-sync' ); ?></span>
				<?php endif; ?>
			</p>
			<p>
				<button class="button button-primary"><?php esc_html_e( 'Save', 'fiko-woocommerce-sync' ); ?></button>
				<button type="button" class="button" data-task="test" <?php disabled( ! in_array( $fiko_sync_obstacle, array( '', 'denied' ), true ) ); ?>><?php esc_html_e( 'Test connection', 'fiko-woocommerce-sync' ); ?></button>
			</p>
			<p class="fiko-sync-message" data-message="test" role="status" hidden></p>
		</form>
	</section>

	<section class="fiko-sync-card">
		<h2><?php esc_html_e( 'Products', 'fiko-woocommerce-sync' ); ?></h2>
		<p><?php esc_html_e( 'Send the whole catalogue once, after the connection. The work continues in the background; you may close this page.', 'fiko-woocommerce-sync' ); ?></p>
		<p class="fiko-sync-progress" <?php echo $fiko_sync_status['backfill']['isActive'] ? '' : 'hidden'; ?>>
			<progress max="<?php echo esc_attr( max( 1, $fiko_sync_status['backfill']['total'] ) ); ?>" value="<?php echo esc_attr( $fiko_sync_status['backfill']['done'] ); ?>"></progress>
			<span data-status="progress"><?php echo esc_html( $fiko_sync_status['backfill']['text'] ); ?></span>
		</p>
		<p>
			<button type="button" class="button button-primary" data-task="backfill" <?php disabled( ! $fiko_sync_is_ready ); ?>><?php esc_html_e( 'Send all products', 'fiko-woocommerce-sync' ); ?></button>
			<button type="button" class="button" data-task="reconcile" <?php disabled( ! $fiko_sync_is_ready ); ?>><?php esc_html_e( 'Compare with the AI now', 'fiko-woocommerce-sync' ); ?></button>
		</p>
		<p class="fiko-sync-message" data-message="backfill" role="status" hidden></p>
		<p class="fiko-sync-message" data-message="reconcile" role="status" hidden></p>
		<dl>
			<dt><?php esc_html_e( 'Waiting to be sent', 'fiko-woocommerce-sync' ); ?></dt>
			<dd data-status="queue"><?php echo esc_html( $fiko_sync_status['queue'] ); ?></dd>
			<dt><?php esc_html_e( 'Failed', 'fiko-woocommerce-sync' ); ?></dt>
			<dd><a href="<?php echo esc_url( admin_url( 'edit.php?post_type=product&fiko_sync=failed' ) ); ?>" data-status="failed"><?php echo esc_html( $fiko_sync_status['failed'] ); ?></a></dd>
			<dt><?php esc_html_e( 'Last contact', 'fiko-woocommerce-sync' ); ?></dt>
			<dd data-status="contact"><?php echo esc_html( $fiko_sync_status['contact'] ); ?></dd>
			<dt><?php esc_html_e( 'Last problem', 'fiko-woocommerce-sync' ); ?></dt>
			<dd data-status="error"><?php echo esc_html( $fiko_sync_status['error'] ); ?></dd>
		</dl>
	</section>

	<?php Fiko_Sync_Admin_Pages::section(); ?>
</div>
