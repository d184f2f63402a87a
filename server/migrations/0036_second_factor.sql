-- The second factor of sign-in: a key for codes by time (TOTP), and backup codes. Both are encrypted with a key that is not in the
-- database (SESSION_SECRET).

alter table users add column two_factor_enabled boolean not null default false;
-- The language of the user's last sign-in, for e-mails; null: not known.
alter table users add column language text check (language in ('en', 'fa'));

create table two_factors (
  id uuid primary key default gen_random_uuid(),
  user_id uuid not null unique references users (id) on delete cascade,
  secret text not null,
  backup_codes text not null,
  -- False until the user has entered a first code.
  verified boolean not null default true,
  -- Consecutive wrong codes at sign-in; they lock the second step for some minutes.
  failed_verification_count integer not null default 0,
  locked_until timestamptz,
  -- The period of 30 s of the last accepted code: a code is accepted once.
  last_step bigint
);

-- Links, trusted devices and begun sign-ins of a user end together.
create index verifications_by_value on verifications (value);

-- Like sessions and passwords, never reached in a tenant's name.
grant select, insert, update, delete on two_factors to fiko_service;
