-- Choosing another profile marks every text as pending or stored, in batches. This is the id of the last chunk that is marked; null: all are.
alter table embedding_profiles add column marked_to bigint;

-- A deleted store's products are deactivated in batches. Null: the store was not deleted, or this has not come to its end.
alter table stores add column emptied_at timestamptz;

update stores set emptied_at = deleted_at where deleted_at is not null;
