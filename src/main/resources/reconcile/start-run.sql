-- Where a run of reconcile-accounts begins, or goes on; nothing while another one is under way.
select list, last_id, begun_at
from begin_reconciliation(mode => :livemode, anew => :anew)
where list is not null
