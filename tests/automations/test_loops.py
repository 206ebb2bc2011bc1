"""Loops: none by construction, and what goes round by ways we cannot see comes to an end."""

import pytest

from tests.automations.automated import Automated, says, tag
from tests.conversations.room import SCRIPT
from tillside.agents.actor import Actor
from tillside.automations import rule as rules
from tillside.automations import runs
from tillside.automations.rule import Trigger
from tillside.base import stamps
from tillside.conversations import editing, fields, states, tagging, tags
from tillside.feeds import activity
from tillside.macros import step

pytestmark = pytest.mark.anyio


async def test_no_rule_ever_answers_itself(desk: Automated) -> None:
    """Every trigger a rule's own doing could be: its tag, its field, its reply, its snooze."""
    await desk.room.do(tags.add, desk.w, "one")
    await desk.room.do(fields.add, desk.w, "Mood", format="line")
    await desk.rule("tagging", "Tags", [tag("one"), step.Tag(remove=["one"]), tag("one")], when="tag_added")
    await desk.rule("tagging", "Fields", [step.Field("mood", "good"), step.Priority(1), step.Priority(0)], when="field_changed")
    await desk.rule("reply", "Answers", [step.Reply("Thank you."), step.Note("Answered.")], when="agent_wrote")
    await desk.rule("reply", "Follows up", [step.Reply("Anything else?")], when=Trigger("since_last_reply", minutes=5))
    await desk.rule("tagging", "Sleeps", [step.Snooze(1)], when="snooze_ended")
    one = await desk.begins()
    async with desk.store.write() as tx:
        now = await tagging.add(tx, one, ["first"], by=desk.room.mia)
        await editing.set_fields(tx, now, {"order": "12"}, by=desk.room.mia)
    one = await desk.answers(one)
    for minutes in (6, 12, 30, 600):
        await desk.rings(minutes)
    lines = await desk.trail(one)
    causes = {line.id: line.actor for line in lines}
    for line in await desk.trail(one, "rule_applied"):
        assert causes[line.id].id == line.detail["rule"]
    rows = await desk.store.read("select rule_id, chain from rule_run order by at, id")
    assert rows, "rules were applied"
    for rule_id, chain in rows:
        assert chain.count(rule_id) == 1, "no rule stands twice in what led to it"


async def test_two_rules_that_wake_each_other_stop_after_one_round(desk: Automated) -> None:
    for name in ("ping", "pong"):
        await desk.room.do(tags.add, desk.w, name)
    await desk.rule("tagging", "Ping", [tag("ping"), step.Tag(remove=["pong"])], when=Trigger("tag_added", tags=["pong"]))
    await desk.rule("tagging", "Pong", [tag("pong"), step.Tag(remove=["ping"])], when=Trigger("tag_added", tags=["ping"]))
    one = await desk.begins()
    await desk.room.do(tagging.add, one, ["ping"], by=desk.room.mia)
    await desk.caught_up()
    assert await desk.applied(one) == ["Pong", "Ping"]


async def test_rules_wake_each_other_at_most_three_deep(desk: Automated) -> None:
    for number in range(1, 6):
        await desk.rule("tagging", f"Rule {number}", [tag(f"tag {number}")], when=Trigger("tag_added", tags=[f"tag {number - 1}"]))
    one = await desk.begins()
    await desk.room.do(tagging.add, one, ["tag 0"], by=desk.room.mia)
    await desk.caught_up()
    assert await desk.applied(one) == ["Rule 1", "Rule 2", "Rule 3"]
    (line,) = await desk.trail(one, "rule_skipped")
    assert line.actor.name == "Rule 4" and "3 rules in a row" in line.detail["reason"]


async def test_a_program_that_answers_every_rule_is_cut_off_and_told(desk: Automated) -> None:
    """A receiver that writes back through REST has no chain we could see: the number in an hour ends it."""
    await desk.rule("reply", "Answers", [step.Reply("Thank you.")], when="agent_wrote")
    one = await desk.begins()
    for number in range(runs.MOST_AN_HOUR + 5):
        await desk.room.replied(one, f"Automatic answer {number}", by=SCRIPT)
        await desk.caught_up()
    assert len(await desk.applied(one)) == runs.MOST_AN_HOUR
    (line,) = await desk.trail(one, "rule_skipped")
    assert "20 times within an hour" in line.detail["reason"], "said once, not once for each"
    with stamps.as_of(stamps.now() + 2 * stamps.HOUR):
        await desk.room.replied(one, "Later", by=SCRIPT)
        await desk.caught_up()
        assert len(await desk.applied(one)) == runs.MOST_AN_HOUR + 1


async def test_a_rule_s_reply_is_no_agent_s_answer(desk: Automated) -> None:
    await desk.rule("reply", "Acknowledges", [step.Reply("We read this soon.")], blocks=[says("parcel")])
    await desk.rule("tagging", "Answered", [tag("answered")], when="agent_wrote")
    one = await desk.begins()
    assert (await desk.said(one), await desk.tags(one)) == (["We read this soon."], [])
    assert one.waiting_since is not None and one.first_response_at is None, "they wait for a person"
    assert await desk.tags(await desk.answers(one)) == ["answered"]


async def test_a_snooze_a_rule_set_does_not_wake_that_rule(desk: Automated) -> None:
    await desk.rule("tagging", "Sleeps on", [step.Snooze(1)], when="snooze_ended")
    await desk.rule("tagging", "Awake", [tag("awake")], when="snooze_ended")
    one = await desk.begins()
    await desk.room.do(states.snooze, one, stamps.now() + stamps.SECOND, by=desk.room.mia)
    for minutes in (1, 3, 5, 7):
        with stamps.as_of(stamps.now() + minutes * stamps.MINUTE):
            await states.wake_due(desk.store, at=stamps.now())
            await desk.caught_up()
    assert sorted(await desk.applied(one)) == ["Awake", "Sleeps on"]
    assert (await desk.room.now(one)).state == "open"


async def test_each_note_of_a_rule_s_doing_carries_its_origin(desk: Automated) -> None:
    rule = await desk.rule("reply", "Everything", [step.Reply("Hi"), tag("a"), step.Priority(1), step.Snooze(5)])
    since = await desk.room.last_told()
    one = await desk.begins()
    told = [each for each in await desk.room.told(since) if "origin" in each.detail]
    assert {each.kind for each in told if each.subject == one.id} >= {
        "conversation.rule_applied",
        "conversation.tagged",
        "conversation.prioritised",
        "conversation.snoozed",
        "message.added",
    }
    assert all(f'"origin":["{rule.id}"]' in each.detail for each in told)


async def test_what_an_answered_call_writes_is_the_doing_of_the_rule_that_called(desk: Automated) -> None:
    """The answer comes in a transaction of its own, long after: it is told as being for the rule, and the chain goes on from there."""
    await desk.room.do(fields.add, desk.w, "Stock", format="number")
    calling = await desk.rule("tagging", "Asks", [step.Note("Asked.")], when=Trigger("field_changed", key="stock"))
    other = await desk.rule("tagging", "Looks", [tag("looked")], when=Trigger("field_changed", key="stock"))
    one = await desk.begins()
    one = await desk.room.do(editing.set_fields, one, {"stock": 1}, by=desk.room.mia)
    await desk.caught_up()
    assert await desk.applied(one) == ["Asks", "Looks"]
    for number in (2, 3):
        async with desk.store.write() as tx:
            with activity.marked(tx, for_rule=calling.id):
                await editing.set_fields(tx, one, {"stock": number}, by=Actor("system", "tgt_1", "Stock"))
        await desk.room.do(tagging.remove, one, ["looked"], by=desk.room.mia)
        await desk.caught_up()
    assert (await rules.by_id(desk.store, desk.w, calling.id)).runs == 1
    assert (await rules.by_id(desk.store, desk.w, other.id)).runs == 3
