-- A count that was on its way while its tenant was erased was written after everything of theirs was deleted. A foreign key makes it end with
-- them, or fail when it comes later. Tenant 0, the whole installation, is in no table of tenants.
delete from event_hours where tenant_id not in (select id from tenants);
alter table event_hours add foreign key (tenant_id) references tenants (id) on delete cascade;

delete from usage_counters where tenant_id <> 0 and tenant_id not in (select id from tenants);
alter table usage_counters add column ends_with bigint generated always as (nullif(tenant_id, 0)) stored
  references tenants (id) on delete cascade;

delete from usage_hours where tenant_id <> 0 and tenant_id not in (select id from tenants);
alter table usage_hours add column ends_with bigint generated always as (nullif(tenant_id, 0)) stored
  references tenants (id) on delete cascade;
