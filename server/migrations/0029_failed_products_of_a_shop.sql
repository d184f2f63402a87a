-- The products that a shop's plugin could not send, with their reasons, as its last report lists them: [{"id", "name", "reason"}].
-- An older plugin lists none; `failed` counts them then.
alter table plugin_reports add column failed_products jsonb not null default '[]' check (jsonb_typeof(failed_products) = 'array');
