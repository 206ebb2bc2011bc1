"""Why, and why not: sentences about what was seen."""

import pytest

from tests.automations.automated import Automated, has, says, tag
from tillside.automations import explain
from tillside.automations import rule as rules
from tillside.automations.rule import Rule, Trigger
from tillside.base import stamps
from tillside.conversations import states
from tillside.conversations.conversation import Conversation
from tillside.macros import step

pytestmark = pytest.mark.anyio


async def asked(desk: Automated, rule: Rule, one: Conversation) -> explain.WhyNot:
    fresh = await rules.by_id(desk.store, desk.w, rule.id)
    return await explain.why_not(desk.store, desk.home, fresh, await desk.room.now(one), at=stamps.now())


async def test_what_rules_did_is_told_newest_first(desk: Automated) -> None:
    await desk.rule("tagging", "Parcels", [tag("parcel")], blocks=[says("parcel")])
    await desk.rule("reply", "Broken", [step.Reply("{{order.tracking_number}}")], blocks=[says("parcel")])
    one = await desk.begins()
    failed, applied = await explain.why(desk.store, one)
    assert (applied.name, applied.outcome, applied.trigger, applied.did) == ("Parcels", "applied", "A customer writes", ["Add tag parcel"])
    assert applied.facts == ["Text of the message contains any of “parcel”: it was “Where is my parcel?”"]
    assert failed.outcome == "failed" and "tracking" in failed.reason


async def test_what_would_match_would_be_applied(desk: Automated) -> None:
    one = await desk.begins()
    rule = await desk.rule("tagging", "Parcels", [tag("parcel")], blocks=[says("refund"), says("parcel")])
    one = await desk.writes(one, "My parcel!")
    found = await asked(desk, rule, await desk.answers(one))
    assert found.would and found.reasons == []
    assert found.facts[0] == "Text of the message contains any of “refund”: it was “My parcel!”"


async def test_each_thing_that_keeps_a_rule_is_said(desk: Automated) -> None:
    one = await desk.begins(assignee_id=desk.room.mia.id)
    rule = await desk.rule("assignment", "To Jonas", [step.Assign(desk.room.jonas.id)], blocks=[says("refund")])
    assert (await asked(desk, rule, one)).reasons == [
        "Nothing has happened here since it went live.",
        "The conversation is mia's already, and this rule does not reassign.".replace("mia", "Mia"),
        "Its condition is not met.",
    ]
    await desk.room.do(rules.set_live, rule, False)
    assert (await asked(desk, rule, one)).reasons[0] == "It is paused."
    await desk.room.do(states.trash, one, by=desk.room.mia)
    assert "The conversation is in the trash." in (await asked(desk, rule, one)).reasons


async def test_an_earlier_rule_that_leaves_nothing_is_named(desk: Automated) -> None:
    await desk.rule("tagging", "Spam", [tag("spam")], blocks=[says("parcel")], stops=True)
    await desk.rule("reply", "First", [step.Reply("One")])
    second = await desk.rule("reply", "Second", [step.Reply("Two")])
    other = await desk.rule("reply", "Rated", [step.Reply("Thanks")], when="rated")
    one = await desk.writes(await desk.begins("Hello"), "My parcel")
    assert (await asked(desk, second, one)).reasons == [
        "“Spam” comes before it, matches too, and stops all that follow.",
        "“First” stands above it and matches too; of this list only the first runs.",
    ]
    assert (await asked(desk, other, one)).would, "what comes with another trigger is not in its way"


async def test_its_own_doing_and_the_most_in_an_hour_are_said(desk: Automated) -> None:
    rule = await desk.rule("tagging", "Urgent", [step.Priority(1)], when="customer_wrote")
    one = await desk.begins()
    assert "What happened here last was its own doing; no rule answers itself." in (await asked(desk, rule, one)).reasons
    async with desk.store.write() as tx:
        await tx.many(
            "insert into rule_run (workspace_id, id, rule_id, conversation_id, at, outcome, chain)"
            " values (:w, :id, :rule, :conversation, :at, 'applied', '[]')",
            [(desk.w, f"rrn_{number}", rule.id, one.id, stamps.now()) for number in range(20)],
        )
    assert any("20 times" in reason for reason in (await asked(desk, rule, one)).reasons)


async def test_a_rule_that_waits_says_how_long(desk: Automated) -> None:
    blocks = [[has("ticket.status", "is", "OPEN")]]
    rule = await desk.rule("tagging", "Late", [tag("late")], when=Trigger("waiting", minutes=90), blocks=blocks)
    found = await asked(desk, rule, await desk.begins())
    assert found.would and found.reasons == ["It waits for its time, in 90 minutes."]
    await desk.rings(91)
    assert (await asked(desk, rule, await desk.begins("Another"))).would


async def test_hours_of_business_are_a_condition(desk: Automated) -> None:
    rule = await desk.rule("tagging", "Closed", [tag("closed")], blocks=[[has("hours.open", "is_false")]])
    one = await desk.begins()
    assert (await asked(desk, rule, one)).facts == ["We are open is no: it was “yes”"]
