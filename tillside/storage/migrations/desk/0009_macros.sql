-- A macro is a text with steps: what it does beside answering. The tags it put on become its first step; the column tags is left behind.
alter table macro add column team_id {text} not null default '';
alter table macro add column by_id {text} not null default '';
alter table macro add column by_name {text} not null default '';
alter table macro add column steps {text} not null default '[]';
alter table macro add column used_at bigint;
update macro set steps = '[{"do":"tag","add":' || tags || '}]' where tags <> '[]';
drop index macro_name;
create unique index macro_name on macro (workspace_id, owner_id, team_id, folded);

-- How often a macro was taken, day by day.
create table macro_day (
  workspace_id bigint not null,
  macro_id {text} not null,
  day bigint not null,
  uses bigint not null,
  primary key (workspace_id, macro_id, day)
) {rows};

-- What is carried out when a waiting reply has left, since it cannot be taken back: a note, an action, a call. The row is the queue, and gone when it is done.
create table planned (
  workspace_id bigint not null,
  message_id {text} not null,
  conversation_id {text} not null,
  steps {text} not null,
  cause {text} not null,
  by_kind {text} not null,
  by_id {text} not null,
  by_name {text} not null,
  at bigint not null,
  primary key (workspace_id, message_id)
);
create index planned_at on planned (at, workspace_id, message_id);
