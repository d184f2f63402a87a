<?php
// The parts under test need neither WordPress nor a database.
spl_autoload_register(
	static function ( $class_name ) {
		$name = 'class-' . strtolower( str_replace( '_', '-', $class_name ) ) . '.php';
		foreach ( array( 'includes', 'admin' ) as $folder ) {
			$path = __DIR__ . "/../fiko-woocommerce-sync/$folder/$name";
			if ( is_readable( $path ) ) {
				require $path;
			}
		}
	}
);
