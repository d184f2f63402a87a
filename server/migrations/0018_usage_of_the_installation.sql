-- Usage that belongs to no single tenant has no tenant: null, where it was 0. The foreign key then stands on the column itself, and
-- takes the place of the one on a column derived from it (migration 0012). A primary key holds no null, so each row gets an id: a backup
-- reads every table by its primary key.
alter table usage_counters drop column ends_with;
alter table usage_counters drop constraint usage_counters_pkey;
alter table usage_counters add column id bigint generated always as identity primary key;
alter table usage_counters alter column tenant_id drop not null;
update usage_counters set tenant_id = null where tenant_id = 0;
alter table usage_counters add constraint usage_counters_key unique nulls not distinct (tenant_id, counter);
alter table usage_counters add foreign key (tenant_id) references tenants (id) on delete cascade;

alter table usage_hours drop column ends_with;
alter table usage_hours drop constraint usage_hours_pkey;
alter table usage_hours add column id bigint generated always as identity primary key;
alter table usage_hours alter column tenant_id drop not null;
update usage_hours set tenant_id = null where tenant_id = 0;
alter table usage_hours add constraint usage_hours_key unique nulls not distinct (tenant_id, counter, hour);
alter table usage_hours add foreign key (tenant_id) references tenants (id) on delete cascade;
