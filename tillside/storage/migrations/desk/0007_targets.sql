-- External apps the desk may call. `doc`: everything a shopkeeper sets but the name (targets/target.py); `is_card`, `listens`: what lists of
-- targets are asked for.
create table target (
  workspace_id bigint not null,
  id {text} not null,
  name {text} not null,
  folded {text} not null,
  state {text} not null,
  reason {text} not null,
  is_card bigint not null,
  listens bigint not null,
  doc {text} not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null,
  primary key (workspace_id, id)
);
create unique index target_name on target (workspace_id, folded);
-- What nobody reads again, sealed by the vault. kind: header (by its name in lower case), auth, signing (`name` is the secret's own id;
-- `until_at`: when one that was replaced no longer signs).
create table target_secret (
  workspace_id bigint not null,
  target_id {text} not null,
  kind {text} not null,
  name {text} not null,
  sealed {bytes} not null,
  made_at bigint not null,
  until_at bigint,
  primary key (workspace_id, target_id, kind, name)
);
-- How a target has been doing. `failing_since`: since when nothing but failures, null when the last call went well; `opened_at`: since when
-- its breaker keeps calls back; `probe_at`: when one call may try; `probes`: how many of those failed in a row.
create table target_health (
  workspace_id bigint not null,
  target_id {text} not null,
  failing_since bigint,
  opened_at bigint,
  probe_at bigint,
  probes bigint not null,
  primary key (workspace_id, target_id)
);
-- One row for each call of an external app, written with its cause: queue, claim, outcome and log in one.
-- `position`: the order in which calls were placed. `due_at`: when somebody has to look at it; null once it is settled, and while an
-- earlier call of the same `order_key` is not. `earlier`: attempts made before it was last put in the queue; `answered`: first digit of the
-- last status, 0 for none.
create table call (
  position {position},
  workspace_id bigint not null,
  id {text} not null,
  target_id {text} not null,
  conversation_id {text},
  order_key {text} not null,
  cause_kind {text} not null,
  cause_id {text} not null,
  cause_name {text} not null,
  by_kind {text} not null,
  by_id {text} not null,
  by_name {text} not null,
  run_id {text} not null,
  tries {text} not null,
  state {text} not null,
  due_at bigint,
  holder {text} not null,
  attempts bigint not null,
  earlier bigint not null,
  since bigint not null,
  created_at bigint not null,
  settled_at bigint,
  status bigint not null,
  answered bigint not null,
  reason {text} not null,
  method {text} not null,
  url {text} not null,
  headers {text} not null,
  body {text} not null
);
create unique index call_id on call (workspace_id, id);
create index call_due on call (workspace_id, target_id, due_at, position) where due_at is not null;
create index call_open on call (workspace_id, target_id, order_key, position) where settled_at is null;
create index call_log on call (workspace_id, position);
create index call_created on call (workspace_id, created_at, position);
create index call_target on call (workspace_id, target_id, position);
create index call_conversation on call (workspace_id, conversation_id, position) where conversation_id is not null;
create index call_cause on call (workspace_id, cause_kind, position);
create index call_state on call (workspace_id, state, position) where state <> 'done';
create index call_target_state on call (workspace_id, target_id, state, position) where state <> 'done';
create index call_answered on call (workspace_id, answered, position) where answered <> 2;
create index call_run on call (workspace_id, run_id, position) where run_id <> '';
create index call_settled on call (settled_at) where settled_at is not null;
-- Every try of a call: what was sent (headers; secrets as dots) and what came back.
create table attempt (
  workspace_id bigint not null,
  call_id {text} not null,
  number bigint not null,
  at bigint not null,
  took_ms bigint not null,
  status bigint not null,
  error {text} not null,
  hint {text} not null,
  headers {text} not null,
  answer_headers {text} not null,
  answer_body {text} not null,
  is_cut bigint not null,
  primary key (workspace_id, call_id, number)
);
create index attempt_at on attempt (at, workspace_id, call_id, number);
-- How many calls of a target ended in which way in each hour, and how many answers took how long (`what`: see targets/figures.py).
create table target_hour (
  workspace_id bigint not null,
  target_id {text} not null,
  hour bigint not null,
  what {text} not null,
  count bigint not null,
  primary key (workspace_id, target_id, hour, what)
) {rows};
-- What targets answered that is shown beside a conversation: [[label, value], …]. `reason`: why the last look failed.
create table target_card (
  workspace_id bigint not null,
  conversation_id {text} not null,
  target_id {text} not null,
  facts {text} not null,
  fetched_at bigint,
  tried_at bigint not null,
  reason {text} not null,
  primary key (workspace_id, conversation_id, target_id)
);
