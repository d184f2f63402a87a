-- Proof of freshness: answers compared with the shop's public products, the history of reconciliations, and products that a dashboard
-- asks the plugin to send again.

-- When the shop of a store is visited, and how the last visit ended.
create table freshness_schedules (
  store_id bigint primary key references stores (id) on delete cascade,
  tenant_id bigint not null references tenants (id) on delete cascade,
  -- The owner's switch.
  is_on boolean not null default true,
  -- The next sample. The first one comes within an hour, at a random time: the visits of all stores are spread over the hour.
  sample_at timestamptz not null default now() + random() * interval '1 hour',
  -- The next visit: a sample, or a second look at differences. A visit in progress has moved it ahead, so that no other process begins one.
  visit_at timestamptz not null default now(),
  -- Requests of the hour that began at `hour_began_at`.
  hour_began_at timestamptz not null default now(),
  hour_requests integer not null default 0 check (hour_requests >= 0),
  failures integer not null default 0 check (failures >= 0),
  last_visit_at timestamptz,
  -- `compared`, or the reason why nothing was compared. A word and not an enum, so that a restored backup of a newer release stays readable.
  last_outcome text check (last_outcome ~ '^[a-z_]{1,40}$'),
  last_detail text check (char_length(last_detail) <= 200),
  created_at timestamptz not null default now()
);

create index freshness_schedules_by_tenant on freshness_schedules (tenant_id);
create index freshness_schedules_due on freshness_schedules (visit_at) where is_on;

-- One row for each sample. A sampled answer is right, wrong, or not decided yet: the rest.
create table freshness_checks (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id) on delete cascade,
  store_id bigint not null references stores (id) on delete cascade,
  sampled integer not null check (sampled > 0),
  correct integer not null default 0 check (correct >= 0),
  wrong integer not null default 0 check (wrong >= 0),
  -- The part of `correct` that differed at first, until an event in progress was applied.
  late integer not null default 0 check (late between 0 and correct),
  created_at timestamptz not null default now(),
  check (correct + wrong <= sampled)
);

create index freshness_checks_by_store on freshness_checks (store_id, created_at);
create index freshness_checks_by_tenant on freshness_checks (tenant_id, created_at);

-- A difference between our answer and the shop. Suspected until a later look confirms it, open until a later look finds it settled.
create table freshness_findings (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id) on delete cascade,
  store_id bigint not null references stores (id) on delete cascade,
  -- The sample that found it; null: found beside a sample.
  check_id bigint references freshness_checks (id) on delete set null,
  external_product_id bigint not null,
  field text not null check (field in ('price', 'currency', 'stock', 'quantity', 'visibility')),
  -- Null: none, such as a product without a price.
  ours text check (char_length(ours) <= 100),
  theirs text check (char_length(theirs) <= 100),
  looks integer not null default 1 check (looks > 0),
  -- The next look of a suspected difference.
  look_at timestamptz,
  confirmed_at timestamptz,
  settled_at timestamptz,
  created_at timestamptz not null default now(),
  check (look_at is null or (confirmed_at is null and settled_at is null))
);

create unique index freshness_findings_open on freshness_findings (store_id, external_product_id, field) where settled_at is null;
create index freshness_findings_to_look on freshness_findings (store_id, look_at) where look_at is not null;
create index freshness_findings_by_tenant on freshness_findings (tenant_id, id);
create index freshness_findings_by_store on freshness_findings (store_id, created_at);

-- A reconciliation: the plugin has compared its acknowledged products with ours.
create table reconciliations (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id) on delete cascade,
  store_id bigint not null references stores (id) on delete cascade,
  -- Why the plugin compared; `unknown`: an older plugin, which does not say it.
  cause text not null check (cause in ('hourly', 'daily', 'manual', 'unknown')),
  -- Products of the shop's ranges.
  compared bigint not null check (compared >= 0),
  missing integer not null default 0 check (missing >= 0),
  stale integer not null default 0 check (stale >= 0),
  extra integer not null default 0 check (extra >= 0),
  created_at timestamptz not null default now(),
  -- The last request of it.
  ended_at timestamptz not null default now()
);

create index reconciliations_by_store on reconciliations (store_id, id);
create index reconciliations_by_tenant on reconciliations (tenant_id, id);

-- The products that differed, the first ones of a reconciliation.
create table reconciliation_differences (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id) on delete cascade,
  reconciliation_id bigint not null references reconciliations (id) on delete cascade,
  store_id bigint not null references stores (id) on delete cascade,
  external_product_id bigint not null,
  kind text not null check (kind in ('missing', 'stale', 'extra')),
  -- Of the stored product when it was compared: a greater one later is the repair.
  version bigint not null,
  created_at timestamptz not null default now(),
  unique (reconciliation_id, external_product_id)
);

create index reconciliation_differences_by_tenant on reconciliation_differences (tenant_id, id);
create index reconciliation_differences_by_store on reconciliation_differences (store_id);

-- Products that the plugin shall send again, as asked in the dashboard.
create table resend_requests (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id) on delete cascade,
  store_id bigint not null references stores (id) on delete cascade,
  kind text not null check (kind in ('all', 'products', 'category', 'since', 'failed')),
  product_ids bigint[] not null default '{}' check (cardinality(product_ids) <= 500),
  category text check (char_length(category) between 1 and 200),
  since timestamptz,
  state text not null default 'asked' check (state in ('asked', 'taken', 'done', 'replaced', 'cancelled', 'expired')),
  -- Of the plugin's reports.
  done integer not null default 0 check (done >= 0),
  total integer check (total >= 0),
  taken_at timestamptz,
  ended_at timestamptz,
  -- The last report about it.
  reported_at timestamptz,
  created_at timestamptz not null default now(),
  check ((kind = 'category') = (category is not null)),
  check ((kind = 'since') = (since is not null)),
  check (kind <> 'products' or cardinality(product_ids) > 0),
  check ((state in ('asked', 'taken')) = (ended_at is null))
);

-- One at a time.
create unique index resend_requests_open on resend_requests (store_id) where state in ('asked', 'taken');
create index resend_requests_by_store on resend_requests (store_id, id);
create index resend_requests_by_tenant on resend_requests (tenant_id, id);

alter table freshness_schedules enable row level security;
create policy tenant_rows on freshness_schedules to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on freshness_schedules to fiko_service using (true);
grant select, insert, update, delete on freshness_schedules to fiko_tenant, fiko_service;

alter table freshness_checks enable row level security;
create policy tenant_rows on freshness_checks to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on freshness_checks to fiko_service using (true);
grant select, insert, update, delete on freshness_checks to fiko_tenant, fiko_service;

alter table freshness_findings enable row level security;
create policy tenant_rows on freshness_findings to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on freshness_findings to fiko_service using (true);
grant select, insert, update, delete on freshness_findings to fiko_tenant, fiko_service;

alter table reconciliations enable row level security;
create policy tenant_rows on reconciliations to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on reconciliations to fiko_service using (true);
grant select, insert, update, delete on reconciliations to fiko_tenant, fiko_service;

alter table reconciliation_differences enable row level security;
create policy tenant_rows on reconciliation_differences to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on reconciliation_differences to fiko_service using (true);
grant select, insert, update, delete on reconciliation_differences to fiko_tenant, fiko_service;

alter table resend_requests enable row level security;
create policy tenant_rows on resend_requests to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on resend_requests to fiko_service using (true);
grant select, insert, update, delete on resend_requests to fiko_tenant, fiko_service;
