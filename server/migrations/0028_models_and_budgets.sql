-- Models in the server's own process, a model that an admin chooses, prices, and a monthly budget for each tenant.

alter table embedding_profiles drop constraint embedding_profiles_provider_check;
alter table embedding_profiles add constraint embedding_profiles_provider_check
  check (provider in ('offline', 'openai', 'local', 'static'));

-- The profile that an admin has chosen: it takes the place of the environment's. No such row: the environment decides.
alter table embedding_profiles add column is_chosen boolean not null default false;
create unique index embedding_profiles_one_chosen on embedding_profiles (is_chosen) where is_chosen;

-- Prices that the operator has set, in US dollars per million tokens. NaN and Infinity are greater than every number.
create table embedding_prices (
  model text primary key check (char_length(model) between 1 and 200),
  usd_per_million_tokens numeric not null check (usd_per_million_tokens >= 0 and usd_per_million_tokens < 1000000),
  changed_at timestamptz not null default now()
);

grant select, insert, update, delete on embedding_prices to fiko_service;

-- A tenant's spending of the month (UTC), and its budget if it has one. The row is locked while a request is charged, so that two
-- processes cannot spend the same rest.
create table embedding_budgets (
  tenant_id bigint primary key references tenants (id) on delete cascade,
  unit text check (unit in ('usd', 'tokens')),
  -- Null: no budget.
  amount numeric check (amount >= 0 and amount <= 1000000000000),
  month date not null default (date_trunc('month', now() at time zone 'UTC'))::date,
  tokens bigint not null default 0,
  usd numeric not null default 0 check (usd < 'NaN'::numeric),
  -- Since when requests are refused. It holds for the month in which it began.
  paused_since timestamptz,
  paused_reason text check (paused_reason in ('budget', 'price_unknown')),
  changed_at timestamptz not null default now(),
  check ((unit is null) = (amount is null)),
  check ((paused_since is null) = (paused_reason is null)),
  check (paused_since is null or amount is not null)
);

-- Few rows: the embed stage asks for the paused tenants in each turn.
create index embedding_budgets_paused on embedding_budgets (tenant_id) where paused_since is not null;

alter table embedding_budgets enable row level security;
create policy tenant_rows on embedding_budgets to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on embedding_budgets to fiko_service using (true);
grant select on embedding_budgets to fiko_tenant;
grant select, insert, update, delete on embedding_budgets to fiko_service;

-- Embeddings that were avoided, by store.
create table store_savings (
  store_id bigint primary key references stores (id) on delete cascade,
  tenant_id bigint not null references tenants (id) on delete cascade,
  embeddings_avoided bigint not null default 0 check (embeddings_avoided >= 0)
);

create index store_savings_by_tenant on store_savings (tenant_id);

alter table store_savings enable row level security;
create policy tenant_rows on store_savings to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on store_savings to fiko_service using (true);
grant select, insert, update, delete on store_savings to fiko_tenant, fiko_service;
