"""Reading ahead in a process of its own: the same rows as without it, whatever becomes of that process."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import uvloop
from msgspec.structs import replace

from tests.cli.test_serve import is_running
from tests.conftest import Store
from tests.feeds.test_log import entry
from tests.laws import histories
from tests.support.inside import Inside, Tenant
from tillside import stores
from tillside.base.trust import Trust
from tillside.feeds.hub import Hub
from tillside.projector import handover, rebuild
from tillside.projector.ahead import Ahead
from tillside.projector.changes import Change
from tillside.projector.rebuild import Rebuild
from tillside.projector.work import Projector

COUNT = 300


@pytest.fixture
async def inside(tmp_path: Path) -> AsyncIterator[Inside]:
    """SQLite on every run: PostgreSQL does its writing in processes of its own."""
    opened = await Inside.open(Store("sqlite", tmp_path / "desk", None))
    yield opened
    await opened.close()


@pytest.fixture
async def ahead(inside: Inside) -> AsyncIterator[Ahead]:
    one = Ahead(inside.desk.settings.data / stores.LOG_FILE, rest_seconds=60)
    yield one
    await one.end()


async def fill(inside: Inside) -> Tenant:
    """Orders of the shop and of pages, some said twice over, a body nobody can read, and a change by hand."""
    tenant = await inside.tenant()
    for number in range(COUNT):
        trust = Trust.PROVEN if number % 3 else Trust.TYPED
        said = {"orderId": f"A{number % 200}", "amount": number, "currency": "USD", "orderName": f"#{number}", "createdAt": histories.DAY}
        order = {**said, "items": [{"id": "1", "price": 1.5, "quantity": 2, "name": "Tape"}], "tags": {"deep": [1, 2.5, None]}}
        who = {"uid": f"u{number % 50}", "email": f"p{number % 50}@shop.example"} if number % 7 else {}
        await inside.take(tenant, [{"event": "order", "properties": order, "userProperties": who, "did": f"d{number % 9}"}], trust=trust)
        await inside.take(tenant, [{"event": "search", "properties": {"query": f"tape {number}"}, "did": f"d{number % 9}"}])
    await inside.take(tenant, [{"event": "order", "properties": {"amount": "none"}}, {"event": ""}], trust=Trust.PROVEN)
    await inside.change(tenant, Change("merge", "agt_1", "Mia", profile_id="cus_gone", into_id="cus_none"))
    return tenant


async def replayed(inside: Inside) -> dict[str, str]:
    """What a replay that reads everything itself makes of the same log."""
    desk = inside.desk
    again = Rebuild(desk.store, desk.entries, Hub(desk.entries), Projector(desk.directory))
    async with again.hold():
        await again.drop()
        await again.work(again.last, lambda count, position: None)
    return await rebuild.digests(desk.store)


async def test_what_another_process_read_makes_the_same_rows(inside: Inside, ahead: Ahead) -> None:
    await fill(inside)
    await ahead.start()
    await inside.work(elsewhere=ahead)
    assert ahead.pid is not None, "it was asked to the end"
    found = await rebuild.digests(inside.desk.store)
    assert await inside.desk.store.one("select count(*) from orders") == (200,)
    assert found == await replayed(inside)


async def test_a_killed_one_costs_no_event(inside: Inside, ahead: Ahead) -> None:
    await fill(inside)
    await ahead.start()
    follower = inside.follower(batch=64, elsewhere=ahead)
    assert await follower.claim() and await follower.step() and ahead.pid is not None
    os.kill(ahead.pid, signal.SIGKILL)
    while await follower.step():
        pass
    await follower.release()
    found = await rebuild.digests(inside.desk.store)
    assert await inside.desk.store.one("select count(*) from event") == (2 * COUNT + 3,)
    assert found == await replayed(inside)


async def test_it_comes_with_a_backlog_and_goes_when_there_is_none(inside: Inside) -> None:
    await fill(inside)
    ahead = Ahead(inside.desk.settings.data / stores.LOG_FILE, rest_seconds=0.1)
    await inside.work(batch=64, elsewhere=ahead)
    async with asyncio.timeout(20):
        while ahead.pid is None:
            await asyncio.sleep(0.02)
    pid = ahead.pid
    async with asyncio.timeout(20):
        while is_running(pid):
            await inside.work(elsewhere=ahead)
            await asyncio.sleep(0.02)
    assert ahead.pid is None


async def test_a_process_that_cannot_start_leaves_the_reading_here(inside: Inside) -> None:
    await fill(inside)
    ahead = Ahead(inside.desk.settings.data)  # a folder is no database
    await ahead.start()
    assert ahead.pid is None
    await inside.work(elsewhere=ahead)
    assert await inside.desk.store.one("select count(*) from orders") == (200,)


def test_what_cannot_be_handed_over_is_said_and_nothing_changed() -> None:
    with pytest.raises(handover.REASONS):
        handover.pack([replace(entry(), kind="change", sender="\ud800")])  # half a surrogate pair


def test_one_that_died_at_rest_is_noticed_at_the_next_question(tmp_path: Path) -> None:
    """On the loop the desk runs on: it refuses to write to a pipe it has closed in a way of its own."""

    async def asking() -> None:
        inside = await Inside.open(Store("sqlite", tmp_path / "desk", None))
        ahead = Ahead(inside.desk.settings.data / stores.LOG_FILE, rest_seconds=60)
        await ahead.start()
        assert ahead.pid is not None
        pid = ahead.pid
        os.kill(pid, signal.SIGKILL)
        async with asyncio.timeout(20):
            while is_running(pid):
                await asyncio.sleep(0.02)
        await asyncio.sleep(0.1)
        assert await ahead.read(0, 10, 1_000) is None
        await inside.close()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(asking())
