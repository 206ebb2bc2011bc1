-- Actions: what the shop can do for somebody, declared once. Forms, conditions and the like are JSON, read by the actions room alone.
create table action (
  workspace_id bigint not null,
  id {text} not null,
  name {text} not null,
  folded {text} not null,
  icon {text} not null,
  description {text} not null,
  subject {text} not null,
  form {text} not null,
  conditions {text} not null,
  roles {text} not null,
  approvers {text} not null,
  money_limit {text} not null,
  target_id {text} not null,
  answer {text} not null,
  position bigint not null,
  is_on bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null,
  primary key (workspace_id, id)
);
create unique index action_name on action (workspace_id, folded);
-- One run for each time somebody took an action. `token`: what whoever asked gave to tell a second asking from a new one.
create table action_run (
  workspace_id bigint not null,
  id {text} not null,
  action_id {text} not null,
  action_name {text} not null,
  icon {text} not null,
  state {text} not null,
  conversation_id {text},
  order_id {text},
  order_name {text} not null,
  profile_id {text},
  input {text} not null,
  shown {text} not null,
  amount bigint,
  currency {text} not null,
  by_kind {text} not null,
  by_id {text} not null,
  by_name {text} not null,
  cause {text} not null,
  why {text} not null,
  token {text},
  call_id {text},
  tries bigint not null,
  decided_kind {text} not null,
  decided_by {text} not null,
  decided_name {text} not null,
  decided_at bigint,
  result {text} not null,
  reason {text} not null,
  created_at bigint not null,
  started_at bigint,
  settled_at bigint,
  primary key (workspace_id, id)
);
create unique index action_run_token on action_run (workspace_id, token) where token is not null;
create index action_run_state on action_run (workspace_id, state, id);
create index action_run_conversation on action_run (workspace_id, conversation_id, id) where conversation_id is not null;
create index action_run_order on action_run (workspace_id, order_id, id) where order_id is not null;
create index action_run_profile on action_run (workspace_id, profile_id, id) where profile_id is not null;
-- The one run of an action that is not over yet for one thing (an order, a conversation, a customer).
create table action_open (
  workspace_id bigint not null,
  action_id {text} not null,
  thing {text} not null,
  run_id {text} not null,
  primary key (workspace_id, action_id, thing)
) {rows};
