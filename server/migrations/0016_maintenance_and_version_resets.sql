-- When each task of the daily maintenance last succeeded and last failed, whichever process did it. Of no tenant, and out of their reach.
create table maintenance_runs (
  task text primary key,
  -- When a server first had the task: since then it was to be done.
  known_since timestamptz not null default now(),
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_error text,
  check ((last_failure_at is null) = (last_error is null))
);

grant select, insert, update, delete on maintenance_runs to fiko_service;

-- When an admin last set the product's version back to 0: what was received before says nothing any more about what is to come.
alter table products add column version_reset_at timestamptz;
