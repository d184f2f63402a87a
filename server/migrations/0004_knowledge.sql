-- What the AI knows: texts (chunks) and their vectors. A vector's width is the profile's business, not the table's, so
-- that changing the model is data and not a migration.

create table embedding_profiles (
  id bigint generated always as identity primary key,
  provider text not null check (provider in ('offline', 'openai')),
  url text not null,
  model text not null,
  dimensions integer not null check (dimensions between 1 and 16000),
  query_prefix text not null default '',
  passage_prefix text not null default '',
  is_active boolean not null default false,
  created_at timestamptz not null default now(),
  unique (provider, url, model, dimensions, query_prefix, passage_prefix)
);

create unique index embedding_profiles_one_active on embedding_profiles (is_active) where is_active;

create table knowledge_chunks (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id),
  store_id bigint not null references stores (id),
  product_id bigint not null references products (id) on delete cascade,
  position integer not null,
  text text not null,
  text_hash text not null,
  language text not null,
  -- pending: the active profile has no vector for this text yet. refused: the provider will not take it (a dead letter).
  embedding_status text not null default 'pending' check (embedding_status in ('pending', 'stored', 'refused')),
  embedding_error text,
  priority smallint not null default 0 check (priority in (0, 1)),
  -- While a worker waits for the provider; it ends by itself if that worker is killed.
  leased_until timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (embedding_status <> 'refused' or embedding_error is not null)
);

create index knowledge_chunks_by_product on knowledge_chunks (product_id, position);

create index knowledge_chunks_by_tenant on knowledge_chunks (tenant_id, id);

create index knowledge_chunks_pending on knowledge_chunks (priority, store_id, id) where embedding_status = 'pending';

create index knowledge_chunks_refused on knowledge_chunks (tenant_id, id) where embedding_status = 'refused';

create table chunk_embeddings (
  chunk_id bigint not null references knowledge_chunks (id) on delete cascade,
  profile_id bigint not null references embedding_profiles (id),
  tenant_id bigint not null references tenants (id),
  -- The text this vector was made of. It may be older than the chunk's: the old vector serves until the new one is stored.
  text_hash text not null,
  embedding vector not null,
  stored_at timestamptz not null default now(),
  primary key (chunk_id, profile_id)
);

create index chunk_embeddings_by_tenant on chunk_embeddings (tenant_id, profile_id);

create table embedding_cache (
  tenant_id bigint not null references tenants (id),
  profile_id bigint not null references embedding_profiles (id),
  text_hash text not null,
  embedding vector not null,
  used_at timestamptz not null default now(),
  primary key (tenant_id, profile_id, text_hash)
);

create index embedding_cache_by_use on embedding_cache (used_at);

-- Running totals for each tenant; tenant 0 holds those that belong to no single one (a request may carry many tenants' texts).
create table usage_counters (
  tenant_id bigint not null,
  counter text not null,
  value bigint not null default 0,
  primary key (tenant_id, counter)
);
