-- Chooses once, by the rule of choose_billing_account in V7, for every user with several customers: otherwise a wrong
-- account would stay until the next event, which is a year for a yearly plan. In two statements for all, since whoever
-- changes a customer waits meanwhile; whoever asks for an account does not.
set local lock_timeout = '2s';
lock table stripe_customer, billing_account in share row exclusive mode;

insert into stripe_customer (id, livemode, user_id, claimed_at)
select stripe_customer_id, livemode, user_id, '-infinity'
from billing_account as account
where exists (
  select from stripe_customer as claimed
  where claimed.user_id = account.user_id
    and claimed.livemode = account.livemode
    and claimed.id <> account.stripe_customer_id)
order by stripe_customer_id, created_at, user_id
on conflict do nothing;

update billing_account as account
set stripe_customer_id = chosen.id, updated_at = now()
from (
  select distinct on (user_id, livemode) user_id, livemode, id
  from stripe_customer
  where not deleted
    and (user_id, livemode) in (
      select user_id, livemode from stripe_customer where not deleted group by 1, 2 having count(*) > 1)
  order by user_id, livemode, has_running_subscription(id, livemode) desc, claimed_at, id collate "C") as chosen
where account.user_id = chosen.user_id
  and account.livemode = chosen.livemode
  and account.stripe_customer_id <> chosen.id;
