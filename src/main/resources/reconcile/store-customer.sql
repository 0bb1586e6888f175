-- Keeps what Stripe says of a customer: see V7__customer_that_pays.sql.
select outcome, conflict
from reconcile_customer(
  customer => :customer, mode => :livemode, claimant => :user, since => :since, gone => :gone)
