-- What the desk does by itself. `list` and `position`: its place in one of the ordered lists; `kinds`: the kinds of its triggers, parted by
-- spaces; `live_since`: null while paused, else the moment from which on it looks at what happens; `terms`: when, if and do.
create table rule (
  workspace_id bigint not null,
  id {text} not null,
  list {text} not null,
  name {text} not null,
  position bigint not null,
  live_since bigint,
  kinds {text} not null,
  terms {text} not null,
  runs bigint not null,
  last_run_at bigint,
  created_at bigint not null,
  updated_at bigint not null,
  version bigint not null,
  primary key (workspace_id, id)
);
create index rule_list on rule (workspace_id, list, position, id);
-- Each time a rule matched and was to do something. `outcome`: applied, failed, or why it was held back (often, deep, full); `chain`: rules
-- whose doings led here, this one last.
create table rule_run (
  workspace_id bigint not null,
  id {text} not null,
  rule_id {text} not null,
  conversation_id {text} not null,
  at bigint not null,
  outcome {text} not null,
  chain {text} not null,
  primary key (workspace_id, id)
);
create index rule_run_conversation on rule_run (workspace_id, conversation_id, rule_id, at, id);
create index rule_run_rule on rule_run (workspace_id, rule_id, at, id);
create index rule_run_at on rule_run (at);
-- What waits for its time: one row for each rule, conversation and occurrence, kept for a while afterwards so that none comes twice.
-- `due_at`: null once it is over; `state`: waiting, done, dropped (it did not apply any more), failed.
create table rule_timer (
  workspace_id bigint not null,
  rule_id {text} not null,
  conversation_id {text} not null,
  occurrence {text} not null,
  kind {text} not null,
  due_at bigint,
  state {text} not null,
  chain {text} not null,
  attempts bigint not null,
  armed_at bigint not null,
  settled_at bigint,
  primary key (workspace_id, conversation_id, occurrence, rule_id)
);
create index rule_timer_due on rule_timer (due_at, workspace_id, conversation_id, occurrence) where due_at is not null;
create index rule_timer_settled on rule_timer (settled_at) where settled_at is not null;
-- Who was given something last, of a team or ("") of everybody: where round robin goes on.
create table rule_turn (
  workspace_id bigint not null,
  team_id {text} not null,
  agent_id {text} not null,
  primary key (workspace_id, team_id)
) {rows};
-- Whom conversations go to by themselves, and when somebody is there.
create table assignment (
  workspace_id bigint not null,
  doc {text} not null,
  updated_at bigint not null,
  primary key (workspace_id)
);
create table business_hours (
  workspace_id bigint not null,
  doc {text} not null,
  updated_at bigint not null,
  primary key (workspace_id)
);
