/** Products for scenarios, made in the shop by WooCommerce's own objects. */
import { join } from 'node:path'
import type { Shop } from './shop.ts'
import { wordpressFolder } from './wordpress-folder.ts'

export interface Made {
  id: number
  variations: number[]
}

type Properties = Record<string, unknown>

const file = join(wordpressFolder, 'products.php')
const MAKE = 'return ( require $args["file"] )( $args["kind"], $args["props"] );'

async function make(shop: Shop, kind: string, props: Properties): Promise<Made> {
  return await shop.php<Made>(MAKE, { file, kind, props })
}

export const makeImage = async (shop: Shop, name: string): Promise<number> =>
  await shop.php<number>(MAKE, { file, kind: 'image', props: { name } })

export interface ProductSpec {
  kind: 'simple' | 'variable' | 'grouped' | 'external'
  props: Properties
}

/** Many products of any kind in one process, in their order. */
export async function makeProducts(shop: Shop, specs: ProductSpec[]): Promise<Made[]> {
  const code = `
    $make = require $args["file"];
    return array_map( static fn( $one ) => $make( $one["kind"], $one["props"] ), $args["specs"] );`
  return await shop.php<Made[]>(code, { file, specs })
}

export async function makeSimple(shop: Shop, props: Properties = {}): Promise<number> {
  const usual = { name: 'کفش پیاده‌روی', short_description: 'سبک و نرم.', description: '<p>رویهٔ چرم &amp; کفی طبی.</p>' }
  const offer = { sku: '', regular_price: '950000', manage_stock: true, stock_quantity: 12 }
  return (await make(shop, 'simple', { ...usual, ...offer, ...props })).id
}

export async function makeVariable(shop: Shop, props: Properties = {}): Promise<Made> {
  const variations = [
    { colour: 'قرمز', regular_price: '120000', sale_price: '99000' },
    { colour: 'آبی', regular_price: '130000', manage_stock: true, stock_quantity: 3 },
  ]
  const usual = { name: 'پیراهن کتان', description: 'خنک و سبک.', variations }
  return await make(shop, 'variable', { ...usual, ...props })
}

export async function makeGrouped(shop: Shop, children: number[]): Promise<number> {
  return (await make(shop, 'grouped', { name: 'ست کامل', description: 'همه با هم.', children })).id
}

export async function makeExternal(shop: Shop, props: Properties = {}): Promise<number> {
  const link = { product_url: 'https://example.com/buy', button_text: 'خرید' }
  return (
    await make(shop, 'external', { name: 'کتاب', description: 'نشر دیگر.', regular_price: '300', ...link, ...props })
  ).id
}

/** Rows of many products at once, straight into the tables (10,000 in a few seconds); returns their ids. */
export async function insertProducts(shop: Shop, count: number, categoryId?: number): Promise<number[]> {
  return await shop.php<number[]>(INSERT, { count, category: categoryId ?? 0 })
}

const INSERT = `
  global $wpdb;
  $first = 1 + (int) $wpdb->get_var( "SELECT MAX(ID) FROM $wpdb->posts" );
  $now   = current_time( 'mysql' );
  // In the shop's zone it would lie ahead, and the first save would make a planned product of it.
  $gmt   = current_time( 'mysql', true );
  $simple   = get_term_by( 'slug', 'simple', 'product_type' )->term_taxonomy_id;
  $category = $args['category'] ? get_term( $args['category'], 'product_cat' )->term_taxonomy_id : 0;
  foreach ( array_chunk( range( $first, $first + $args['count'] - 1 ), 1000 ) as $ids ) {
    $posts = $meta = $terms = $lookup = array();
    foreach ( $ids as $id ) {
      $price   = 1000 + $id;
      $posts[] = "($id, 1, '$now', '$gmt', '$now', '$gmt', 'Product $id', 'Text of product $id.', '', 'publish', 'closed', 'closed', 'product-$id', '', '', '', 'product')";
      foreach ( array( '_price' => $price, '_regular_price' => $price, '_stock_status' => 'instock', '_manage_stock' => 'no', '_sku' => "S-$id", '_product_version' => WC_VERSION ) as $key => $value ) {
        $meta[] = "($id, '$key', '$value')";
      }
      $lookup[] = "($id, 'S-$id', $price, $price, 'instock')";
      $terms[]  = "($id, $simple)";
      if ( $category ) {
        $terms[] = "($id, $category)";
      }
    }
    $wpdb->query( "INSERT INTO $wpdb->posts (ID, post_author, post_date, post_date_gmt, post_modified, post_modified_gmt, post_title, post_content, post_excerpt, post_status, comment_status, ping_status, post_name, to_ping, pinged, post_content_filtered, post_type) VALUES " . implode( ',', $posts ) );
    $wpdb->query( "INSERT INTO $wpdb->postmeta (post_id, meta_key, meta_value) VALUES " . implode( ',', $meta ) );
    $wpdb->query( "INSERT INTO $wpdb->term_relationships (object_id, term_taxonomy_id) VALUES " . implode( ',', $terms ) );
    $wpdb->query( "INSERT INTO {$wpdb->prefix}wc_product_meta_lookup (product_id, sku, min_price, max_price, stock_status) VALUES " . implode( ',', $lookup ) );
  }
  $wpdb->query( "UPDATE $wpdb->term_taxonomy SET count = count + {$args['count']} WHERE term_taxonomy_id IN ($simple, $category)" );
  return range( $first, $first + $args['count'] - 1 );`
