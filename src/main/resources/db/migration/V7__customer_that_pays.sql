-- The rules of V4 and V5, with these changes:
--   * Of a user's customers those with a running subscription come before those without.
--   * An event of a subscription takes the locks of its customer and user, and sets the billing account, too.
--   * The mode is part of every key.
-- Functions that pods of the version before call keep their names, parameters and results.
-- Whoever holds a table for long, as a dump does, fails the migration, which the next start begins anew; meanwhile events
-- and requests would wait behind it.
set local lock_timeout = '2s';

-- A repeated event changes nothing, so the table may begin anew. The default is for calls of the functions before.
truncate stripe_event;
alter table stripe_event
  add column livemode boolean not null default true,
  drop constraint stripe_event_pkey,
  add primary key (id, livemode),
  drop constraint stripe_event_id_check,
  add check (id ~ '^[!-~]+$');

-- begun_at of the run of reconcile-accounts that claimed the customer; null if an event did.
alter table stripe_customer add column claimed_by_run timestamptz;

create function has_running_subscription(customer text, mode boolean) returns boolean language sql stable as $$
  select exists (
    select from subscription
    where stripe_customer_id = customer
      and livemode = mode
      and status in ('active', 'trialing', 'past_due'))
$$;

-- Adds the rows of billing_account that somebody inserted by hand to stripe_customer, older than any event. The order of
-- ids keeps two transactions from waiting for each other.
create function import_billing_accounts(customers text[], users text[], mode boolean) returns void language sql as $$
  insert into stripe_customer (id, livemode, user_id, claimed_at)
  select stripe_customer_id, livemode, user_id, '-infinity'
  from billing_account
  where livemode = mode and (stripe_customer_id = any(customers) or user_id = any(users))
  order by stripe_customer_id, created_at, user_id
  on conflict do nothing
$$;

-- Locks customers, which get a row if they have none, and then every user who has or claims one of them, and returns these
-- users. Every change of a customer, of a subscription or of a user's billing account begins with it.
create function lock_stripe_customers(customers text[], mode boolean, claimant text) returns text[]
language plpgsql as $$
declare
  users text[];
  owner text;
begin
  users := array(
    select user_id from stripe_customer where id = any(customers) and livemode = mode
    union select claimant);
  perform import_billing_accounts(customers, users, mode);
  insert into stripe_customer (id, livemode)
  select customer, mode from unnest(customers) as customer order by customer
  on conflict do nothing;
  perform from stripe_customer where id = any(customers) and livemode = mode order by id for update;

  users := array(
    select user_id from billing_account where stripe_customer_id = any(customers) and livemode = mode
    union select user_id from stripe_customer where id = any(customers) and livemode = mode and user_id is not null
    union select claimant where claimant is not null
    order by 1);
  foreach owner in array users loop
    perform pg_advisory_xact_lock(hashtextextended(owner, 0));
  end loop;
  return users;
end
$$;

-- Sets a user's billing account: of the customers that are left one with a running subscription comes before one
-- without; among equals the one that was claimed first by Stripe's clock.
create function choose_billing_account(owner text, mode boolean) returns void language plpgsql as $$
declare
  chosen text;
begin
  perform import_billing_accounts('{}', array[owner], mode);
  select id into chosen
  from stripe_customer
  where user_id = owner and livemode = mode and not deleted
  order by not has_running_subscription(id, mode), claimed_at, id collate "C"
  limit 1;
  if chosen is null then
    delete from billing_account where user_id = owner and livemode = mode;
  else
    insert into billing_account as account (user_id, livemode, stripe_customer_id)
    values (owner, mode, chosen)
    on conflict (user_id, livemode) do update
    set stripe_customer_id = excluded.stripe_customer_id, updated_at = now()
    where account.stripe_customer_id <> excluded.stripe_customer_id;
  end if;
end
$$;

-- Says that a customer and another one of the same user both have a running subscription; otherwise null.
create function conflict_of_running_customers(customer text, mode boolean) returns text language sql stable as $$
  select format('User %s has the Stripe customers %s and %s, of which the first one counts: both have a running subscription',
                account.user_id, account.stripe_customer_id, other.id)
  from stripe_customer as this
  join billing_account as account on account.user_id = this.user_id and account.livemode = this.livemode
  join stripe_customer as other on other.user_id = this.user_id and other.livemode = this.livemode
  where this.id = customer
    and this.livemode = mode
    and not this.deleted
    and has_running_subscription(this.id, mode)
    and other.id <> account.stripe_customer_id
    and not other.deleted
    and has_running_subscription(other.id, mode)
  order by other.id <> customer, other.claimed_at, other.id collate "C"
  limit 1
$$;

create or replace function keep_stripe_customer(
  customer text, mode boolean, claimant text, claim_time timestamptz, gone boolean
) returns text language plpgsql as $$
declare
  before stripe_customer;
  after  stripe_customer;
  users  text[];
  owner  text;
begin
  users := lock_stripe_customers(array[customer], mode, claimant);
  select * into before from stripe_customer where id = customer and livemode = mode;
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
  foreach owner in array users loop
    perform choose_billing_account(owner, mode);
  end loop;

  if claimant is null or after.deleted then
    return null;
  end if;
  if claimant <> before.user_id then
    return format('Stripe customer %s belongs to user %s, and is claimed for user %s too',
                  customer, before.user_id, claimant);
  end if;
  return conflict_of_running_customers(customer, mode);
end
$$;

create or replace function store_customer_event(
  event text, event_type text, told timestamptz, customer text, mode boolean, claimant text, gone boolean
) returns table (outcome text, conflict text) language plpgsql as $$
begin
  insert into stripe_event (id, livemode, type, created_at) values (event, mode, event_type, told)
  on conflict do nothing;
  if not found then
    return query select 'known', null;
  else
    conflict := keep_stripe_customer(customer, mode, claimant, told, gone);
    outcome := case when conflict is null then 'stored' else 'conflict' end;
    return next;
  end if;
end
$$;

-- Keeps the latest state of a subscription, in any order with the same result, and sets the billing account of whoever
-- pays for it. Says what is in conflict since the subscription runs, or null.
create function keep_subscription_of_customer(
  subscription_id text, mode boolean, customer text, new_status text, begun timestamptz, told timestamptz
) returns text language plpgsql as $$
declare
  customers text[] := array[customer];
  known     subscription;
  users     text[];
  owner     text;
begin
  -- First of all, also where there is no row yet: events of one subscription come one after the other.
  perform pg_advisory_xact_lock(hashtextextended(format('subscription %s %s', mode, subscription_id), 0));
  select * into known from subscription where id = subscription_id and livemode = mode;
  if known.stripe_customer_id <> customer then
    customers := customers || known.stripe_customer_id::text;
  end if;
  users := lock_stripe_customers(customers, mode, null);
  insert into subscription (id, livemode, stripe_customer_id, status, created_at, told_at)
  values (subscription_id, mode, customer, new_status, begun, told)
  on conflict do nothing;
  if not found then
    update subscription as before
    set stripe_customer_id = customer, status = new_status, told_at = told, updated_at = now()
    where id = subscription_id
      and livemode = mode
      and (subscription_standing(new_status) >= 8, told, subscription_standing(new_status), new_status collate "C")
        > (subscription_standing(before.status) >= 8, before.told_at,
           subscription_standing(before.status), before.status collate "C");
  end if;
  if not found then
    return null;
  end if;
  foreach owner in array users loop
    perform choose_billing_account(owner, mode);
  end loop;
  if new_status not in ('active', 'trialing', 'past_due') then
    return null;
  end if;
  return conflict_of_running_customers(customer, mode);
end
$$;

create or replace function keep_subscription(
  subscription_id text, mode boolean, customer text, new_status text, begun timestamptz, told timestamptz
) returns void language plpgsql as $$
begin
  perform keep_subscription_of_customer(subscription_id, mode, customer, new_status, begun, told);
end
$$;

-- Stores an event of a subscription, once: 'stored', 'known', or 'conflict' and what it is.
create function store_event_of_subscription(
  event text, event_type text, told timestamptz,
  subscription_id text, mode boolean, customer text, new_status text, begun timestamptz
) returns table (outcome text, conflict text) language plpgsql as $$
begin
  insert into stripe_event (id, livemode, type, created_at) values (event, mode, event_type, told)
  on conflict do nothing;
  if not found then
    return query select 'known', null;
  else
    conflict := keep_subscription_of_customer(subscription_id, mode, customer, new_status, begun, told);
    outcome := case when conflict is null then 'stored' else 'conflict' end;
    return next;
  end if;
end
$$;

-- For pods of the version before.
create or replace function store_subscription_event(
  event text, event_type text, told timestamptz,
  subscription_id text, mode boolean, customer text, new_status text, begun timestamptz
) returns text language sql as $$
  select outcome
  from store_event_of_subscription(event, event_type, told, subscription_id, mode, customer, new_status, begun)
$$;

-- Keeps what a list of Stripe says of a customer: 'claimed' for a user, 'ended' where it was deleted, 'agrees', 'conflict'
-- and what it is. A claim that was known before the run keeps its time. One that the run makes has the time of the first
-- purchase, whatever the order of the list.
create or replace function reconcile_customer(
  customer text, mode boolean, claimant text, since timestamptz, gone boolean
) returns table (outcome text, conflict text) language plpgsql as $$
declare
  run     timestamptz;
  before  stripe_customer;
  account text;
  left_as text;
begin
  select begun_at into run from reconciliation where livemode = mode;
  if claimant is null and not gone then
    update stripe_customer set seen_at = now() where id = customer and livemode = mode;
    return query select 'agrees', null;
    return;
  end if;
  perform lock_stripe_customers(array[customer], mode, claimant);
  select * into before from stripe_customer where id = customer and livemode = mode;
  select stripe_customer_id into account from billing_account where user_id = claimant and livemode = mode;
  if before.user_id is not null and before.claimed_by_run is distinct from run then
    since := 'infinity';
  end if;
  conflict := keep_stripe_customer(customer, mode, claimant, since, gone);
  update stripe_customer
  set seen_at = now(),
      claimed_by_run = case when before.user_id is null and claimant is not null then run else claimed_by_run end
  where id = customer and livemode = mode;
  select stripe_customer_id into left_as from billing_account where user_id = claimant and livemode = mode;
  outcome := case
    when conflict is not null then 'conflict'
    when gone and not before.deleted and before.user_id is not null then 'ended'
    when left_as is distinct from account then 'claimed'
    else 'agrees'
  end;
  return next;
end
$$;

-- Keeps how a list of Stripe says that a subscription stands: 'stored', 'agrees', or 'conflict' and what it is. What agrees
-- is told anew, so that no older event, come late, changes it.
create function reconcile_subscription_of_customer(
  subscription_id text, mode boolean, customer text, new_status text, begun timestamptz, told timestamptz
) returns table (outcome text, conflict text) language plpgsql as $$
declare
  before text;
  after  text;
begin
  select status || ' of ' || stripe_customer_id into before
  from subscription where id = subscription_id and livemode = mode;
  conflict := keep_subscription_of_customer(subscription_id, mode, customer, new_status, begun, told);
  select status || ' of ' || stripe_customer_id into after
  from subscription where id = subscription_id and livemode = mode;
  outcome := case
    when after is not distinct from before then 'agrees'
    when conflict is null then 'stored'
    else 'conflict'
  end;
  if outcome = 'agrees' then
    conflict := null;
  end if;
  return next;
end
$$;

-- For commands of the version before.
create or replace function reconcile_subscription(
  subscription_id text, mode boolean, customer text, new_status text, begun timestamptz, told timestamptz
) returns text language sql as $$
  select outcome
  from reconcile_subscription_of_customer(subscription_id, mode, customer, new_status, begun, told)
$$;
