-- Alerts: problems of a tenant or of the installation, the channels of a person, messages that wait to be sent, and each attempt.

create table alerts (
  id bigint generated always as identity primary key,
  -- Null: the installation.
  tenant_id bigint references tenants (id) on delete cascade,
  store_id bigint references stores (id) on delete cascade,
  kind text not null check (kind in ('failed_events', 'provider_down', 'quiet_store', 'drift', 'budget', 'disk_low', 'maintenance_late',
    'work_stalled', 'channel_paused')),
  -- Tells the alerts of one kind apart: a cause, a store, a month.
  group_key text not null check (char_length(group_key) between 1 and 200),
  -- 2: worse than 1. A message is sent when the level rises.
  level smallint not null default 1 check (level in (1, 2)),
  count bigint not null default 1 check (count >= 0),
  -- The values of the sentences.
  facts jsonb not null default '{}' check (jsonb_typeof(facts) = 'object'),
  first_seen_at timestamptz not null,
  last_seen_at timestamptz not null,
  created_at timestamptz not null default now(),
  acknowledged_at timestamptz,
  acknowledged_by text check (acknowledged_by in ('owner', 'admin', 'operator')),
  closed_at timestamptz,
  check ((acknowledged_at is null) = (acknowledged_by is null))
);

-- One open alert of a group. Tenant ids begin at 1.
create unique index alerts_open on alerts (coalesce(tenant_id, 0), kind, group_key) where closed_at is null;
create index alerts_by_tenant on alerts (tenant_id, id);
create index alerts_by_store on alerts (store_id) where store_id is not null;
create index alerts_closed on alerts (closed_at) where closed_at is not null;

-- A tenant is owned by one person: the channels of a tenant are the channels of this person.
create table alert_channels (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id) on delete cascade,
  kind text not null check (kind in ('webhook', 'email', 'telegram', 'bale')),
  name text not null check (char_length(name) between 1 and 100),
  -- Shown to the owner: an e-mail address, a chat, or the host of a webhook.
  target text not null check (char_length(target) between 1 and 300),
  -- Encrypted: the address and the signing key of a webhook, the token of a bot.
  secret text,
  language text not null check (language in ('en', 'fa')),
  time_zone text not null,
  -- Minutes of the day in time_zone. Equal to null: no quiet hours.
  quiet_from smallint check (quiet_from between 0 and 1439),
  quiet_to smallint check (quiet_to between 0 and 1439),
  -- Null: all kinds, including those of later versions.
  kinds text[],
  -- These are sent in quiet hours, too.
  urgent_kinds text[] not null default '{}',
  is_enabled boolean not null default true,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  last_success_at timestamptz,
  -- Failed attempts since the last success, the first of them, and the time of the next attempt.
  failures integer not null default 0 check (failures >= 0),
  failing_since timestamptz,
  retry_at timestamptz,
  -- After this time nothing is sent until the owner resumes the channel.
  paused_at timestamptz,
  pause_reason text,
  digest_at timestamptz,
  check ((quiet_from is null) = (quiet_to is null)),
  check (quiet_from is distinct from quiet_to or quiet_from is null),
  check ((failures = 0) = (failing_since is null)),
  check ((paused_at is null) = (pause_reason is null)),
  check ((secret is null) = (kind = 'email'))
);

create index alert_channels_by_tenant on alert_channels (tenant_id, id);

-- The outbox: the transaction that changes an alert writes the messages about it.
create table alert_messages (
  id bigint generated always as identity primary key,
  -- The id of the message for its receiver: equal in each attempt.
  uid uuid not null default gen_random_uuid() unique,
  tenant_id bigint not null references tenants (id) on delete cascade,
  channel_id bigint not null references alert_channels (id) on delete cascade,
  kind text not null check (kind in ('changed', 'digest', 'test')),
  is_urgent boolean not null default false,
  -- By the id of the alert: its state and what changed.
  items jsonb not null default '{}' check (jsonb_typeof(items) = 'object'),
  created_at timestamptz not null default now(),
  status text not null default 'waiting' check (status in ('waiting', 'sent', 'expired')),
  attempts integer not null default 0 check (attempts >= 0),
  next_attempt_at timestamptz not null default now(),
  sent_at timestamptz,
  check ((status = 'sent') = (sent_at is not null))
);

create index alert_messages_waiting on alert_messages (channel_id, id) where status = 'waiting';
create index alert_messages_by_channel on alert_messages (channel_id, id);
create index alert_messages_by_tenant on alert_messages (tenant_id, id);
create index alert_messages_ended on alert_messages (created_at) where status <> 'waiting';

create table alert_attempts (
  id bigint generated always as identity primary key,
  message_id bigint not null references alert_messages (id) on delete cascade,
  tenant_id bigint not null references tenants (id) on delete cascade,
  at timestamptz not null default now(),
  is_delivered boolean not null,
  -- Of HTTP or SMTP; null without an answer.
  answer_code integer,
  duration_ms integer not null check (duration_ms >= 0),
  -- The code of a failure, and the receiver's words about it. Never an address or a token.
  error text,
  detail text check (char_length(detail) <= 300),
  check (is_delivered = (error is null))
);

create index alert_attempts_by_message on alert_attempts (message_id, id);
create index alert_attempts_by_tenant on alert_attempts (tenant_id);

alter table alerts enable row level security;
create policy tenant_rows on alerts to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on alerts to fiko_service using (true);
alter table alert_channels enable row level security;
create policy tenant_rows on alert_channels to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on alert_channels to fiko_service using (true);
alter table alert_messages enable row level security;
create policy tenant_rows on alert_messages to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on alert_messages to fiko_service using (true);
alter table alert_attempts enable row level security;
create policy tenant_rows on alert_attempts to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on alert_attempts to fiko_service using (true);

grant select, update on alerts to fiko_tenant;
grant select, insert, update, delete on alert_channels to fiko_tenant;
grant select, insert, update on alert_messages to fiko_tenant;
grant select, insert on alert_attempts to fiko_tenant;
grant select, insert, update, delete on alerts, alert_channels, alert_messages, alert_attempts to fiko_service;

-- Repairs of the last day, for the alert about drift: a small part of the log.
create index events_of_reconciliation on events (received_at, store_id) where source = 'reconcile';
