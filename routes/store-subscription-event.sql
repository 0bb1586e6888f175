-- Stores the subscription of an event, once and in one transaction: see V7__customer_that_pays.sql.
select outcome, conflict
from store_event_of_subscription(
  event => :#${variable.event.id},
  event_type => :#${variable.event.type},
  told => :#${variable.event.created},
  subscription_id => :#${variable.event.subscription},
  mode => :#${variable.event.livemode},
  customer => :#${variable.event.customer},
  new_status => :#${variable.event.status},
  begun => :#${variable.event.begun})
