"""States, hands, tags, fields, orders, rating, and the way back from each."""

from typing import Any

import pytest

from tests.conversations.room import ADA, SCRIPT, Room
from tillside.agents import team
from tillside.base import stamps
from tillside.base.errors import Conflict, Refused, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import editing, fields, handing, participants, states, tagging, tags, trail, undoing
from tillside.conversations.conversation import Conversation

pytestmark = pytest.mark.anyio


def shape(one: Conversation) -> dict[str, Any]:
    """Everything but what a clock or a counter of changes moves."""
    return {name: getattr(one, name) for name in one.__struct_fields__ if name not in ("version", "updated_at")}


async def undo_last(room: Room, one: Conversation) -> Conversation:
    step = next(step for step in await trail.page(room.desk.store, one) if step.undo and not step.undone_at)
    return await room.do(undoing.undo, room.workspace_id, step.id, by=room.jonas)


async def test_closing_and_reopening(room: Room) -> None:
    one = await room.opened()
    closed = await room.do(states.close, one, by=room.mia)
    assert closed.state == "closed" and closed.closed_at == closed.first_closed_at and closed.waiting_since is None
    assert await room.do(states.close, one, by=room.mia) == closed, "twice is once"
    again = await room.do(states.reopen, closed, by=room.mia)
    assert (again.state, again.closed_at, again.first_closed_at) == ("open", None, closed.first_closed_at)


async def test_a_snooze_ends_by_itself_and_comes_to_the_top(room: Room) -> None:
    one = await room.opened()
    until = stamps.now() + stamps.HOUR
    await room.do(states.snooze, one, until, by=room.mia)
    other = await room.opened()
    assert await states.wake_due(room.desk.store, at=until - 1) == 0
    assert await states.wake_due(room.desk.store, at=until) == 1
    woken = await room.now(one)
    assert woken.is_open and woken.snoozed_until is None and woken.sort_at > other.sort_at
    assert (await trail.page(room.desk.store, one))[0].actor.kind == "system"


async def test_a_snooze_until_a_reply_does_not_end_by_time(room: Room) -> None:
    one = await room.do(states.snooze, await room.opened(), conversations.UNTIL_REPLY, by=room.mia)
    assert await states.wake_due(room.desk.store, at=2**60) == 0
    assert (await room.now(one)).state == "snoozed"


async def test_a_snooze_until_yesterday_is_refused(room: Room) -> None:
    with pytest.raises(Refused):
        await room.do(states.snooze, await room.opened(), stamps.now() - 1, by=room.mia)


async def test_the_trash_gives_back_what_it_took(room: Room) -> None:
    closed = await room.do(states.close, await room.opened(), by=room.mia)
    assert (await room.do(states.trash, closed, by=room.mia)).state == "trash"
    assert shape(await room.do(states.restore, closed, by=room.mia)) == shape(closed)
    with pytest.raises(Conflict):
        await room.do(states.restore, closed, by=room.mia)


async def test_hands_and_priority(room: Room) -> None:
    one = await room.opened()
    crew = await room.do(team.add, room.workspace_id, "Parcels")
    one = await room.do(handing.assign, one, room.jonas.id, by=room.mia)
    one = await room.do(handing.give, one, crew.id, by=room.mia)
    one = await room.do(handing.press, one, conversations.HIGH, by=SCRIPT)
    assert (one.assignee_id, one.team_id, one.priority) == (room.jonas.id, crew.id, 1)
    steps = await trail.page(room.desk.store, one)
    assert [(step.kind, step.actor.kind) for step in steps[:3]] == [("prioritised", "api"), ("given", "agent"), ("assigned", "agent")]
    with pytest.raises(Refused):
        await room.do(handing.assign, one, "agt_nobody", by=room.mia)
    with pytest.raises(Unknown):
        await room.do(handing.give, one, "tea_none", by=room.mia)
    assert (await room.do(handing.assign, one, conversations.NOBODY, by=room.mia)).assignee_id == ""


async def test_every_change_can_be_taken_back_once(room: Room) -> None:
    one = await room.opened()
    crew = await room.do(team.add, room.workspace_id, "Parcels")
    changes: list[tuple[Any, ...]] = [
        (states.close,),
        (states.snooze, stamps.now() + stamps.DAY),
        (states.trash,),
        (handing.assign, room.mia.id),
        (handing.give, crew.id),
        (handing.press, 1),
        (editing.rename, "Another subject"),
        (editing.set_fields, {"colour": "green"}),
        (tagging.add, ["vip", "late"]),
    ]
    for verb, *given in changes:
        before = shape(await room.now(one)), await tags.worn(room.desk.store, room.workspace_id, [one.id])
        changed = await room.do(verb, one, *given, by=room.mia)
        step = (await trail.page(room.desk.store, one))[0]
        back = await room.do(undoing.undo, room.workspace_id, step.id, by=room.jonas)
        assert (shape(back), await tags.worn(room.desk.store, room.workspace_id, [one.id])) == before, verb
        assert back.version > changed.version > one.version
        with pytest.raises(Conflict):
            await room.do(undoing.undo, room.workspace_id, step.id, by=room.jonas)


async def test_what_changed_since_is_not_taken_back(room: Room) -> None:
    one = await room.do(states.close, await room.opened(), by=room.mia)
    await room.heard(one, "But it is still not here")
    step = next(step for step in await trail.page(room.desk.store, one) if step.kind == "closed")
    with pytest.raises(Conflict):
        await room.do(undoing.undo, room.workspace_id, step.id, by=room.mia)
    assert (await trail.one(room.desk.store, room.workspace_id, step.id)).undone_at is None


async def test_a_change_that_changes_nothing_is_not_told(room: Room) -> None:
    one = await room.do(tagging.add, await room.do(handing.assign, await room.opened(), room.mia.id, by=room.mia), ["vip"], by=room.mia)
    since = await room.last_told()
    calls = ((handing.assign, room.mia.id), (handing.press, 0), (editing.rename, "Parcel"), (tagging.add, ["vip"]), (tagging.remove, ["gone"]))
    for verb, given in calls:
        assert await room.do(verb, one, given, by=room.mia) == one, verb  # type: ignore[arg-type]  # verbs of two kinds in one table
    assert await room.told(since) == []


async def test_a_conversation_changed_meanwhile_is_a_conflict_for_who_says_what_they_saw(room: Room) -> None:
    one = await room.opened()
    await room.heard(one)
    with pytest.raises(Conflict):
        await room.do(conversations.hold, one, version=one.version)


async def test_tags_are_a_set_by_id_or_name_and_tell_how_they_were_named(room: Room) -> None:
    vip = await room.do(tags.add, room.workspace_id, "VIP", color="gold")
    one = await room.do(tagging.add, await room.opened(), ["vip ", "", "late parcel", vip.id], by=room.mia)

    async def worn() -> list[tuple[str, str]]:
        return [(each.name, each.given) for each in (await tags.worn(room.desk.store, room.workspace_id, [one.id])).get(one.id, [])]

    assert await worn() == [("VIP", vip.id), ("late parcel", "late parcel")]
    await room.do(tagging.add, one, ["Vip"], by=room.mia)
    assert (await worn())[0] == ("VIP", "Vip")
    await room.do(tagging.remove, one, ["LATE  parcel", "never there"], by=room.mia)
    await room.do(tagging.replace, one, ["new", "vip"], by=room.mia)
    assert [name for name, _ in await worn()] == ["VIP", "new"]
    await room.do(tagging.replace, one, [""], by=room.mia)
    assert await worn() == []
    assert [tag.name for tag in await tags.every(room.desk.store, room.workspace_id)] == ["late parcel", "new", "VIP"]


async def test_too_many_tags_are_refused(room: Room) -> None:
    with pytest.raises(Refused):
        await room.do(tagging.add, await room.opened(), [f"t{number}" for number in range(101)], by=room.mia)


@pytest.mark.parametrize(
    ("format", "good", "kept", "bad"),
    [
        ("line", "as typed", "as typed", {"not": "text"}),
        ("choice", "return::DAMAGED", "Return::Damaged", "Return"),
        ("yes_no", "yes", True, "perhaps"),
        ("date", "2026-05-01T10:00:00Z", "2026-05-01", "tomorrow"),
        ("number", "12.5", 12.5, "12,5"),
        ("order", "1001", "1001", 1.5),
    ],
)
async def test_a_field_takes_what_its_format_says(room: Room, format: str, good: Any, kept: Any, bad: Any) -> None:
    await room.do(fields.add, room.workspace_id, "What happened", format=format, choices=["Return::Damaged", "Return::Late"])
    one = await room.do(editing.set_fields, await room.opened(), {"whatHappened": good, "unknownKey": 1}, by=room.mia)
    assert one.fields == {"whatHappened": kept, "unknownKey": 1}
    with pytest.raises(Refused) as refused:
        await room.do(editing.set_fields, one, {"whatHappened": bad}, by=room.mia)
    assert refused.value.field == "customFields.whatHappened"
    assert (await room.do(editing.set_fields, one, {"whatHappened": ""}, by=room.mia)).fields == {"unknownKey": 1}


async def test_a_rating_is_one_to_five_and_the_last_one_counts(room: Room) -> None:
    one = await room.do(editing.rate, await room.opened(), 2, comment=" late ", by=ADA)
    assert (one.rating, one.rating_comment) == (2, "late") and one.rated_at is not None
    assert (await room.do(editing.rate, one, 5, by=ADA)).rating == 5
    with pytest.raises(Refused):
        await room.do(editing.rate, one, 6, by=ADA)


async def test_following_is_a_set(room: Room) -> None:
    one = await room.opened()
    for _ in range(2):
        await room.do(participants.follow, one, room.jonas.id, by=room.mia)
    await room.do(participants.take_part, one, "Bea@Example.com", role="cc", name="Bea")
    assert await participants.followers(room.desk.store, room.workspace_id, one.id) == [room.jonas.id]
    (bea,) = await participants.of_conversation(room.desk.store, room.workspace_id, one.id)
    assert (bea.address, bea.role) == ("bea@example.com", "cc")
    await room.do(participants.unfollow, one, room.jonas.id, by=room.mia)
    assert await participants.followers(room.desk.store, room.workspace_id, one.id) == []


async def test_closing_is_told_to_the_shopper_and_handing_over_is_not(room: Room) -> None:
    one = await room.opened()
    since = await room.last_told()
    await room.do(handing.assign, one, room.jonas.id, by=room.mia)
    await room.do(tagging.add, one, ["cross"], by=room.mia)
    await room.do(states.close, one, by=room.mia)
    told = {line.kind: line.audience for line in await room.told(since)}
    assert told == {
        "conversation.assigned": "agents",
        "tag.added": "agents",
        "conversation.tagged": "agents",
        "conversation.closed": "all",
    }


async def test_an_undo_of_a_closing_is_found_for_the_undo_key(room: Room) -> None:
    one = await room.do(states.close, await room.opened(), by=room.mia)
    step = await trail.last_of(room.desk.store, room.workspace_id, room.mia.id, since=stamps.now() - 10 * stamps.SECOND)
    assert step is not None and step.kind == "closed"
    assert (await undo_last(room, one)).is_open
    assert await trail.last_of(room.desk.store, room.workspace_id, room.mia.id, since=stamps.now() - 10 * stamps.SECOND) is None
