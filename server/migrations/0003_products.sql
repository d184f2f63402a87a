-- The catalogue as it is now. Money is numeric and never capped; a tombstone is a row with deleted_at.

create table products (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id),
  store_id bigint not null references stores (id),
  external_id text not null,
  external_source text not null default 'woocommerce',
  type text not null default 'simple',
  name text not null default '',
  short_description text not null default '',
  description text not null default '',
  sku text not null default '',
  price numeric check (price >= 0),
  regular_price numeric check (regular_price >= 0),
  sale_price numeric check (sale_price >= 0),
  on_sale boolean not null default false,
  currency text not null default '',
  stock_quantity numeric,
  stock_status text not null default 'instock',
  categories text[] not null default '{}',
  tags text[] not null default '{}',
  attributes json not null default '[]',
  image text not null default '',
  gallery text[] not null default '{}',
  permalink text not null default '',
  status text not null default 'publish',
  catalog_visibility text not null default 'visible',
  password_protected boolean not null default false,
  product_hash text not null default '',
  -- SHA-256 of what is embedded, and of everything: equal hashes mean that nothing has to be done.
  content_hash text not null default '',
  state_hash text not null default '',
  version bigint not null,
  version_event_id text collate "C" not null,
  is_versioned boolean not null,
  -- Which event the texts above come from: a tombstone keeps those of the newest update before it, in whatever order they came.
  content_version bigint not null,
  content_event_id text collate "C" not null,
  -- Shown in the shop: published, not hidden, no password, not deleted. Search finds only active products.
  is_active boolean not null,
  deleted_at timestamptz,
  -- Words of name, SKUs, categories, attributes and texts, by our own normaliser (platform/language.ts).
  lexemes tsvector not null default '',
  -- How far the knowledge stages have come: the content that was chunked, and that has all its vectors.
  chunked_hash text,
  embedded_hash text,
  chunk_count integer not null default 0,
  searchable_version bigint,
  -- Of the event that last changed the text: 0 live, 1 backfill. The knowledge stages do live first, too.
  priority smallint not null default 0 check (priority in (0, 1)),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (store_id, external_id),
  check (not (is_active and deleted_at is not null))
);

create index products_by_tenant on products (tenant_id, id);

create index products_by_words on products using gin (tenant_id, lexemes) where is_active;

-- The chunk stage's work list: active products whose present text is not chunked, and removed ones that still have chunks.
create index products_to_chunk on products (priority, store_id, id)
  where (is_active and chunked_hash is distinct from content_hash) or (deleted_at is not null and chunked_hash is not null);

create table product_variants (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id),
  product_id bigint not null references products (id) on delete cascade,
  external_id bigint not null,
  position integer not null,
  sku text not null default '',
  attributes json not null default '{}',
  price numeric check (price >= 0),
  regular_price numeric check (regular_price >= 0),
  sale_price numeric check (sale_price >= 0),
  on_sale boolean not null default false,
  stock_quantity numeric,
  stock_status text not null,
  image text not null default '',
  unique (product_id, external_id)
);
