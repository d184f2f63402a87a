<?php
use PHPUnit\Framework\TestCase;

final class AgentsTest extends TestCase {
	const ID = 'AbCdEfGhIjKlMnOpQrStUvWx-_1';

	/** @dataProvider addresses */
	public function test_only_a_public_address_of_the_backend_is_accepted( $address, $problem ) {
		$this->assertSame( $problem, Fiko_Sync_Agents::problem( $address, 'https://sync.example.com/base' ) );
	}

	public function addresses() {
		return array(
			'the address'       => array( 'https://sync.example.com/mcp/' . self::ID, '' ),
			'in a folder'       => array( 'https://SYNC.example.com/base/mcp/' . self::ID, '' ),
			'nothing'           => array( '', 'agents_invalid' ),
			'needs a token'     => array( 'https://sync.example.com/mcp', 'agents_invalid' ),
			'too short'         => array( 'https://sync.example.com/mcp/abc', 'agents_invalid' ),
			'a line more'       => array( 'https://sync.example.com/mcp/' . self::ID . "\n", 'agents_invalid' ),
			'a query'           => array( 'https://sync.example.com/mcp/' . self::ID . '?a=1', 'agents_invalid' ),
			'a user'            => array( 'https://a:b@sync.example.com/mcp/' . self::ID, 'agents_invalid' ),
			'without https'     => array( 'http://sync.example.com/mcp/' . self::ID, 'agents_invalid' ),
			'of another scheme' => array( 'javascript://sync.example.com/mcp/' . self::ID, 'agents_invalid' ),
			'of another host'   => array( 'https://evil.example.com/mcp/' . self::ID, 'agents_host' ),
		);
	}

	public function test_without_a_backend_no_address_is_accepted() {
		$this->assertSame( 'agents_host', Fiko_Sync_Agents::problem( 'https://sync.example.com/mcp/' . self::ID, '' ) );
	}

	public function test_the_profile_names_the_address_and_no_payment() {
		$profile = json_decode( json_encode( Fiko_Sync_Agents::profile( 'https://sync.example.com/mcp/x' ) ) )->ucp;
		$this->assertSame( 'https://sync.example.com/mcp/x', $profile->services->{'dev.ucp.shopping'}[0]->endpoint );
		$this->assertCount( 1, $profile->services->{'dev.ucp.shopping'} );
		$this->assertEquals( new stdClass(), $profile->payment_handlers );
	}
}
