-- The durable event log. A partitioned table cannot have a unique key without its partition column, so the ids that
-- make a delivery idempotent live beside it, for as long as the log.

create table event_ids (
  store_id bigint not null,
  event_id text collate "C" not null check (length(event_id) between 1 and 100),
  body_hash text not null,
  received_at timestamptz not null,
  primary key (store_id, event_id)
);

create sequence events_id_seq;

create table events (
  id bigint not null default nextval('events_id_seq'),
  received_at timestamptz not null,
  tenant_id bigint not null,
  store_id bigint not null,
  event_id text collate "C" not null,
  event_type text not null check (event_type in ('product.created', 'product.updated', 'product.deleted')),
  source text not null,
  external_product_id bigint not null,
  -- json, not jsonb: kept as it came, and cheaper to write; nothing queries inside it.
  payload json not null,
  version bigint not null check (version between 0 and 9007199254740991),
  -- false: the sender gave no version, ours is derived from its dates.
  is_versioned boolean not null,
  -- 0 live, 1 backfill: live goes first.
  priority smallint not null check (priority in (0, 1)),
  status text not null default 'received' check (status in ('received', 'processed', 'superseded', 'retrying', 'dead')),
  outcome text check (outcome in ('created', 'content_updated', 'metadata_updated', 'unchanged', 'deleted', 'superseded')),
  attempts smallint not null default 0,
  next_attempt_at timestamptz not null,
  error text,
  -- Its share of the batch it was applied in.
  processing_time_ms real,
  processed_at timestamptz,
  source_ip text,
  user_agent text,
  primary key (id, received_at),
  check ((status in ('processed', 'superseded')) = (outcome is not null)),
  check (status <> 'dead' or error is not null)
) partition by range (received_at);

-- The work list: open events only, so it is small however long the log is.
create index events_open on events (priority, store_id, id) where status in ('received', 'retrying');

create index events_by_store on events (store_id, id);

create index events_by_product on events (store_id, external_product_id, version);

create index events_dead on events (tenant_id, id) where status = 'dead';
