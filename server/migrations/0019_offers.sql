-- Stock and price of a product with its variations, and the categories in the spelling under which the filter finds them.

alter table products
  -- Something of it can be bought: of a product with variations, one of them.
  add column in_stock boolean not null default false,
  add column variant_count integer not null default 0,
  -- By our own normaliser (catalog/product-state.ts).
  add column category_keys text[] not null default '{}',
  -- Texts of which only the first part was stored, because the event was too large.
  add column texts_cut text[] not null default '{}';

-- The shop's words in WooCommerce's spelling, as `shopWord` writes them from now on.
update product_variants
   set stock_status = regexp_replace(lower(btrim(stock_status)), '[\s_-]+', '', 'g')
 where stock_status <> 'outofstock'
   and regexp_replace(lower(btrim(stock_status)), '[\s_-]+', '', 'g') in ('instock', 'onbackorder', 'outofstock');

-- Every product is written once (100,000 took 4 s on PostgreSQL). Until a product's next event its categories are spelled
-- by this approximation of the normaliser: lower case, Persian letters, no joiners, the entities that shops send most.
with words as (
  select id,
         case when regexp_replace(lower(btrim(stock_status)), '[\s_-]+', '', 'g') in ('instock', 'onbackorder', 'outofstock')
              then regexp_replace(lower(btrim(stock_status)), '[\s_-]+', '', 'g') else lower(btrim(stock_status)) end as stock,
         lower(btrim(catalog_visibility)) as visibility
    from products
), variants as (
  select product_id, count(*) as variants, min(price) as lowest,
         bool_or(stock_status in ('instock', 'onbackorder')) as in_stock
    from product_variants group by product_id
)
update products p
   set stock_status = w.stock,
       catalog_visibility = w.visibility,
       -- An unknown visibility was taken for "visible".
       is_active = p.is_active and w.visibility in ('visible', 'catalog', 'search'),
       in_stock = coalesce(v.in_stock, w.stock in ('instock', 'onbackorder')),
       variant_count = coalesce(v.variants, 0),
       price = coalesce(p.price, v.lowest),
       category_keys = array(
         select btrim(regexp_replace(translate(lower(replace(replace(c, '&amp;', '&'), '&#038;', '&')),
                                               'يىئكةأإآٱؤۀ۰۱۲۳۴۵۶۷۸۹' || chr(8204) || chr(8203) || chr(1600),
                                               'یییکهااااوه0123456789'), '\s+', ' ', 'g'))
           from unnest(p.categories) with ordinality as o (c, position) order by position)
  from words w left join variants v on v.product_id = w.id
 where w.id = p.id;

-- A price filter that names no currency asks which currencies a store sells in: this index answers without reading products.
create index products_by_currency on products (tenant_id, store_id, currency) where is_active;

-- Look-ups by SKU in any case of letters.
create index products_by_sku on products (tenant_id, lower(sku)) where sku <> '';
create index variants_by_sku on product_variants (tenant_id, lower(sku)) where sku <> '';
