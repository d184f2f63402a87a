-- Agents that users connect with OAuth 2.1, and the public addresses of stores.

-- Programs that registered themselves (RFC 7591). A registration proves nothing: the owner decides on the consent page.
create table oauth_clients (
  id text primary key,
  name text not null,
  redirect_uris text[] not null check (cardinality(redirect_uris) between 1 and 10),
  auth_method text not null check (auth_method in ('none', 'client_secret_post', 'client_secret_basic')),
  -- SHA-256, as for tokens.
  secret_hash text check (secret_hash ~ '^[0-9a-f]{64}$'),
  created_at timestamptz not null default now(),
  -- Null: no user has allowed it yet. Such a client is deleted after a day.
  allowed_at timestamptz,
  check ((auth_method = 'none') = (secret_hash is null))
);

create index oauth_clients_unused on oauth_clients (created_at) where allowed_at is null;

-- The consent of one user for one client, and the one-time code that the consent made.
create table oauth_grants (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id) on delete cascade,
  user_id uuid not null references users (id) on delete cascade,
  client_id text not null references oauth_clients (id) on delete cascade,
  -- As the user saw it.
  client_name text not null,
  redirect_uri text not null,
  -- Null: all stores of the tenant in the environment.
  store_id bigint references stores (id),
  environment text not null check (environment in ('live', 'test')),
  -- The address for which its tokens are valid (RFC 8707).
  resource text not null,
  code_hash text not null unique check (code_hash ~ '^[0-9a-f]{64}$'),
  code_challenge text not null,
  code_used_at timestamptz,
  created_at timestamptz not null default now(),
  -- The end of the code, then of the newest refresh token.
  expires_at timestamptz not null,
  revoked_at timestamptz,
  last_used_at timestamptz,
  usage_count bigint not null default 0
);

create index oauth_grants_by_tenant on oauth_grants (tenant_id, id);
create index oauth_grants_by_client on oauth_grants (client_id);
create index oauth_grants_by_user on oauth_grants (user_id);
create index oauth_grants_by_store on oauth_grants (store_id);
create index oauth_grants_by_end on oauth_grants (expires_at);

create table oauth_tokens (
  token_hash text primary key check (token_hash ~ '^[0-9a-f]{64}$'),
  grant_id bigint not null references oauth_grants (id) on delete cascade,
  kind text not null check (kind in ('access', 'refresh')),
  expires_at timestamptz not null,
  -- A refresh token is replaced once. The row stays until it expires, so that a second use is noticed.
  used_at timestamptz,
  check (kind = 'refresh' or used_at is null)
);

create index oauth_tokens_by_grant on oauth_tokens (grant_id);
create index oauth_tokens_by_end on oauth_tokens (expires_at);

alter table oauth_grants enable row level security;
create policy tenant_rows on oauth_grants to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on oauth_grants to fiko_service using (true);
-- Clients and tokens, like sessions, are never reached in a tenant's name.
grant select, update on oauth_grants to fiko_tenant;
grant select, insert, update, delete on oauth_clients, oauth_grants, oauth_tokens to fiko_service;

-- The last part of a store's public MCP address; null: the store has none. Readable, because its owner pastes it again and again.
alter table stores add column public_id text unique check (public_id ~ '^[A-Za-z0-9_-]{27}$');
