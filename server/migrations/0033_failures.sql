-- Dead letters that need nothing more, and what became of replayed ones.

-- A dismissed dead letter keeps its status: it is not applied. It is left out of the list of open ones, and of their counts.
alter table events add column dismissed_at timestamptz;
alter table knowledge_chunks add column dismissed_at timestamptz;

-- One request to replay, for each tenant whose dead letters it replayed: an operator's may replay those of many.
create table replays (
  id uuid not null,
  tenant_id bigint not null references tenants (id) on delete cascade,
  asked_at timestamptz not null default now(),
  -- The audit log names the person.
  asked_by text not null check (asked_by in ('admin', 'owner', 'operator')),
  asked integer not null check (asked > 0),
  primary key (id, tenant_id)
);

create index replays_by_tenant on replays (tenant_id, asked_at);
create index replays_by_time on replays (asked_at);

-- The outcome of each is read from the event or the text itself.
create table replay_items (
  replay_id uuid not null,
  tenant_id bigint not null,
  store_id bigint not null,
  kind text not null check (kind in ('event', 'embedding')),
  -- The row in the event log, or the chunk.
  item_id bigint not null,
  -- Of an event: the other half of its key in the log.
  received_at timestamptz,
  primary key (replay_id, kind, item_id),
  foreign key (replay_id, tenant_id) references replays (id, tenant_id) on delete cascade,
  check ((kind = 'event') = (received_at is not null))
);

create index replay_items_by_tenant on replay_items (tenant_id, replay_id);
create index replay_items_by_item on replay_items (item_id, kind);

alter table replays enable row level security;
create policy tenant_rows on replays to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on replays to fiko_service using (true);
grant select, insert, update on replays to fiko_tenant;
grant select, insert, update, delete on replays to fiko_service;

alter table replay_items enable row level security;
create policy tenant_rows on replay_items to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on replay_items to fiko_service using (true);
grant select, insert on replay_items to fiko_tenant;
grant select, insert, delete on replay_items to fiko_service;
