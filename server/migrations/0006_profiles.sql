-- Changing the model: a profile is built in the background while search goes on with the active one, then they change places.

alter table embedding_profiles add column state text not null default 'retired' check (state in ('active', 'building', 'retired'));

alter table embedding_profiles add column retired_at timestamptz;

update embedding_profiles set state = 'active' where is_active;

drop index embedding_profiles_one_active;

alter table embedding_profiles drop column is_active;

create unique index embedding_profiles_one_active on embedding_profiles (state) where state = 'active';

create unique index embedding_profiles_one_building on embedding_profiles (state) where state = 'building';
