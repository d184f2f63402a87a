<?php
use PHPUnit\Framework\TestCase;

final class OwnerTest extends TestCase {

	/** @dataProvider rows */
	public function test_the_state_comes_from_receipts( array $row, $state ) {
		$row += array( 'priority' => '9', 'reason' => '', 'version' => '7', 'acked_version' => '7', 'acked_hash' => 'h', 'searchable_version' => '7' );
		$this->assertSame( $state, Fiko_Sync_Admin_Products::state( (object) $row ) );
	}

	public function rows() {
		return array(
			'an edit waits, whatever was acknowledged' => array( array( 'priority' => '1' ), 'waiting' ),
			'a receipt is not yet findable'            => array( array( 'searchable_version' => '6' ), 'sent' ),
			'what the backend found is searchable'     => array( array(), 'searchable' ),
			'a refusal has failed'                     => array( array( 'reason' => 'price' ), 'failed' ),
			'an edit after a refusal waits'            => array( array( 'priority' => '0', 'reason' => 'price' ), 'waiting' ),
			'an acknowledged removal is not known'     => array( array( 'acked_hash' => '' ), '' ),
		);
	}

	/** @dataProvider urls */
	public function test_the_token_travels_only_encrypted_or_within_the_machine( $url, $problem ) {
		$this->assertSame( $problem, Fiko_Sync_Settings::url_problem( $url ) );
	}

	public function urls() {
		return array(
			array( 'https://fiko.example', '' ),
			array( 'http://fiko.example', 'insecure' ),
			array( 'http://localhost:8787', '' ),
			array( 'http://127.0.0.1:8787', '' ),
			array( 'http://[::1]:8787', '' ),
			array( 'http://fiko.test', '' ),
			array( 'http://localhost.example', 'insecure' ),
			array( 'http://127.0.0.1.example', 'insecure' ),
			array( 'http://127.example.com', 'insecure' ),
			array( 'ftp://fiko.example', 'invalid' ),
			array( 'fiko.example', 'invalid' ),
			array( '', 'invalid' ),
		);
	}
}
