-- Chooses once, by the rule of V7, for every user with several customers: otherwise a wrong account would stay until the
-- next event, which is a year for a yearly plan. Whoever changes a customer waits meanwhile; whoever asks for one does not.
lock table stripe_customer, billing_account in share row exclusive mode;
do $$
begin
  perform choose_billing_account(user_id, livemode)
  from (
    select user_id, livemode
    from stripe_customer
    where user_id is not null
    group by user_id, livemode
    having count(*) > 1
    union
    select account.user_id, account.livemode
    from billing_account as account
    join stripe_customer as claimed
      on claimed.user_id = account.user_id
      and claimed.livemode = account.livemode
      and claimed.id <> account.stripe_customer_id) as several;
end
$$;
