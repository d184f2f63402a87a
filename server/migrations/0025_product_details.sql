-- More about a product that the shop may send: what an agent needs to sell it. All optional; a value that cannot be read is null.

alter table products
  -- Digits only: 8, 12, 13 or 14 of them.
  add column gtin text,
  add column brand text,
  -- Lists of names, root first: [["Clothing", "Shoes"]].
  add column category_paths jsonb,
  -- {url, alt, width, height}, the featured image first.
  add column image_details jsonb,
  add column average_rating numeric check (average_rating between 0 and 5),
  add column review_count integer check (review_count >= 0),
  add column weight numeric check (weight > 0),
  add column weight_unit text check (weight_unit in ('kg', 'g', 'lbs', 'oz')),
  -- {length, width, height} in `dimension_unit`.
  add column dimensions jsonb,
  add column dimension_unit text check (dimension_unit in ('m', 'cm', 'mm', 'in', 'yd')),
  add column sale_ends_at timestamptz,
  add column min_quantity numeric check (min_quantity > 0),
  add column max_quantity numeric check (max_quantity > 0),
  -- A BCP 47 tag, such as fa-IR.
  add column language text,
  add column display_currency text,
  -- How much of what an agent needs is there, 0 to 100, and the codes of what is missing (catalog/products/readiness.ts). Null: not
  -- computed yet.
  add column readiness smallint check (readiness between 0 and 100),
  add column readiness_missing text[],
  add constraint products_readiness_whole check ((readiness is null) = (readiness_missing is null));

alter table product_variants
  add column gtin text,
  -- In the units of the product.
  add column weight numeric check (weight > 0),
  add column dimensions jsonb,
  add column sale_ends_at timestamptz,
  add column image_alt text,
  add column min_quantity numeric check (min_quantity > 0),
  add column max_quantity numeric check (max_quantity > 0);

-- Look-ups by GTIN, as by SKU.
create index products_by_gtin on products (tenant_id, gtin) where gtin is not null;
create index variants_by_gtin on product_variants (tenant_id, gtin) where gtin is not null;
-- The average and the counts of a store, without reading its products.
create index products_by_readiness on products (tenant_id, store_id, readiness, readiness_missing) where is_active;
-- Products of an earlier release: scored by the daily maintenance.
create index products_to_score on products (id) where readiness is null;
