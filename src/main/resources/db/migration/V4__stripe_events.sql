-- The events of Stripe that were stored: each comes at least once and counts once. To repeat one changes nothing, so
-- rows are deleted once Stripe sends them no more (42-forget-stripe-events).
create table stripe_event (
  id          varchar(255) primary key check (id like 'evt\_%'),
  type        varchar(100) not null,
  created_at  timestamptz  not null,
  received_at timestamptz  not null default now()
);

create index stripe_event_received on stripe_event (received_at);

-- What Stripe told of customers, one row for each, whatever came first: to whom it belongs, since when by Stripe's clock,
-- and whether it was deleted. billing_account follows from it: of a user's customers the first one that is left.
create table stripe_customer (
  id         varchar(255) not null check (id ~ '^[A-Za-z0-9_-]+$'),
  livemode   boolean      not null,
  user_id    varchar(255) check (user_id <> ''),
  claimed_at timestamptz,
  deleted    boolean      not null default false,
  primary key (id, livemode),
  check ((user_id is null) = (claimed_at is null))
);

-- Customers that were imported can have ids that do not begin with cus_.
alter table billing_account
  drop constraint billing_account_stripe_customer_id_check,
  add check (stripe_customer_id ~ '^[A-Za-z0-9_-]+$');

create index stripe_customer_user on stripe_customer (user_id, livemode);
create index billing_account_customer on billing_account (stripe_customer_id, livemode);

-- When Stripe told what stands in the row: what is older than that changes nothing.
alter table subscription add column told_at timestamptz not null default '-infinity';

-- Which of two states of a subscription is the later one where both were told of in the same second. Nothing comes
-- after the last two.
create function subscription_standing(status text) returns integer language sql immutable as $$
  select case status
    when 'incomplete' then 0
    when 'trialing' then 1
    when 'active' then 2
    when 'past_due' then 3
    when 'unpaid' then 4
    when 'paused' then 5
    when 'incomplete_expired' then 8
    when 'canceled' then 9
    else 6
  end
$$;

-- Keeps what is known of a customer: it belongs to the user for whom it was claimed first here, and never moves to
-- another one, whatever comes later; a deletion is for ever. Then sets the user's billing account: of several customers
-- the one that was claimed first by Stripe's clock. Says what is in conflict, or null.
create function keep_stripe_customer(
  customer text, mode boolean, claimant text, claim_time timestamptz, gone boolean
) returns text language plpgsql as $$
declare
  before  stripe_customer;
  after   stripe_customer;
  holders text[];
  holder  text;
  first   text;
  counts  text;
  other   text;
begin
  -- A row that somebody made by hand is older than any event.
  insert into stripe_customer (id, livemode, user_id, claimed_at)
  select stripe_customer_id, livemode, user_id, '-infinity'
  from billing_account
  where livemode = mode and (stripe_customer_id = customer or user_id = claimant)
  order by stripe_customer_id, created_at, user_id
  on conflict do nothing;

  -- From here on nobody else changes this customer.
  insert into stripe_customer (id, livemode) values (customer, mode) on conflict do nothing;
  select * into before from stripe_customer where id = customer and livemode = mode for update;

  after := before;
  after.deleted := before.deleted or gone;
  if before.user_id is null or claimant = before.user_id then
    after.user_id := coalesce(claimant, before.user_id);
    after.claimed_at := least(before.claimed_at, case when claimant is not null then claim_time end);
  end if;
  update stripe_customer
  set user_id = after.user_id, claimed_at = after.claimed_at, deleted = after.deleted
  where id = customer and livemode = mode and (user_id, claimed_at, deleted)
        is distinct from (after.user_id, after.claimed_at, after.deleted);

  holders := array(
    select user_id from billing_account where stripe_customer_id = customer and livemode = mode
    union select before.user_id where before.user_id is not null
    union select after.user_id where after.user_id is not null
    order by 1);
  -- One at a time for each user, who may have several customers; in one order, so that none waits for the other.
  foreach holder in array holders loop
    perform pg_advisory_xact_lock(hashtextextended(holder, 0));
  end loop;
  foreach holder in array holders loop
    select id into first
    from stripe_customer
    where user_id = holder and livemode = mode and not deleted
    order by claimed_at, id collate "C"
    limit 1;
    if first is null then
      delete from billing_account where user_id = holder and livemode = mode;
    else
      insert into billing_account as account (user_id, livemode, stripe_customer_id)
      values (holder, mode, first)
      on conflict (user_id, livemode) do update
      set stripe_customer_id = excluded.stripe_customer_id, updated_at = now()
      where account.stripe_customer_id <> excluded.stripe_customer_id;
    end if;
  end loop;

  if claimant is null or after.deleted then
    return null;
  end if;
  if claimant <> before.user_id then
    return format('Stripe customer %s belongs to user %s, and is claimed for user %s too',
                  customer, before.user_id, claimant);
  end if;
  select stripe_customer_id into counts from billing_account where user_id = claimant and livemode = mode;
  select id into other
  from stripe_customer
  where user_id = claimant and livemode = mode and not deleted and id <> counts
  order by id <> customer, claimed_at, id collate "C"
  limit 1;
  if other is not null then
    return format('User %s has the Stripe customers %s and %s, of which the first one counts',
                  claimant, counts, other);
  end if;
  return null;
end
$$;

-- Stores an event of a customer, once: 'stored', 'known', or 'conflict' and what it is.
create function store_customer_event(
  event text, event_type text, told timestamptz, customer text, mode boolean, claimant text, gone boolean
) returns table (outcome text, conflict text) language plpgsql as $$
begin
  insert into stripe_event (id, type, created_at) values (event, event_type, told) on conflict do nothing;
  if not found then
    return query select 'known', null;
  else
    conflict := keep_stripe_customer(customer, mode, claimant, told, gone);
    outcome := case when conflict is null then 'stored' else 'conflict' end;
    return next;
  end if;
end
$$;

-- Keeps the latest state of a subscription, in any order with the same result.
create function keep_subscription(
  subscription_id text, mode boolean, customer text, new_status text, begun timestamptz, told timestamptz
) returns void language sql as $$
  insert into subscription as known (id, livemode, stripe_customer_id, status, created_at, told_at)
  values (subscription_id, mode, customer, new_status, begun, told)
  on conflict (id) do update
  set stripe_customer_id = excluded.stripe_customer_id,
      status = excluded.status,
      told_at = excluded.told_at,
      updated_at = now()
  where (subscription_standing(excluded.status) >= 8, excluded.told_at,
         subscription_standing(excluded.status), excluded.status collate "C")
      > (subscription_standing(known.status) >= 8, known.told_at,
         subscription_standing(known.status), known.status collate "C")
$$;

-- Stores an event of a subscription, once: 'stored' or 'known'.
create function store_subscription_event(
  event text, event_type text, told timestamptz,
  subscription_id text, mode boolean, customer text, new_status text, begun timestamptz
) returns text language plpgsql as $$
begin
  insert into stripe_event (id, type, created_at) values (event, event_type, told) on conflict do nothing;
  if not found then
    return 'known';
  end if;
  perform keep_subscription(subscription_id, mode, customer, new_status, begun, told);
  return 'stored';
end
$$;
