-- The last report of each store's plugin about itself: its version, how sending goes, what waits. A report that says the same again
-- is written every 10 minutes only (server/src/operate/plugin-report.ts).
create table plugin_reports (
  store_id bigint primary key references stores (id) on delete cascade,
  tenant_id bigint not null references tenants (id) on delete cascade,
  version text not null,
  -- A newer plugin may report states that this program does not know.
  state text not null check (state ~ '^[a-z_]{1,40}$'),
  since timestamptz,
  waiting integer not null check (waiting >= 0),
  failed integer not null check (failed >= 0),
  oldest_waiting_at timestamptz,
  details jsonb not null default '{}' check (jsonb_typeof(details) = 'object'),
  reported_at timestamptz not null default now()
);

create index plugin_reports_by_tenant on plugin_reports (tenant_id);

alter table plugin_reports enable row level security;
create policy tenant_rows on plugin_reports to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on plugin_reports to fiko_service using (true);
grant select, insert, update, delete on plugin_reports to fiko_tenant, fiko_service;
