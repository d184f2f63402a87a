<?php
use PHPUnit\Framework\TestCase;

final class BackoffTest extends TestCase {

	public function test_the_first_failure_waits_between_five_and_ten_seconds() {
		$this->assertSame( 5, Fiko_Sync_Rules::backoff( 1, 0.0 ) );
		$this->assertSame( 10, Fiko_Sync_Rules::backoff( 1, 1.0 ) );
	}

	public function test_the_wait_doubles_and_stops_growing_at_an_hour() {
		$waits = array();
		for ( $failures = 1; $failures <= 12; $failures++ ) {
			$waits[] = Fiko_Sync_Rules::backoff( $failures, 1.0 );
		}
		$this->assertSame( array( 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600 ), $waits );
	}

	public function test_it_never_gives_up_however_often_it_failed() {
		$this->assertSame( 3600, Fiko_Sync_Rules::backoff( 1000000, 1.0 ) );
	}

	public function test_two_shops_do_not_wait_equally_long() {
		$this->assertNotSame( Fiko_Sync_Rules::backoff( 6, 0.1 ), Fiko_Sync_Rules::backoff( 6, 0.9 ) );
	}

	public function test_a_longer_wait_that_the_backend_asks_for_is_kept() {
		$this->assertSame( 120, Fiko_Sync_Rules::backoff( 1, 0.5, 120 ) );
	}

	public function test_a_shorter_one_does_not_end_the_backoff() {
		$this->assertSame( 3600, Fiko_Sync_Rules::backoff( 12, 1.0, 1 ) );
	}

	public function test_more_than_a_day_is_not_believed() {
		$this->assertSame( 86400, Fiko_Sync_Rules::backoff( 1, 0.5, 999999999 ) );
	}

	/** @dataProvider headers */
	public function test_retry_after_is_read_as_seconds_or_as_a_date( $header, $seconds ) {
		$this->assertSame( $seconds, Fiko_Sync_Rules::retry_after( $header, 1762768200 ) );
	}

	public function headers() {
		return array(
			'seconds'         => array( '7', 7 ),
			'a date to come'  => array( gmdate( 'D, d M Y H:i:s \G\M\T', 1762768230 ), 30 ),
			'a date gone by'  => array( gmdate( 'D, d M Y H:i:s \G\M\T', 1762768100 ), 0 ),
			'none'            => array( '', 0 ),
			'something else'  => array( 'soon-ish', 0 ),
			'less than none'  => array( '-5 apples', 0 ),
		);
	}
}
