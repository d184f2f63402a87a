-- What happened, by the hour: an overview of a log of a million events reads a few hundred rows. Written by the statements that end
-- or fail events, so that the two cannot differ. An event that has not ended is in no row: it is counted where it is, in the log.

create table event_hours (
  store_id bigint not null,
  hour timestamptz not null,
  tenant_id bigint not null,
  -- Events received in this hour that have ended since. All the rest is of this hour because it happened in it.
  received integer not null default 0,
  received_backfill integer not null default 0,
  -- Of `received`, by type (the rest are updates), and how often they were tried again.
  type_created integer not null default 0,
  type_deleted integer not null default 0,
  retries integer not null default 0,
  created integer not null default 0,
  content_updated integer not null default 0,
  metadata_updated integer not null default 0,
  unchanged integer not null default 0,
  deleted integer not null default 0,
  superseded integer not null default 0,
  -- Failed attempts, and those of them after which the event was given up.
  failures integer not null default 0,
  dead integer not null default 0,
  -- How long the ended events took in all, and how many of them took less than 1/8, 1/4, … 1024 ms, or longer.
  processing_ms double precision not null default 0,
  processing_times integer[] not null default array_fill(0, array[15]) check (array_length(processing_times, 1) = 15),
  last_ended_at timestamptz,
  primary key (store_id, hour)
);

create index event_hours_by_hour on event_hours (hour);

-- usage_counters, by the hour.
create table usage_hours (
  tenant_id bigint not null,
  counter text not null,
  hour timestamptz not null,
  value bigint not null default 0,
  primary key (tenant_id, counter, hour)
);

create index usage_hours_by_hour on usage_hours (hour);

-- What the log holds of the time before (its failed attempts are not known by the hour).
insert into event_hours (store_id, hour, tenant_id, received, received_backfill, type_created, type_deleted, retries, created, content_updated, metadata_updated, unchanged, deleted,
                         superseded, dead, processing_ms, processing_times, last_ended_at)
select store_id, hour, min(tenant_id), sum(received), sum(backfill), sum(type_created), sum(type_deleted), sum(retries),
       count(*) filter (where ended = 'created'),
       count(*) filter (where ended = 'content_updated'), count(*) filter (where ended = 'metadata_updated'),
       count(*) filter (where ended = 'unchanged'), count(*) filter (where ended = 'deleted'),
       count(*) filter (where ended = 'superseded'), count(*) filter (where ended = 'dead'), coalesce(sum(ms), 0),
       array[count(*) filter (where slot = 0), count(*) filter (where slot = 1), count(*) filter (where slot = 2),
             count(*) filter (where slot = 3), count(*) filter (where slot = 4), count(*) filter (where slot = 5),
             count(*) filter (where slot = 6), count(*) filter (where slot = 7), count(*) filter (where slot = 8),
             count(*) filter (where slot = 9), count(*) filter (where slot = 10), count(*) filter (where slot = 11),
             count(*) filter (where slot = 12), count(*) filter (where slot = 13), count(*) filter (where slot = 14)],
       max(at) filter (where ended <> 'dead')
  from (select store_id, tenant_id, date_trunc('hour', received_at, 'UTC') as hour, 1 as received,
               (source = 'backfill')::int as backfill, (event_type = 'product.created')::int as type_created,
               (event_type = 'product.deleted')::int as type_deleted, greatest(attempts - 1, 0) as retries, null as ended, null::real as ms, null::int as slot, null::timestamptz as at
          from events where outcome is not null
         union all
        select store_id, tenant_id, date_trunc('hour', processed_at, 'UTC'), 0, 0, 0, 0, 0, coalesce(outcome, status), processing_time_ms,
               width_bucket(processing_time_ms::float8, array[0.125, 0.25, 0.5, 1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024]),
               processed_at
          from events where processed_at is not null) e
 group by store_id, hour;

alter table event_hours enable row level security;
create policy tenant_rows on event_hours to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on event_hours to fiko_service using (true);

alter table usage_hours enable row level security;
create policy tenant_rows on usage_hours to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on usage_hours to fiko_service using (true);

grant select, insert, update, delete on event_hours, usage_hours to fiko_tenant, fiko_service;

-- For counting what the AI knows without reading products, which are wide.
create index products_shown on products (tenant_id) include (store_id, chunk_count) where is_active;

create index products_not_shown on products (tenant_id) include (store_id, deleted_at) where not is_active;

-- When a token was first used: whoever connects a shop waits for it.
alter table integration_tokens add column first_used_at timestamptz;

update integration_tokens t
   set first_used_at = coalesce((select e.received_at from events e where e.store_id = t.store_id order by e.id limit 1), t.last_used_at)
 where t.last_used_at is not null;

-- A tenant's part of the log, newest first; and what is rare in it, so that a filter for it does not read all the rest.
create index events_by_tenant on events (tenant_id, id);

-- With the tenant, which row-level security asks about, so that counting a store's events reads no event.
drop index events_by_store;

create index events_by_store on events (store_id, id) include (tenant_id);

create index events_superseded on events (tenant_id, id) where status = 'superseded';

create index events_of_rare_types on events (event_type, tenant_id, id) where event_type <> 'product.updated';

-- Finds the event of an id, whose time of receipt is known (event_ids); costs next to nothing to keep.
create index events_by_time on events using brin (received_at) with (pages_per_range = 32, autosummarize = on);
