-- The actor of audit entries without a known user is named 'anonymous'; it was 'nobody'. The trigger that refuses updates is off only in
-- this transaction. Refused sign-ins are the only rows concerned: about 100,000 at most (tenants/prune.ts).
alter table audit_log disable trigger audit_log_rows;
alter table audit_log drop constraint audit_log_actor_kind_check;
update audit_log set actor_kind = 'anonymous' where actor_kind = 'nobody';
alter table audit_log add constraint audit_log_actor_kind_check
  check (actor_kind in ('admin', 'owner', 'operator', 'anonymous'));
alter table audit_log enable trigger audit_log_rows;

drop index audit_log_of_strangers;
create index audit_log_of_anonymous on audit_log (id) where actor_kind = 'anonymous';

-- Servers of the earlier version continue during an upgrade; their entries get the new name.
create function name_anonymous_actor() returns trigger language plpgsql
  as $$ begin
    new.actor_kind := 'anonymous'
    ; return new
    ; end $$;
create trigger audit_log_actor before insert on audit_log
  for each row when (new.actor_kind = 'nobody') execute function name_anonymous_actor();

-- Two ways to delete: the erasure of a tenant deletes the tenant's rows, trimming deletes rows of anonymous callers. Updates are
-- always refused.
create or replace function refuse_audit_change() returns trigger language plpgsql
  as $$ begin
    if tg_op = 'DELETE' and old.tenant_id::text = current_setting('fiko.erases_tenant', true) then return old; end if
    ; if tg_op = 'DELETE' and old.actor_kind = 'anonymous' and current_setting('fiko.trims_anonymous', true) = 'on' then return old; end if
    ; raise exception 'the audit log is append-only: % is refused', tg_op using errcode = 'insufficient_privilege'
    ; end $$;
