-- The user's Stripe customer in the mode of our Stripe key.
select stripe_customer_id
from billing_account
where user_id = :#${variable.userId}
  and livemode = :#${variable.global:livemode}
