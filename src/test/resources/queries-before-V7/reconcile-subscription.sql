-- Keeps how a subscription stands: see V5__reconciliation.sql.
select reconcile_subscription(
  subscription_id => :subscription,
  mode => :livemode,
  customer => :customer,
  new_status => :status,
  begun => :begun,
  told => :told)
