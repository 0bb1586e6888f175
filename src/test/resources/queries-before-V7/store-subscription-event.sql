-- Stores what an event tells of a subscription, once and in one transaction: see V4__stripe_events.sql.
select store_subscription_event(
  event => :#${variable.event.id},
  event_type => :#${variable.event.type},
  told => :#${variable.event.created},
  subscription_id => :#${variable.event.subscription},
  mode => :#${variable.event.livemode},
  customer => :#${variable.event.customer},
  new_status => :#${variable.event.status},
  begun => :#${variable.event.begun})
