<?php
use PHPUnit\Framework\TestCase;

final class FeedsTest extends TestCase {
	const NOTHING = array( 'id' => 7, 'gtin' => '', 'brand' => '', 'rating' => null, 'variants' => array() );

	private static function a_variant( array $facts = array() ) {
		return $facts + array(
			'name'         => 'Shoe - Red',
			'sku'          => 'S-1',
			'gtin'         => '4006381333931',
			'image'        => 'https://shop.example/red.jpg',
			'url'          => 'https://shop.example/shoe/?attribute_color=red',
			'choices'      => array( 'رنگ' => 'قرمز', 'Grip' => 'Soft' ),
			'price'        => '850000',
			'currency'     => 'IRT',
			'availability' => 'InStock',
			'valid_until'  => '2030-01-31',
		);
	}

	public function test_markup_without_anything_to_add_stays_as_it_is() {
		$markup = array( '@type' => 'Product', 'name' => 'Shoe', 'offers' => array( array( '@type' => 'AggregateOffer', 'lowPrice' => '5' ) ) );
		$this->assertSame( $markup, Fiko_Sync_Feeds::complete( $markup, self::NOTHING ) );
	}

	public function test_brand_code_and_rating_are_added() {
		$facts = array( 'gtin' => '4006381333931', 'brand' => 'نایک', 'rating' => array( 'value' => '4.5', 'count' => 12 ) ) + self::NOTHING;
		$made  = Fiko_Sync_Feeds::complete( array( '@type' => 'Product' ), $facts );
		$this->assertSame( '4006381333931', $made['gtin'] );
		$this->assertSame( array( '@type' => 'Brand', 'name' => 'نایک' ), $made['brand'] );
		$this->assertSame( array( '@type' => 'AggregateRating', 'ratingValue' => '4.5', 'reviewCount' => 12 ), $made['aggregateRating'] );
		$this->assertSame( 'Product', $made['@type'] );
	}

	/** @dataProvider present */
	public function test_a_value_that_is_there_is_never_replaced( array $present ) {
		$facts = array( 'gtin' => '4006381333931', 'brand' => 'Ours', 'rating' => array( 'value' => '1', 'count' => 1 ), 'variants' => array( self::a_variant() ) ) + self::NOTHING;
		$made  = Fiko_Sync_Feeds::complete( $present + array( '@type' => 'Product' ), $facts );
		foreach ( $present as $name => $value ) {
			$this->assertSame( $value, $made[ $name ] );
		}
		if ( isset( $present['gtin13'] ) ) {
			$this->assertArrayNotHasKey( 'gtin', $made );
		}
	}

	public function present() {
		return array(
			'brand'           => array( array( 'brand' => array( '@type' => 'Brand', 'name' => 'Theirs' ) ) ),
			'gtin'            => array( array( 'gtin' => '1' ) ),
			'a longer name'   => array( array( 'gtin13' => '1' ) ),
			'rating'          => array( array( 'aggregateRating' => array( 'ratingValue' => '5' ) ) ),
			'variants'        => array( array( 'hasVariant' => array( array( '@type' => 'Product' ) ) ) ),
			'a group already' => array( array( '@type' => 'ProductGroup', 'productGroupID' => 'x' ) ),
			'a price'         => array( array( 'offers' => array( array( 'price' => '1', 'priceSpecification' => array( array( 'price' => '2', 'priceCurrency' => 'EUR' ) ) ) ) ) ),
		);
	}

	public function test_an_offer_gets_the_price_of_its_first_specification() {
		$offer = static fn( $price ) => array( '@type' => 'Offer', 'priceSpecification' => array( array( 'price' => $price, 'priceCurrency' => 'EUR' ), array( 'price' => '9', 'priceCurrency' => 'EUR' ) ) );
		$made  = Fiko_Sync_Feeds::complete( array( '@type' => 'Product', 'offers' => array( $offer( '5.50' ) ) ), self::NOTHING );
		$this->assertSame( '5.50', $made['offers'][0]['price'] );
		$this->assertSame( 'EUR', $made['offers'][0]['priceCurrency'] );
		$free = Fiko_Sync_Feeds::complete( array( '@type' => 'Product', 'offers' => array( $offer( '0' ) ) ), self::NOTHING );
		$this->assertArrayNotHasKey( 'price', $free['offers'][0] );
	}

	public function test_a_product_with_variations_becomes_a_group() {
		$variants = array( self::a_variant(), self::a_variant( array( 'choices' => array( 'رنگ' => 'آبی' ), 'price' => '', 'gtin' => '', 'valid_until' => '' ) ) );
		$made     = Fiko_Sync_Feeds::complete( array( '@type' => 'Product', 'name' => 'Shoe' ), array( 'variants' => $variants ) + self::NOTHING );
		$this->assertSame( 'ProductGroup', $made['@type'] );
		$this->assertSame( '7', $made['productGroupID'] );
		$this->assertSame( array( 'https://schema.org/color', 'Grip' ), $made['variesBy'] );
		$this->assertSame(
			array(
				'@type'  => 'Product',
				'name'   => 'Shoe - Red',
				'sku'    => 'S-1',
				'gtin'   => '4006381333931',
				'image'  => 'https://shop.example/red.jpg',
				'color'  => 'قرمز',
				'offers' => array(
					'@type'           => 'Offer',
					'url'             => 'https://shop.example/shoe/?attribute_color=red',
					'price'           => '8500000',
					'priceCurrency'   => 'IRR',
					'availability'    => 'https://schema.org/InStock',
					'priceValidUntil' => '2030-01-31',
				),
			),
			$made['hasVariant'][0]
		);
		$this->assertArrayNotHasKey( 'offers', $made['hasVariant'][1] );
		$this->assertArrayNotHasKey( 'gtin', $made['hasVariant'][1] );
	}

	/** @dataProvider currencies */
	public function test_iranian_units_become_rials_and_other_prices_stay( $price, $currency, $printed, $code ) {
		$facts = array( 'variants' => array( self::a_variant( array( 'price' => $price, 'currency' => $currency ) ) ) ) + self::NOTHING;
		$offer = Fiko_Sync_Feeds::complete( array( '@type' => 'Product' ), $facts )['hasVariant'][0]['offers'];
		$this->assertSame( array( $printed, $code ), array( $offer['price'], $offer['priceCurrency'] ) );
	}

	public function currencies() {
		return array(
			array( '49.90', 'EUR', '49.90', 'EUR' ),
			array( '8500000', 'IRR', '8500000', 'IRR' ),
			array( '850000', 'IRT', '8500000', 'IRR' ),
			array( '850', 'IRHR', '850000', 'IRR' ),
			array( '1.5', 'IRHT', '15000', 'IRR' ),
		);
	}
}
