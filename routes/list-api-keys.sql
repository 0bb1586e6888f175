-- The user's keys that are not revoked, as the answer has them: those in force, then the expired ones, of each the newest
-- first. Only 10 can be in force, but any number expire.
select json_build_object('apiKeys', coalesce(
         json_agg(
           json_build_object(
             'id', id,
             'name', name,
             'hint', hint,
             'createdAt', to_char(created_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
             'expiresAt', to_char(expires_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
             'lastUsedAt', to_char(last_used_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"'),
             'returnOrigins', return_origins)
           order by in_force desc, created_at desc, id),
         '[]'))::text
from (
  select *, coalesce(expires_at > now(), true) as in_force
  from api_key
  where user_id = :#${variable.userId}
    and revoked_at is null
  order by in_force desc, created_at desc, id
  limit 50) listed
