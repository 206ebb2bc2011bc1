-- The messenger of a connector, and the browsers that wrote in it.
create table messenger (
  workspace_id bigint not null,
  connector_id {text} not null,
  enabled bigint not null,
  doc {text} not null,
  updated_at bigint not null,
  primary key (workspace_id, connector_id)
);
-- One browser, by a token it alone holds. `trust`: how far whoever sits there is known, by `proof` (the digest of an identity token,
-- or "code"), until `trust_until`.
create table visitor (
  workspace_id bigint not null,
  id {text} not null,
  connector_id {text} not null,
  token_hash {bytes} not null unique,
  device {text} not null,
  profile_id {text},
  name {text} not null,
  email {text} not null,
  trust bigint not null,
  proof {text} not null,
  trust_until bigint,
  created_at bigint not null,
  seen_at bigint not null,
  ended_at bigint,
  primary key (workspace_id, id)
);
create index visitor_old on visitor (seen_at, workspace_id, id);
-- Which conversations a browser began, and how far its person was known then: nobody inherits what a stranger wrote in their name.
create table visitor_conversation (
  workspace_id bigint not null,
  conversation_id {text} not null,
  visitor_id {text} not null,
  trust bigint not null,
  at bigint not null,
  primary key (workspace_id, conversation_id, visitor_id)
) {rows};
create index visitor_conversation_visitor on visitor_conversation (workspace_id, visitor_id, at, conversation_id);
-- Up to when each side has read a conversation: `shop` or `shopper`.
create table reading (
  workspace_id bigint not null,
  conversation_id {text} not null,
  side {text} not null,
  at bigint not null,
  primary key (workspace_id, conversation_id, side)
) {rows};
-- One-time codes, and their way to the address. `sealed` is emptied once the letter left.
create table one_time_code (
  workspace_id bigint not null,
  id {text} not null,
  visitor_id {text} not null,
  email {text} not null,
  digest {bytes} not null,
  sealed {bytes},
  created_at bigint not null,
  expires_at bigint not null,
  tries bigint not null,
  used_at bigint,
  state {text} not null,
  due_at bigint,
  attempts bigint not null,
  last_error {text} not null,
  primary key (workspace_id, id)
);
create index one_time_code_visitor on one_time_code (workspace_id, visitor_id, email, created_at);
create index one_time_code_email on one_time_code (workspace_id, email, created_at);
create index one_time_code_due on one_time_code (due_at, workspace_id, id) where due_at is not null;
