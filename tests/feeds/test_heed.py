"""Followers of what happened: each thing once, in its transaction, whatever fails in between."""

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from tests.conftest import Store
from tillside import stores
from tillside.base import settings, stamps
from tillside.edges.http.desk import Desk
from tillside.feeds import activity, heed
from tillside.feeds.heed import Happened, Heed
from tillside.storage.database import Transaction


@pytest.fixture
async def desk(store: Store) -> AsyncIterator[Desk]:
    opened = await stores.open_desk(settings.load({}, data=store.data, database=store.url), serving=True)
    yield opened
    await opened.close()


async def happen(desk: Desk, *kinds: str) -> None:
    for kind in kinds:
        async with desk.store.write() as tx:
            activity.record(tx, 1, kind, f"subject-{kind}", detail='{"by": 1}')


def writing(fail: Callable[[Happened], bool] = lambda one: False) -> heed.Handle:
    async def handle(tx: Transaction, one: Happened) -> None:
        await tx.run("insert into follower (name, position, holder, held_until) values (:n, 0, 'x', 0)", n=f"seen {one.position:05} {one.kind}")
        if fail(one):
            raise RuntimeError("power cut, so to speak")

    return handle


async def seen(desk: Desk) -> list[str]:
    rows = await desk.store.read("select name from follower where name like 'seen%' order by name")
    return [row[0].split(" ")[2] for row in rows]


async def caught_up(desk: Desk, one: Heed) -> None:
    while await one.step(desk.store):
        pass


async def test_a_new_follower_begins_with_what_happens_from_now_on(desk: Desk) -> None:
    await happen(desk, "message.added", "message.added")
    one = Heed("test", ["message."], writing())
    await caught_up(desk, one)
    assert await seen(desk) == []
    await happen(desk, "message.edited")
    await caught_up(desk, one)
    assert await seen(desk) == ["message.edited"]


async def test_only_what_concerns_it_is_handled(desk: Desk) -> None:
    one = Heed("test", ["message.", "conversation.closed"], writing())
    await caught_up(desk, one)
    await happen(desk, "message.added", "conversation.opened", "conversation.closed", "team.added")
    await caught_up(desk, one)
    assert await seen(desk) == ["message.added", "conversation.closed"]


async def test_a_failure_takes_back_what_was_written_and_it_is_tried_again(desk: Desk) -> None:
    failures = [True, True]
    one = Heed("test", ["message."], writing(lambda _: bool(failures) and failures.pop()))
    await caught_up(desk, one)
    await happen(desk, "message.added", "message.edited")
    for _ in range(2):
        with pytest.raises(RuntimeError):
            await one.step(desk.store)
    assert await seen(desk) == []
    await caught_up(desk, one)
    assert await seen(desk) == ["message.added", "message.edited"]


async def test_what_always_fails_is_set_aside_and_the_rest_goes_on(desk: Desk) -> None:
    one = Heed("test", ["message."], writing(lambda one: one.kind == "message.poison"))
    await caught_up(desk, one)
    await happen(desk, "message.poison", "message.added")
    for _ in range(heed.TRIES - 1):
        with pytest.raises(RuntimeError):
            await one.step(desk.store)
    await caught_up(desk, one)
    assert await seen(desk) == ["message.added"]
    rows = await desk.store.read("select subject, detail from activity where kind = :kind", kind=heed.SET_ASIDE)
    assert [row[0] for row in rows] == ["subject-message.poison"]


async def test_two_processes_under_one_name_handle_each_thing_once(desk: Desk) -> None:
    both = [Heed("test", ["message."], writing()) for _ in range(2)]
    for one in both:
        await caught_up(desk, one)
    await happen(desk, *[f"message.{number:03}" for number in range(30)])
    await asyncio.gather(*[caught_up(desk, one) for one in both])
    assert await seen(desk) == [f"message.{number:03}" for number in range(30)]


async def test_a_restart_goes_on_where_the_cursor_stands(desk: Desk) -> None:
    first = Heed("test", ["message."], writing())
    await caught_up(desk, first)
    await happen(desk, "message.added")
    await caught_up(desk, first)
    await happen(desk, "message.edited")
    await caught_up(desk, Heed("test", ["message."], writing()))
    assert await seen(desk) == ["message.added", "message.edited"]


async def test_what_passes_by_moves_the_cursor_only_now_and_then(desk: Desk) -> None:
    at = stamps.now()
    one = Heed("test", ["message."], writing(), now=lambda: at)
    await caught_up(desk, one)
    before = await desk.store.one("select position from follower where name = 'test'")
    await happen(desk, *["team.added"] * 5)
    await caught_up(desk, one)
    assert await desk.store.one("select position from follower where name = 'test'") == before
    at += stamps.MINUTE
    await happen(desk, "team.added")
    await caught_up(desk, one)
    last = await desk.store.one("select max(position) from activity")
    assert await desk.store.one("select position from follower where name = 'test'") == last


async def test_it_follows_until_the_bell_stops(desk: Desk) -> None:
    one = Heed("test", ["message."], writing())
    await caught_up(desk, one)
    running = asyncio.create_task(one.run(desk.store, desk.bell))
    await happen(desk, "message.added")
    async with asyncio.timeout(10):
        while not await seen(desk):
            await asyncio.sleep(0.01)
    desk.bell.stop()
    await asyncio.wait_for(running, 10)
