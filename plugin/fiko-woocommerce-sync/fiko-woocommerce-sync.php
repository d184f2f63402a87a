<?php
/**
 * Plugin Name:          Fiko Sync for WooCommerce
 * Description:          Sends the current WooCommerce catalogue to your AI assistant.
 * Version:              1.1.0
 * Requires at least:    6.2
 * Requires PHP:         7.4
 * Requires Plugins:     woocommerce
 * WC requires at least: 8.2
 * WC tested up to:      10.5
 * License:              GPL-2.0-or-later
 * License URI:          https://www.gnu.org/licenses/gpl-2.0.html
 * Text Domain:          fiko-woocommerce-sync
 * Domain Path:          /languages
 */

defined( 'ABSPATH' ) || exit;

define( 'FIKO_SYNC_VERSION', '1.1.0' );
define( 'FIKO_SYNC_FILE', __FILE__ );

// What a save needs is loaded at once: an update may replace the files in the middle of a request.
foreach ( array( 'hooks', 'dirty-set', 'expansion', 'schedule', 'settings', 'background', 'log' ) as $fiko_sync_name ) {
	require_once __DIR__ . "/includes/class-fiko-sync-$fiko_sync_name.php";
}

/** All other classes are loaded when they are first used. */
spl_autoload_register(
	static function ( $class_name ) {
		if ( 0 !== strpos( $class_name, 'Fiko_Sync_' ) ) {
			return;
		}
		$folder = 0 === strpos( $class_name, 'Fiko_Sync_Admin' ) ? 'admin' : 'includes';
		$path   = __DIR__ . "/$folder/class-" . strtolower( str_replace( '_', '-', $class_name ) ) . '.php';
		if ( is_readable( $path ) ) {
			require $path;
		}
	}
);

add_action(
	'before_woocommerce_init',
	static function () {
		if ( class_exists( \Automattic\WooCommerce\Utilities\FeaturesUtil::class ) ) {
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'custom_order_tables', FIKO_SYNC_FILE, true );
			\Automattic\WooCommerce\Utilities\FeaturesUtil::declare_compatibility( 'cart_checkout_blocks', FIKO_SYNC_FILE, true );
		}
	}
);

add_action(
	'plugins_loaded',
	static function () {
		if ( ! defined( 'WC_VERSION' ) || version_compare( WC_VERSION, '8.2', '<' ) ) {
			add_action( 'admin_notices', static function () {
				if ( current_user_can( 'activate_plugins' ) ) {
					printf( '<div class="notice notice-error"><p>%s</p></div>', esc_html__( 'Fiko Sync needs WooCommerce 8.2 or newer. Until then it does nothing.', 'fiko-woocommerce-sync' ) );
				}
			} );
			return;
		}
		Fiko_Sync_Hooks::register();
		Fiko_Sync_Expansion::register();
		Fiko_Sync_Schedule::register();
		Fiko_Sync_Background::register();
		add_filter( 'woocommerce_structured_data_product', array( 'Fiko_Sync_Feeds', 'product_markup' ), 20, 2 );
		add_action( 'rest_api_init', array( 'Fiko_Sync_Feeds', 'register_route' ) );
		if ( is_admin() ) {
			Fiko_Sync_Admin::register();
		}
		if ( defined( 'WP_CLI' ) && WP_CLI ) {
			WP_CLI::add_command( 'fiko', 'Fiko_Sync_Cli' );
		}
	}
);

// Our own languages come with the plugin: wordpress.org knows nothing of it.
add_action( 'init', static fn() => load_plugin_textdomain( 'fiko-woocommerce-sync', false, dirname( plugin_basename( FIKO_SYNC_FILE ) ) . '/languages' ) );

register_activation_hook( __FILE__, array( 'Fiko_Sync_Install', 'activate' ) );
register_deactivation_hook( __FILE__, array( 'Fiko_Sync_Schedule', 'clear' ) );
