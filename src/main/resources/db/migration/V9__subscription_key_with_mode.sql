-- A test-mode subscription never meets a live one, whatever ids an import chose.
alter table subscription
  drop constraint subscription_pkey,
  add constraint subscription_pkey primary key using index subscription_id_livemode;
