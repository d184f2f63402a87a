-- What an event went through: each attempt that failed, and each replay. An event that succeeds at once has no row here.
create table event_attempts (
  id bigint generated always as identity primary key,
  -- The event's row in the log; `event_id` is what the shop calls it, everywhere.
  log_id bigint not null,
  received_at timestamptz not null,
  tenant_id bigint not null,
  store_id bigint not null,
  at timestamptz not null default now(),
  -- Of an attempt that failed: its number since the event came or was replayed, the reason, and what followed.
  attempt smallint,
  error text,
  follows text check (follows in ('retry', 'dead_letter')),
  -- Of a replay: who asked for it. Which person it was is in the audit log.
  replayed_by text check (replayed_by in ('admin', 'owner', 'operator')),
  check (num_nonnulls(attempt, error, follows) = case when replayed_by is null then 3 else 0 end),
  -- It ends with its event, also with one that is deleted while this row is on its way.
  foreign key (log_id, received_at) references events (id, received_at) on delete cascade
);

create index event_attempts_of_event on event_attempts (log_id, received_at, id);

alter table event_attempts enable row level security;
create policy tenant_rows on event_attempts to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on event_attempts to fiko_service using (true);
grant select, insert, delete on event_attempts to fiko_tenant, fiko_service;
