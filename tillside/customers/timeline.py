"""The story of a customer, line by line: one row for each event taken in. The same rows are what the event inspector lists."""

from typing import Any, Literal, NamedTuple

import msgspec
from msgspec import Struct

from tillside.storage.database import Database, Row, Transaction

COLUMNS = "workspace_id, id, connector_id, profile_id, order_id, name, occurred_at, received_at, verdict, trust, sender, label, dedup"
_INSERT = """
insert into event (workspace_id, id, connector_id, profile_id, order_id, name, occurred_at, received_at, verdict, trust, sender, label, dedup)
values (:workspace_id, :id, :connector_id, :profile_id, :order_id, :name, :occurred_at, :received_at, :verdict, :trust, :sender, :label,
  :dedup)
"""
_TALLY = """
insert into tally (workspace_id, connector_id, minute, verdict, count) values (:workspace_id, :connector_id, :minute, :verdict, :count)
on conflict (workspace_id, minute, connector_id, verdict) do update set count = tally.count + excluded.count
"""
_SAME = """
with wanted(dedup) as {list:keys}
select event.dedup, event.id, event.occurred_at from wanted cross join event
where event.workspace_id = :workspace_id and event.connector_id = :connector_id and event.dedup = wanted.dedup
"""
"""`=` lets SQLite take the index of keys that are there; to `in` it would answer by reading every event."""
_FREE = "update event set dedup = null where workspace_id = :workspace_id and id = :id"

ACCEPTED, CORRECTED, REFUSED, PARKED = range(4)
WORDS: tuple[Literal["accepted", "corrected", "refused", "parked"], ...] = ("accepted", "corrected", "refused", "parked")


class Label(Struct, frozen=True, omit_defaults=True):
    """What a list shows of an event without opening it. `note`: the first thing corrected or refused; `more`: how many others;
    `identity`: why a token was not believed; `who`: how the sender named the person."""

    title: str = ""
    url: str = ""
    status: str = ""
    session: str = ""
    note: str = ""
    more: int = 0
    identity: str = ""
    who: str = ""

    def text(self) -> str:
        """As it is stored."""
        return _ENCODE(self).decode()

    @classmethod
    def of(cls, text: str) -> "Label":
        return _DECODE(text)


class LineRow(NamedTuple):
    """One line as it is stored: the columns in their order. `label` is the text of a Label."""

    workspace_id: int
    id: int
    connector_id: str
    profile_id: str | None
    order_id: str | None
    name: str
    occurred_at: int
    received_at: int
    verdict: int
    trust: int
    sender: str
    label: str
    dedup: str | None = None


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder(Label).decode


class EventLine(Struct, frozen=True):
    """One event as lists show it; `trust` is the level its person was known at."""

    workspace_id: int
    id: int
    connector_id: str
    profile_id: str | None
    order_id: str | None
    name: str
    occurred_at: int
    received_at: int
    verdict: int
    trust: int
    sender: str
    label: Label
    dedup: str | None = None

    @property
    def position(self) -> int:
        """The log entry it came in."""
        return self.id // 1024

    @property
    def index(self) -> int:
        """Its place in that entry's batch."""
        return self.id % 1024

    @property
    def word(self) -> str:
        return WORDS[self.verdict]

    @classmethod
    def from_row(cls, row: Row) -> "EventLine":
        *plain, label, dedup = row
        values: tuple[Any, ...] = (*plain, _DECODE(label), dedup)
        return cls(*values)

    def row(self) -> LineRow:
        return LineRow(
            self.workspace_id,
            self.id,
            self.connector_id,
            self.profile_id,
            self.order_id,
            self.name,
            self.occurred_at,
            self.received_at,
            self.verdict,
            self.trust,
            self.sender,
            self.label.text(),
            self.dedup,
        )


async def same(tx: Transaction, workspace_id: int, connector_id: str, keys: list[str]) -> dict[str, tuple[int, int]]:
    """Which of these duplicate keys are taken: key → (event id, when it occurred)."""
    rows = await tx.read(_SAME, workspace_id=workspace_id, connector_id=connector_id, keys=keys)
    return {key: (event_id, occurred_at) for key, event_id, occurred_at in rows}


async def write(tx: Transaction, lines: list[LineRow], tallies: dict[tuple[int, str, int, int], int], freed: list[tuple[int, int]]) -> None:
    """Add lines; count them by (workspace, connector, minute, verdict); free the duplicate keys of events older than a minute."""
    await tx.many(_FREE, freed)
    await tx.many(_INSERT, lines)
    await tx.many(_TALLY, [(*key, count) for key, count in sorted(tallies.items())])


async def of_order(database: Database, workspace_id: int, order_id: str, *, count: int = 200) -> list[EventLine]:
    """Everything said about an order, newest first."""
    rows = await database.read(
        f"select {COLUMNS} from event where workspace_id = :workspace_id and order_id = :order_id"
        " order by occurred_at desc, id desc limit :count",
        workspace_id=workspace_id,
        order_id=order_id,
        count=count,
    )
    return [EventLine.from_row(row) for row in rows]


_OF_EVENT = ", ".join(f"event.{name}" for name in COLUMNS.split(", "))
_LATELY = 20_000 * 1024
"""How far back, in event ids, lines are searched word by word: the last 20,000 entries of the log. No index serves that."""
_SAID = f"""
profiles(id) as {{list:profile_ids}},
orders_meant(id) as {{list:order_ids}},
meant(id) as (
  select event.id from profiles cross join event where event.workspace_id = :workspace_id and event.profile_id = profiles.id
  union
  select event.id from orders_meant cross join event where event.workspace_id = :workspace_id and event.order_id = orders_meant.id
  union
  select id from event
  where workspace_id = :workspace_id and id > (select coalesce(max(id), 0) - {_LATELY} from event where workspace_id = :workspace_id)
    and (name = :name or (profile_id is null and lower(label) like :like escape '!'))
)
"""
"""Each way a search can mean an event by an index of its own; `cross join` keeps SQLite from walking the other way round."""


class Sieve(Struct, frozen=True):
    """What the inspector is filtered by; empty means everything. `said` is what people typed: it means the profiles and orders found
    for it, and among the latest events those of that name, and those of nobody whose line speaks of it."""

    connector_id: str = ""
    verdict: int | None = None
    said: str = ""
    profile_ids: list[str] = []
    order_ids: list[str] = []


async def stream(
    database: Database, workspace_id: int, sieve: Sieve, *, before: int = 2**62, after: int = 0, count: int = 60
) -> list[EventLine]:
    """The inspector's lines in order of arrival: newest first before an id, or (when `after` is given) oldest first after one."""
    sql = _sql(sieve, f"order by event.id {'asc' if after else 'desc'} limit :count")
    rows = await database.read(sql, workspace_id=workspace_id, before=before, after=after, count=count, **_given(sieve))
    return [EventLine.from_row(row) for row in rows]


def _sql(sieve: Sieve, order: str) -> str:
    """Found by what was said; or by the index of what was not plainly accepted, which holds all that is filtered by; or in order."""
    where = "event.workspace_id = :workspace_id and event.id < :before and event.id > :after"
    if sieve.connector_id:
        where += " and event.connector_id = :connector_id"
    if sieve.verdict is not None:
        where += " and event.verdict = :verdict"
    if sieve.said:
        return f"with {_SAID} select {_OF_EVENT} from meant cross join event where {where} and event.id = meant.id {order}"
    if not sieve.verdict:
        return f"select {_OF_EVENT} from event where {where} {order}"
    rare = f"select event.id from event where {where} and event.verdict <> 0 {order}"
    here = "event.workspace_id = :workspace_id and event.id = rare.id"
    return f"with rare(id) as ({rare}) select {_OF_EVENT} from rare cross join event where {here} {order}"


def _given(sieve: Sieve) -> dict[str, Any]:
    """The parameters `_sql` asks for."""
    given: dict[str, Any] = {}
    if sieve.connector_id:
        given["connector_id"] = sieve.connector_id
    if sieve.verdict is not None:
        given["verdict"] = sieve.verdict
    if sieve.said:
        given.update(profile_ids=sieve.profile_ids, order_ids=sieve.order_ids, name=sieve.said, like=_like(sieve.said))
    return given


def _like(said: str) -> str:
    quoted = "".join(f"!{sign}" if sign in "!%_" else sign for sign in said.lower())
    return f"%{quoted}%"


async def opened(database: Database, workspace_id: int, mark: str) -> EventLine | None:
    """The newest of the latest events on a page whose address holds a mark."""
    rows = await database.read(
        f"select {COLUMNS} from event where workspace_id = :workspace_id and lower(label) like :like escape '!'"
        f" and id > (select coalesce(max(id), 0) - {_LATELY} from event where workspace_id = :workspace_id) order by id desc limit 1",
        workspace_id=workspace_id,
        like=_like(mark),
    )
    return EventLine.from_row(rows[0]) if rows else None


async def one(database: Database, workspace_id: int, event_id: int) -> EventLine | None:
    row = await database.one(
        f"select {COLUMNS} from event where workspace_id = :workspace_id and id = :id", workspace_id=workspace_id, id=event_id
    )
    return EventLine.from_row(row) if row else None


async def last_id(database: Database, workspace_id: int) -> int:
    row = await database.one("select max(id) from event where workspace_id = :workspace_id", workspace_id=workspace_id)
    return int(row[0] or 0) if row else 0


async def tallies(database: Database, workspace_id: int, *, since_minute: int, connector_id: str = "") -> dict[int, int]:
    """How many events by verdict since a minute (µs ÷ 60,000,000)."""
    narrowed = " and connector_id = :connector_id" if connector_id else ""
    given = {"connector_id": connector_id} if connector_id else {}
    rows = await database.read(
        f"select verdict, sum(count) from tally where workspace_id = :workspace_id and minute >= :minute{narrowed}"
        " group by verdict order by verdict",
        workspace_id=workspace_id,
        minute=since_minute,
        **given,
    )
    return {int(verdict): int(count) for verdict, count in rows}
