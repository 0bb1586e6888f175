-- Whether the user has a billing account in the mode of our Stripe key: one row, always.
select exists (
  select from billing_account
  where user_id = :#${variable.userId}
    and livemode = :#${variable.global:livemode}
) as available
