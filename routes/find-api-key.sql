-- The API key with this digest, if it is in force.
select id::text as id,
       user_id,
       array_to_string(return_origins, ' ') as return_origins,
       coalesce(last_used_at < now() - interval '1 minute', true) as last_use_is_old
from api_key
where digest = :#${variable.apiKeyDigest}
  and revoked_at is null
  and (expires_at is null or expires_at > now())
