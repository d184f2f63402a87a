<?php
use PHPUnit\Framework\TestCase;

final class PagesTest extends TestCase {

	/** @dataProvider answers */
	public function test_an_answer_to_a_set_of_pages_means_one_of_six_things( $status, $data, $verdict ) {
		$kind = Fiko_Sync_Rules::classify( $status, $data, 'application/problem+json' );
		$this->assertSame( $verdict, Fiko_Sync_Rules::page_verdict( array( 'status' => $status, 'kind' => $kind, 'data' => $data ) ) );
	}

	public function answers() {
		$problem = array( 'error' => 'x' );
		return array(
			'a receipt'                                 => array( 200, array( 'status' => 'stored', 'version' => 5 ), 'taken' ),
			'JSON of another server is no receipt'      => array( 200, array( 'hello' => 1 ), 'later' ),
			'a page of another server is no receipt'    => array( 200, null, 'later' ),
			'a newer set is stored'                     => array( 409, $problem + array( 'stored_version' => '7' ), 'older' ),
			'another conflict'                          => array( 409, $problem, 'refused' ),
			'a backend that takes no pages'             => array( 404, $problem, 'unknown' ),
			'a proxy that knows no such path or method' => array( 405, null, 'unknown' ),
			'a set that is not valid'                   => array( 400, $problem, 'refused' ),
			'a set that is too large'                   => array( 413, $problem, 'refused' ),
			'a revoked token'                           => array( 401, $problem, 'denied' ),
			'another site'                              => array( 403, $problem, 'denied' ),
			'a firewall'                                => array( 403, null, 'later' ),
			'too fast'                                  => array( 429, $problem, 'later' ),
			'a broken backend'                          => array( 500, $problem, 'later' ),
			'no answer'                                 => array( 0, null, 'later' ),
		);
	}

	/** @dataProvider pages */
	public function test_the_address_or_the_title_of_a_page_suggests_its_kind( $slug, $title, $kind ) {
		$this->assertSame( $kind, Fiko_Sync_Rules::page_kind( $slug, $title ) );
	}

	public function pages() {
		return array(
			array( 'refund_returns', 'Refund and Returns Policy', 'returns' ),
			array( 'refund-policy', '', 'returns' ),
			array( 'return-policy', '', 'returns' ),
			array( 'returns', '', 'returns' ),
			array( 'shipping', '', 'shipping' ),
			array( 'shipping-policy', '', 'shipping' ),
			array( 'delivery', '', 'shipping' ),
			array( 'faq', '', 'faq' ),
			array( 'contact', '', 'contact' ),
			array( 'about', '', 'about' ),
			array( 'privacy-policy', '', 'privacy' ),
			array( 'x', 'ارسال کالا', 'shipping' ),
			array( 'شرایط-مرجوعی', '', 'returns' ),
			array( 'x', 'بازگشت کالا', 'returns' ),
			array( 'x', 'سوالات متداول', 'faq' ),
			array( 'درباره-ما', 'دربارهٔ ما', 'about' ),
			array( 'x', 'تماس با ما', 'contact' ),
			array( 'x', 'قوانین و مقررات', 'terms' ),
			array( 'cart', 'Cart', '' ),
			array( 'my-account', 'حساب کاربری', '' ),
			array( 'sample-page', 'Sample Page', '' ),
			array( 'returning-customers', 'Welcome', '' ),
		);
	}
}
