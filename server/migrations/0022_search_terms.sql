-- Search by words: the words of each product by field, and the words of each tenant with the number of products that have them.

alter table products
  -- Words by field, for scoring (catalog/products/search-terms.ts). Null: to be written, with `lexemes`, by the stage
  -- `index-products`; until then search splits the product's texts when it is asked.
  add column search_terms text;
alter table products alter column search_terms set storage main;

-- The stage's work list: see platform/runtime/fair-turns.ts for the expressions.
create index products_to_index on products
  (priority, (case when store_id > 0 then store_id end), (case when id > 0 then id end)) where search_terms is null;

-- Words of names, categories, tags and attributes of shown products. The empty word counts the products themselves; its `seq` grows
-- with each change of the tenant's words. A word that no product has any more stays with 0, so that readers learn of it.
create table search_words (
  tenant_id bigint not null references tenants (id) on delete cascade,
  word text collate "C" not null,
  products integer not null,
  seq bigint not null,
  primary key (tenant_id, word)
-- Room in each page: a count changes without touching an index.
) with (fillfactor = 70);

create index search_words_by_change on search_words (tenant_id, seq);

alter table search_words enable row level security;
create policy tenant_rows on search_words to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on search_words to fiko_service using (true);
grant select, insert, update, delete on search_words to fiko_tenant, fiko_service;

-- Ids of the tenant's products with the words of each query in turn, at most as many as its bound; see products_with_words (0008)
-- for why the owner asks. A later query is asked only while fewer than `enough` were found. (A semicolon at the end of a line would
-- end the statement, as the migration reads it.)
create function search_candidates(queries text[], bounds integer[], enough integer) returns setof bigint
  language plpgsql stable security definer set search_path from current
  -- With a limit the planner prefers to read words from the table, where each long list of words must be unpacked: 15 ms instead of 3.
  set enable_seqscan = off set enable_indexscan = off
  as $$ declare found_rows bigint; total bigint := 0; begin
    for place in 1 .. coalesce(array_length(queries, 1), 0) loop
      return query execute 'select id from products where tenant_id = $1 and is_active and lexemes @@ $2::tsquery limit $3'
        using current_tenant(), queries[place], bounds[place]; get diagnostics found_rows = row_count; total := total + found_rows; exit
        when total >= enough; end loop; end $$;
revoke all on function search_candidates from public;
grant execute on function search_candidates to fiko_tenant;
