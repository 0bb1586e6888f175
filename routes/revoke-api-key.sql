-- What is no UUID is the id of no key.
update api_key
set revoked_at = now()
where id = case
    when :#${variable.revokedKeyId} ~* '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' then cast(:#${variable.revokedKeyId} as uuid)
  end
  and user_id = :#${variable.userId}
  and revoked_at is null
returning id::text
