<?php
/**
 * When the sender runs by itself: one single action of Action Scheduler while there is work, one hourly, and any cron request that finds
 * work late. Nothing here throws: Action Scheduler gives a recurring action up after five failures in a row.
 */
final class Fiko_Sync_Schedule {
	const RUN    = 'fiko_sync_run';
	const HOURLY = 'fiko_sync_hourly';
	const GROUP  = 'fiko-sync';

	/** Before the actions of other plugins, however many of theirs are overdue. */
	const PRIORITY = 0;

	/** Seconds a run may take, and those after which a late one is done by whatever cron request comes. */
	const SECONDS = 20;
	const LATE    = 90;

	public static function register() {
		add_action( self::RUN, array( __CLASS__, 'run' ) );
		add_action( self::HOURLY, array( __CLASS__, 'hourly' ) );
		// In cron as well: a shop that is run from a terminal may never see its wp-admin.
		add_action( wp_doing_cron() ? 'wp_loaded' : 'admin_init', array( __CLASS__, 'repair' ), 20 );
	}

	/** Sees to it that the sender runs at a time (epoch s), or up to 30 s later if it is not now. Costs one option read when that is arranged already. */
	public static function ensure( $at ) {
		$next = (int) get_option( 'fiko_sync_next_run', 0 );
		if ( $next > time() - 2 * self::LATE && $next <= $at + min( 30, max( 0, $at - time() ) ) ) {
			return;
		}
		self::quietly(
			static function () use ( $at ) {
				$planned = as_next_scheduled_action( self::RUN, array(), self::GROUP );
				// One that is overdue keeps its place in the queue.
				if ( ! is_int( $planned ) || $planned > $at ) {
					as_unschedule_all_actions( self::RUN, array(), self::GROUP );
					as_schedule_single_action( $at, self::RUN, array(), self::GROUP, false, self::PRIORITY );
				}
				update_option( 'fiko_sync_next_run', $at, false );
			}
		);
	}

	public static function run() {
		$is_left = false;
		self::quietly(
			static function () use ( &$is_left ) {
				update_option( 'fiko_sync_next_run', time(), false ); // If PHP is killed now, the next cron request finds it late.
				$is_left = self::is_due() && ! Fiko_Sync_Background::perform( 'run', self::SECONDS );
			}
		);
		delete_option( 'fiko_sync_next_run' );
		if ( $is_left ) { // Nothing may be read here: cron comes within the minute, and this request must not begin again at once.
			self::ensure( time() + MINUTE_IN_SECONDS );
		} else {
			self::quietly( array( __CLASS__, 'ensure_next' ) );
		}
	}

	public static function hourly() {
		self::quietly(
			static function () {
				Fiko_Sync_Background::perform( 'hourly', self::SECONDS );
			}
		);
		self::quietly( array( __CLASS__, 'ensure_next' ) );
	}

	/** Schedules the next run for the first thing that becomes due, later after runs that got nowhere; the hourly one is enough when nothing does. */
	public static function ensure_next() {
		$first = '' === Fiko_Sync_Settings::obstacle() ? self::first_due() : null;
		if ( null !== $first ) {
			self::ensure( max( time() + 1, $first, Fiko_Sync_Settings::backs_off_until(), Fiko_Sync_Sender::rests_until(), Fiko_Sync_Lock::held_until() ) );
		}
	}

	/** @return bool Whether there is work that may be done now. */
	public static function is_due() {
		return Fiko_Sync_Settings::may_send() && ( self::first_due() ?? PHP_INT_MAX ) <= time();
	}

	/** @return int|null Epoch seconds at which the first work becomes due; null when there is none. */
	private static function first_due() {
		global $wpdb;
		$table = Fiko_Sync_Dirty_Set::table();
		// phpcs:ignore WordPress.DB
		$first = array_filter( (array) $wpdb->get_row( "SELECT (SELECT MIN(due_at) FROM $table WHERE priority < 9), (SELECT MIN(check_at) FROM $table WHERE check_at > 0)", ARRAY_N ) );
		if ( Fiko_Sync_Expansion::next() || Fiko_Sync_Resend::is_expanding() || Fiko_Sync_Backfill::is_expanding() || Fiko_Sync_Sweep::is_wanted() ) {
			$first[] = time();
		}
		$first[] = get_option( 'fiko_sync_pages_dirty', array() )['due_at'] ?? 0;
		$first   = array_filter( $first );
		return $first ? (int) min( $first ) : null;
	}

	/** After activation, an update, or a connection, and when another plugin changes: whatever happened unseen is looked for, at once. */
	public static function catch_up() {
		Fiko_Sync_Sweep::want();
		Fiko_Sync_Pages::mark();
		delete_option( 'fiko_sync_reconcile' );
		if ( function_exists( 'as_next_scheduled_action' ) && did_action( 'action_scheduler_init' ) ) {
			self::ensure( time() + MINUTE_IN_SECONDS );
		}
	}

	/** Puts right what an update, a restored backup or a cleaned-up table took away; in cron, does what is late because its queue is stuck. */
	public static function repair() {
		if ( wp_doing_ajax() ) {
			return;
		}
		if ( FIKO_SYNC_VERSION !== get_option( 'fiko_sync_version' ) ) {
			Fiko_Sync_Install::table();
			self::catch_up();
		}
		$next = (int) get_option( 'fiko_sync_next_run', 0 );
		if ( wp_doing_cron() && $next && $next < time() - self::LATE ) {
			self::run();
		}
		self::quietly(
			static function () {
				if ( ! as_has_scheduled_action( self::HOURLY, array(), self::GROUP ) ) {
					as_schedule_recurring_action( time() + HOUR_IN_SECONDS, HOUR_IN_SECONDS, self::HOURLY, array(), self::GROUP, false, self::PRIORITY );
					self::ensure_next();
				}
			}
		);
	}

	public static function clear() {
		if ( function_exists( 'as_unschedule_all_actions' ) ) {
			as_unschedule_all_actions( self::RUN );
			as_unschedule_all_actions( self::HOURLY );
		}
		delete_option( 'fiko_sync_next_run' );
		delete_option( 'fiko_sync_version' ); // The next activation catches up.
	}

	private static function quietly( $work ) {
		try {
			$work();
		} catch ( Throwable $error ) {
			Fiko_Sync_Log::write( 'error', 'schedule', $error->getMessage() . ' in ' . $error->getFile() . ':' . $error->getLine() );
		}
	}
}
