-- Keeps how a subscription stands: see V7__customer_that_pays.sql.
select outcome, conflict
from reconcile_subscription_of_customer(
  subscription_id => :subscription,
  mode => :livemode,
  customer => :customer,
  new_status => :status,
  begun => :begun,
  told => :told)
