-- Customers of users that this run did not see at Stripe.
select id
from stripe_customer
where livemode = :livemode
  and user_id is not null
  and not deleted
  and (seen_at is null or seen_at < :begun)
  and id > :lastId
order by id
limit 100
