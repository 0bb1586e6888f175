-- Adds a key unless its owner has 10 in force. Requests at once wait for each other: see V2__api_key_return_origins.sql.
insert into api_key (id, digest, user_id, name, hint, created_at, expires_at, return_origins)
select cast(:#${variable.newApiKey.id} as uuid),
       :#${variable.newApiKey.digest},
       :#${variable.userId},
       :#${variable.newApiKey.name},
       :#${variable.newApiKey.hint},
       cast(:#${variable.newApiKey.createdAt} as timestamptz),
       cast(:#${variable.newApiKey.expiresAt} as timestamptz),
       string_to_array(:#${variable.newApiKey.joinedOrigins}, ' ')
where api_keys_in_force_after_waiting(:#${variable.userId}) < 10
returning id::text
