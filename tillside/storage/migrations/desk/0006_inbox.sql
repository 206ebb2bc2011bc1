-- Who has a conversation open at this moment, who writes in it, and up to when each agent has read it.
create table company (
  workspace_id bigint not null,
  conversation_id {text} not null,
  agent_id {text} not null,
  doing {text} not null,
  at bigint not null,
  read_at bigint not null,
  primary key (workspace_id, conversation_id, agent_id)
) {rows};
-- Who waits longest stands first and who does not wait stands last: the number is the one conversations/inbox.py sorts by.
create index conversation_wait on conversation (workspace_id, state, coalesce(waiting_since, 4611686018427387903), id);
create index conversation_wait_assignee on conversation (workspace_id, assignee_id, state, coalesce(waiting_since, 4611686018427387903), id);
create index conversation_wait_team on conversation (workspace_id, team_id, state, coalesce(waiting_since, 4611686018427387903), id);
create index company_agent on company (workspace_id, agent_id, conversation_id) where doing <> '';
-- What a change of many at once did, one by one, so that all of it can be taken back.
create table job_step (
  workspace_id bigint not null,
  job_id {text} not null,
  place bigint not null,
  step_id {text} not null,
  primary key (workspace_id, job_id, place)
) {rows};
