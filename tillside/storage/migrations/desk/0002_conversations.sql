-- When a change happened, for the change feed; rows older than this column stand at 0 and are not told there.
alter table activity add column at bigint not null default 0;
-- What a REST key may do: words such as `tickets:read`, or * for everything.
alter table rest_key add column scopes {text} not null default '*';
-- Whether an operator's comment written through REST also goes out to the customer.
alter table connector add column sends_comments bigint not null default 0;
alter table agent add column signature {text} not null default '';

-- Who works together, and who is there.
create table team (
  workspace_id bigint not null,
  id {text} not null,
  name {text} not null,
  folded {text} not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (workspace_id, id)
);
create unique index team_folded on team (workspace_id, folded);
create table team_member (
  workspace_id bigint not null,
  team_id {text} not null,
  agent_id {text} not null,
  primary key (workspace_id, team_id, agent_id)
) {rows};
create index team_member_agent on team_member (workspace_id, agent_id, team_id);
create table presence (
  workspace_id bigint not null,
  agent_id {text} not null,
  state {text} not null,
  until bigint,
  seen_at bigint not null,
  primary key (workspace_id, agent_id)
) {rows};

-- Words for conversations.
create table tag (
  workspace_id bigint not null,
  id {text} not null,
  name {text} not null,
  folded {text} not null,
  color {text} not null,
  description {text} not null,
  archived_at bigint,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (workspace_id, id)
);
create unique index tag_folded on tag (workspace_id, folded);
create table field (
  workspace_id bigint not null,
  id {text} not null,
  subject {text} not null,
  key {text} not null,
  name {text} not null,
  format {text} not null,
  choices {text} not null,
  position bigint not null,
  archived_at bigint,
  primary key (workspace_id, id)
);
create unique index field_key on field (workspace_id, subject, key);
create table channel (
  workspace_id bigint not null,
  id {text} not null,
  connector_id {text} not null,
  type {text} not null,
  name {text} not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (workspace_id, id)
);
create unique index channel_type on channel (workspace_id, connector_id, type);

-- Numbers given once, in order: of conversations, per workspace.
create table counter (
  workspace_id bigint not null,
  name {text} not null,
  value bigint not null,
  primary key (workspace_id, name)
) {rows};

-- Conversations are facts of their own: no replay of the log touches what stands below.
create table conversation (
  workspace_id bigint not null,
  id {text} not null,
  number bigint not null,
  external_id {text},
  subject {text} not null,
  state {text} not null,
  before_trash {text} not null,
  priority bigint not null,
  channel {text} not null,
  source {text} not null,
  profile_id {text},
  connector_id {text} not null,
  assignee_id {text} not null,
  team_id {text} not null,
  snoozed_until bigint,
  created_at bigint not null,
  updated_at bigint not null,
  closed_at bigint,
  first_closed_at bigint,
  first_response_at bigint,
  waiting_since bigint,
  last_message_at bigint,
  last_line {text} not null,
  last_by {text} not null,
  newest_at bigint not null,
  messages bigint not null,
  notes bigint not null,
  rating bigint,
  rating_comment {text} not null,
  rating_asked_at bigint,
  rated_at bigint,
  fields {text} not null,
  merged_into {text},
  sort_at bigint not null,
  version bigint not null,
  primary key (workspace_id, id)
);
create unique index conversation_number on conversation (workspace_id, number);
create unique index conversation_external on conversation (workspace_id, external_id) where external_id is not null;
create index conversation_state on conversation (workspace_id, state, sort_at, id);
create index conversation_assignee on conversation (workspace_id, assignee_id, state, sort_at, id);
create index conversation_team on conversation (workspace_id, team_id, state, sort_at, id);
create index conversation_channel on conversation (workspace_id, channel, state, sort_at, id);
create index conversation_profile on conversation (workspace_id, profile_id, sort_at, id) where profile_id is not null;
create index conversation_waiting on conversation (workspace_id, state, waiting_since, id) where waiting_since is not null;
create index conversation_created on conversation (workspace_id, created_at, id);
create index conversation_updated on conversation (workspace_id, updated_at, id);
create index conversation_closed on conversation (workspace_id, closed_at) where closed_at is not null;
create index conversation_first_closed on conversation (workspace_id, first_closed_at) where first_closed_at is not null;
create index conversation_answered on conversation (workspace_id, first_response_at) where first_response_at is not null;
create index conversation_rated on conversation (workspace_id, rated_at) where rated_at is not null;
create index conversation_asked on conversation (workspace_id, rating_asked_at) where rating_asked_at is not null;
create index conversation_due on conversation (snoozed_until, workspace_id, id) where state = 'snoozed' and snoozed_until > 0;
create index conversation_merged on conversation (workspace_id, merged_into) where merged_into is not null;

-- `state` and `sort_at` repeat the conversation's, so that a tag's list is one walk along one index; `given` is how the tag was named.
create table conversation_tag (
  workspace_id bigint not null,
  conversation_id {text} not null,
  tag_id {text} not null,
  state {text} not null,
  sort_at bigint not null,
  given {text} not null,
  at bigint not null,
  primary key (workspace_id, conversation_id, tag_id)
) {rows};
create index conversation_tag_list on conversation_tag (workspace_id, tag_id, state, sort_at, conversation_id);
create table conversation_order (
  workspace_id bigint not null,
  conversation_id {text} not null,
  order_id {text} not null,
  at bigint not null,
  primary key (workspace_id, conversation_id, order_id)
) {rows};
create index conversation_order_order on conversation_order (workspace_id, order_id, conversation_id);
-- Every conversation stands in exactly one of these sums.
create table conversation_count (
  workspace_id bigint not null,
  state {text} not null,
  assignee_id {text} not null,
  team_id {text} not null,
  channel {text} not null,
  count bigint not null,
  primary key (workspace_id, state, assignee_id, team_id, channel)
) {rows};

create table message (
  seq {position},
  workspace_id bigint not null,
  id {text} not null,
  conversation_id {text} not null,
  kind {text} not null,
  author_kind {text} not null,
  author_id {text} not null,
  author_name {text} not null,
  at bigint not null,
  text {text} not null,
  html {text} not null,
  via {text} not null,
  external_id {text},
  source {text} not null,
  state {text} not null,
  reason {text} not null,
  delivers bigint not null,
  send_at bigint,
  unless_answered bigint not null,
  orders {text} not null,
  edited_at bigint,
  removed_at bigint,
  moved_from {text}
);
create unique index message_id on message (workspace_id, id);
create unique index message_at on message (workspace_id, conversation_id, at);
create index message_external on message (workspace_id, external_id) where external_id is not null;
create index message_due on message (send_at, workspace_id, id) where state = 'waiting';
create index message_waiting on message (workspace_id, author_id, conversation_id) where state = 'waiting';
create table attachment (
  workspace_id bigint not null,
  id {text} not null,
  conversation_id {text},
  message_id {text},
  name {text} not null,
  media_type {text} not null,
  bytes bigint not null,
  digest {text} not null,
  width bigint,
  height bigint,
  url {text} not null,
  at bigint not null,
  by_kind {text} not null,
  by_id {text} not null,
  primary key (workspace_id, id)
);
create index attachment_message on attachment (workspace_id, message_id, id) where message_id is not null;
create index attachment_loose on attachment (at, workspace_id, id) where message_id is null;

-- People around a conversation: those outside who take part, agents who follow it, agents a note names, and what somebody is writing.
create table participant (
  workspace_id bigint not null,
  conversation_id {text} not null,
  address {text} not null,
  name {text} not null,
  role {text} not null,
  profile_id {text},
  at bigint not null,
  primary key (workspace_id, conversation_id, address)
) {rows};
create table follower_of_conversation (
  workspace_id bigint not null,
  conversation_id {text} not null,
  agent_id {text} not null,
  at bigint not null,
  primary key (workspace_id, conversation_id, agent_id)
) {rows};
create index follower_of_conversation_agent on follower_of_conversation (workspace_id, agent_id, at, conversation_id);
create table mention (
  workspace_id bigint not null,
  agent_id {text} not null,
  message_id {text} not null,
  conversation_id {text} not null,
  at bigint not null,
  done_at bigint,
  primary key (workspace_id, agent_id, message_id)
) {rows};
create index mention_open on mention (workspace_id, agent_id, at, message_id) where done_at is null;
create table draft (
  workspace_id bigint not null,
  conversation_id {text} not null,
  agent_id {text} not null,
  mode {text} not null,
  html {text} not null,
  updated_at bigint not null,
  primary key (workspace_id, conversation_id, agent_id)
);
create index draft_agent on draft (workspace_id, agent_id, updated_at, conversation_id);

-- What an agent keeps: lists, and answers written once. An empty owner means everybody's.
create table saved_view (
  workspace_id bigint not null,
  id {text} not null,
  owner_id {text} not null,
  name {text} not null,
  filters {text} not null,
  sort {text} not null,
  position bigint not null,
  created_at bigint not null,
  primary key (workspace_id, id)
);
create index saved_view_owner on saved_view (workspace_id, owner_id, position, id);
create table macro (
  workspace_id bigint not null,
  id {text} not null,
  owner_id {text} not null,
  name {text} not null,
  folded {text} not null,
  subject {text} not null,
  html {text} not null,
  tags {text} not null,
  uses bigint not null,
  created_at bigint not null,
  updated_at bigint not null,
  primary key (workspace_id, id)
);
create unique index macro_name on macro (workspace_id, owner_id, folded);

-- What was done to a conversation, by whom, and what takes it back.
create table trail (
  workspace_id bigint not null,
  id {text} not null,
  conversation_id {text} not null,
  at bigint not null,
  kind {text} not null,
  actor_kind {text} not null,
  actor_id {text} not null,
  actor_name {text} not null,
  detail {text} not null,
  undo {text} not null,
  undone_at bigint,
  primary key (workspace_id, id)
);
create index trail_conversation on trail (workspace_id, conversation_id, at, id);
create index trail_actor on trail (workspace_id, actor_id, at, id);
create table merged (
  workspace_id bigint not null,
  id {text} not null,
  from_id {text} not null,
  into_id {text} not null,
  at bigint not null,
  by_id {text} not null,
  detail {text} not null,
  undone_at bigint,
  primary key (workspace_id, id)
);
create index merged_from on merged (workspace_id, from_id);
create index merged_into_index on merged (workspace_id, into_id);
create table job (
  workspace_id bigint not null,
  id {text} not null,
  kind {text} not null,
  by_id {text} not null,
  by_name {text} not null,
  request {text} not null,
  total bigint not null,
  done bigint not null,
  failed bigint not null,
  state {text} not null,
  at bigint not null,
  ended_at bigint,
  primary key (workspace_id, id)
);
create index job_state on job (state, at, workspace_id, id) where ended_at is null;
