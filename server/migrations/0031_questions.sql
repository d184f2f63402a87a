-- The log of questions that agents ask a tenant's knowledge base, and the feedback of clients on the answers. Personal data is masked
-- before a row is written.

create table questions (
  id bigint generated always as identity primary key,
  -- The name of the question outside: the server makes it before the answer, so that the row can be written later.
  question_id uuid not null unique,
  tenant_id bigint not null references tenants (id) on delete cascade,
  asked_at timestamptz not null,
  channel text not null check (channel in ('search', 'documents', 'context', 'mcp', 'ucp')),
  -- Of MCP: the name of the tool.
  tool text check (char_length(tool) <= 60),
  -- What the client calls itself; empty: it says nothing.
  client text not null check (char_length(client) <= 60),
  -- Not references: the log outlives a deleted agent.
  token_id bigint,
  grant_id bigint,
  -- Asked at a public address, without a credential.
  is_guest boolean not null,
  -- Null: all stores that the credential reads.
  store_id bigint,
  query text not null check (char_length(query) between 1 and 500),
  -- The form in which equal questions are counted together.
  query_key text not null check (char_length(query_key) <= 500),
  -- Null: the query contained personal data, which its parts would show.
  understood json,
  filters json not null,
  results integer not null check (results >= 0),
  product_ids bigint[] not null check (cardinality(product_ids) <= 5),
  document_ids bigint[] not null check (cardinality(document_ids) <= 5),
  -- Of the first result; null: nothing was found.
  relevance real check (relevance between 0 and 1),
  answered boolean not null,
  degraded boolean not null,
  took_ms real not null check (took_ms >= 0)
);

create index questions_by_tenant on questions (tenant_id, asked_at, id);
-- For a reader of all tenants.
create index questions_by_time on questions (asked_at, id);

create table question_feedback (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id) on delete cascade,
  question_id uuid not null references questions (question_id) on delete cascade,
  kind text not null check (kind in ('click', 'conversion', 'helpful', 'not_helpful')),
  -- Not a reference: a sold product may be deleted later.
  product_id bigint,
  value numeric check (value >= 0 and value <= 1000000000000000),
  currency text check (char_length(currency) between 3 and 10),
  told_at timestamptz not null default now(),
  check ((value is null) = (currency is null)),
  check (value is null or kind = 'conversion')
);

create unique index question_feedback_once on question_feedback (question_id, kind, (coalesce(product_id, 0)));
create index question_feedback_by_tenant on question_feedback (tenant_id, question_id);

-- No row: questions are kept, for 90 days.
create table question_settings (
  tenant_id bigint primary key references tenants (id) on delete cascade,
  is_on boolean not null default true,
  retention_days integer not null default 90 check (retention_days between 1 and 730),
  changed_at timestamptz not null default now()
);

alter table questions enable row level security;
create policy tenant_rows on questions to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on questions to fiko_service using (true);
grant select, delete on questions to fiko_tenant;
grant select, insert, update, delete on questions to fiko_service;

alter table question_feedback enable row level security;
create policy tenant_rows on question_feedback to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on question_feedback to fiko_service using (true);
grant select, insert, update, delete on question_feedback to fiko_tenant, fiko_service;

alter table question_settings enable row level security;
create policy tenant_rows on question_settings to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on question_settings to fiko_service using (true);
grant select, insert, update, delete on question_settings to fiko_tenant, fiko_service;
