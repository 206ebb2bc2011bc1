"""Sending a macro: what can be taken back is done at once, what cannot waits until the reply has left, and is done once."""

import pytest

from tests.actions.shop import Shop
from tests.conversations.room import Room
from tests.macros.desk import WISMO, left, lines, sent, taken, undone, worn
from tillside.base import stamps
from tillside.conversations import answering, bulk, drafts, message, trail
from tillside.macros import macro as macros
from tillside.macros import planned
from tillside.macros.step import Assign, CallTarget, Close, Field, Note, Priority, Step, Tag
from tillside.targets import target as targets

pytestmark = pytest.mark.anyio


def everything(shop: Shop) -> list[Step]:
    return [Tag(["wismo"]), Note("<p>Told the carrier</p>"), CallTarget(shop.target.id), Assign(shop.mia.id), Close()]


async def test_a_call_leaves_only_when_the_reply_has_left(shop: Shop) -> None:
    room, talk = shop.room, await shop.room.opened()
    await sent(room, talk, everything(shop))
    now = await room.now(talk)
    assert (now.state, now.assignee_id, await worn(room, talk)) == ("closed", shop.mia.id, ["wismo"])
    assert await planned.carry_due(room.desk.store, at=stamps.now()) == 0
    assert (await shop.calls(), now.notes) == (0, 0)
    assert await left(room) == 1
    now = await room.now(talk)
    assert (await shop.calls(), now.notes, now.state) == (1, 1, "closed")
    assert await left(room) == 0 and await shop.calls() == 1, "once"


async def test_taking_it_back_takes_all_of_it_back(shop: Shop) -> None:
    room, talk = shop.room, await shop.room.opened()
    since = stamps.now()
    reply = await sent(room, talk, [*everything(shop), Priority(1)])
    await undone(room, talk, since)
    now = await room.now(talk)
    assert (now.state, now.assignee_id, now.priority, await worn(room, talk)) == ("open", "", 0, [])
    assert await drafts.find(room.desk.store, shop.w, talk.id, shop.mia.id) is not None
    assert await left(room) == 1, "the row is settled as dropped"
    assert (await shop.calls(), (await room.now(talk)).notes) == (0, 0)
    assert await planned.of_message(room.desk.store, shop.w, reply.id) is None


async def test_a_customer_who_writes_first_stops_what_waits_as_well(shop: Shop) -> None:
    room, talk = shop.room, await shop.room.opened()
    async with room.desk.store.write() as tx:
        reply = (await answering.reply(tx, talk, message.said("Later"), by=room.mia, send_at=stamps.now() + stamps.HOUR, unless_answered=True))[
            1
        ]
        await planned.beside(tx, talk, reply, [CallTarget(shop.target.id)], by=room.mia, cause=WISMO)
    await room.heard(talk, "Never mind")
    await left(room)
    assert await shop.calls() == 0


async def test_what_is_refused_by_then_is_told_and_none_of_it_is_done(shop: Shop) -> None:
    room, talk = shop.room, await shop.room.opened()
    await sent(room, talk, [Note("<p>Told the carrier</p>"), CallTarget(shop.target.id)])
    await room.do(targets.turn, shop.target, "off")
    assert await left(room) == 1
    assert (await shop.calls(), (await room.now(talk)).notes, (await lines(room, talk))[-1]) == (0, 0, "steps_failed")
    told = (await trail.page(room.desk.store, talk))[0].detail
    assert told == {"name": "Where is my parcel", "reason": "Call Refund in the cart: It is switched off."}
    assert await left(room) == 0


async def test_beside_a_note_everything_is_done_at_once_in_its_order(shop: Shop) -> None:
    room, talk = shop.room, await shop.room.opened()
    now = await taken(room, talk, everything(shop))
    assert (now.state, now.notes, await shop.calls()) == ("closed", 1, 1)


async def through(room: Room, job: bulk.Job) -> bulk.Job:
    while await bulk.work_due(room.desk.store, at=stamps.now(), count=100, answer=planned.answer):
        pass
    return await bulk.by_id(room.desk.store, room.workspace_id, job.id)


async def test_many_are_answered_with_a_macro_and_its_steps_and_taken_back(shop: Shop) -> None:
    room = shop.room
    steps: list[Step] = [Tag(["wismo"]), Field("reason", "x"), CallTarget(shop.target.id), Close()]
    one = await room.do(macros.add, shop.w, "On its way", "<p>Hi {{customer.first_name|there}}</p>", steps=steps)
    talks = [await room.opened() for _ in range(3)]
    job = await room.do(bulk.start, shop.w, "reply", one.id, [talk.id for talk in talks], by=room.mia)
    done = await through(room, job)
    assert (done.done, done.failed) == (3, 0)
    assert [((await room.now(talk)).state, await worn(room, talk)) for talk in talks] == [("closed", ["wismo"])] * 3
    back = await room.do(bulk.undo, done, by=room.mia)
    assert (await through(room, back)).failed == 0
    assert [((await room.now(talk)).state, await worn(room, talk), (await room.now(talk)).fields) for talk in talks] == [("open", [], {})] * 3
    await left(room)
    assert await shop.calls() == 0


async def test_many_where_a_value_is_missing_are_left_for_the_hand(room: Room) -> None:
    one = await room.do(macros.add, room.workspace_id, "Where is it", "<p>{{order.tracking_url}}</p>", steps=[Close()])
    talk = await room.opened()
    job = await through(room, await room.do(bulk.start, room.workspace_id, "reply", one.id, [talk.id], by=room.mia))
    assert (job.done, job.failed, (await room.now(talk)).state) == (0, 1, "open")


async def test_a_macro_without_a_text_is_done_to_many_without_an_answer(room: Room) -> None:
    one = await room.do(macros.add, room.workspace_id, "Spam", "", tags=["spam"], steps=[Close()])
    talk = await room.opened()
    job = await through(room, await room.do(bulk.start, room.workspace_id, "reply", one.id, [talk.id], by=room.mia))
    assert (job.done, (await room.now(talk)).state, await room.texts(talk)) == (1, "closed", ["Where is my parcel?"])
