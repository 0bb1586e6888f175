-- How far the command reconcile-accounts has come, in each mode: what stands here is stored, so that a run goes on where
-- another was interrupted.
create table reconciliation (
  livemode   boolean      primary key,
  begun_at   timestamptz  not null,
  list       varchar(32)  not null check (list <> ''),
  last_id    varchar(255) not null,
  updated_at timestamptz  not null default now()
);

-- When a run saw the customer at Stripe: the others are asked for one by one, since they may be deleted.
alter table stripe_customer add column seen_at timestamptz;

-- Keeps what a list of Stripe says of a customer: 'claimed' for a user, 'ended' where it was deleted, 'agrees', 'conflict'
-- and what it is. What was known before the run stays: a user's account does not change to another customer, either.
-- Of several customers that the run finds the one that is first by Stripe's clock counts, as where events tell of them:
-- lists have the latest first.
create function reconcile_customer(
  customer text, mode boolean, claimant text, since timestamptz, gone boolean
) returns table (outcome text, conflict text) language plpgsql as $$
declare
  before  stripe_customer;
  account text;
  later   timestamptz;
  left_as text;
  begun   timestamptz;
begin
  select begun_at into begun from reconciliation where livemode = mode;
  select * into before from stripe_customer where id = customer and livemode = mode;
  select stripe_customer_id into account from billing_account where user_id = claimant and livemode = mode;
  if claimant is null and not gone or before.user_id = claimant and not before.deleted and account = customer then
    update stripe_customer set seen_at = now() where id = customer and livemode = mode;
    return query select 'agrees', null;
    return;
  end if;
  if account <> customer then
    select known.claimed_at + interval '1 second' into later
    from stripe_customer as known
    join billing_account as older on older.stripe_customer_id = known.id and older.livemode = known.livemode
    where known.id = account and known.livemode = mode and older.user_id = claimant and older.updated_at < begun;
    since := greatest(since, later);
  end if;
  conflict := keep_stripe_customer(customer, mode, claimant, since, gone);
  update stripe_customer set seen_at = now() where id = customer and livemode = mode;
  select stripe_customer_id into left_as from billing_account where user_id = claimant and livemode = mode;
  outcome := case
    when conflict is not null then 'conflict'
    when gone and not before.deleted then 'ended'
    when left_as is distinct from account then 'claimed'
    else 'agrees'
  end;
  return next;
end
$$;

-- Begins a run, or goes on with one that was interrupted less than a day ago; null while another session has one.
create function begin_reconciliation(mode boolean, anew boolean) returns reconciliation language plpgsql as $$
declare
  run reconciliation;
begin
  if not pg_try_advisory_lock(hashtextextended('reconcile-accounts ' || mode, 0)) then
    return null;
  end if;
  -- Rows that were made by hand and no event told of: few, of however many.
  insert into stripe_customer (id, livemode, user_id, claimed_at)
  select stripe_customer_id, livemode, user_id, '-infinity'
  from billing_account as account
  where livemode = mode
    and not exists (
      select from stripe_customer as known
      where known.id = account.stripe_customer_id and known.livemode = account.livemode)
  order by stripe_customer_id, created_at, user_id
  on conflict do nothing;

  insert into reconciliation as known (livemode, begun_at, list, last_id)
  values (mode, now(), 'customers', '')
  on conflict (livemode) do update
  set begun_at = now(), list = 'customers', last_id = '', updated_at = now()
  where anew or known.list = 'done' or known.begun_at < now() - interval '1 day';

  select * into run from reconciliation where livemode = mode;
  return run;
end
$$;

-- Keeps how a list of Stripe says that a subscription stands: 'stored', or 'agrees'. What agrees is told anew, so that no
-- older event, come late, changes it.
create function reconcile_subscription(
  subscription_id text, mode boolean, customer text, new_status text, begun timestamptz, told timestamptz
) returns text language plpgsql as $$
declare
  before text;
  after  text;
begin
  select status || ' of ' || stripe_customer_id into before from subscription where id = subscription_id;
  perform keep_subscription(subscription_id, mode, customer, new_status, begun, told);
  select status || ' of ' || stripe_customer_id into after from subscription where id = subscription_id;
  return case when after is distinct from before then 'stored' else 'agrees' end;
end
$$;
