"""Everything one application of a rule did, taken back at once; and what of it stays, said."""

from random import Random

import pytest

from tests.automations.automated import Automated, tag
from tests.automations.test_calls import target
from tests.email.office import FROM_ADA
from tillside.agents import team
from tillside.automations import rule as rules
from tillside.automations.rule import Doing, Forward
from tillside.base import stamps
from tillside.base.errors import Conflict
from tillside.conversations import conversation as conversations
from tillside.conversations import deliveries, editing, fields, handing, message, undoing
from tillside.conversations.conversation import Conversation
from tillside.conversations.trail import UNDO_FOR, Step
from tillside.macros import macro, step

pytestmark = pytest.mark.anyio
_CHANGES = {"updated_at", "version", "newest_at", "last_message_at", "sort_at", "first_closed_at"}


async def shape(desk: Automated, one: Conversation) -> dict[str, object]:
    """What people see of a conversation."""
    now = await desk.room.now(one)
    seen = {name: getattr(now, name) for name in conversations.NAMES if name not in _CHANGES}
    said = [each.text for each in await message.page(desk.store, desk.w, one.id, waiting=True)]
    return {**seen, "tags": await desk.tags(one), "said": said}


async def back(desk: Automated, one: Conversation) -> list[str]:
    """Mia takes the application back; what stayed."""
    line = await applied(desk, one)
    return (await desk.room.do(undoing.take_back, desk.w, line.id, by=desk.room.mia))[1]


async def applied(desk: Automated, one: Conversation) -> Step:
    return (await desk.trail(one, "rule_applied"))[-1]


async def test_everything_an_application_did_goes_back_at_once(desk: Automated) -> None:
    """Also what a macro did for it; the letters that wait never leave."""
    await desk.room.do(fields.add, desk.w, "Mood", format="line")
    crew = await desk.room.do(team.add, desk.w, "Parcels")
    made = await desk.room.do(macro.add, desk.w, "Calm", "", steps=[step.Field("mood", "calm"), step.Note("A note")])
    one = await desk.begins(source=FROM_ADA)
    before = await shape(desk, one)
    steps: list[Doing] = [tag("one"), step.Assign(desk.room.mia.id), step.Give(crew.id), step.Priority(1), step.RunMacro(made.id)]
    await desk.rule("tagging", "All of it", [*steps, Forward("repairs@supplier.example"), step.Reply("We look."), step.Snooze(60)])
    await desk.writes(one, "Hello?")
    within = await shape(desk, one)
    assert within["tags"] == ["one"] and within["state"] == "snoozed" and within["notes"] == 2
    assert await back(desk, one) == []
    after = await shape(desk, one)
    assert after == {**before, "said": ["Where is my parcel?", "Hello?"], "messages": 2, "last_line": "Hello?"}
    assert not await deliveries.due(desk.store, at=stamps.now() + stamps.DAY, count=9)
    (told,) = await desk.trail(one, "undone")
    assert (told.detail["name"], told.actor.id) == ("All of it", desk.room.mia.id)
    assert all(line.undone_at for line in await desk.trail(one) if line.undo and line.actor.kind == "rule")
    with pytest.raises(Conflict):
        await back(desk, one)


async def test_whatever_a_rule_does_in_whatever_order_it_goes_back(desk: Automated) -> None:
    for key in ("Mood", "Day"):
        await desk.room.do(fields.add, desk.w, key, format="line")
    pool: list[Doing] = [tag("one"), tag("two"), step.Tag(remove=["two"]), step.Assign(desk.room.jonas.id), step.Priority(1)]
    pool += [step.Priority(-1), step.Field("mood", "good"), step.Field("day", "Monday"), step.Field("mood"), step.Close(), step.Reopen()]
    pool += [step.Snooze(5), step.Note("A note"), step.Reply("We look."), step.Assign("")]
    await desk.begins()
    draw = Random(7)
    for number in range(12):
        chosen = draw.sample(pool, k=draw.randint(1, 7))
        rule = await desk.rule("tagging", f"Rule {number}", [tag("two"), *chosen], when="rated")
        one = await desk.begins(source=FROM_ADA)
        before = await shape(desk, one)
        await desk.room.do(editing.rate, one, 4, by=desk.room.jonas)
        await desk.caught_up()
        assert (await applied(desk, one)).actor.id == rule.id
        assert await back(desk, one) == [], chosen
        after = await shape(desk, one)
        expected = {**before, **{name: after[name] for name in ("rating", "rated_at", "rating_asked_at")}}
        assert after == expected, chosen
        await desk.room.do(rules.remove, rule)


async def test_what_left_and_what_changed_since_stays_and_is_said(desk: Automated) -> None:
    await desk.rule("tagging", "Some", [tag("one"), step.Priority(1), step.Reply("We look.")])
    one = await desk.begins(channel="messenger")
    await desk.room.do(handing.press, one, -1, by=desk.room.mia)
    assert await back(desk, one) == ["the priority, changed since", "the reply, which was sent"]
    now = await desk.room.now(one)
    assert now.priority == -1 and await desk.tags(one) == [] and await desk.said(one) == ["We look."]
    (told,) = await desk.trail(one, "undone")
    assert told.detail["left"] == ["the priority, changed since", "the reply, which was sent"]


async def test_a_call_stays_and_where_nothing_can_go_back_it_is_said_whole(desk: Automated) -> None:
    await desk.rule("tagging", "Calls", [step.CallTarget((await target(desk)).id), tag("one")])
    one = await desk.begins()
    assert await back(desk, one) == ["the call of ERP"]
    await desk.rule("reply", "Only says", [step.Reply("We look.")])
    other = await desk.begins(channel="messenger")
    assert (await applied(desk, other)).undo is None, "what is said in the messenger is said"
    third = await desk.begins(source=FROM_ADA)
    (reply,) = [each for each in await message.page(desk.store, desk.w, third.id) if each.kind == "agent"]
    way = (await deliveries.of_messages(desk.store, desk.w, [reply.id]))[reply.id]
    assert await deliveries.hold(desk.store, way, at=stamps.now(), until=stamps.now() + stamps.HOUR, letter_id="<one@fern.example>")
    with pytest.raises(Conflict, match="the reply, which was sent"):
        await back(desk, third)
    assert (await applied(desk, third)).undone_at is None


async def test_after_thirty_days_it_stays(desk: Automated) -> None:
    await desk.rule("tagging", "Tags", [tag("one")])
    one = await desk.begins()
    with stamps.as_of(stamps.now() + UNDO_FOR + stamps.HOUR), pytest.raises(Conflict):
        await back(desk, one)
    assert await desk.tags(one) == ["one"]


async def test_taking_a_tag_off_is_no_tag_added(desk: Automated) -> None:
    await desk.rule("tagging", "Any tag", [step.Note("A tag")], when="tag_added")
    await desk.rule("tagging", "Tags", [tag("one")])
    one = await desk.begins()
    assert await desk.applied(one) == ["Tags", "Any tag"]
    line = (await desk.trail(one, "rule_applied"))[0]
    await desk.room.do(undoing.take_back, desk.w, line.id, by=desk.room.mia)
    await desk.caught_up()
    assert await desk.applied(one) == ["Tags", "Any tag"] and len(await desk.trail(one, "tagged")) == 2
