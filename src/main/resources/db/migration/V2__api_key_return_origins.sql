-- Where callers with a key may send users back to, besides the origins that all callers have.
alter table api_key
  add column return_origins text[] not null default '{}'
    check (cardinality(return_origins) <= 5
           and array_to_string(return_origins, ' ', '-') ~ '^(https://[a-z0-9.:-]+( https://[a-z0-9.:-]+)*)?$');

-- What is asked of a user's keys is asked of those that are not revoked.
create index api_key_not_revoked on api_key (user_id, expires_at) where revoked_at is null;
drop index api_key_user_id;

-- How many keys of a user are in force. Whoever asks waits for those who asked before to end their transactions, and sees
-- what they did: volatile functions look anew with each statement, which a query of its own would not do after a wait.
create function api_keys_in_force_after_waiting(owner varchar) returns bigint
language plpgsql volatile as $$
begin
  perform pg_advisory_xact_lock(hashtextextended('api_key of ' || owner, 0));
  return (
    select count(*)
    from api_key
    where user_id = owner
      and revoked_at is null
      and (expires_at is null or expires_at > now()));
end
$$;
