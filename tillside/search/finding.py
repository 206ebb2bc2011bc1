"""What a question finds among messages and conversations, the newest first, page by page by the last position seen. Reads only."""

from collections.abc import Sequence

import msgspec
from msgspec import Struct

from tillside.base import words
from tillside.conversations import conversation as conversations
from tillside.conversations import inbox, indexing, message
from tillside.conversations.conversation import Conversation
from tillside.conversations.indexing import Space
from tillside.search import marking, walking
from tillside.search.meaning import Meaning
from tillside.storage.database import Database

MOST_LOOKED_AT = 2_000
"""How many candidates one page may cost; then it says how far it came, and the next goes on from there."""
_MOST_LINKED = 500

_LINKED = f"""
with wanted(id) as {{list:ids}}
select distinct conversation_order.conversation_id from wanted cross join conversation_order
where conversation_order.workspace_id = :w and conversation_order.order_id = wanted.id
order by conversation_order.conversation_id desc limit {_MOST_LINKED}
"""
_OF_ENTRIES = {
    "m": """
with wanted(position) as {ints:positions}
select search_entry.position, message.conversation_id, message.at from wanted cross join search_entry cross join message
where search_entry.position = wanted.position and search_entry.workspace_id = :w and search_entry.space = 'm'
  and message.seq = search_entry.number order by search_entry.position desc limit 500
""",
    "c": """
with wanted(position) as {ints:positions}
select search_entry.position, conversation.id, conversation.created_at from wanted cross join search_entry cross join conversation
where search_entry.position = wanted.position and search_entry.workspace_id = :w and search_entry.space = 'c'
  and conversation.workspace_id = :w and conversation.number = search_entry.number order by search_entry.position desc limit 500
""",
}
_SAID = """
with wanted(position) as {ints:positions}
select search_entry.position, message.id, message.conversation_id, message.kind, message.author_id, message.author_name, message.at,
  message.text
from wanted cross join search_entry cross join message
where search_entry.position = wanted.position and message.seq = search_entry.number order by search_entry.position desc limit 500
"""
_SAID_IN = """
with talk(id) as {list:ids}
select search_entry.position, message.conversation_id, message.kind, message.at, message.text, message.author_name, conversation.source
from talk cross join conversation cross join message cross join search_entry
where conversation.workspace_id = :w and conversation.id = talk.id
  and message.workspace_id = :w and message.conversation_id = talk.id
  and search_entry.workspace_id = :w and search_entry.space = 'm' and search_entry.number = message.seq and search_entry.position <= :high
order by search_entry.position desc limit :count
"""
_NAMED = """
with talk(id) as {list:ids}
select search_entry.position, conversation.id from talk cross join conversation cross join search_entry
where conversation.workspace_id = :w and conversation.id = talk.id
  and search_entry.workspace_id = :w and search_entry.space = 'c' and search_entry.number = conversation.number
order by search_entry.position desc limit 500
"""


class Said(Struct, frozen=True):
    """A message that was found."""

    position: int
    id: str
    conversation_id: str
    kind: message.Kind
    author_id: str
    author_name: str
    at: int
    text: str

    @property
    def is_note(self) -> bool:
        return self.kind == "note"


class Found(Struct, frozen=True):
    """Places in the index. `further`: the position below which the next page begins, None when there is no more;
    `reached`: how far back (µs) was looked, when it was not to the end and the page is not full."""

    positions: list[int]
    further: int | None = None
    reached: int | None = None


Candidate = tuple[int, str, int]
"""Position, conversation, time."""


async def messages(database: Database, workspace_id: int, meaning: Meaning, *, before: int | None = None, count: int = 20) -> Found:
    """Messages and notes that have all the words, of whoever the question names."""
    return await _found(database, workspace_id, indexing.MESSAGES, meaning, before=before, count=count)


async def talks(database: Database, workspace_id: int, meaning: Meaning, *, before: int | None = None, count: int = 20) -> Found:
    """Conversations whose number, subject or customer has all the words, the last begun first."""
    return await _found(database, workspace_id, indexing.CONVERSATIONS, meaning, before=before, count=count)


async def listed(
    database: Database, workspace_id: int, meaning: Meaning, *, after: tuple[int, str] | None = None, count: int = 20
) -> list[Conversation]:
    """Conversations by operators alone, as the inbox lists them: the last written in first."""
    filters = msgspec.structs.replace(meaning.filters, created_from=meaning.since, created_to=meaning.until)
    return await inbox.page(database, workspace_id, filters, after=after, count=count)


async def said(database: Database, positions: Sequence[int]) -> list[Said]:
    """The messages of these places, the newest first."""
    return [Said(*row) for row in await database.read(_SAID, positions=list(positions))]


async def conversations_at(database: Database, workspace_id: int, positions: Sequence[int]) -> list[Conversation]:
    """The conversations of these places, in their order."""
    rows = await database.read(_OF_ENTRIES["c"], w=workspace_id, positions=list(positions))
    known = await conversations.by_ids(database, workspace_id, [row[1] for row in rows])
    return [known[row[1]] for row in rows]


async def _found(database: Database, workspace_id: int, space: Space, meaning: Meaning, *, before: int | None, count: int) -> Found:
    within = await walking.bounds(database, meaning, before=before)
    if meaning.order_ids is not None:
        return await _among_few(database, workspace_id, space, meaning, within, count)
    found: list[int] = []
    looked, last = 0, 0
    async for positions in walking.down(database, workspace_id, space, meaning, within):
        step = walking.AT_ONCE if meaning.is_filtered or meaning.since or meaning.until else count + 10
        for place in range(0, len(positions), step):
            some = positions[place : place + step]
            rows = await database.read(_OF_ENTRIES[space.words], w=workspace_id, positions=some)
            found += await _meant(database, workspace_id, meaning, [(row[0], row[1], row[2]) for row in rows])
            looked, last = looked + len(some), some[-1]
            if len(found) > count:
                return Found(found[:count], found[count - 1])
            if looked >= MOST_LOOKED_AT:
                return Found(found, last, await _time(database, last))
    return Found(found)


async def _meant(database: Database, workspace_id: int, meaning: Meaning, rows: Sequence[Candidate]) -> list[int]:
    """Those of the days asked for, in conversations the operators mean."""
    since, until = meaning.since or 0, meaning.until or walking.NEVER
    timely = [row for row in rows if since <= row[2] < until]
    if not timely:
        return []
    among = await inbox.among(database, workspace_id, meaning.filters, sorted({row[1] for row in timely}))
    return [row[0] for row in timely if row[1] in among]


async def _among_few(database: Database, workspace_id: int, space: Space, meaning: Meaning, within: walking.Bounds, count: int) -> Found:
    """In the conversations linked to an order, which are few: each text is looked at itself."""
    rows = await database.read(_LINKED, w=workspace_id, ids=meaning.order_ids or [])
    ids = [row[0] for row in rows]
    if space is indexing.CONVERSATIONS:
        candidates, is_all = await _of_talks(database, workspace_id, meaning, ids, within), True
    else:
        read = await database.read(_SAID_IN, w=workspace_id, ids=ids, high=within.high, count=MOST_LOOKED_AT)
        is_all = len(read) < MOST_LOOKED_AT
        candidates = [
            (position, talk_id, at)
            for position, talk_id, kind, at, text, author, source in read
            if _has(meaning, message.entry(workspace_id, 0, kind, at, text, author, msgspec.json.decode(source)))
        ]
    found: list[int] = []
    for place in range(0, len(candidates), walking.AT_ONCE):
        found += await _meant(database, workspace_id, meaning, candidates[place : place + walking.AT_ONCE])
        if len(found) > count:
            return Found(found[:count], found[count - 1])
    return Found(found) if is_all else Found(found, read[-1][0], await _time(database, read[-1][0]))


async def _of_talks(database: Database, workspace_id: int, meaning: Meaning, ids: list[str], within: walking.Bounds) -> list[Candidate]:
    known = await conversations.by_ids(database, workspace_id, ids)
    rows = await database.read(_NAMED, w=workspace_id, ids=ids)
    return [
        (position, talk_id, known[talk_id].created_at)
        for position, talk_id in rows
        if position <= within.high and _has(meaning, conversations.entry(known[talk_id]))
    ]


def _has(meaning: Meaning, entry: indexing.Entry) -> bool:
    return marking.fits(meaning.every, words.of(entry.text)[: indexing.MOST_WORDS]) and marking.fits(meaning.who, words.of(entry.who))


async def _time(database: Database, position: int) -> int | None:
    row = await database.one("select at from search_entry where position = :position", position=position)
    return int(row[0]) if row else None
