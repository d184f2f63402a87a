<?php
/**
 * One sender at a time: a row of the options table with its owner and its end. A statement that changes one row is atomic on every
 * database, clusters included. A killed PHP leaves the row behind until it ends.
 */
// phpcs:disable WordPress.DB.DirectDatabaseQuery
final class Fiko_Sync_Lock {
	const NAME = 'fiko_sync_lock';

	/** Longer than the slowest step between two calls of renew(): reading one request, or one answer of the backend. */
	const SECONDS = 60;

	/** @var string The value that this process has written; '' when it does not hold the lock. */
	private static $value = '';

	/** @return bool Whether this process holds the lock now, for SECONDS. */
	public static function take() {
		global $wpdb;
		$value = self::fresh_value();
		$now   = time();
		$taken = $wpdb->query( $wpdb->prepare( "INSERT IGNORE INTO $wpdb->options (option_name, option_value, autoload) VALUES (%s, %s, 'no')", self::NAME, $value ) );
		if ( ! $taken ) {
			// The end has passed, or lies so far ahead that the clock was set back.
			$taken = $wpdb->query(
				$wpdb->prepare(
					"UPDATE $wpdb->options SET option_value = %s WHERE option_name = %s
					AND (SUBSTRING_INDEX(option_value, ' ', -1) + 0 <= %d OR SUBSTRING_INDEX(option_value, ' ', -1) + 0 > %d)",
					$value,
					self::NAME,
					$now,
					$now + 10 * self::SECONDS
				)
			);
		}
		self::$value = $taken ? $value : '';
		return (bool) $taken;
	}

	/** @return bool Whether this process still holds the lock, and does for another SECONDS. */
	public static function renew() {
		global $wpdb;
		$value  = self::fresh_value();
		$is_own = '' !== self::$value && $wpdb->update( $wpdb->options, array( 'option_value' => $value ), array( 'option_name' => self::NAME, 'option_value' => self::$value ) );
		if ( $is_own ) {
			self::$value = $value;
		}
		return (bool) $is_own;
	}

	public static function release() {
		global $wpdb;
		if ( '' !== self::$value ) {
			$wpdb->delete( $wpdb->options, array( 'option_name' => self::NAME, 'option_value' => self::$value ) );
			self::$value = '';
		}
	}

	/** @return int Epoch seconds at which another process's lock ends; 0 without a lock. */
	public static function held_until() {
		global $wpdb;
		$value = (string) $wpdb->get_var( $wpdb->prepare( "SELECT option_value FROM $wpdb->options WHERE option_name = %s", self::NAME ) );
		$until = (int) substr( $value, (int) strrpos( $value, ' ' ) );
		return $until > time() ? $until : 0;
	}

	/** Two values are never equal: an update to an equal value changes no row, which would read as a lost lock. */
	private static function fresh_value() {
		return bin2hex( random_bytes( 8 ) ) . ' ' . ( time() + self::SECONDS );
	}
}
