-- What somebody who manages targets has to look at, one row for each target and kind (targets/alerts.py). `since`: when this occasion
-- began; `from_at`: from when it is shown; `done_at`: when it was dealt with, by itself or by `done_by`.
create table target_alert (
  workspace_id bigint not null,
  target_id {text} not null,
  kind {text} not null,
  since bigint not null,
  from_at bigint not null,
  done_at bigint,
  done_by {text} not null,
  primary key (workspace_id, target_id, kind)
);
create index target_alert_open on target_alert (workspace_id, from_at) where done_at is null;
-- How many answers in a row refused our credentials.
alter table target_health add column refused bigint not null default 0;
