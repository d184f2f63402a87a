<?php
use PHPUnit\Framework\TestCase;

final class AnswerTest extends TestCase {

	/** @dataProvider answers */
	public function test_an_answer_means_one_of_four_things( $status, $data, $kind ) {
		$this->assertSame( $kind, Fiko_Sync_Rules::classify( $status, $data ) );
	}

	public function answers() {
		$json = array( 'error' => 'x' );
		return array(
			'accepted'                             => array( 202, array( 'accepted' => 1 ), 'ok' ),
			'a web page with 200 is no receipt'    => array( 200, null, 'later' ),
			'invalid events fail'                  => array( 400, $json, 'refused' ),
			'a page with 400 judges no event'      => array( 400, null, 'later' ),
			'an event id with other content fails' => array( 409, $json, 'refused' ),
			'too large fails alone'                => array( 413, $json, 'refused' ),
			'a wrong token asks the owner'         => array( 401, $json, 'denied' ),
			'a firewall that says 403 does too'    => array( 403, null, 'denied' ),
			'a wrong path is tried again'          => array( 404, $json, 'later' ),
			'too fast is tried again'              => array( 429, $json, 'later' ),
			'a broken backend is tried again'      => array( 500, $json, 'later' ),
			'an overloaded one is tried again'     => array( 503, $json, 'later' ),
			'a redirect is no receipt'             => array( 301, null, 'later' ),
			'no answer is tried again'             => array( 0, null, 'later' ),
		);
	}

	public function test_only_the_backends_own_trouble_passes() {
		$this->assertTrue( Fiko_Sync_Rules::is_passing( 'overloaded' ) );
		$this->assertFalse( Fiko_Sync_Rules::is_passing( 'invalid_input' ) );
		$this->assertFalse( Fiko_Sync_Rules::is_passing( 'event_id_conflict' ) );
	}
}
