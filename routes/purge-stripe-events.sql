-- Forgets events that Stripe sends no more: it tries for three days. Not so many that it takes long, and none for which
-- another pod is at it.
delete from stripe_event
where (id, livemode) in (
  select id, livemode
  from stripe_event
  where received_at < now() - interval '30 days'
  order by received_at
  limit 10000
  for update skip locked)
