<?php
/** `wp fiko`: the same work from a terminal or a real cron. Keeps what the AI assistant knows about the catalogue current. */
final class Fiko_Sync_Cli {
	/** Shows how it stands, what waits, what failed and when the backend was last heard. */
	public function status() {
		$now    = Fiko_Sync_Status::now();
		$status = Fiko_Sync_Admin::status();
		WP_CLI::log( "state: {$now['code']}" );
		WP_CLI::log( $now['text'] );
		foreach ( array( 'queue', 'failed', 'contact', 'error' ) as $name ) {
			WP_CLI::log( "$name: $status[$name]" );
		}
		WP_CLI::log( 'backfill: ' . ( '' === $status['backfill']['text'] ? 'never' : $status['backfill']['text'] ) );
	}

	/** Sends all products; goes on where an interrupted one stopped. */
	public function backfill() {
		$this->need_connection();
		Fiko_Sync_Backfill::start();
		$progress = Fiko_Sync_Backfill::progress();
		$bar      = \WP_CLI\Utils\make_progress_bar( 'Backfill', $progress['total'] );
		$shown    = 0;
		while ( $progress['is_active'] ) {
			sleep( max( 0, min( 60, Fiko_Sync_Settings::backs_off_until() - time() ) ) );
			if ( ! Fiko_Sync_Sender::run( 5 ) ) {
				sleep( 1 ); // Another sender is at it, or the backend does not answer.
			}
			$this->need_connection();
			$progress = Fiko_Sync_Backfill::progress();
			$bar->tick( max( 0, $progress['done'] - $shown ) );
			$shown = max( $shown, $progress['done'] );
		}
		$bar->finish();
		WP_CLI::success( "{$progress['done']} of {$progress['total']} products." );
	}

	/** Sends the products with the ids given now, without waiting for further changes; without ids, all that is due. */
	public function sync( $ids ) {
		$this->need_connection();
		foreach ( $ids as $id ) {
			Fiko_Sync_Hooks::mark( (int) $id, Fiko_Sync_Dirty_Set::URGENT );
		}
		WP_CLI::success( Fiko_Sync_Sender::run( 60 ) . ' sent.' );
	}

	/** Compares with the backend, looks for changes that went past every hook, and sends what differs. */
	public function reconcile() {
		$this->need_connection();
		$swept  = Fiko_Sync_Sweep::step( PHP_INT_MAX, true );
		$result = Fiko_Sync_Reconcile::run();
		if ( '' !== $result['error'] ) {
			WP_CLI::error( $result['error'] );
		}
		Fiko_Sync_Sender::run( 60 );
		WP_CLI::success( "missing {$result['missing']}, outdated {$result['stale']}, too many {$result['extra']}; $swept changed past the hooks; {$result['requests']} requests." );
	}

	private function need_connection() {
		$obstacle = Fiko_Sync_Settings::obstacle();
		if ( '' !== $obstacle ) {
			WP_CLI::error( 'Nothing is sent: ' . Fiko_Sync_Status::now()['text'] );
		}
	}
}
