-- People who sign in: what the sign-in library keeps about them. A user's password is an argon2id hash in accounts.

alter table users add column email_verified boolean not null default true;
alter table users add column image text;
alter table users add column is_active boolean not null default true;
alter table users add column updated_at timestamptz not null default now();

create table sessions (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references users (id) on delete cascade,
  token text not null unique,
  expires_at timestamptz not null,
  ip_address text,
  user_agent text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index sessions_by_user on sessions (user_id);

create table accounts (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null references users (id) on delete cascade,
  account_id text not null,
  provider_id text not null,
  password text,
  issuer text,
  access_token text,
  refresh_token text,
  id_token text,
  access_token_expires_at timestamptz,
  refresh_token_expires_at timestamptz,
  scope text,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (provider_id, account_id)
);

create index accounts_by_user on accounts (user_id);

-- One-time links, such as for a new password; the value is the user's id.
create table verifications (
  id uuid primary key default gen_random_uuid(),
  identifier text not null,
  value text not null,
  expires_at timestamptz not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

create index verifications_by_identifier on verifications (identifier);

-- What a token was last refused for: another site that presents it waits here until the owner confirms it.
alter table integration_tokens add column pending_site_hash text;
alter table integration_tokens add column replaced_by bigint references integration_tokens (id);
-- Set once and never cleared: a revoked token cannot be revived by any call.
alter table integration_tokens add column revoked_at timestamptz;
alter table integration_tokens add check (not (is_active and revoked_at is not null));

alter table stores add column site text not null default '';
