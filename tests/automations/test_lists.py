"""The law of each list (contract 4.1)."""

import pytest

from tests.automations.automated import Automated, has, says, tag
from tillside.automations import rule as rules
from tillside.conversations import handing, message
from tillside.edges.messenger import shapes
from tillside.macros import step

pytestmark = pytest.mark.anyio


async def test_every_tagging_rule_that_matches_runs(desk: Automated) -> None:
    await desk.rule("tagging", "Parcels", [tag("parcel")], blocks=[says("parcel")])
    await desk.rule("tagging", "Refunds", [tag("refund")], blocks=[says("refund")])
    await desk.rule("tagging", "Questions", [tag("question")], blocks=[says("where")])
    one = await desk.begins("Where is my parcel?")
    assert await desk.tags(one) == ["parcel", "question"]


async def test_only_the_first_reply_from_the_top_goes_out(desk: Automated) -> None:
    await desk.rule("reply", "No match", [step.Reply("Never")], blocks=[says("refund")])
    await desk.rule("reply", "Parcels", [step.Reply("It is on its way.")], blocks=[says("parcel")])
    third = await desk.rule("reply", "Everything", [step.Reply("Thank you for writing.")])
    one = await desk.begins()
    assert await desk.said(one) == ["It is on its way."]
    await desk.room.do(rules.move, third, 0)
    assert await desk.said(await desk.writes(one)) == ["It is on its way.", "Thank you for writing."]
    assert [rule.name for rule in await rules.every(desk.store, desk.w)] == ["Everything", "No match", "Parcels"]


async def test_the_first_assignment_that_matches_wins(desk: Automated) -> None:
    await desk.rule("assignment", "Refunds", [step.Assign(desk.room.mia.id)], blocks=[says("refund")])
    await desk.rule("assignment", "Parcels", [step.Assign(desk.room.jonas.id)], blocks=[says("parcel")])
    await desk.rule("assignment", "Rest", [step.Assign(desk.room.mia.id)])
    one = await desk.begins()
    assert one.assignee_id == desk.room.jonas.id and await desk.applied(one) == ["Parcels"]


@pytest.mark.parametrize("reassigns", [False, True])
async def test_what_is_somebody_s_already_stays_theirs_unless_the_rule_says_otherwise(desk: Automated, reassigns: bool) -> None:
    await desk.rule("assignment", "To Mia", [step.Assign(desk.room.mia.id)], reassigns=reassigns)
    one = await desk.begins(assignee_id=desk.room.jonas.id)
    assert one.assignee_id == (desk.room.mia if reassigns else desk.room.jonas).id


async def test_a_rule_that_may_not_reassign_lets_the_next_one_try(desk: Automated) -> None:
    await desk.rule("assignment", "To Mia", [step.Assign(desk.room.mia.id)])
    await desk.rule("assignment", "Refunds to Jonas", [step.Assign(desk.room.jonas.id)], blocks=[says("refund")], reassigns=True)
    one = await desk.begins()
    assert one.assignee_id == desk.room.mia.id
    assert (await desk.writes(one, "A refund, please")).assignee_id == desk.room.jonas.id


async def test_the_lists_run_assignment_then_tagging_then_replies(desk: Automated) -> None:
    await desk.rule("reply", "Answer", [step.Reply("Thank you.")])
    await desk.rule("tagging", "Tag", [tag("new")])
    await desk.rule("assignment", "Assign", [step.Assign(desk.room.mia.id)])
    assert await desk.applied(await desk.begins()) == ["Assign", "Tag", "Answer"]


async def test_a_rule_that_stops_ends_it_for_every_list_after_it(desk: Automated) -> None:
    await desk.rule("tagging", "Spam", [tag("spam")], blocks=[says("crypto")], stops=True)
    await desk.rule("tagging", "New", [tag("new")])
    await desk.rule("reply", "Answer", [step.Reply("Thank you.")])
    assert await desk.applied(await desk.begins("Buy crypto")) == ["Spam"]
    assert await desk.applied(await desk.begins("Hello")) == ["New", "Answer"]


async def test_a_rule_sees_what_the_rules_before_it_did(desk: Automated) -> None:
    await desk.rule("assignment", "To Mia", [step.Assign(desk.room.mia.id)])
    await desk.rule("tagging", "Mia's", [tag("mia")], blocks=[[has("ticket.assignee.id", "is", desk.room.mia.id)]])
    assert await desk.tags(await desk.begins()) == ["mia"]


async def test_a_paused_rule_does_nothing_and_a_resumed_one_does_not_look_back(desk: Automated) -> None:
    rule = await desk.rule("tagging", "Tag", [tag("seen")])
    await desk.room.do(rules.set_live, rule, False)
    one = await desk.begins()
    assert await desk.tags(one) == []
    await desk.room.heard(one, "Still there?")
    await desk.room.do(rules.set_live, rule, True)
    await desk.caught_up()
    assert await desk.tags(one) == []
    assert await desk.tags(await desk.writes(one)) == ["seen"]


async def test_a_step_that_is_refused_takes_the_rule_s_others_back_and_is_told(desk: Automated) -> None:
    bad = await desk.rule("reply", "Answer and close", [tag("answered"), step.Reply("Parcel {{order.tracking_number}}"), step.Close()])
    await desk.rule("tagging", "Tag", [tag("seen")])
    one = await desk.begins()
    assert (one.state, await desk.tags(one), await desk.said(one)) == ("open", ["seen"], [])
    (line,) = await desk.trail(one, "rule_failed")
    assert "order tracking number" in line.detail["reason"] and line.detail["rule"] == bad.id
    assert (await rules.by_id(desk.store, desk.w, bad.id)).is_live, "a failing step pauses nothing"


async def test_an_application_says_why_and_its_steps_can_be_taken_back(desk: Automated) -> None:
    await desk.rule("tagging", "Parcels", [tag("parcel")], blocks=[says("refund"), says("parcel", "package")])
    one = await desk.begins()
    (line,) = await desk.trail(one, "rule_applied")
    assert line.detail["trigger"] == "A customer writes" and line.detail["did"] == ["Add tag parcel"]
    assert line.detail["facts"] == ["Text of the message contains any of “parcel” or “package”: it was “Where is my parcel?”"]
    (tagged,) = await desk.trail(one, "tagged")
    assert tagged.actor.kind == "rule" and tagged.undo is not None


async def test_what_is_as_it_should_be_already_is_not_told_again(desk: Automated) -> None:
    rule = await desk.rule("tagging", "Tag", [tag("seen")])
    one = await desk.writes(await desk.begins(), "Hello again")
    assert await desk.applied(one) == ["Tag"]
    assert (await rules.by_id(desk.store, desk.w, rule.id)).runs == 1


async def test_nothing_happens_in_the_trash(desk: Automated) -> None:
    rule = await desk.rule("tagging", "Tag", [tag("urgent")], when="field_changed")
    one = await desk.begins()
    async with desk.store.write() as tx:
        pressed = await handing.press(tx, one, 1, by=desk.room.mia)
        await handing.press(tx, pressed, 0, by=desk.room.mia)
        await tx.run("update conversation set state = 'trash' where workspace_id = :w and id = :id", w=desk.w, id=one.id)
    await desk.caught_up()
    assert await desk.tags(one) == [] and not (await rules.by_id(desk.store, desk.w, rule.id)).runs


async def test_a_shopper_reads_no_rule_s_name(desk: Automated) -> None:
    await desk.rule("reply", "Angry ones first", [step.Reply("Thank you.")])
    one = await desk.answers(await desk.begins(channel="messenger"))
    said = await message.page(desk.store, desk.w, one.id, kinds=["agent"])
    assert [shapes.message(desk.room.desk, each, [])["name"] for each in said] == ["", "Mia"]
