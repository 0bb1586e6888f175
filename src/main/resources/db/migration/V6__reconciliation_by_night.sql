-- As in V5, but a run is gone on with for two days: the job that runs each night begins a few seconds earlier or later.
create or replace function begin_reconciliation(mode boolean, anew boolean) returns reconciliation language plpgsql as $$
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
  where anew or known.list = 'done' or known.begun_at < now() - interval '2 days';

  select * into run from reconciliation where livemode = mode;
  return run;
end
$$;
