-- Who pays as which Stripe customer. A user has at most one customer in each Stripe mode, so that a
-- customer made with a test key is never used with a live key. user_id is the "sub" of the user's access token.
create table billing_account (
  user_id            varchar(255) not null check (user_id <> ''),
  livemode           boolean      not null,
  stripe_customer_id varchar(255) not null check (stripe_customer_id like 'cus\_%'),
  created_at         timestamptz  not null default now(),
  updated_at         timestamptz  not null default now(),
  primary key (user_id, livemode)
);

-- Keys of third-party integrations. Only the SHA-256 digest of a key is kept; hint is its recognisable, harmless end.
create table api_key (
  id           uuid         primary key default gen_random_uuid(),
  digest       bytea        not null unique check (octet_length(digest) = 32),
  user_id      varchar(255) not null check (user_id <> ''),
  name         varchar(100) not null check (name <> ''),
  hint         varchar(16)  not null,
  created_at   timestamptz  not null default now(),
  expires_at   timestamptz,
  revoked_at   timestamptz,
  last_used_at timestamptz
);

create index api_key_user_id on api_key (user_id);
