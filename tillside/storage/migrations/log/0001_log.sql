-- One row is one request as it was taken in: a single event or a whole batch, and every change made by an agent or by REST.
-- The position is the order of truth and never given twice. `notes` keeps intake's verdict, so that a replay decides nothing again.
-- `body` may be rewritten when a person is erased; `erased_at` says that it was.
create table entry (
  position {position},
  workspace_id bigint not null,
  connector_id {text} not null,
  kind {text} not null,
  received_at bigint not null,
  sender {text} not null,
  trust bigint not null,
  wire {text} not null,
  notes {text},
  size bigint not null,
  packing bigint not null,
  body {bytes} not null,
  erased_at bigint
);
create index entry_refused on entry (received_at) where kind = 'refused';
