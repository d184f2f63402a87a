-- What admins, owners and the operator did, and who tried to sign in. Rows are only ever added: the roles that the application
-- takes on may do no more, and a trigger refuses the rest even to the owner of the table.
create table audit_log (
  id bigint generated always as identity primary key,
  at timestamptz not null default now(),
  -- Whose thing it was done to; null: the whole installation's. Not a reference: it may outlive what it names.
  tenant_id bigint,
  actor_kind text not null check (actor_kind in ('admin', 'owner', 'operator', 'nobody')),
  -- The person, by id alone: whose e-mail address it is, is read from users as long as they are there.
  actor_id uuid,
  source_ip text,
  action text not null check (action ~ '^[a-z_]+\.[a-z_]+$'),
  target_kind text,
  target_id text,
  detail json not null default '{}',
  check (actor_kind in ('admin', 'owner') or actor_id is null),
  check ((target_kind is null) = (target_id is null))
);

create index audit_log_by_tenant on audit_log (tenant_id, id);

-- One narrow way: erasing a tenant takes the tenant's own rows along, in a transaction that says which tenant it erases.
create function refuse_audit_change() returns trigger language plpgsql
  as $$ begin
    if tg_op = 'DELETE' and old.tenant_id::text = current_setting('fiko.erases_tenant', true) then return old; end if
    ; raise exception 'the audit log is append-only: % is refused', tg_op using errcode = 'insufficient_privilege'
    ; end $$;

create trigger audit_log_rows before update or delete on audit_log for each row execute function refuse_audit_change();
create trigger audit_log_whole before truncate on audit_log for each statement execute function refuse_audit_change();

alter table audit_log enable row level security;
create policy tenant_rows on audit_log to fiko_tenant using (tenant_id = (select current_tenant()));
create policy service_rows on audit_log to fiko_service using (true);
grant select, insert on audit_log to fiko_tenant, fiko_service;

-- Erasing a tenant takes as long as it has rows, and may be interrupted: from here on nothing new is kept of it.
alter table tenants add column erasing_since timestamptz;
