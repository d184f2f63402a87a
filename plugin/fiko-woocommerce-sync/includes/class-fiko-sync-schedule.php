<?php
/**
 * When the sender runs by itself. One single action, only while there is work, and one hourly. Nothing here throws: Action
 * Scheduler gives a recurring action up after five failures in a row.
 */
final class Fiko_Sync_Schedule {
	const RUN    = 'fiko_sync_run';
	const HOURLY = 'fiko_sync_hourly';
	const GROUP  = 'fiko-sync';

	public static function register() {
		add_action( self::RUN, array( __CLASS__, 'run' ) );
		add_action( self::HOURLY, array( __CLASS__, 'hourly' ) );
		// In cron as well: a shop that is run from a terminal may never see its wp-admin.
		add_action( wp_doing_cron() ? 'init' : 'admin_init', array( __CLASS__, 'repair' ), 20 );
	}

	/** Sees to it that the sender runs at a time (epoch s), or up to 30 s later if it is not now. Costs one option read when that is arranged already. */
	public static function ensure( $at ) {
		$next = (int) get_option( 'fiko_sync_next_run', 0 );
		if ( $next > time() - 180 && $next <= $at + min( 30, max( 0, $at - time() ) ) ) {
			return; // Three minutes late, the action is believed to be lost.
		}
		as_unschedule_all_actions( self::RUN, array(), self::GROUP );
		as_schedule_single_action( $at, self::RUN, array(), self::GROUP );
		update_option( 'fiko_sync_next_run', $at, false );
	}

	public static function run() {
		self::quietly( static function () {
			delete_option( 'fiko_sync_next_run' );
			Fiko_Sync_Sender::run();
		} );
		self::quietly( array( __CLASS__, 'ensure_next' ) );
	}

	public static function hourly() {
		array_map( array( __CLASS__, 'quietly' ), array( array( 'Fiko_Sync_Sender', 'run' ), array( 'Fiko_Sync_Reconcile', 'daily' ), array( 'Fiko_Sync_Reconcile', 'sweep' ), array( __CLASS__, 'ensure_next' ) ) );
	}

	/** Schedules the next run for the first thing that becomes due; the hourly one is enough when nothing does. */
	public static function ensure_next() {
		global $wpdb;
		if ( '' !== Fiko_Sync_Settings::obstacle() ) {
			return;
		}
		$table = Fiko_Sync_Dirty_Set::table();
		// phpcs:ignore WordPress.DB
		$first = array_filter( $wpdb->get_row( "SELECT (SELECT MIN(due_at) FROM $table WHERE priority < 9), (SELECT MIN(check_at) FROM $table WHERE check_at > 0)", ARRAY_N ) );
		if ( Fiko_Sync_Expansion::next() || Fiko_Sync_Backfill::is_expanding() ) {
			$first[] = time();
		}
		if ( $first ) {
			self::ensure( max( time(), (int) min( $first ), Fiko_Sync_Sender::backs_off_until() ) );
		}
	}

	/** Puts right what an update, a restored backup or a cleaned-up table took away. */
	public static function repair() {
		if ( wp_doing_ajax() ) {
			return;
		}
		if ( Fiko_Sync_Install::VERSION !== get_option( 'fiko_sync_db_version' ) ) {
			Fiko_Sync_Install::table();
		}
		if ( ! as_has_scheduled_action( self::HOURLY, array(), self::GROUP ) ) {
			as_schedule_recurring_action( time() + HOUR_IN_SECONDS, HOUR_IN_SECONDS, self::HOURLY, array(), self::GROUP );
			self::quietly( array( __CLASS__, 'ensure_next' ) );
		}
	}

	public static function clear() {
		if ( function_exists( 'as_unschedule_all_actions' ) ) {
			as_unschedule_all_actions( self::RUN );
			as_unschedule_all_actions( self::HOURLY );
		}
		delete_option( 'fiko_sync_next_run' );
	}

	private static function quietly( $work ) {
		try {
			$work();
		} catch ( Throwable $error ) {
			wc_get_logger()->error( $error->getMessage() . ' in ' . $error->getFile() . ':' . $error->getLine(), array( 'source' => 'fiko-sync' ) );
		}
	}
}
