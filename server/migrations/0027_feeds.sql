-- Product feeds: files that other services (Google, Meta, ChatGPT, Torob) read at an address with a token of its own.

create table feeds (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id) on delete cascade,
  store_id bigint not null references stores (id),
  kind text not null check (kind in ('google', 'acp', 'llms', 'torob')),
  -- SHA-256, as for tokens; the preview tells feeds apart.
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  token_preview text not null,
  target_country text check (target_country ~ '^[A-Z]{2}$'),
  -- Null: products in all languages.
  language text check (language ~ '^[a-z]{2,3}$'),
  -- Null: each product in its own currency.
  currency text check (currency ~ '^[A-Z]{3}$'),
  created_at timestamptz not null default now(),
  rotated_at timestamptz,
  revoked_at timestamptz,
  last_read_at timestamptz,
  reads bigint not null default 0,
  -- Only of kind torob: how far changes were announced to Torob. Time and id of the newest announced product, and the revision of the
  -- catalogue at that time; null: nothing was announced yet.
  announced_until timestamptz,
  announced_id bigint,
  announced_revision uuid,
  -- Time of the next announcement: limits the rate, keeps two processes from announcing at once, and grows with each failure.
  announce_after timestamptz not null default now(),
  announce_failures integer not null default 0
);

create index feeds_by_tenant on feeds (tenant_id, id);
create index feeds_by_store on feeds (store_id);

-- A random value that is new after each change of a shown product of the store: the ETag of a feed contains it. Random, so that a
-- restored backup never gives an old value to other contents.
create table catalog_revisions (
  store_id bigint primary key references stores (id) on delete cascade,
  tenant_id bigint not null references tenants (id) on delete cascade,
  revision uuid not null,
  changed_at timestamptz not null
) with (fillfactor = 50);

alter table feeds enable row level security;
create policy tenant_rows on feeds to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on feeds to fiko_service using (true);
grant select, insert, update on feeds to fiko_tenant;
grant select, insert, update, delete on feeds to fiko_service;

alter table catalog_revisions enable row level security;
create policy tenant_rows on catalog_revisions to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on catalog_revisions to fiko_service using (true);
grant select, insert, update on catalog_revisions to fiko_tenant;
grant select, insert, update, delete on catalog_revisions to fiko_service;

-- Torob asks for products by the addresses of their pages. An address of more octets is not told to Torob.
create index products_by_permalink on products (store_id, permalink)
  where is_active and permalink <> '' and octet_length(permalink) <= 1500;
