-- Who owns what. A tenant owns everything; each owner has exactly one; a store belongs to a tenant.

create table users (
  id uuid primary key default gen_random_uuid(),
  email text not null unique,
  name text not null default '',
  role text not null check (role in ('admin', 'owner')),
  created_at timestamptz not null default now()
);

create table tenants (
  id bigint generated always as identity primary key,
  owner_id uuid not null unique references users (id),
  created_at timestamptz not null default now()
);

create table stores (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id),
  platform text not null check (platform in ('woocommerce', 'shopify', 'manual')),
  name text not null check (length(name) between 1 and 200),
  environment text not null check (environment in ('live', 'test')),
  created_at timestamptz not null default now(),
  deleted_at timestamptz
);

create index stores_by_tenant on stores (tenant_id, id);

-- The token itself is never stored: its SHA-256 is, and a preview that tells tokens apart.
create table integration_tokens (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id),
  store_id bigint references stores (id),
  token_hash text not null unique check (token_hash ~ '^[0-9a-f]{64}$'),
  token_preview text not null,
  integration_type text not null check (integration_type in ('woocommerce', 'shopify', 'knowledge')),
  environment text not null check (environment in ('live', 'test')),
  name text not null,
  is_active boolean not null default true,
  -- SHA-256 of the site that used it first; null until then.
  site_hash text,
  allowed_ips text[] not null default '{}',
  expires_at timestamptz,
  last_used_at timestamptz,
  usage_count bigint not null default 0,
  created_at timestamptz not null default now(),
  check (store_id is not null or integration_type = 'knowledge')
);

create index integration_tokens_by_tenant on integration_tokens (tenant_id, id);
