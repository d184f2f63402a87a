create extension if not exists vector;

create table shops (
  id bigint generated always as identity primary key,
  token text not null unique
);

create table webhook_events (
  id bigint generated always as identity primary key,
  shop_id bigint not null references shops (id),
  event_id text not null,
  event_type text not null,
  payload jsonb not null,
  status text not null default 'received',
  error text,
  received_at timestamptz not null default now()
);

create index webhook_events_by_event_id on webhook_events (shop_id, event_id);

create table products (
  id bigint generated always as identity primary key,
  shop_id bigint not null references shops (id),
  external_id bigint not null,
  name text not null,
  description text not null,
  price numeric,
  stock_quantity integer,
  status text not null,
  unique (shop_id, external_id)
);

create table product_vectors (
  product_id bigint primary key references products (id) on delete cascade,
  text text not null,
  embedding vector(64) not null
);
