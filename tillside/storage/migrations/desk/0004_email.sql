-- Replies that leave the house: one row for each, written with the reply. `due_at`: when somebody has to look at it again, null once it is
-- settled. `holder`: who is carrying it at this moment. `letter_id`: the name the far side knows it by (a Message-ID), the same however
-- often it is tried, and what an answer will refer to. `since`: since when it is tried.
create table delivery (
  workspace_id bigint not null,
  message_id {text} not null,
  channel {text} not null,
  state {text} not null,
  due_at bigint,
  holder {text} not null,
  attempts bigint not null,
  letter_id {text},
  reason {text} not null,
  since bigint not null,
  settled_at bigint,
  primary key (workspace_id, message_id)
);
create index delivery_due on delivery (due_at, workspace_id, message_id) where due_at is not null;
create index delivery_letter on delivery (workspace_id, letter_id) where letter_id is not null;
create index delivery_state on delivery (state, settled_at);
