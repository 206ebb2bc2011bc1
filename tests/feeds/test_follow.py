"""The follower's loop: every entry once, whatever fails in between; one holder at a time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Store
from tests.feeds.test_log import entry
from tillside import stores
from tillside.base import settings
from tillside.base.errors import Busy
from tillside.edges.http.desk import Desk
from tillside.feeds import follow, log
from tillside.feeds.follow import Follower
from tillside.storage.database import Transaction


class Counting:
    """Writes each entry's position down in the database itself, and fails at chosen moments."""

    def __init__(self, fail_at: set[int], error: Exception | None = None) -> None:
        self.fail_at = set(fail_at)
        self.error = error or RuntimeError("power cut, so to speak")

    async def prepare(self, entries: list[log.Entry]) -> Any:
        return {one.position: f"seen {one.position:05}" for one in entries}

    async def handle(self, tx: Transaction, entries: list[log.Entry], prepared: Any) -> None:
        for position in [one.position for one in entries]:
            await tx.run("insert into follower (name, position, holder, held_until) values (:n, 0, 'x', 0)", n=prepared[position])
            if position in self.fail_at:
                self.fail_at.discard(position)
                raise self.error


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    opened = await stores.open_desk(settings.load({}, data=store.data, database=store.url), serving=True)
    yield opened
    await opened.close()


def follower(desk: Desk, work: follow.Work, *, batch: int = 7) -> Follower:
    return Follower("test", entries=desk.entries, desk=desk.store, bell=desk.log_bell, work=work, batch=batch)


async def seen(desk: Desk) -> list[str]:
    return [row[0] for row in await desk.store.read("select name from follower where name like 'seen%' order by name")]


async def test_every_entry_is_handled_once_although_batches_fail(desk: Desk) -> None:
    await asyncio.gather(*[desk.log.append(entry()) for _ in range(40)])
    one = follower(desk, Counting({5, 11, 12, 30}))
    assert await one.claim()
    failures = 0
    while True:
        try:
            if not await one.step():
                break
        except RuntimeError:
            failures += 1
    assert failures == 4
    assert await seen(desk) == [f"seen {position:05}" for position in range(1, 41)]
    assert await one.position() == 40


async def test_after_an_outage_batches_are_as_large_as_before(desk: Desk) -> None:
    await asyncio.gather(*[desk.log.append(entry()) for _ in range(14)])
    one = follower(desk, Counting({3}, Busy()))
    assert await one.claim()
    with pytest.raises(Busy):
        await one.step()
    assert [await one.step(), await one.step()] == [7, 7]


async def test_entries_that_arrive_while_it_runs_are_handled(desk: Desk) -> None:
    running = asyncio.create_task(follower(desk, Counting(set())).run())
    for _ in range(20):
        await desk.log.append(entry())
        await asyncio.sleep(0.002)
    assert await follow.passed(desk.store, desk.bell, "test", 20, 10)
    assert len(await seen(desk)) == 20
    desk.log_bell.stop()
    await running


async def test_only_one_of_two_holds_the_name(desk: Desk) -> None:
    first, second = follower(desk, Counting(set())), follower(desk, Counting(set()))
    assert await first.claim()
    assert not await second.claim()
    await first.release()
    assert await second.claim()


async def test_a_follower_that_lost_its_lease_moves_nothing(desk: Desk) -> None:
    await desk.log.append(entry())
    first, second = follower(desk, Counting(set())), follower(desk, Counting(set()))
    assert await first.claim()
    await first.release()
    assert await second.claim()
    with pytest.raises(follow.Lost):
        await first.step()
    assert await seen(desk) == []
    assert await second.step()
    assert len(await seen(desk)) == 1


async def test_whoever_seizes_the_name_goes_on_after_the_batch_that_was_just_ending(desk: Desk) -> None:
    first, second = follower(desk, Counting(set())), follower(desk, Counting(set()))
    assert await first.claim()

    async def seize() -> int:
        async with desk.store.write() as tx:
            return await second.seize(tx)

    async with desk.store.write() as tx:
        await tx.run("update follower set position = 7 where name = 'test'")
        seizing = asyncio.create_task(seize())
        await asyncio.sleep(0.2)  # long enough to read a cursor that is about to move
    assert await seizing == 7 == await first.position()
    assert not await first.claim()


async def test_waiting_for_a_follower_that_never_comes_ends(desk: Desk) -> None:
    position = await desk.log.append(entry())
    assert not await follow.passed(desk.store, desk.bell, "test", position, 0.05)
