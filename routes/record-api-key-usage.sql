-- Once a minute is enough: most uses write nothing.
update api_key
set last_used_at = now()
where id = cast(:#${variable.apiKeyId} as uuid)
  and coalesce(last_used_at < now() - interval '1 minute', true)
