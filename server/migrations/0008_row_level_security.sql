-- Under the application's own conditions: a statement that runs in a tenant's name sees and writes that tenant's rows only,
-- even if its condition is forgotten. The roles are made before the migrations (server/src/platform/roles.ts).

-- The tenant whose name a transaction bears; null, which equals nothing, where none is set.
create function current_tenant() returns bigint language sql stable parallel safe
  as $$ select nullif(current_setting('fiko.tenant_id', true), '')::bigint $$;

-- "select" around the function: it is asked once a statement and not once a row.
alter table users enable row level security;
create policy tenant_rows on users to fiko_tenant
  using (id = (select owner_id from tenants where tenants.id = current_tenant()));
create policy service_rows on users to fiko_service using (true);

alter table tenants enable row level security;
create policy tenant_rows on tenants to fiko_tenant using (id = (select current_tenant()));
create policy service_rows on tenants to fiko_service using (true);

alter table stores enable row level security;
create policy tenant_rows on stores to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on stores to fiko_service using (true);

alter table integration_tokens enable row level security;
create policy tenant_rows on integration_tokens to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on integration_tokens to fiko_service using (true);

-- Partitions are reached through their table; nobody but the owner may name one.
alter table events enable row level security;
create policy tenant_rows on events to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on events to fiko_service using (true);

alter table products enable row level security;
create policy tenant_rows on products to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on products to fiko_service using (true);

alter table product_variants enable row level security;
create policy tenant_rows on product_variants to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on product_variants to fiko_service using (true);

alter table knowledge_chunks enable row level security;
create policy tenant_rows on knowledge_chunks to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on knowledge_chunks to fiko_service using (true);

alter table chunk_embeddings enable row level security;
create policy tenant_rows on chunk_embeddings to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on chunk_embeddings to fiko_service using (true);

alter table embedding_cache enable row level security;
create policy tenant_rows on embedding_cache to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on embedding_cache to fiko_service using (true);

alter table usage_counters enable row level security;
create policy tenant_rows on usage_counters to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on usage_counters to fiko_service using (true);

-- What a tenant's name can never reach: event ids (they have no tenant; receiving writes them), sessions, passwords, links.
grant select on users, tenants, embedding_profiles to fiko_tenant;
grant select, insert, update on stores, integration_tokens, events, products to fiko_tenant;
grant select, insert, update, delete on product_variants, knowledge_chunks, chunk_embeddings, embedding_cache, usage_counters
  to fiko_tenant;
grant select on schema_migrations to fiko_service;
grant select, insert, update, delete on users, tenants, stores, integration_tokens, event_ids, events, products,
  product_variants, embedding_profiles, knowledge_chunks, chunk_embeddings, embedding_cache, usage_counters, sessions, accounts,
  verifications to fiko_service;
grant usage on sequence events_id_seq to fiko_service;

-- Row-level security keeps an index from answering @@, because the operator might leak: every product of the tenant would be
-- read (77 ms instead of 8 for 30,000). Here the owner asks the index, for the rows of the tenant alone. "execute", so that it is
-- planned with the values at hand: planned without them, before the table was ever analysed, it took 150 ms.
create function products_with_words(words tsquery) returns setof bigint language plpgsql stable security definer
  set search_path from current
  as $$ begin return query execute
    'select id from products where tenant_id = $1 and is_active and lexemes @@ $2' using current_tenant(), words; end $$;
revoke all on function products_with_words from public;
grant execute on function products_with_words to fiko_tenant;
