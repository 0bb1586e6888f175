-- The subscription that a customer would change or cancel: the latest one that serves or is to be paid.
-- A user whose payment fails (past_due) must be able to cancel. Ended ones (canceled, incomplete_expired), first payments
-- that are not made yet (incomplete), and ones that were stopped (unpaid, paused) have the whole portal instead.
select id
from subscription
where stripe_customer_id = :#${variable.stripeCustomer}
  and livemode = :#${variable.global:livemode}
  and status in ('active', 'trialing', 'past_due')
order by created_at desc, id
limit 1
