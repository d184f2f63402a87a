<?php
use PHPUnit\Framework\TestCase;

final class ResendTest extends TestCase {

	/** @dataProvider tasks */
	public function test_a_task_of_the_backend_is_read( $given, $expected ) {
		$task = Fiko_Sync_Resend::readable( $given );
		$this->assertSame( $expected, $task ? array_intersect_key( $task, $expected ) : null );
	}

	public function tasks() {
		return array(
			'all products'              => array( array( 'id' => 7, 'kind' => 'all', 'product_ids' => array(), 'category' => null, 'since' => null ), array( 'id' => 7, 'kind' => 'all', 'ids' => array() ) ),
			'products in any order'     => array( array( 'id' => 7, 'kind' => 'products', 'product_ids' => array( 9, 3, 9 ) ), array( 'kind' => 'products', 'ids' => array( 3, 9 ) ) ),
			'a category'                => array( array( 'id' => 7, 'kind' => 'category', 'category' => 'کفش' ), array( 'category' => 'کفش' ) ),
			'changed since'             => array( array( 'id' => 7, 'kind' => 'since', 'since' => 1762768200 ), array( 'since' => 1762768200 ) ),
			'the failed ones'           => array( array( 'id' => 7, 'kind' => 'failed', 'product_ids' => array( 4 ) ), array( 'kind' => 'failed', 'ids' => array( 4 ) ) ),
			'ids that are no ids'       => array( array( 'id' => 7, 'kind' => 'products', 'product_ids' => array( 'x', -1, 2.5, null, 8 ) ), array( 'ids' => array( 8 ) ) ),
		);
	}

	/** @dataProvider nonsense */
	public function test_nothing_begins_for_a_task_that_is_not_understood( $given ) {
		$this->assertNull( Fiko_Sync_Resend::readable( $given ) );
	}

	public function nonsense() {
		return array(
			'null'                         => array( null ),
			'a text'                       => array( 'all' ),
			'no id'                        => array( array( 'kind' => 'all' ) ),
			'an id that is text'           => array( array( 'id' => '7', 'kind' => 'all' ) ),
			'no kind'                      => array( array( 'id' => 7 ) ),
			'a kind of a newer backend'    => array( array( 'id' => 7, 'kind' => 'by_tag' ) ),
			'a kind that is a list'        => array( array( 'id' => 7, 'kind' => array( 'all' ) ) ),
			'products without ids'         => array( array( 'id' => 7, 'kind' => 'products', 'product_ids' => array() ) ),
			'a category without a name'    => array( array( 'id' => 7, 'kind' => 'category', 'category' => '' ) ),
			'a category that is no text'   => array( array( 'id' => 7, 'kind' => 'category', 'category' => array( 'x' ) ) ),
			'a time that is no number'     => array( array( 'id' => 7, 'kind' => 'since', 'since' => '2026-11-27' ) ),
		);
	}
}
