-- Settings that an admin has chosen in the dashboard: they take the place of the environment's in every process.

create table operator_settings (
  name text primary key check (name ~ '^[A-Z][A-Z_]{1,60}$'),
  -- As the environment would give it. Encrypted for a secret.
  value text not null check (char_length(value) <= 8000),
  is_sealed boolean not null default false,
  changed_at timestamptz not null default now()
);

-- The last look for a newer version: one row, claimed by one process a day. Empty until an admin turns the look on.
create table update_checks (
  is_only boolean primary key default true check (is_only),
  asked_at timestamptz not null,
  -- Of the last good answer.
  answered_at timestamptz,
  version text check (char_length(version) <= 100),
  url text check (char_length(url) <= 500),
  -- Why the last request has no usable answer.
  problem text check (problem in ('bad_address', 'private_address', 'other_host', 'unreachable', 'timeout', 'too_large', 'answer',
    'unreadable')),
  answer_code integer,
  check ((answered_at is null) = (version is null))
);

grant select, insert, update, delete on operator_settings, update_checks to fiko_service;
