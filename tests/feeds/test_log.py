"""The log: one position per entry, in order, whole groups or nothing, and readers that miss nothing."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.conftest import Store
from tillside import stores
from tillside.base import settings
from tillside.base.errors import Busy
from tillside.edges.http.desk import Desk
from tillside.events.notes import Note
from tillside.feeds import activity, log
from tillside.feeds.log import Entry, Log, Wire


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    opened = await stores.open_desk(settings.load({}, data=store.data, database=store.url), serving=True)
    yield opened
    await opened.close()


def entry(body: bytes = b"{}", workspace_id: int = 1) -> Entry:
    return Entry(
        workspace_id=workspace_id,
        connector_id="con_1",
        kind="events",
        received_at=1,
        sender="server",
        trust=3,
        wire=Wire(path="/v2/t", charset="utf-8"),
        body=body,
        notes={0: [Note("warning", "properties.amount", "missing")]},
    )


async def test_positions_follow_the_order_of_handing_over(desk: Desk) -> None:
    positions = await asyncio.gather(*[desk.log.append(entry(str(number).encode())) for number in range(300)])
    read = await log.read(desk.entries, 0, 1000)
    assert sorted(positions) == [one.position for one in read]
    assert [one.body for one in read] == [str(number).encode() for number in range(300)]


async def test_what_is_read_is_what_was_handed_over(desk: Desk) -> None:
    for body in (b'{"small":1}', b'{"large":"' + b"x" * 9000 + b'"}', '{"text":"žø 🚀"}'.encode()):
        position = await desk.log.append(entry(body))
        found = await log.one(desk.entries, 1, position)
        assert found is not None
        assert (found.body, found.notes, found.wire) == (body, entry().notes, entry().wire)


async def test_an_entry_of_another_workspace_is_nobodys(desk: Desk) -> None:
    position = await desk.log.append(entry(workspace_id=2))
    assert await log.one(desk.entries, 1, position) is None


async def test_more_than_may_wait_is_refused_before_memory_grows(desk: Desk) -> None:
    small = Log(desk.entries, queue_bytes=100)
    with pytest.raises(Busy):
        await small.append(entry(b"x" * 101))
    assert await log.last_position(desk.entries) == 0


async def test_a_reader_by_cursor_misses_nothing_while_many_write(desk: Desk) -> None:
    """On PostgreSQL positions are given before commit; without the lock around them a reader would pass rows that commit later."""
    logs = [Log(desk.entries, queue_bytes=10_000_000) for _ in range(4)]
    seen: list[int] = []
    done = asyncio.Event()

    async def watch() -> None:
        while not done.is_set() or (seen and await log.last_position(desk.entries) > seen[-1]):
            seen.extend(one.position for one in await log.read(desk.entries, seen[-1] if seen else 0, 50))
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*[one.append(entry()) for _ in range(60) for one in logs])
    done.set()
    await watching
    assert len(seen) == len(set(seen)) == 240


async def test_notes_of_many_transactions_are_all_seen_in_order(desk: Desk) -> None:
    seen: list[int] = []
    done = asyncio.Event()

    async def write(number: int) -> None:
        async with desk.store.write() as tx:
            activity.record(tx, 1, "test", str(number))
            await asyncio.sleep(0.001 * (number % 3))

    async def watch() -> None:
        while not done.is_set() or await activity.last_position(desk.store, 1) > (seen[-1] if seen else 0):
            seen.extend(one.position for one in await activity.after(desk.store, 1, seen[-1] if seen else 0, count=10))
            await asyncio.sleep(0)

    watching = asyncio.create_task(watch())
    await asyncio.gather(*[write(number) for number in range(60)])
    done.set()
    await watching
    assert len(seen) == len(set(seen)) == 60


async def test_a_failed_transaction_leaves_neither_rows_nor_notes(desk: Desk) -> None:
    with pytest.raises(ZeroDivisionError):
        async with desk.store.write() as tx:
            activity.record(tx, 1, "test", "lost")
            await tx.run("insert into follower (name, position, holder, held_until) values (:name, 0, '', 0)", name="lost")
            raise ZeroDivisionError
    assert await desk.store.read("select name from follower") == []
    assert await activity.after(desk.store, 1, 0) == []
