<?php
use PHPUnit\Framework\TestCase;

final class EventTest extends TestCase {

	public function test_a_version_is_the_time() {
		$this->assertSame( 1762768200123456, Fiko_Sync_Rules::next_version( 0, 1762768200123456 ) );
	}

	public function test_a_version_grows_even_when_the_clock_steps_back() {
		$this->assertSame( 1762768200123457, Fiko_Sync_Rules::next_version( 1762768200123456, 1762681800000000 ) );
	}

	public function test_a_version_of_a_clock_that_was_days_ahead_is_not_counted_on_from() {
		$now_us = 1762768200123456;
		$this->assertSame( $now_us, Fiko_Sync_Rules::next_version( $now_us + 3 * 86400000000, $now_us ) );
		$this->assertSame( $now_us, Fiko_Sync_Rules::next_version( 9007199254740991, $now_us ) );
		$this->assertSame( $now_us + 3600000001, Fiko_Sync_Rules::next_version( $now_us + 3600000000, $now_us ) );
	}

	public function test_a_request_holds_a_hundred_events() {
		$this->assertTrue( Fiko_Sync_Rules::fits( 99, 1000, 10 ) );
		$this->assertFalse( Fiko_Sync_Rules::fits( 100, 1000, 10 ) );
	}

	public function test_a_request_holds_four_megabytes() {
		$this->assertTrue( Fiko_Sync_Rules::fits( 3, 3999990, 10 ) );
		$this->assertFalse( Fiko_Sync_Rules::fits( 3, 3999991, 10 ) );
	}

	public function test_an_event_that_is_too_large_goes_alone_so_that_the_backend_can_say_so() {
		$this->assertTrue( Fiko_Sync_Rules::fits( 0, 0, 9000000 ) );
	}

	public function test_the_order_of_keys_does_not_change_a_product() {
		$this->assertSame(
			Fiko_Sync_Rules::product_hash( array( 'id' => 1, 'price' => '5', 'image' => array( 'a' => 1, 'b' => 2 ) ) ),
			Fiko_Sync_Rules::product_hash( array( 'image' => array( 'b' => 2, 'a' => 1 ), 'price' => '5', 'id' => 1 ) )
		);
	}

	public function test_the_order_of_a_list_does() {
		$this->assertNotSame(
			Fiko_Sync_Rules::product_hash( array( 'gallery' => array( 'a', 'b' ) ) ),
			Fiko_Sync_Rules::product_hash( array( 'gallery' => array( 'b', 'a' ) ) )
		);
	}

	public function test_the_date_of_the_last_save_does_not_change_a_product() {
		$this->assertSame(
			Fiko_Sync_Rules::product_hash( array( 'id' => 1, 'date_modified' => '2025-11-10T09:30:00Z' ) ),
			Fiko_Sync_Rules::product_hash( array( 'id' => 1, 'date_modified' => '2026-01-01T00:00:00Z', 'product_hash' => 'x' ) )
		);
	}

	public function test_a_price_does() {
		$this->assertNotSame( Fiko_Sync_Rules::product_hash( array( 'price' => '5' ) ), Fiko_Sync_Rules::product_hash( array( 'price' => '6' ) ) );
	}

	public function test_persian_goes_as_it_is_and_broken_text_does_not_stop_it() {
		$this->assertSame( '{"name":"کفش/مردانه"}', Fiko_Sync_Rules::canonical( array( 'name' => 'کفش/مردانه' ) ) );
		$this->assertStringContainsString( 'ok', Fiko_Sync_Rules::canonical( array( 'name' => "ok\xff" ) ) );
	}

	public function test_a_picture_inside_a_text_is_left_out_and_the_text_stays() {
		$picture = 'data:image/png;base64,' . str_repeat( 'iVBORw0KGgo', 200000 ) . '==';
		$this->assertSame( '<p>Nice.</p><img src=""> Use data: 5, or metadata:x,y.', preg_replace( Fiko_Sync_Rules::EMBEDDED, '', "<p>Nice.</p><img src=\"$picture\"> Use data: 5, or metadata:x,y." ) );
	}
}
