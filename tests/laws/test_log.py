"""What repeats, what is broken: duplicates by id and by content, the rule of sixty seconds, entries that cannot be worked in."""

from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Any

import apsw
import asyncpg
import pytest

from tests.conftest import Store
from tests.support.inside import ARRIVAL, Inside, Tenant
from tillside.base.errors import Busy
from tillside.customers import timeline
from tillside.feeds import log
from tillside.feeds.log import Entry, Wire

SECOND = 1_000_000
VISIT: dict[str, Any] = {"event": "page_view", "did": "d1"}


@pytest.fixture
async def inside(store: Store) -> AsyncIterator[Inside]:
    opened = await Inside.open(store)
    yield opened
    await opened.close()


async def count(inside: Inside, tenant: Tenant, table: str = "event") -> int:
    row = await inside.desk.store.one(f"select count(*) from {table} where workspace_id = :w", w=tenant.workspace_id)
    assert row is not None
    return int(row[0])


@pytest.mark.parametrize(("seconds", "lines"), [(0, 1), (59, 1), (60, 1), (61, 2)])
@pytest.mark.parametrize("apart", [True, False])
async def test_an_event_without_time_is_a_repetition_for_a_minute(inside: Inside, seconds: int, lines: int, apart: bool) -> None:
    tenant = await inside.tenant()
    await inside.take(tenant, [VISIT], at=ARRIVAL)
    if apart:
        await inside.work()
    await inside.take(tenant, [VISIT], at=ARRIVAL + seconds * SECOND)
    await inside.work()
    assert await count(inside, tenant) == lines


async def test_the_minute_counts_from_the_last_one_that_counted(inside: Inside) -> None:
    tenant = await inside.tenant()
    for seconds in (0, 50, 100, 110, 170):
        await inside.take(tenant, [VISIT], at=ARRIVAL + seconds * SECOND)
    await inside.work(batch=1)
    assert await count(inside, tenant) == 3, "those at 0, 100 and 170 s: the others repeat one that counted less than a minute before"


async def test_an_event_with_a_time_repeats_for_ever(inside: Inside) -> None:
    tenant = await inside.tenant()
    for seconds in (0, 61, 86_400 * 365):
        await inside.take(tenant, [{**VISIT, "time": {"sentAt": ARRIVAL // 1000}}], at=ARRIVAL + seconds * SECOND)
        await inside.work()
    assert await count(inside, tenant) == 1


async def test_an_event_id_decides_whatever_else_differs(inside: Inside) -> None:
    tenant = await inside.tenant()
    await inside.take(tenant, [{**VISIT, "eventId": "1"}, {**VISIT, "eventId": "2"}, {**VISIT, "eventId": "1", "sid": "s"}])
    await inside.take(tenant, [{**VISIT, "eventId": "1", "time": {"sentAt": ARRIVAL // 1000}}], at=ARRIVAL + 3600 * SECOND)
    await inside.work()
    assert await count(inside, tenant) == 2


async def test_equal_events_of_two_shops_are_two(inside: Inside) -> None:
    one, other = await inside.tenant(), await inside.tenant()
    for tenant in (one, other):
        await inside.take(tenant, [{**VISIT, "eventId": "1"}])
    await inside.work()
    assert (await count(inside, one), await count(inside, other)) == (1, 1)


async def put(inside: Inside, tenant: Tenant, body: bytes, kind: log.Kind) -> None:
    entry = Entry(tenant.workspace_id, tenant.connector.id, kind, ARRIVAL, "server", 3, Wire(charset="utf-8", currency="USD"), body)
    await inside.desk.log.append(entry)


async def test_a_body_nobody_can_read_is_parked_and_holds_up_nobody(inside: Inside) -> None:
    tenant = await inside.tenant()
    await inside.take(tenant, [{**VISIT, "eventId": "1"}])
    await put(inside, tenant, b'{"event":"order","properties":{', "events")
    await inside.take(tenant, [{**VISIT, "eventId": "2"}])
    await inside.work()
    lines = await timeline.stream(inside.desk.store, tenant.workspace_id, timeline.Sieve())
    assert sorted(line.word for line in lines) == ["accepted", "accepted", "parked"]
    assert await count(inside, tenant, "parked") == 1


async def test_what_is_left_of_a_large_refused_body_is_one_refused_line(inside: Inside) -> None:
    tenant = await inside.tenant()
    await put(inside, tenant, b'{"event":"order","properties":{"note":"' + b"x" * 300_000, "refused")
    await inside.work()
    assert [line.word for line in await timeline.stream(inside.desk.store, tenant.workspace_id, timeline.Sieve())] == ["refused"]
    assert await count(inside, tenant, "parked") == 0


@pytest.mark.parametrize("broken", [b"[1]", b'{"what":"merge"', b'{"what":"conquer","by":"a","name":"A"}', b"\xff"])
async def test_a_broken_change_is_parked_after_a_few_tries(inside: Inside, broken: bytes) -> None:
    tenant = await inside.tenant()
    await put(inside, tenant, broken, "change")
    await inside.take(tenant, [VISIT])
    await inside.work()
    assert (await count(inside, tenant), await count(inside, tenant, "parked")) == (2, 1)


async def test_a_parked_entry_is_worked_in_once_it_can_be_read(inside: Inside) -> None:
    """The log keeps it; replaying from the start with a mended body leaves nothing parked."""
    tenant = await inside.tenant()
    await put(inside, tenant, b'{"event":"page_view"', "events")
    await inside.work()
    async with inside.desk.entries.write() as tx:
        await tx.run("update entry set body = :body, size = :size, packing = 0", body=b'{"event":"page_view"}', size=21)
    async with inside.desk.store.write() as tx:
        for table in ("event", "parked", "tally"):
            await tx.run(f"delete from {table} where workspace_id = :w", w=tenant.workspace_id)
        await tx.run("update follower set position = 0")
    await inside.work()
    assert (await count(inside, tenant), await count(inside, tenant, "parked")) == (1, 0)


async def test_a_follower_finds_the_one_entry_the_database_refuses(inside: Inside) -> None:
    """It is parked alone, after a few tries; the others of its batch are worked in."""
    tenant = await inside.tenant()
    for name in ("one", "two", "cursed", "four", "five"):
        await inside.take(tenant, [{"event": name, "eventId": name}])
    await inside.desk.store.script(CURSE[inside.desk.store.dialect.name])
    follower = inside.follower()
    assert await follower.claim()
    for _ in range(12):
        with suppress(apsw.ConstraintError, asyncpg.CheckViolationError):
            if not await follower.step():
                break
    lines = await timeline.stream(inside.desk.store, tenant.workspace_id, timeline.Sieve())
    assert sorted((line.name, line.word) for line in lines) == [
        ("cursed", "parked"),
        ("five", "accepted"),
        ("four", "accepted"),
        ("one", "accepted"),
        ("two", "accepted"),
    ]


CURSE = {
    "sqlite": "create trigger curse before insert on event when new.name = 'cursed' and new.verdict <> 3 begin select raise(abort, 'no'); end",
    "postgres": "alter table event add constraint curse check (name <> 'cursed' or verdict = 3)",
}

MACHINE = [OSError("the disk is full"), Busy(), apsw.FullError("full"), apsw.IOError("io"), asyncpg.ConnectionDoesNotExistError("gone")]
CONTENT = [OverflowError("too large"), apsw.ConstraintError("twice"), asyncpg.UniqueViolationError("twice"), asyncpg.DataError("NUL")]


@pytest.mark.parametrize("error", [*MACHINE, *CONTENT], ids=lambda error: type(error).__name__)
async def test_only_content_is_blamed_never_the_machine(inside: Inside, error: Exception) -> None:
    """An outage of some seconds must not park what was sent meanwhile."""
    async with inside.desk.store.write() as tx:
        own = type(error).__module__.partition(".")[0] in (
            "builtins",
            "tillside",
            "apsw" if tx.__class__.__name__.startswith("S") else "asyncpg",
        )
        assert tx.blames_content(error) == (own and error in CONTENT)
