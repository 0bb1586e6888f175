-- Notes what is stored: an interrupted run goes on after it.
update reconciliation
set list = :list, last_id = :lastId, updated_at = now()
where livemode = :livemode
