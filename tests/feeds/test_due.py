"""The loop of what waits for its time: done when due, once, whatever fails beside it."""

import asyncio
from collections.abc import AsyncIterator

import pytest

from tests.conftest import Store
from tests.conversations.room import Room
from tillside import app, stores
from tillside.base import stamps
from tillside.base.settings import load
from tillside.conversations import answering, message, states
from tillside.feeds import activity, due
from tillside.storage.database import Database

pytestmark = pytest.mark.anyio


@pytest.fixture
async def room(store: Store) -> AsyncIterator[Room]:
    desk = await stores.open_desk(load({}, data=store.data, database=store.url))
    yield await Room.furnished(desk)
    await desk.close()


async def broken(store: Database, *, at: int, count: int) -> int:
    raise RuntimeError("a row nobody can handle")


async def test_what_is_due_is_done_by_itself_and_a_fault_beside_it_stops_nothing(room: Room, caplog: pytest.LogCaptureFixture) -> None:
    desk = room.desk
    asleep = await room.do(states.snooze, await room.opened(), stamps.now() + stamps.HOUR, by=room.mia)
    _, waiting = await room.replied(await room.opened(), send_at=stamps.now() + stamps.HOUR)
    clock = [stamps.now()]
    running = asyncio.create_task(due.run(desk.store, desk.bell, [broken, states.wake_due, answering.send_due], now=lambda: clock[0]))
    await asyncio.sleep(0.3)
    assert (await room.now(asleep)).state == "snoozed"
    clock[0] += 2 * stamps.HOUR
    async with asyncio.timeout(10):
        while (await message.by_id(desk.store, room.workspace_id, waiting.id)).is_waiting or not (await room.now(asleep)).is_open:
            await asyncio.sleep(0.05)
    desk.bell.stop()
    await running
    assert "could not be done" in caplog.text


async def test_two_loops_do_everything_once(room: Room) -> None:
    ones = [await room.do(states.snooze, await room.opened(), stamps.now() + stamps.HOUR, by=room.mia) for _ in range(5)]
    late = stamps.now() + 2 * stamps.HOUR
    await asyncio.gather(*[states.wake_due(room.desk.store, at=late) for _ in range(3)])
    woken = [line for line in await room.told() if line.kind == "conversation.woken"]
    assert sorted(line.subject for line in woken) == sorted(one.id for one in ones)


async def test_a_change_of_nothing_rings_no_bell(room: Room) -> None:
    rung: list[bool] = []
    room.desk.store.on_commit.append(lambda: rung.append(True))
    version = await room.desk.store.version()
    async with room.desk.store.write() as tx:
        await tx.read("select id from workspace order by id limit 1")
        await tx.run("update workspace set name = name where id = :id", id=-1)
    assert not rung and await room.desk.store.version() == version
    async with room.desk.store.write() as tx:
        await tx.run("update workspace set name = name where id = :id", id=room.workspace_id)
    assert rung == [True]


async def test_what_is_only_told_or_comes_back_from_a_change_rings(room: Room) -> None:
    rung: list[bool] = []
    room.desk.store.on_commit.append(lambda: rung.append(True))
    async with room.desk.store.write() as tx:
        activity.record(tx, room.workspace_id, "stream.skipped", "nothing")
    assert rung == [True]
    async with room.desk.store.write() as tx:
        assert await tx.read("update workspace set name = name where id = :id returning id", id=room.workspace_id)
    assert rung == [True, True]


async def test_a_desk_at_rest_wakes_nobody(room: Room) -> None:
    """Else its loops would wake each other for ever: each looks for work when the bell rings."""
    rung: list[bool] = []
    loops = asyncio.gather(*app.follow(room.desk))
    await asyncio.sleep(0.4)
    room.desk.store.on_commit.append(lambda: rung.append(True))
    await asyncio.sleep(0.6)
    rung_at_rest = list(rung)
    room.desk.bell.stop()
    room.desk.log_bell.stop()
    await loops
    assert not rung_at_rest


async def test_what_is_done_hourly_goes_on_at_once_while_there_is_more(room: Room) -> None:
    asked: list[int] = []

    async def chore(store: Database, *, at: int, count: int) -> int:
        asked.append(at)
        return count if len(asked) < 3 else 0

    now_and_then = due.hourly(chore)
    for at in (0, 1, 2, 3, stamps.HOUR, 2 + stamps.HOUR):
        await now_and_then(room.desk.store, at=at, count=10)
    assert asked == [0, 1, 2, 2 + stamps.HOUR]
