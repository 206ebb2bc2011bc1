"""Building everything derived anew from the log, and the digest that proves the outcome equal. Decisions made before are kept."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from hashlib import sha256

import msgspec
from msgspec import Struct

from tillside.feeds import log
from tillside.feeds.follow import Follower, Lost
from tillside.feeds.hub import Hub
from tillside.feeds.log import Entry
from tillside.projector import work
from tillside.projector.reading import Prepared
from tillside.projector.work import Projector
from tillside.storage.database import Database, Row, Transaction

_PAGE = 2_000


class Derived(Struct, frozen=True):
    """A table worked out of the log: its key, in order, and its other columns."""

    key: tuple[str, ...]
    rest: tuple[str, ...]

    @property
    def columns(self) -> str:
        return ", ".join(self.key + self.rest)


def _table(key: str, rest: str = "") -> Derived:
    return Derived(tuple(key.split()), tuple(rest.split()))


DERIVED = {
    "profile": _table("workspace_id id", "into_id kind name email phone place first_seen_at last_seen_at doc"),
    "profile_word": _table("workspace_id word profile_id"),
    "identifier": _table("workspace_id value kind scope tier", "profile_id trust source since"),
    "merge": _table("workspace_id id", "from_id into_id reason trust event_id at undone_at"),
    "orders": _table(
        "workspace_id id",
        "connector_id kind number db_key profile_id name state placed_at currency amount value counts trust has_held items summary doc",
    ),
    "shipment": _table("workspace_id tracking_number order_id"),
    "event": _table("workspace_id id", "connector_id profile_id order_id name occurred_at received_at verdict trust sender label dedup"),
    "tally": _table("workspace_id minute connector_id verdict", "count"),
    "parked": _table("workspace_id event_id", "name error tries"),
}
"""Every table a replay drops. `verdict` is not among them: what was decided stays decided."""

_LOST = "select count(*) from event where id < :first and verdict <> 2"
_FIRST = "select min(position) from entry where kind <> 'refused'"


async def digests(desk: Database) -> dict[str, str]:
    """A SHA-256 for each derived table over all its rows in key order: equal contents, equal digests, on either database."""
    found = {}
    for name, table in DERIVED.items():
        tally = sha256()
        async for row in _rows(desk, name, table):
            tally.update(msgspec.json.encode(row) + b"\n")
        found[name] = tally.hexdigest()
    return found


def total(tables: dict[str, str]) -> str:
    """One digest for all tables."""
    return sha256(msgspec.json.encode(sorted(tables.items()))).hexdigest()


async def lost(desk: Database, entries: Database) -> int:
    """How many lines of the story a replay would lose, since their log entries were pruned (setting log_days)."""
    row = await entries.one(_FIRST)
    if row is None or row[0] is None:
        return 0
    found = await desk.one(_LOST, first=int(row[0]) * log.EVENTS_PER_ENTRY)
    return int(found[0]) if found else 0


_MOST_FAILURES = 10


class Rebuild:
    """One replay. It runs beside a serving process: that one's projector stands back while the lease is held, and goes on where this
    ends, also where this was killed. `last` is the position up to which the story was told before; no screen hears it again.
    """

    def __init__(self, desk: Database, entries: Database, bell: Hub, projector: Projector, *, batch: int = 256) -> None:
        self._desk, self._projector = desk, projector
        self._follower = Follower(work.NAME, entries=entries, desk=desk, bell=bell, work=self, batch=batch)
        self.last = 0

    @asynccontextmanager
    async def hold(self) -> AsyncIterator[None]:
        """Seize the projector's lease where it stands and keep it; give it back at the end."""
        async with self._desk.write(urgent=False) as tx:
            self.last = await self._follower.seize(tx)
        holding = asyncio.create_task(self._follower.hold())
        try:
            yield
        finally:
            holding.cancel()
            with suppress(asyncio.CancelledError):
                await holding
            await self._follower.release()

    async def drop(self) -> None:
        """Empty every derived table and set the cursor back, in one transaction."""
        async with self._desk.write(urgent=False) as tx:
            for name in DERIVED:
                await tx.run(f"delete from {name}")
            await self._follower.restart(tx)

    async def work(self, last: int, tell: Callable[[int, int], None]) -> None:
        """Work the log in up to `last`; `tell` hears (entries of this step, position)."""
        failures = 0
        while True:
            try:
                count = await self._follower.step(last=last)
            except Lost:
                raise
            except Exception:
                failures += 1
                if failures > _MOST_FAILURES:
                    raise
                continue  # entries are now taken one by one, and the culprit is set aside after a few tries
            failures = 0
            if not count:
                return
            tell(count, await self._follower.position())

    async def prepare(self, entries: list[Entry]) -> Prepared:
        return await self._projector.prepare(entries)

    async def handle(self, tx: Transaction, entries: list[Entry], prepared: Prepared) -> None:
        """As the projector does, but told to nobody."""
        await self._projector.handle(tx, entries, prepared)
        if entries[-1].position <= self.last:
            tx.notes.clear()


async def _rows(desk: Database, name: str, table: Derived) -> AsyncIterator[Row]:
    order = ", ".join(table.key)
    after = ", ".join(f":k{index}" for index in range(len(table.key)))
    where = ""
    given: dict[str, object] = {}
    while True:
        page = await desk.read(f"select {table.columns} from {name} {where} order by {order} limit {_PAGE}", **given)
        for row in page:
            yield row
        if len(page) < _PAGE:
            return
        where = f"where ({order}) > ({after})"
        given = {f"k{index}": page[-1][index] for index in range(len(table.key))}
