-- A test-mode subscription never meets a live one, whatever ids an import chose.
set local lock_timeout = '2s';
alter table subscription
  drop constraint subscription_pkey,
  add constraint subscription_pkey primary key using index subscription_id_livemode;
