-- For the primary key of V9. Without a transaction, so that nobody waits meanwhile; begun anew where it was interrupted.
drop index concurrently if exists subscription_id_livemode;
create unique index concurrently subscription_id_livemode on subscription (id, livemode);
