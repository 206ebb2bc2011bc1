"""The story of a person in readable order: newest first, page by page, with the looking around of one visit folded into one line."""

from typing import Literal

from msgspec import Struct

from tillside.customers import timeline
from tillside.customers.timeline import EventLine
from tillside.storage.database import Database

Part = Literal["all", "orders", "visits"]

LOOKING = frozenset({"page_view", "view_product", "view_category", "view_article", "view_cart", "search"})
"""Events that only say somebody looked at something."""

_PARTS = {"all": "", "orders": " and order_id is not null", "visits": " and order_id is null and name in {list:looking}"}
_READ = f"""
with wanted(profile) as {{list:ids}},
told as materialized (
  select {timeline.COLUMNS} from wanted cross join event
  where event.workspace_id = :workspace_id and event.profile_id = wanted.profile and (occurred_at, id) < (:at, :id){{part}}
)
select {timeline.COLUMNS} from told order by occurred_at desc, id desc limit :count
"""
_NEW = """
with wanted(profile) as {list:ids}
select count(*) from (
  select event.id from wanted cross join event
  where event.workspace_id = :workspace_id and event.profile_id = wanted.profile and event.id + 0 > :id limit 100
) fresh
"""
_LATEST = """
with wanted(profile) as {list:ids}
select max(event.id) from wanted cross join event where event.workspace_id = :workspace_id and event.profile_id = wanted.profile
"""
_FIRST = """
select order_id, min(id) from event where workspace_id = :workspace_id and order_id in {list:ids} group by order_id order by order_id
"""


class Moment(Struct, frozen=True):
    """One line of the story: an event, or a visit with everything looked at in it, newest first."""

    lines: list[EventLine]

    @property
    def line(self) -> EventLine:
        return self.lines[0]

    @property
    def is_visit(self) -> bool:
        return self.line.name in LOOKING

    @property
    def at(self) -> int:
        """When it began: a visit stands at its first page."""
        return self.lines[-1].occurred_at

    @property
    def span(self) -> int:
        """µs from the first to the last of it."""
        return self.lines[0].occurred_at - self.lines[-1].occurred_at


async def read(
    database: Database,
    workspace_id: int,
    profile_ids: list[str],
    *,
    part: Part = "all",
    before: tuple[int, int] | None = None,
    count: int = 100,
) -> list[EventLine]:
    """The newest lines of a group of profiles, before (occurred_at, id) when given."""
    at, event_id = before or (2**62, 2**62)
    given = {"looking": sorted(LOOKING)} if part == "visits" else {}
    sql = _READ.replace("{part}", _PARTS[part])
    rows = await database.read(sql, workspace_id=workspace_id, ids=profile_ids, at=at, id=event_id, count=count, **given)
    return [EventLine.from_row(row) for row in rows]


async def new(database: Database, workspace_id: int, profile_ids: list[str], event_id: int) -> int:
    """How much was taken in for these profiles after an event; counted to a hundred."""
    row = await database.one(_NEW, workspace_id=workspace_id, ids=profile_ids, id=event_id)
    return int(row[0]) if row else 0


async def latest(database: Database, workspace_id: int, profile_ids: list[str]) -> int:
    """The newest event taken in for these profiles; 0 when there is none."""
    row = await database.one(_LATEST, workspace_id=workspace_id, ids=profile_ids)
    return int(row[0] or 0) if row else 0


async def received(database: Database, workspace_id: int, ids: list[int]) -> dict[int, int]:
    """Event → when it arrived."""
    sql = "select id, received_at from event where workspace_id = :workspace_id and id in {ints:ids} order by id limit 500"
    return {row[0]: row[1] for row in await database.read(sql, workspace_id=workspace_id, ids=sorted(set(ids)))}


async def firsts(database: Database, workspace_id: int, order_ids: list[str]) -> dict[str, int]:
    """Order → the first event that spoke of it."""
    return {row[0]: int(row[1]) for row in await database.read(_FIRST, workspace_id=workspace_id, ids=sorted(set(order_ids)))}


def fold(lines: list[EventLine]) -> list[Moment]:
    """Lines as moments. Neighbours that only look around in one session (on one day, where no session is named) are one visit."""
    moments: list[Moment] = []
    for line in lines:
        last = moments[-1] if moments else None
        if last is not None and last.is_visit and line.name in LOOKING and _same_visit(last.lines[-1], line):
            last.lines.append(line)
        else:
            moments.append(Moment([line]))
    return moments


_GAP = 30 * 60_000_000


def _same_visit(later: EventLine, earlier: EventLine) -> bool:
    return later.label.session == earlier.label.session and later.occurred_at - earlier.occurred_at <= _GAP
