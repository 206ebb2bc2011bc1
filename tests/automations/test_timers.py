"""What waits for its time comes once, whoever looks and whoever dies; and the loops of the house carry it."""

import asyncio

import pytest

from tests.automations.automated import Automated, tag
from tests.conversations.room import ADA
from tillside import app
from tillside.automations import rule as rules
from tillside.automations import runs, timers
from tillside.automations.rule import Trigger
from tillside.base import stamps
from tillside.conversations import answering, merging, message, opening
from tillside.conversations.opening import Opening
from tillside.macros import step

pytestmark = pytest.mark.anyio


async def test_two_processes_ring_each_occurrence_once(desk: Automated) -> None:
    rule = await desk.rule("reply", "Sorry", [step.Reply("Sorry.")], when=Trigger("waiting", minutes=5))
    ones = [await desk.begins() for _ in range(10)]
    at = stamps.now() + 6 * stamps.MINUTE
    await asyncio.gather(*[desk.watch.ring_due(desk.store, at=at, count=100) for _ in range(4)])
    assert [await desk.said(one) for one in ones] == [["Sorry."]] * 10
    assert (await rules.by_id(desk.store, desk.w, rule.id)).runs == 10


async def test_a_failure_nobody_foresaw_comes_again_and_then_is_set_aside(desk: Automated) -> None:
    await desk.rule("tagging", "Late", [tag("late")], when=Trigger("waiting", minutes=5))
    one, other = await desk.begins(), await desk.begins()
    at = stamps.now() + 6 * stamps.MINUTE
    async with desk.store.write() as tx:
        await tx.run("update conversation set fields = '{' where workspace_id = :w and id = :id", w=desk.w, id=one.id)
    for number in range(timers.TRIES + 2):
        await desk.watch.ring_due(desk.store, at=at + number * 2 * stamps.MINUTE, count=100)
    assert await desk.tags(other) == ["late"], "one that fails holds up nobody"
    rows = await desk.store.read("select conversation_id, state, attempts from rule_timer order by state", w=desk.w)
    assert [tuple(row) for row in rows] == [(other.id, "done", 0), (one.id, "failed", timers.TRIES)]


async def test_what_a_conversation_waited_for_goes_on_where_it_was_merged_into(desk: Automated) -> None:
    await desk.rule("tagging", "Later", [tag("later")], when=Trigger("customer_wrote", minutes=5))
    one, into = await desk.begins(), await desk.begins("Hi again")
    await desk.rings(6)
    await desk.writes(one, "One more thing")
    await desk.room.do(merging.merge, one, into, by=desk.room.mia)
    await desk.caught_up()
    await desk.rings(12)
    assert await desk.tags(await desk.room.now(into)) == ["later"]


async def test_what_no_question_needs_any_more_is_forgotten(desk: Automated) -> None:
    await desk.rule("tagging", "Late", [tag("late")], when=Trigger("waiting", minutes=5))
    await desk.begins()
    await desk.rings(6)
    for days, expected in ((30, (1, 1)), (32, (1, 0)), (91, (0, 0))):
        await runs.tidy(desk.store, at=stamps.now() + days * stamps.DAY, count=100)
        counts = [await desk.store.one(f"select count(*) from {table}") for table in ("rule_run", "rule_timer")]
        assert tuple(row[0] for row in counts if row) == expected


async def test_the_loops_of_the_house_carry_rules(desk: Automated) -> None:
    await desk.rule("reply", "Thanks", [step.Reply("Thank you, {{customer.first_name|there}}."), tag("seen")])
    loops = [asyncio.create_task(loop) for loop in app.automatic(desk.room.desk)]
    async with desk.store.write() as tx:
        one = await opening.open(tx, desk.w, Opening(channel="email"), by=ADA)
        await answering.hear(tx, one, message.said("Hello"), by=ADA)
    async with asyncio.timeout(20):
        while not await desk.tags(one):
            await asyncio.sleep(0.01)
    desk.room.desk.bell.stop()
    await asyncio.wait_for(asyncio.gather(*loops), 20)
    assert await desk.said(one) == ["Thank you, there."]
    row = await desk.store.one("select state from delivery where workspace_id = :w", w=desk.w)
    assert row is not None and row[0] == "waiting", "it leaves as every other reply does"
