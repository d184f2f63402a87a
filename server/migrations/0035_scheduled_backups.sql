-- Scheduled backups: the id in the names of an installation's files, and each run. Of no tenant, and out of their reach.

-- A restored copy is another installation: it gets an id of its own, and deletes no backup of the original.
create table installation (
  is_only boolean primary key default true check (is_only),
  id uuid not null default gen_random_uuid()
);
insert into installation default values;

create table backup_runs (
  id bigint generated always as identity primary key,
  origin text not null check (origin in ('schedule', 'request')),
  -- The folder, or the bucket and prefix. Never a secret.
  place text not null,
  name text not null,
  started_at timestamptz not null default now(),
  -- Of a running one: the last sign of life of its process.
  seen_at timestamptz not null default now(),
  ended_at timestamptz,
  bytes bigint not null default 0 check (bytes >= 0),
  rows bigint check (rows >= 0),
  -- Of the file.
  sha256 text check (sha256 ~ '^[0-9a-f]{64}$'),
  -- A code and a sentence in each language.
  error jsonb check (jsonb_typeof(error) = 'object'),
  check (ended_at is not null or (error is null and sha256 is null)),
  check (ended_at is null or (error is null) = (sha256 is not null))
);

create index backup_runs_by_name on backup_runs (name);

grant select on installation to fiko_service;
grant select, insert, update, delete on backup_runs to fiko_service;

alter table alerts drop constraint alerts_kind_check;
alter table alerts add constraint alerts_kind_check check (kind in ('failed_events', 'provider_down', 'quiet_store', 'drift', 'budget',
  'disk_low', 'maintenance_late', 'work_stalled', 'channel_paused', 'backup_failed'));
