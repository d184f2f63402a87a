<?php
use PHPUnit\Framework\TestCase;

final class ReconcileTest extends TestCase {

	public function test_the_digest_of_nothing_is_zero() {
		$this->assertSame( str_repeat( '0', 32 ), Fiko_Sync_Reconcile::digest( array() ) );
	}

	public function test_the_digest_of_one_product_is_the_md5_of_its_id_and_hash() {
		$this->assertSame( md5( '414:abc' ), Fiko_Sync_Reconcile::digest( array( 414 => 'abc' ) ) );
	}

	public function test_the_order_of_products_does_not_matter() {
		$this->assertSame( Fiko_Sync_Reconcile::digest( array( 1 => 'a', 2 => 'b', 3 => 'c' ) ), Fiko_Sync_Reconcile::digest( array( 3 => 'c', 1 => 'a', 2 => 'b' ) ) );
	}

	public function test_swapped_hashes_are_noticed() {
		$this->assertNotSame( Fiko_Sync_Reconcile::digest( array( 1 => 'a', 2 => 'b' ) ), Fiko_Sync_Reconcile::digest( array( 1 => 'b', 2 => 'a' ) ) );
	}
}
