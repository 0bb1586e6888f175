-- Stores the customer of an event, once and in one transaction: see V7__customer_that_pays.sql.
select outcome, conflict
from store_customer_event(
  event => :#${variable.event.id},
  event_type => :#${variable.event.type},
  told => :#${variable.event.created},
  customer => :#${variable.event.customer},
  mode => :#${variable.event.livemode},
  claimant => :#${variable.event.user},
  gone => :#${variable.event.deleted})
