-- A tenant's own words for search, and the products that it pins to a query or hides from search.

create table search_synonyms (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id) on delete cascade,
  -- Null: all words mean the same. Otherwise a search for this word finds the others, and not the reverse.
  word text check (char_length(word) between 1 and 60),
  words text[] not null check (cardinality(words) between 1 and 20 and char_length(array_to_string(words, '')) <= 1200),
  -- The normalised forms of all words, to find groups that have words in common.
  keys text[] not null,
  created_by text not null check (created_by in ('admin', 'owner', 'operator')),
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  check (word is not null or cardinality(words) > 1)
);

create index search_synonyms_by_tenant on search_synonyms (tenant_id, id);

create table search_rules (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id) on delete cascade,
  kind text not null check (kind in ('pin', 'hide')),
  -- As it was typed, and in the form that queries are compared in. Null: every search.
  query text check (char_length(query) between 1 and 200),
  query_key text,
  product_id bigint not null references products (id) on delete cascade,
  -- The place of a pin among those of its query, from 1.
  position integer check (position > 0),
  created_by text not null check (created_by in ('admin', 'owner', 'operator')),
  created_at timestamptz not null default now(),
  check ((query is null) = (query_key is null)),
  check (kind = 'hide' or query is not null),
  check ((kind = 'pin') = (position is not null))
);

create unique index search_rules_once on search_rules (tenant_id, kind, (coalesce(query_key, '')), product_id);
create index search_rules_by_product on search_rules (product_id);

alter table search_synonyms enable row level security;
create policy tenant_rows on search_synonyms to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on search_synonyms to fiko_service using (true);
grant select, insert, update, delete on search_synonyms to fiko_tenant, fiko_service;

alter table search_rules enable row level security;
create policy tenant_rows on search_rules to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on search_rules to fiko_service using (true);
grant select, insert, update, delete on search_rules to fiko_tenant, fiko_service;
