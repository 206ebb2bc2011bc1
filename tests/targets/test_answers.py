"""What an answer does here: fields, notes, cards; and what targets are told of what happens."""

import json

import pytest

from tests.support import behave
from tests.targets.yard import Yard
from tillside.agents import workspace
from tillside.base import stamps
from tillside.conversations import answering, fields, message, states
from tillside.conversations.conversation import Conversation
from tillside.edges.api import happened
from tillside.feeds.heed import Heed
from tillside.targets import cards, hooks
from tillside.targets import target as targets
from tillside.targets.cards import Card
from tillside.targets.hooks import Hooks
from tillside.targets.shape import Mapping
from tillside.targets.target import Target

ORDER = b'{"order": {"status": "cancelled", "refund": {"amount": "12.50"}, "lines": [{"name": "Notebook"}], "day": "soon"}}'


async def test_parts_of_an_answer_become_fields(yard: Yard) -> None:
    talk = await yard.room.opened()
    await yard.room.do(fields.add, yard.workspace_id, "Refunded", format="number")
    yard.receiver.does("/hook", behave.answer(200, ORDER, headers=[("Content-Type", "application/json")]))
    wanted = [Mapping("/order/status", "field", "cartStatus"), Mapping("/order/refund/amount", "field", "refunded")]
    await yard.called(await yard.target(mapping=[*wanted, Mapping("/order/none", "field", "nothing")]), talk)
    await yard.drained()
    assert (await yard.room.now(talk)).fields == {"cartStatus": "cancelled", "refunded": 12.5}
    assert await yard.room.texts(talk) == ["Where is my parcel?"]


async def test_a_field_that_cannot_take_the_value_is_told_and_the_others_are_kept(yard: Yard) -> None:
    talk = await yard.room.opened()
    await yard.room.do(fields.add, yard.workspace_id, "Day", format="date")
    yard.receiver.does("/hook", behave.answer(200, ORDER))
    wanted = [Mapping("/order/day", "field", "day"), Mapping("/order/status", "field", "cartStatus")]
    call = await yard.called(await yard.target(mapping=wanted), talk)
    await yard.drained()
    assert await yard.state(call) == "done"
    assert (await yard.room.now(talk)).fields == {"cartStatus": "cancelled"}
    assert "The answer for day was not kept" in (await yard.room.texts(talk))[-1]


async def test_an_answer_can_be_a_note_that_no_customer_reads(yard: Yard) -> None:
    talk = await yard.room.opened()
    yard.receiver.does("/hook", behave.answer(200, ORDER))
    mapping = [Mapping("/order/status", "shown", "Status"), Mapping("/order/lines/0/name", "shown", "First line")]
    await yard.called(await yard.target(shows="note", mapping=mapping), talk)
    await yard.drained()
    note = (await message.page(yard.store, yard.workspace_id, talk.id))[-1]
    assert note.is_note and note.text == "Cart answered:\nStatus: cancelled\nFirst line: Notebook"
    assert (note.author.kind, note.author.name) == ("system", "Cart")


async def test_an_answer_can_be_a_card_beside_the_conversation(yard: Yard) -> None:
    talk = await yard.room.opened()
    yard.receiver.does("/hook", behave.answer(200, ORDER), behave.answer(200, b"not json"))
    target = await yard.target(shows="card", mapping=[Mapping("/order/refund", "shown", "Refund")])
    for _ in range(2):
        await yard.called(target, talk)
        await yard.drained()
    (card,) = await cards.of_conversation(yard.store, yard.workspace_id, talk.id, at=yard.at)
    assert (card.name, card.facts, card.is_due) == ("Cart", [("Refund", '{"amount":"12.50"}')], False)


async def test_a_pull_card_is_asked_for_once_in_a_while_and_stays_when_that_fails(yard: Yard) -> None:
    talk = await yard.room.opened()
    yard.receiver.does("/points", behave.answer(200, b'{"points": 120}'), behave.answer(500), behave.answer(200, b'{"points": 90}'))
    target = await yard.target(
        "Points", "/points", method="GET", content="none", is_card=True, card_seconds=60, mapping=[Mapping("/points", "shown", "Points")]
    )
    assert [one.is_due for one in await cards.of_conversation(yard.store, yard.workspace_id, talk.id, at=yard.at)] == [True]
    assert (await _fetched(yard, talk, target)).facts == [("Points", "120")]
    assert (await _fetched(yard, talk, target, ahead=59 * stamps.SECOND)).facts == [("Points", "120")]
    assert len(yard.got("/points")) == 1
    stale = await _fetched(yard, talk, target, ahead=2 * stamps.SECOND)
    assert stale.facts == [("Points", "120")] and "It answered 500." in stale.reason
    assert (await _fetched(yard, talk, target, ahead=stamps.SECOND)).reason == stale.reason
    assert len(yard.got("/points")) == 2
    fresh = await _fetched(yard, talk, target, ahead=stamps.MINUTE)
    assert (fresh.facts, fresh.reason) == ([("Points", "90")], "")


async def _fetched(yard: Yard, talk: Conversation, target: Target, *, ahead: int = 0) -> Card:
    yard.at += ahead
    home = await workspace.by_id(yard.store, yard.workspace_id)
    return await cards.fetched(yard.store, yard.caller, home, talk, target, at=yard.at)


async def follower(yard: Yard) -> Heed:
    made = Hooks(happened.describe).heed()
    await caught_up(yard, made)
    return made


async def caught_up(yard: Yard, heed: Heed) -> None:
    while await heed.step(yard.store):
        pass


async def test_a_subscribed_target_is_told_what_the_change_feed_shows(yard: Yard) -> None:
    heed = await follower(yard)
    target = await yard.target(events=["ticket.closed", "comment.*"], body="")
    talk = await yard.room.opened()
    await yard.room.do(states.close, talk, by=yard.room.mia)
    await caught_up(yard, heed)
    await caught_up(yard, heed)
    await yard.drained()
    told = [json.loads(body) for body in yard.bodies()]
    assert [one["type"] for one in told] == ["comment.added", "ticket.closed"]
    assert told[1]["ticket_id"] == talk.id and told[1]["data"]["by"]["name"] == "Mia"
    assert yard.got()[0].header("content-type") == "application/json"
    rows = await yard.store.read(
        "select cause_kind, cause_name, conversation_id from call where target_id = :id order by position", id=target.id
    )
    assert rows == [("webhook", "comment.added", talk.id), ("webhook", "ticket.closed", talk.id)]


async def test_nobody_is_told_what_a_target_did_or_that_it_was_called(yard: Yard) -> None:
    heed = await follower(yard)
    yard.receiver.does("/hook", behave.answer(200, ORDER))
    talk = await yard.room.opened()
    await caught_up(yard, heed)
    mapping = [Mapping("/order/status", "field", "cartStatus"), Mapping("/order/status", "shown", "Status")]
    target = await yard.target(events=["*"], shows="note", mapping=mapping)
    await yard.called(target, talk)
    for _ in range(3):
        await caught_up(yard, heed)
        await yard.drained()
    assert (await yard.room.now(talk)).fields == {"cartStatus": "cancelled"}
    causes = await yard.store.read("select cause_kind, cause_name from call order by position")
    assert causes == [("hand", "")]
    await yard.room.do(answering.note, talk, message.said("For us"), by=yard.room.mia)
    await caught_up(yard, heed)
    causes = await yard.store.read("select cause_kind, cause_name from call order by position")
    assert causes[1:] == [("webhook", "comment.added")]


async def test_a_target_that_is_off_or_another_workspace_s_is_not_told(yard: Yard) -> None:
    heed = await follower(yard)
    target = await yard.target(events=["*"])
    await yard.room.do(targets.turn, target, "off")
    await yard.room.opened()
    await caught_up(yard, heed)
    assert await yard.store.read("select id from call order by id limit 5") == []


@pytest.mark.parametrize(
    ("events", "event", "is_wanted"),
    [
        (["*"], "tag.added", True),
        (["ticket.*"], "ticket.closed", True),
        (["ticket.*"], "tickets.closed", False),
        (["ticket.closed"], "ticket.closed", True),
        ([], "x.y", False),
    ],
)
def test_a_subscription_names_an_event_or_a_kind(events: list[str], event: str, is_wanted: bool) -> None:
    target = Target(name="x", workspace_id=1, id="tgt_x", events=events)
    assert hooks.wants(target, event) == is_wanted
