"""The index built anew from the messages and conversations, in the order of time, and what it should hold.

Positions must rise with time, so nothing may be written meanwhile: the command sees to it that no desk serves.
"""

from collections.abc import AsyncIterator, Callable

import msgspec
from msgspec import Struct

from tillside.conversations import indexing, message
from tillside.conversations.indexing import Entry
from tillside.storage import full_text
from tillside.storage.database import Database, Row, Transaction

_PORTION = 20_000
_TEXT = "search_text"
_NEVER = 2**62
_WORKSPACES = "select id from workspace order by id limit 10000"
_MESSAGES = """
select message.seq, message.workspace_id, message.kind, message.at, message.text, message.author_name, message.state, message.removed_at,
  message.send_at, conversation.source
from message cross join conversation
where message.seq > :last and conversation.workspace_id = message.workspace_id and conversation.id = message.conversation_id
order by message.seq limit :count
"""
_TALKS = """
select created_at, id, number, subject, external_id, source from conversation
where workspace_id = :w and (created_at, id) > (:at, :last) and created_at <= :until order by created_at, id limit :count
"""
_ENTER = "insert into search_entry (workspace_id, space, number, at) values (:w, :space, :number, :at)"
_ENTERED = "select position, workspace_id, space, number from search_entry where position > :last order by position limit :count"
_KEEP = "insert into search_text (rowid, words) values (:position, {words:words})"
_MISSING = """
select (select count(*) from message where kind in ('customer', 'agent', 'note') and state <> 'waiting' and state <> 'cancelled'
  and removed_at is null) + (select count(*) from conversation), (select count(*) from search_entry)
"""


class Standing(Struct, frozen=True):
    """How many there are to be found, how many the index has, and whether it can be asked quickly."""

    there: int
    found: int
    is_ready: bool = True

    @property
    def is_whole(self) -> bool:
        return self.there == self.found and self.is_ready


async def standing(database: Database) -> Standing:
    row = await database.one(_MISSING)
    assert row is not None
    ready = await database.one(full_text.is_ready(database.dialect.name, _TEXT))
    return Standing(int(row[0]), int(row[1]), ready is not None)


async def again(database: Database, *, tell: Callable[[int], None]) -> int:
    """Empty the index and fill it; how many entries it has. `tell` hears of each portion. Raises what the store raises: begin anew then."""
    async with database.write() as tx:
        await tx.run("delete from search_entry")
        await tx.run("delete from search_word")
        for statement in full_text.emptied(database.dialect.name, _TEXT):
            await tx.run(statement)
    count = 0
    async for entries in _in_order(database):
        for place in range(0, len(entries), _PORTION):
            some = entries[place : place + _PORTION]
            async with database.write(urgent=False) as tx:
                await _enter(tx, some)
            count += len(some)
            tell(len(some))
    async with database.write(urgent=False) as tx:
        for statement in full_text.finished(database.dialect.name, _TEXT):
            await tx.run(statement)
    return count


async def _in_order(database: Database) -> AsyncIterator[list[Entry]]:
    """Everything to be found, portion after portion, the oldest first. A message stands by its seq where it was begun, and by its time
    where it went out: what goes out later is held back until then."""
    places = {int(row[0]): (0, "") for row in await database.read(_WORKSPACES)}
    late: list[Entry] = []
    last, clock = 0, 0
    while True:
        rows = await database.read(_MESSAGES, last=last, count=_PORTION)
        is_end = len(rows) < _PORTION
        last = rows[-1][0] if rows else last
        clock = _NEVER if is_end else max([clock, *(row[3] for row in rows if row[8] is None)])
        late += [_said(row) for row in rows if row[2] in message.FOUND and row[6] not in ("waiting", "cancelled") and row[7] is None]
        late += [entry for workspace_id in places for entry in await _talks(database, workspace_id, places, clock)]
        late.sort(key=lambda entry: entry.at)
        ready = [entry for entry in late if entry.at <= clock]
        late = late[len(ready) :]
        yield ready
        if is_end:
            return


async def _talks(database: Database, workspace_id: int, places: dict[int, tuple[int, str]], until: int) -> list[Entry]:
    """The conversations begun since the last time, up to a moment."""
    entries: list[Entry] = []
    while True:
        at, last = places[workspace_id]
        rows = await database.read(_TALKS, w=workspace_id, at=at, last=last, until=until, count=_PORTION)
        for created_at, _, number, subject, external_id, source in rows:
            entries.append(indexing.of_conversation(workspace_id, number, created_at, subject, external_id, msgspec.json.decode(source)))
        if rows:
            places[workspace_id] = (rows[-1][0], rows[-1][1])
        if len(rows) < _PORTION:
            return entries


def _said(row: Row) -> Entry:
    seq, workspace_id, kind, at, text, author, *_, source = row
    return message.entry(workspace_id, seq, kind, at, text, author, msgspec.json.decode(source))


async def _enter(tx: Transaction, entries: list[Entry]) -> None:
    """A portion at once: places first, then the words under them."""
    row = await tx.one("select max(position) from search_entry")
    last = row[0] or 0 if row else 0
    await tx.many(_ENTER, [(one.workspace_id, one.space.words, one.number, one.at) for one in entries])
    known = {(one.workspace_id, one.space.words, one.number): one for one in entries}
    kept: list[tuple[int, str]] = []
    said: dict[int, set[str]] = {}
    for position, *key in await tx.read(_ENTERED, last=last, count=len(entries)):
        entry = known[tuple(key)]
        found, text = indexing.told(tx, position, entry)
        kept.append((position, text))
        said.setdefault(entry.workspace_id, set()).update(found)
    await tx.many(_KEEP, kept)
    for workspace_id, found in said.items():
        await indexing.learn(tx, workspace_id, found)
