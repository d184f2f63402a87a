-- Pages of a shop (shipping, returns, payment …) and facts about it, as the plugin last sent them: one set for each store.

create table document_sets (
  store_id bigint primary key references stores (id) on delete cascade,
  tenant_id bigint not null references tenants (id) on delete cascade,
  -- Microseconds, as for products. An older set never replaces a newer one.
  version bigint not null check (version > 0),
  -- SHA-256 of the set without its version: an equal set writes nothing.
  set_hash text not null check (set_hash ~ '^[0-9a-f]{64}$'),
  -- Name, address, hours, phone, shipping zones …; null where the shop sends none.
  shop jsonb check (jsonb_typeof(shop) = 'object'),
  received_at timestamptz not null default now()
);

create index document_sets_by_tenant on document_sets (tenant_id);

create table documents (
  id bigint generated always as identity primary key,
  tenant_id bigint not null references tenants (id),
  store_id bigint not null references stores (id),
  -- The shop's own number of the page.
  external_id bigint not null check (external_id > 0),
  kind text not null check (kind in ('shipping', 'returns', 'payment', 'faq', 'privacy', 'terms', 'about', 'contact', 'other')),
  title text not null,
  -- Plain text, without markup.
  content text not null,
  url text not null,
  language text not null,
  modified_at timestamptz,
  -- SHA-256 of title and content: only another text is cut again.
  content_hash text not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  unique (store_id, external_id)
);

create index documents_by_tenant on documents (tenant_id, id);

-- A chunk belongs to a product or to a document. Search for products joins the product, so a document's chunk never reaches it.
alter table knowledge_chunks alter column product_id drop not null;
alter table knowledge_chunks
  add column document_id bigint references documents (id) on delete cascade,
  -- Words of a document's chunk. Null for products, whose words are on the product.
  add column lexemes tsvector,
  add constraint knowledge_chunks_owner check (num_nonnulls(product_id, document_id) = 1),
  add constraint knowledge_chunks_words check ((document_id is null) = (lexemes is null));

create index knowledge_chunks_by_document on knowledge_chunks (document_id, position) where document_id is not null;
create index knowledge_chunks_of_documents on knowledge_chunks (tenant_id, store_id) where document_id is not null;

alter table document_sets enable row level security;
create policy tenant_rows on document_sets to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on document_sets to fiko_service using (true);
grant select, insert, update, delete on document_sets to fiko_tenant, fiko_service;

alter table documents enable row level security;
create policy tenant_rows on documents to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on documents to fiko_service using (true);
grant select, insert, update, delete on documents to fiko_tenant, fiko_service;
