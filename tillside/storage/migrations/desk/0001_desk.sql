-- Who works here, and which shops are connected.
create table workspace (
  id bigint primary key,
  slug {text} not null unique,
  name {text} not null,
  time_zone {text} not null,
  currency {text} not null,
  region {text} not null,
  created_at bigint not null
);
create table agent (
  workspace_id bigint not null,
  id {text} not null,
  email {text} not null unique,
  name {text} not null,
  role {text} not null,
  password_hash {text} not null,
  created_at bigint not null,
  disabled_at bigint,
  primary key (workspace_id, id)
);
create table session (
  token_hash {bytes} primary key,
  workspace_id bigint not null,
  agent_id {text} not null,
  created_at bigint not null,
  seen_at bigint not null
);
create index session_agent on session (workspace_id, agent_id);
create table rest_key (
  workspace_id bigint not null,
  id {text} not null,
  name {text} not null,
  key_hash {bytes} not null unique,
  hint {text} not null,
  created_at bigint not null,
  used_at bigint,
  revoked_at bigint,
  primary key (workspace_id, id)
);
-- Answers already given to REST writes that carried an Idempotency-Key; `digest` tells a repeat from another request.
create table answered (
  workspace_id bigint not null,
  key_id {text} not null,
  name {text} not null,
  digest {text} not null,
  status bigint not null,
  body {text} not null,
  at bigint not null,
  primary key (workspace_id, key_id, name)
);
create table connector (
  workspace_id bigint not null,
  id {text} not null,
  api_key {text} not null unique,
  name {text} not null,
  currency {text} not null,
  region {text} not null,
  secret {bytes} not null,
  previous_secret {bytes},
  previous_until bigint,
  token_secret {bytes} not null,
  origins {text} not null,
  signatures {text} not null,
  history_trust bigint not null,
  created_at bigint not null,
  first_event_at bigint,
  primary key (workspace_id, id)
);

-- Followers of the log, and what happened, for those who watch.
create table follower (
  name {text} primary key,
  position bigint not null,
  holder {text} not null,
  held_until bigint not null
);
create table activity (
  position {position},
  workspace_id bigint not null,
  kind {text} not null,
  subject {text} not null,
  audience {text} not null,
  detail {text} not null
);
create index activity_workspace on activity (workspace_id, position);

-- Decided once, when an event is first read, and kept across every replay: whom a token was believed to name, and why.
create table verdict (
  workspace_id bigint not null,
  event_id bigint not null,
  trust bigint not null,
  reason {text} not null,
  claims {text} not null,
  primary key (workspace_id, event_id)
) {rows};
create table parked (
  workspace_id bigint not null,
  event_id bigint not null,
  name {text} not null,
  error {text} not null,
  tries bigint not null,
  primary key (workspace_id, event_id)
) {rows};

-- Everything below is worked out of the log and can be dropped and replayed.
create table profile (
  workspace_id bigint not null,
  id {text} not null,
  into_id {text},
  kind bigint not null,
  name {text} not null,
  email {text} not null,
  phone {text} not null,
  place {text} not null,
  first_seen_at bigint not null,
  last_seen_at bigint not null,
  doc {text} not null,
  primary key (workspace_id, id)
);
create index profile_recent on profile (workspace_id, last_seen_at, id) where into_id is null;
create index profile_customers on profile (workspace_id, last_seen_at, id) where into_id is null and kind = 1;
create index profile_into on profile (workspace_id, into_id) where into_id is not null;
create table profile_word (
  workspace_id bigint not null,
  word {text} not null,
  profile_id {text} not null,
  primary key (workspace_id, word, profile_id)
) {rows};
-- What names a person. `tier` 0: somebody typed it; 1: vouched for. The same value may stand in both, for two people.
create table identifier (
  workspace_id bigint not null,
  value {text} not null,
  kind {text} not null,
  scope {text} not null,
  tier bigint not null,
  profile_id {text} not null,
  trust bigint not null,
  source {text} not null,
  since bigint not null,
  primary key (workspace_id, value, kind, scope, tier)
) {rows};
create index identifier_profile on identifier (workspace_id, profile_id);
create table merge (
  workspace_id bigint not null,
  id {text} not null,
  from_id {text} not null,
  into_id {text} not null,
  reason {text} not null,
  trust bigint not null,
  event_id bigint not null,
  at bigint not null,
  undone_at bigint,
  primary key (workspace_id, id)
);
create index merge_from on merge (workspace_id, from_id);
create index merge_into on merge (workspace_id, into_id);
create table orders (
  workspace_id bigint not null,
  id {text} not null,
  connector_id {text} not null,
  kind {text} not null,
  number {text} not null,
  db_key {text},
  profile_id {text} not null,
  name {text} not null,
  state {text} not null,
  placed_at bigint not null,
  currency {text} not null,
  amount bigint not null,
  value bigint not null,
  counts bigint not null,
  trust bigint not null,
  has_held bigint not null,
  items bigint not null,
  summary {text} not null,
  doc {text} not null,
  primary key (workspace_id, id)
);
create unique index orders_number on orders (workspace_id, connector_id, kind, number);
create index orders_db_key on orders (workspace_id, connector_id, kind, db_key) where db_key is not null;
create index orders_profile on orders (workspace_id, profile_id, placed_at, id);
create index orders_recent on orders (workspace_id, placed_at, id);
create index orders_state on orders (workspace_id, state, placed_at, id);
create index orders_name on orders (workspace_id, name);
create table shipment (
  workspace_id bigint not null,
  tracking_number {text} not null,
  order_id {text} not null,
  primary key (workspace_id, tracking_number, order_id)
) {rows};
create table event (
  workspace_id bigint not null,
  id bigint not null,
  connector_id {text} not null,
  profile_id {text},
  order_id {text},
  name {text} not null,
  occurred_at bigint not null,
  received_at bigint not null,
  verdict bigint not null,
  trust bigint not null,
  sender {text} not null,
  label {text} not null,
  dedup {text},
  primary key (workspace_id, id)
) {rows};
create unique index event_dedup on event (workspace_id, connector_id, dedup) where dedup is not null;
create index event_profile on event (workspace_id, profile_id, occurred_at, id) where profile_id is not null;
create index event_verdict on event (workspace_id, verdict, id, connector_id) where verdict <> 0;
create index event_order on event (workspace_id, order_id, occurred_at, id) where order_id is not null;
create table tally (
  workspace_id bigint not null,
  connector_id {text} not null,
  minute bigint not null,
  verdict bigint not null,
  count bigint not null,
  primary key (workspace_id, minute, connector_id, verdict)
) {rows};
