-- What can be found, in the order in which it was said: `space` m and `number` message.seq, or c and conversation.number.
create table search_entry (
  position {position},
  workspace_id bigint not null,
  space {text} not null,
  number bigint not null,
  at bigint not null
);
create unique index search_entry_of on search_entry (workspace_id, space, number);
-- The words of each entry, by its position.
{full_text:search_text}
-- Every word ever said, with the pieces by which a mistyped one is found (base/nearness.py).
create table search_word (
  workspace_id bigint not null,
  word {text} not null,
  piece {text} not null,
  primary key (workspace_id, word, piece)
) {rows};
create index search_word_piece on search_word (workspace_id, piece, word);
