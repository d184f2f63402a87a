-- Expired sessions are deleted a batch at a time (tenants/prune.ts).
create index sessions_by_expiry on sessions (expires_at);

-- Rows that strangers cause (refused sign-ins) are the only part of the audit log that may be trimmed: anyone can make them, and they
-- say nothing about a known person's deeds. All other rows stay.
create index audit_log_of_strangers on audit_log (id) where actor_kind = 'nobody';

-- Two narrow ways to delete, each in a transaction that says what it does: erasing a tenant takes the tenant's rows along, and trimming
-- takes rows of strangers. Updates are refused in every case.
create or replace function refuse_audit_change() returns trigger language plpgsql
  as $$ begin
    if tg_op = 'DELETE' and old.tenant_id::text = current_setting('fiko.erases_tenant', true) then return old; end if
    ; if tg_op = 'DELETE' and old.actor_kind = 'nobody' and current_setting('fiko.trims_strangers', true) = 'on' then return old; end if
    ; raise exception 'the audit log is append-only: % is refused', tg_op using errcode = 'insufficient_privilege'
    ; end $$;
