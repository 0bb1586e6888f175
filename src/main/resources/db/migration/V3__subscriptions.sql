-- What Stripe told of subscriptions, by their ids (sub_…; what was imported can have others): who pays for them, and how
-- they stand.
create table subscription (
  id                 varchar(255) primary key check (id ~ '^[A-Za-z0-9_-]+$'),
  livemode           boolean      not null,
  stripe_customer_id varchar(255) not null check (stripe_customer_id ~ '^[A-Za-z0-9_-]+$'),
  status             varchar(32)  not null check (status <> ''),
  created_at         timestamptz  not null,
  updated_at         timestamptz  not null default now()
);

create index subscription_customer on subscription (stripe_customer_id, livemode);
