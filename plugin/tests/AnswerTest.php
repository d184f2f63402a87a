<?php
use PHPUnit\Framework\TestCase;

final class AnswerTest extends TestCase {

	/** @dataProvider answers */
	public function test_an_answer_means_one_of_five_things( $status, $data, $type, $kind ) {
		$this->assertSame( $kind, Fiko_Sync_Rules::classify( $status, $data, $type ) );
	}

	public function answers() {
		$json    = array( 'error' => 'x' );
		$problem = 'application/problem+json; charset=utf-8';
		return array(
			'accepted'                                     => array( 202, array( 'accepted' => 1 ), 'application/json', 'ok' ),
			'a web page with 200 is no receipt'            => array( 200, null, 'text/html', 'wall' ),
			'invalid events fail'                          => array( 400, $json, $problem, 'refused' ),
			'a page with 400 judges no event'              => array( 400, null, 'text/html', 'wall' ),
			'a JSON of another server judges no event'     => array( 400, $json, 'application/json', 'wall' ),
			'an event id with other content fails'         => array( 409, $json, $problem, 'refused' ),
			'too large fails alone'                        => array( 413, $json, $problem, 'refused' ),
			'a wrong token asks the owner'                 => array( 401, $json, $problem, 'denied' ),
			'another site asks the owner'                  => array( 403, $json, $problem, 'denied' ),
			'a firewall that says 403 is tried again'      => array( 403, null, 'text/html', 'wall' ),
			'a firewall that says 403 in JSON is, too'     => array( 403, $json, 'application/json', 'wall' ),
			'basic auth before the backend is tried again' => array( 401, null, 'text/html', 'wall' ),
			'a path the backend does not know'             => array( 404, $json, $problem, 'later' ),
			'too fast is tried again'                      => array( 429, $json, $problem, 'later' ),
			'a broken backend is tried again'              => array( 500, $json, $problem, 'later' ),
			'a broken gateway is tried again'              => array( 502, null, 'text/html', 'wall' ),
			'a redirect is no receipt'                     => array( 301, null, '', 'wall' ),
			'no answer is tried again'                     => array( 0, null, '', 'later' ),
		);
	}

	/** @dataProvider walls */
	public function test_the_owner_is_told_who_answered_instead( $status, $authenticate, $location, $what ) {
		$this->assertSame( $what, Fiko_Sync_Rules::wall( $status, $authenticate, $location ) );
	}

	public function walls() {
		return array(
			array( 0, '', '', '' ),
			array( 200, '', '', 'page' ),
			array( 301, '', 'https://www.example.com/', 'moved' ),
			array( 401, 'Basic realm="x"', '', 'login' ),
			array( 403, '', '', 'firewall' ),
			array( 406, '', '', 'firewall' ),
			array( 404, '', '', 'missing' ),
			array( 429, '', '', 'busy' ),
			array( 503, '', '', 'busy' ),
		);
	}

	/** @dataProvider dislikes */
	public function test_only_what_may_be_about_a_text_is_asked_about( array $answer, $failures, $is_so ) {
		$this->assertSame( $is_so, Fiko_Sync_Rules::may_be_about_content( $answer + array( 'what' => '', 'detail' => '', 'status' => 0 ), $failures ) );
	}

	public function dislikes() {
		return array(
			'a firewall'                     => array( array( 'kind' => 'wall', 'what' => 'firewall', 'status' => 403 ), 0, true ),
			'a login is before everything'   => array( array( 'kind' => 'wall', 'what' => 'login', 'status' => 401 ), 0, false ),
			'a busy gateway, too'            => array( array( 'kind' => 'wall', 'what' => 'busy', 'status' => 502 ), 9, false ),
			'an error inside, once'          => array( array( 'kind' => 'later', 'status' => 500 ), 0, false ),
			'an error inside, again'         => array( array( 'kind' => 'later', 'status' => 500 ), 2, true ),
			'a cut connection, again'        => array( array( 'kind' => 'later', 'detail' => 'cURL error 52: Empty reply' ), 2, true ),
			'a refused connection, again'    => array( array( 'kind' => 'later', 'detail' => 'cURL error 7: refused' ), 9, false ),
		);
	}

	public function test_only_the_backends_own_trouble_passes() {
		$this->assertTrue( Fiko_Sync_Rules::is_passing( 'overloaded' ) );
		$this->assertFalse( Fiko_Sync_Rules::is_passing( 'invalid_input' ) );
		$this->assertFalse( Fiko_Sync_Rules::is_passing( 'event_id_conflict' ) );
	}
}
