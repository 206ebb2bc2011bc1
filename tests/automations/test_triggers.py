"""When rules look: each trigger, what it means and what it does not."""

import pytest

from tests.automations.automated import Automated, has, says, tag
from tillside.automations import rule as rules
from tillside.automations.rule import Kind, Trigger
from tillside.base import stamps
from tillside.conversations import answering, editing, handing, message, opening, states, tagging, tags
from tillside.conversations.opening import Opening
from tillside.macros import step

pytestmark = pytest.mark.anyio


async def test_a_conversation_starts_with_the_customer_s_first_message_only(desk: Automated) -> None:
    await desk.rule("reply", "Welcome", [step.Reply("Welcome.")], when="conversation_started")
    one = await desk.begins()
    assert await desk.said(await desk.writes(one)) == ["Welcome."]


async def test_a_conversation_an_agent_began_is_not_started_by_the_customer(desk: Automated) -> None:
    await desk.rule("reply", "Welcome", [step.Reply("Welcome.")], when="conversation_started")
    one = await desk.room.do(opening.open, desk.w, Opening(channel="email"), by=desk.room.mia)
    one = await desk.writes(await desk.answers(one, "We have news."))
    assert await desk.said(one) == []


async def test_a_rule_with_several_triggers_runs_once_for_one_thing(desk: Automated) -> None:
    await desk.rule("reply", "Once", [step.Reply("Hello.")], when=[Trigger("conversation_started"), Trigger("customer_wrote")])
    assert await desk.said(await desk.begins()) == ["Hello."]


async def test_each_message_is_looked_at_with_its_own_words(desk: Automated) -> None:
    """Two come before the rules look: the first is not judged by the second."""
    await desk.rule("tagging", "Refund", [tag("refund")], blocks=[says("refund")])
    one = await desk.begins("Hello")
    async with desk.store.write() as tx:
        now, _ = await answering.hear(tx, one, message.said("I want a refund"), by=desk.room.jonas)
        await answering.hear(tx, now, message.said("Please"), by=desk.room.jonas)
    await desk.caught_up()
    assert await desk.tags(one) == ["refund"]


async def test_an_agent_s_note_is_no_answer(desk: Automated) -> None:
    await desk.rule("tagging", "Answered", [tag("answered")], when="agent_wrote")
    one = await desk.begins()
    await desk.room.do(answering.note, one, message.said("Looking into it"), by=desk.room.mia)
    await desk.caught_up()
    assert await desk.tags(one) == []
    assert await desk.tags(await desk.answers(one)) == ["answered"]


@pytest.mark.parametrize("chosen", ["by id", "by name", "any"])
async def test_a_chosen_tag_is_added(desk: Automated, chosen: str) -> None:
    vip = await desk.room.do(tags.add, desk.w, "VIP")
    trigger = Trigger("tag_added", tags={"by id": [vip.id], "by name": ["vip"], "any": []}[chosen])
    await desk.rule("tagging", "Urgent", [step.Priority(1)], when=trigger)
    one = await desk.begins()
    await desk.room.do(tagging.add, one, ["other"], by=desk.room.mia)
    await desk.caught_up()
    assert (await desk.room.now(one)).priority == (1 if chosen == "any" else 0)
    await desk.room.do(tagging.add, one, ["Vip"], by=desk.room.mia)
    await desk.caught_up()
    assert (await desk.room.now(one)).priority == 1


async def test_a_field_changes_only_where_its_value_does(desk: Automated) -> None:
    await desk.rule("tagging", "Mood", [tag("mood")], when=Trigger("field_changed", key="mood"))
    one = await desk.begins()
    one = await desk.room.do(editing.set_fields, one, {"mood": "fine", "day": "Monday"}, by=desk.room.mia)
    await desk.caught_up()
    assert await desk.tags(one) == ["mood"]
    await desk.room.do(tagging.remove, one, ["mood"], by=desk.room.mia)
    await desk.room.do(editing.set_fields, one, {"mood": "fine", "day": "Tuesday"}, by=desk.room.mia)
    await desk.caught_up()
    assert await desk.tags(one) == []


@pytest.mark.parametrize("key", ["ticket.priority", "ticket.status", "ticket.subject", "ticket.assignee"])
async def test_what_every_conversation_has_changes_too(desk: Automated, key: str) -> None:
    await desk.rule("tagging", "Changed", [tag("changed")], when=Trigger("field_changed", key=key))
    one = await desk.begins()
    async with desk.store.write() as tx:
        match key:
            case "ticket.priority":
                await handing.press(tx, one, 1, by=desk.room.mia)
            case "ticket.status":
                await states.close(tx, one, by=desk.room.mia)
            case "ticket.subject":
                await editing.rename(tx, one, "Another", by=desk.room.mia)
            case _:
                await handing.assign(tx, one, desk.room.mia.id, by=desk.room.mia)
    await desk.caught_up()
    assert await desk.tags(one) == ["changed"]


async def test_a_rating_wakes_rules_with_its_score(desk: Automated) -> None:
    await desk.rule("tagging", "Unhappy", [tag("unhappy"), step.Reopen()], when="rated", blocks=[[has("ticket.rating", "less", 3)]])
    for score, expected in ((5, []), (2, ["unhappy"])):
        one = await desk.begins()
        await desk.room.do(editing.rate, one, score, by=desk.room.jonas)
        await desk.caught_up()
        assert await desk.tags(one) == expected


async def test_a_delay_waits_and_looks_again_when_its_time_comes(desk: Automated) -> None:
    await desk.rule(
        "tagging", "Still open", [tag("open")], when=Trigger("customer_wrote", minutes=30), blocks=[[has("ticket.status", "is", "OPEN")]]
    )
    one, other = await desk.begins(), await desk.begins()
    await desk.room.do(states.close, other, by=desk.room.mia)
    assert await desk.rings(29) == 0 and await desk.tags(one) == []
    assert await desk.rings(31) == 2
    assert (await desk.tags(one), await desk.tags(other)) == (["open"], [])
    assert await desk.rings(60) == 0, "once for each occurrence"


@pytest.mark.parametrize("answered_by", ["nobody", "a person", "a rule", "closing"])
async def test_waiting_so_long_means_without_an_answer_by_a_person(desk: Automated, answered_by: str) -> None:
    await desk.rule("tagging", "Late", [tag("late")], when=Trigger("waiting", minutes=60))
    await desk.rule("reply", "Soon", [step.Reply("Soon.")], blocks=[says("automatic")])
    one = await desk.begins("automatic" if answered_by == "a rule" else "Hello")
    if answered_by == "a person":
        await desk.answers(one)
    if answered_by == "closing":
        await desk.room.do(states.close, one, by=desk.room.mia)
    await desk.rings(61)
    assert await desk.tags(one) == (["late"] if answered_by in ("nobody", "a rule") else [])


async def test_waiting_counts_from_the_first_unanswered_message_and_once(desk: Automated) -> None:
    await desk.rule("reply", "Sorry", [step.Reply("Sorry that it takes so long.")], when=Trigger("waiting", minutes=60))
    one = await desk.begins()
    await desk.writes(await desk.writes(one))
    assert await desk.rings(61) == 1 and await desk.rings(200) == 0
    assert len(await desk.said(one)) == 1


@pytest.mark.parametrize("between", ["nothing", "customer", "agent"])
async def test_so_long_after_the_last_reply_means_nobody_wrote_since(desk: Automated, between: str) -> None:
    await desk.rule("reply", "Closes", [step.Reply("We close this."), step.Close()], when=Trigger("since_last_reply", minutes=60))
    one = await desk.answers(await desk.begins())
    if between == "customer":
        one = await desk.writes(one)
    if between == "agent":
        with stamps.as_of(stamps.now() + 30 * stamps.MINUTE):
            one = await desk.answers(one)
    await desk.rings(61)
    assert (await desk.room.now(one)).state == ("closed" if between == "nothing" else "open")
    await desk.rings(100)
    assert (await desk.room.now(one)).state == ("open" if between == "customer" else "closed")


async def test_two_replies_that_are_due_together_are_still_one(desk: Automated) -> None:
    for name in ("First", "Second"):
        await desk.rule("reply", name, [step.Reply(name)], when=Trigger("customer_wrote", minutes=10))
    one = await desk.begins()
    await desk.rings(11)
    assert await desk.said(one) == ["First"]


async def test_a_snooze_that_ends_is_not_a_customer_who_writes(desk: Automated) -> None:
    await desk.rule("tagging", "Awake", [tag("awake")], when="snooze_ended")
    one, other = await desk.begins(), await desk.begins()
    for each in (one, other):
        await desk.room.do(states.snooze, each, stamps.now() + stamps.HOUR, by=desk.room.mia)
    await desk.writes(other)
    with stamps.as_of(stamps.now() + 2 * stamps.HOUR):
        await states.wake_due(desk.store, at=stamps.now())
        await desk.caught_up()
    assert (await desk.tags(one), await desk.tags(other)) == (["awake"], [])


@pytest.mark.parametrize("what", ["paused", "removed", "waits for something else", "renamed"])
async def test_a_rule_that_is_paused_or_changed_forgets_what_it_waited_for(desk: Automated, what: str) -> None:
    rule = await desk.rule("tagging", "Late", [tag("late")], when=Trigger("waiting", minutes=60))
    one = await desk.begins()
    match what:
        case "paused":
            paused = await desk.room.do(rules.set_live, rule, False)
            await desk.room.do(rules.set_live, paused, True)
        case "removed":
            await desk.room.do(rules.remove, rule)
        case "waits for something else":
            terms = rules.Terms([Trigger("waiting", minutes=61)], steps=rule.terms.steps)
            await desk.room.do(rules.change, rule, name="Late", terms=terms)
        case _:
            await desk.room.do(rules.change, rule, name="Too late", terms=rule.terms)
    await desk.rings(120)
    assert await desk.tags(one) == (["late"] if what == "renamed" else [])


async def test_what_happened_long_ago_is_history(desk: Automated) -> None:
    """An import tells what was by the verbs that do it now; nobody wants an answer to it."""
    with stamps.as_of(stamps.now() - 3 * stamps.DAY):
        await desk.rule("tagging", "Tag", [tag("seen")])
    with stamps.as_of(stamps.now() - 2 * stamps.DAY):
        old = await desk.room.opened()
    assert await desk.tags(await desk.begins("New")) == ["seen"] and await desk.tags(old) == []


async def test_nothing_is_opened_where_no_live_rule_cares(desk: Automated) -> None:
    kinds: list[Kind] = ["rated", "order_event"]
    await desk.rule("tagging", "Rated", [tag("rated")], when=[Trigger(kind) for kind in kinds])
    before = await desk.store.one("select position from follower where name = 'automations'")
    await desk.begins()
    assert await desk.store.one("select position from follower where name = 'automations'") == before
