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
-- What there is to look at already.
insert into target_alert (workspace_id, target_id, kind, since, from_at, done_at, done_by)
select workspace_id, target_id, 'given_up', min(settled_at), min(settled_at), null, '' from call
where state = 'dead' and state <> 'done' and cause_kind <> 'test' and settled_at is not null
  and exists (select 1 from target where target.workspace_id = call.workspace_id and target.id = call.target_id and target.state <> 'removed')
group by workspace_id, target_id;
insert into target_alert (workspace_id, target_id, kind, since, from_at, done_at, done_by)
select workspace_id, id, 'disabled', updated_at, updated_at, null, '' from target where state = 'disabled';
