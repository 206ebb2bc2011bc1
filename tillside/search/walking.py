"""Down the index from the newest entry to the oldest, stretch by stretch: positions that have the words asked for.

1. The newest stretch is asked alone. A word many people say fills a page from it, at the cost of one stretch.
2. As long as little is found, more stretches are asked at once: a word said twice in five million messages takes a dozen questions. Where
   what is found is looked through for something else (`Meaning.is_filtered`), as many are asked as make up one portion.
"""

from collections.abc import AsyncIterator

from msgspec import Struct

from tillside.base import stamps
from tillside.conversations import indexing
from tillside.conversations.indexing import Space
from tillside.search.meaning import Meaning
from tillside.storage import full_text
from tillside.storage.database import Database
from tillside.storage.full_text import Every

AT_ONCE = 500
_FEW = 100
_MOST_STRETCHES = 64
_MOST_TERMS = 1_024
_ENDS = "select (select min(position) from search_entry), (select max(position) from search_entry)"
_NEXT = "select position, at from search_entry where position >= :position order by position limit 1"
_HITS = "select rowid from {hits:search_text:question} found where rowid < :before order by rowid desc limit :count"
NEVER = 2**62


class Bounds(Struct, frozen=True):
    """Positions to look at, both inclusive; none when `high` is below `low`."""

    low: int
    high: int


async def bounds(database: Database, meaning: Meaning, *, before: int | None) -> Bounds:
    """Where the walk begins and ends: below the last position seen, and within the days asked for, with an hour to spare."""
    row = await database.one(_ENDS)
    if row is None or row[0] is None:
        return Bounds(1, 0)
    low, high = row
    if meaning.since is not None:
        low = await _at(database, meaning.since - stamps.HOUR, low, high)
    if meaning.until is not None:
        high = await _at(database, meaning.until + stamps.HOUR, low, high)
    return Bounds(low, min(high, high if before is None else before - 1))


async def _at(database: Database, at: int, low: int, high: int) -> int:
    """The first position entered at a moment or later, by halving: positions rise with time."""
    while low < high:
        middle = (low + high) // 2
        row = await database.one(_NEXT, position=middle)
        if row is None or row[1] >= at:
            high = middle
        else:
            low = row[0] + 1
    return low


async def down(database: Database, workspace_id: int, space: Space, meaning: Meaning, within: Bounds) -> AsyncIterator[list[int]]:
    """Positions with these words, the highest first, in portions."""
    terms = sum(len(spellings) for spellings in (*meaning.every, *meaning.who))
    stretch, width = within.high // indexing.STRETCH, 1
    while stretch >= within.low // indexing.STRETCH and within.high >= within.low:
        last = max(stretch - width + 1, within.low // indexing.STRETCH)
        ways = [_way(workspace_id, space, meaning, one) for one in range(stretch, last - 1, -1)]
        question, before, found = full_text.question(database.dialect.name, ways), within.high + 1, 0
        while True:
            rows = await database.read(_HITS, question=question, before=before, count=AT_ONCE)
            found += len(rows)
            if positions := [row[0] for row in rows if row[0] >= within.low]:
                before = positions[-1]
                yield positions
            if len(rows) < AT_ONCE or len(positions) < AT_ONCE:
                break
        stretch = last - 1
        enough = AT_ONCE if meaning.is_filtered else _FEW
        wider = 1 if found > enough else max(1, min(width * 4, width * enough // max(found, 1)))
        width = min(wider, _MOST_STRETCHES, max(1, _MOST_TERMS // max(terms, 1)))


def _way(workspace_id: int, space: Space, meaning: Meaning, stretch: int) -> Every:
    """What one stretch is asked."""
    said = [[indexing.within(space.words, workspace_id, stretch, one) for one in spellings] for spellings in meaning.every]
    who = [[indexing.within(space.who, workspace_id, stretch, one) for one in spellings] for spellings in meaning.who]
    return [*said, *who]
