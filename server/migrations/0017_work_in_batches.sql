-- Choosing another profile marks every text as pending or stored, in batches. This is the id of the last chunk that is marked; null: all are.
alter table embedding_profiles add column marked_to bigint;

-- A deleted store's products are deactivated in batches. Null: the store was not deleted, or this has not come to its end.
alter table stores add column emptied_at timestamptz;

-- Bytes of an event's payload as text. PostgreSQL knows the size of a row only as it is compressed: 4 MB of equal words are 50 KB. Null: from
-- before this migration.
alter table events add column payload_bytes integer;

update stores set emptied_at = deleted_at where deleted_at is not null;
