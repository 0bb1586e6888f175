-- The owner of the API key with this digest, if the key is in force.
select user_id
from api_key
where digest = :#${variable.apiKeyDigest}
  and revoked_at is null
  and (expires_at is null or expires_at > now())
