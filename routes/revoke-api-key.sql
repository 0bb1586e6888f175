-- The id is compared as text: what is no UUID is the id of no key.
update api_key
set revoked_at = now()
where id::text = lower(:#${variable.revokedKeyId})
  and user_id = :#${variable.userId}
  and revoked_at is null
returning id::text
