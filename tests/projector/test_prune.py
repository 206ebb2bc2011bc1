"""Letting go of old log entries: what is refused by age and by size, what is accepted only if the operator says so."""

import asyncio
from pathlib import Path

from msgspec.structs import replace

from tests.cli.house import House
from tests.conftest import Store
from tests.support.postgres import alone
from tillside import app
from tillside.base import stamps
from tillside.base.settings import Settings
from tillside.edges.http.desk import Desk
from tillside.events.notes import Note
from tillside.feeds import log
from tillside.feeds.log import Entry, Wire
from tillside.projector import prune, rebuild

AT = 1_795_000_000_000_000
REFUSED = {0: [Note("refused", "event", "No event name")]}


async def take(desk: Desk, kind: str, days_old: int, *, body: bytes = b'{"event":"page_view","did":"d"}') -> int:
    received = AT - days_old * stamps.DAY
    wire = Wire(charset="utf-8", currency="EUR", region="NO")
    notes = REFUSED if kind == "refused" else {}
    return await desk.log.append(Entry(1, "con_1", kind, received, "browser", 0, wire, body, notes))  # type: ignore[arg-type]  # given as text


async def work_in(desk: Desk) -> None:
    follower = app.projector(desk)
    assert await follower.claim()
    while await follower.step():
        pass
    await follower.release()


async def left(desk: Desk) -> list[int]:
    return [entry.position for entry in await log.read(desk.entries, 0, 100)]


def house(store: Store) -> House:
    made = House(store)
    alone(made.furnish())
    return made


def test_old_refusals_go_with_their_lines_and_counts_and_a_replay_agrees(store: Store) -> None:
    async def work(desk: Desk) -> None:
        for days, kind in ((40, "refused"), (40, "events"), (31, "refused"), (29, "refused"), (0, "events")):
            await take(desk, kind, days)
        await work_in(desk)
        assert await prune.once(desk.store, desk.entries, desk.settings, at=AT) == 2
        assert await prune.once(desk.store, desk.entries, desk.settings, at=AT) == 0
        assert await left(desk) == [2, 4, 5]
        assert await desk.store.read("select verdict, sum(count) from tally group by verdict order by verdict") == [(0, 2), (2, 1)]
        before = await rebuild.digests(desk.store)
        async with desk.store.write() as tx:
            for name in rebuild.DERIVED:
                await tx.run(f"delete from {name}")
            await tx.run("update follower set position = 0")
        await work_in(desk)
        assert await rebuild.digests(desk.store) == before

    house(store).look(work)


def test_beyond_their_room_the_oldest_refusals_go(store: Store) -> None:
    async def work(desk: Desk) -> None:
        for days in (4, 3, 2, 1):
            await take(desk, "refused", days, body=b'{"event":"","note":"%s"}' % (b"x" * 1000))
        await work_in(desk)
        tight = _settings(desk, refused_bytes=2500)
        assert await prune.once(desk.store, desk.entries, tight, at=AT) == 2
        assert await left(desk) == [3, 4]

    house(store).look(work)


def test_what_the_projector_has_not_seen_stays(store: Store) -> None:
    async def work(desk: Desk) -> None:
        await take(desk, "refused", 40)
        await take(desk, "events", 40)
        assert await prune.once(desk.store, desk.entries, _settings(desk, log_days=1), at=AT) == 0
        assert await left(desk) == [1, 2]

    house(store).look(work)


def test_accepted_events_go_only_where_the_operator_says_so_and_customers_stay(store: Store) -> None:
    async def work(desk: Desk) -> None:
        await take(desk, "events", 400)
        await take(desk, "events", 3, body=b'{"event":"search","did":"d"}')
        await work_in(desk)
        assert await prune.once(desk.store, desk.entries, desk.settings, at=AT) == 0
        assert await prune.once(desk.store, desk.entries, _settings(desk, log_days=30), at=AT) == 1
        assert await left(desk) == [2]
        assert await desk.store.read("select count(*) from event") == [(2,)]
        assert await rebuild.lost(desk.store, desk.entries) == 1

    house(store).look(work)


def test_several_processes_at_once_count_down_once(store: Store, tmp_path: Path) -> None:
    async def work(desk: Desk) -> None:
        for days in (40, 0):
            await take(desk, "refused", days)
        await work_in(desk)
        await asyncio.gather(*(prune.once(desk.store, desk.entries, desk.settings, at=AT) for _ in range(3)))
        assert await desk.store.read("select sum(count) from tally") == [(1,)]

    house(store).look(work)


def _settings(desk: Desk, **changed: int) -> Settings:
    return replace(desk.settings, **changed)
