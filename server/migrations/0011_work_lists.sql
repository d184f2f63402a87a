-- Each work list has an index of its own, whose keys no other index has. With plain columns for keys the planner took other indexes for
-- them once statistics said that most rows are open (a first sync): with 200,000 open events of one store it read all of them, once
-- a turn, to find out that none is live. "case" and no arithmetic, because only what cannot leak is asked of an index under
-- row-level security. The same keys stand in server/src/platform/fair-turns.ts.
drop index events_open;
create index events_open on events
  (priority, (case when store_id > 0 then store_id end), (case when id > 0 then id end))
  where status in ('received', 'retrying');

drop index products_to_chunk;
create index products_to_chunk on products
  (priority, (case when store_id > 0 then store_id end), (case when id > 0 then id end))
  where (is_active and chunked_hash is distinct from content_hash) or (deleted_at is not null and chunked_hash is not null);

drop index knowledge_chunks_pending;
create index knowledge_chunks_pending on knowledge_chunks
  (priority, (case when store_id > 0 then store_id end), (case when id > 0 then id end))
  where embedding_status = 'pending';
