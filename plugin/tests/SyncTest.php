<?php
use PHPUnit\Framework\TestCase;

final class SyncTest extends TestCase {

	const HOUR = 3540;

	/** @dataProvider reports */
	public function test_the_backend_is_told_when_the_state_changes_and_every_hour( array $before, $mark, $max_age, $is_due ) {
		$this->assertSame( $is_due, Fiko_Sync_Rules::is_report_due( $before, $mark, 10000, $max_age ) );
	}

	public function reports() {
		return array(
			'the first report'                         => array( array(), 'ok 0', self::HOUR, true ),
			'the same within the hour'                 => array( array( 'mark' => 'ok 0', 'at' => 9000 ), 'ok 0', self::HOUR, false ),
			'the same after an hour'                   => array( array( 'mark' => 'ok 0', 'at' => 6460 ), 'ok 0', self::HOUR, true ),
			'another state at once'                    => array( array( 'mark' => 'ok 0', 'at' => 9999 ), 'stuck 0', self::HOUR, true ),
			'one more failed product at once'          => array( array( 'mark' => 'failed_products 1', 'at' => 9999 ), 'failed_products 2', self::HOUR, true ),
			'work that begins waits five minutes'      => array( array( 'mark' => 'ok 0', 'at' => 9800 ), 'syncing 0', self::HOUR, false ),
			'sending again after trouble, at once'     => array( array( 'mark' => 'stuck 0', 'at' => 9999 ), 'syncing 0', self::HOUR, true ),
			'work that goes on is told again'          => array( array( 'mark' => 'syncing 0', 'at' => 9700 ), 'syncing 0', self::HOUR, true ),
			'the end of work at once'                  => array( array( 'mark' => 'syncing 0', 'at' => 9999 ), 'ok 0', self::HOUR, true ),
			'an open settings page asks every minute'  => array( array( 'mark' => 'ok 0', 'at' => 9940 ), 'ok 0', 60, true ),
			'a clock that was set back'                => array( array( 'mark' => 'ok 0', 'at' => 20000 ), 'ok 0', self::HOUR, true ),
		);
	}

	/** @dataProvider sentences */
	public function test_the_sentence_of_the_backend_is_shown_while_it_is_young_and_to_its_reader( array $sync, $is_current ) {
		$sync += array( 'state' => 'in_sync', 'sentence' => 'Your shop is in sync.', 'at' => 9990, 'reader' => 'en1' );
		$this->assertSame( $is_current, Fiko_Sync_Rules::is_sync_current( array_filter( $sync, static fn( $value ) => null !== $value ), 10000, 'en1' ) );
	}

	public function sentences() {
		return array(
			'just said'                  => array( array(), true ),
			'with a time after 10 min.'  => array( array( 'at' => 9399 ), false ),
			'a failure within two hours' => array( array( 'at' => 2801, 'state' => 'needs_attention' ), true ),
			'a failure after two hours'  => array( array( 'at' => 2799, 'state' => 'needs_attention' ), false ),
			'from the future'            => array( array( 'at' => 10001 ), false ),
			'in the other language'      => array( array( 'reader' => 'fa1' ), false ),
			'about another store'        => array( array( 'reader' => 'en2' ), false ),
			'an answer without sentence' => array( array( 'sentence' => null ), false ),
		);
	}

	public function test_without_an_answer_nothing_is_shown() {
		$this->assertFalse( Fiko_Sync_Rules::is_sync_current( array(), 10000, 'en1' ) );
	}
}
