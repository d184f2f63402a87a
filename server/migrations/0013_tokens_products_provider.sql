-- How many more products a store shows at the end of the hour than at its beginning, written by the statement that ends the events which
-- changed that: with today's count it gives the count at the end of any hour.
alter table event_hours add column products_change integer not null default 0;

-- From when on that holds; null: from the store's first product on. The hour is for processes that still run the version before this
-- one: what they change is not counted.
alter table stores add column products_counted_since timestamptz;
update stores set products_counted_since = now() + interval '1 hour';

-- How the embedding provider does, as the stage that asks it has seen it: it may run in another process than the one that is asked
-- about it. Of no tenant, and out of their reach.
create table provider_health (
  profile_id bigint primary key references embedding_profiles (id) on delete cascade,
  state text not null check (state in ('ok', 'failing')),
  since timestamptz not null,
  last_success_at timestamptz,
  last_failure_at timestamptz,
  last_error text,
  check (state <> 'ok' or last_success_at is not null),
  check (state <> 'failing' or (last_failure_at is not null and last_error is not null))
);

grant select, insert, update on provider_health to fiko_service;
