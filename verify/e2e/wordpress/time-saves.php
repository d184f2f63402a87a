<?php
/**
 * Saves products alternately with the plugin's hooks and without them, and says how long each save took. "Without" means
 * that every callback of the plugin is taken off its hook, in the same process: nothing else differs between neighbours.
 * With them, a clock also runs while they do, which tells their cost from the noise of a save of 10 ms and more.
 */

return static function ( array $ids ) {
	global $wp_filter;
	$is_ours = static function ( $callback ) {
		if ( is_array( $callback ) ) {
			return 0 === strpos( is_object( $callback[0] ) ? get_class( $callback[0] ) : $callback[0], 'Fiko_' );
		}
		return $callback instanceof Closure && false !== strpos( (string) ( new ReflectionFunction( $callback ) )->getFileName(), 'fiko-woocommerce-sync' );
	};
	$inside  = 0;
	$depth   = 0;
	$clocked = static function ( $function ) use ( &$inside, &$depth ) {
		return static function ( ...$arguments ) use ( $function, &$inside, &$depth ) {
			++$depth;
			$started = hrtime( true );
			try {
				return $function( ...$arguments );
			} finally {
				// One callback may make another run; its time is counted once.
				$inside += 0 === --$depth ? ( hrtime( true ) - $started ) / 1e6 : 0;
			}
		};
	};
	$ours    = array();
	foreach ( $wp_filter as $hook => $list ) {
		foreach ( $list->callbacks as $priority => $callbacks ) {
			foreach ( $callbacks as $callback ) {
				if ( $is_ours( $callback['function'] ) ) {
					$ours[] = array( $hook, $clocked( $callback['function'] ), $priority, $callback['accepted_args'] );
					remove_filter( $hook, $callback['function'], $priority );
				}
			}
		}
	}
	$switch = static function ( $on ) use ( $ours ) {
		foreach ( $ours as list( $hook, $function, $priority, $arguments ) ) {
			$on ? add_filter( $hook, $function, $priority, $arguments ) : remove_filter( $hook, $function, $priority );
		}
	};
	$at_end = array_column( array_filter( $ours, static fn( $one ) => 'shutdown' === $one[0] ), 1 );

	$times = array( 'on' => array(), 'off' => array(), 'inside' => array(), 'end' => array() );
	foreach ( $ids as $place => $id ) {
		// On, off, off, on: whatever drifts falls on both alike.
		$is_on = in_array( $place % 4, array( 0, 3 ), true );
		$switch( $is_on );
		$product = wc_get_product( $id );
		$product->set_regular_price( (string) wp_rand( 1000, 999999 ) );
		$product->set_name( 'Saved ' . wp_rand() );
		$inside  = 0;
		$started = hrtime( true );
		$product->save();
		$times[ $is_on ? 'on' : 'off' ][] = ( hrtime( true ) - $started ) / 1e6;
		if ( $is_on ) {
			$times['inside'][] = $inside;
			// What else the request of this save pays for: the plugin's work at its end.
			$started = hrtime( true );
			array_map( 'call_user_func', $at_end );
			$times['end'][] = ( hrtime( true ) - $started ) / 1e6;
		}
	}
	$switch( true );
	return $times + array( 'callbacks' => count( $ours ) );
};
