"""What a rule would have done: counted, listed, compared with others, and nothing written."""

from datetime import UTC, datetime

import pytest

from tests.automations.automated import Automated, has, says, tag
from tillside.automations import clashes, facts, glance, hours, moments, simulate
from tillside.automations import rule as rules
from tillside.automations.conditions import Condition, Sight, matches
from tillside.automations.history import Past
from tillside.automations.rule import AssignBy, Doing, ListName, Rule, Terms, Trigger
from tillside.automations.simulate import Outlook
from tillside.base import stamps
from tillside.conversations import editing, fields, handing, message, states, tagging
from tillside.conversations.conversation import Conversation
from tillside.macros import macro, step

pytestmark = pytest.mark.anyio


async def days_ago(desk: Automated, days: int, text: str, **more: str) -> Conversation:
    with stamps.as_of(stamps.now() - days * stamps.DAY):
        return await desk.begins(text, **more)


def draft(desk: Automated, steps: list[Doing], *when: Trigger, blocks: list[list[Condition]] | None = None, to: ListName = "tagging") -> Rule:
    return rules.drafted(desk.w, to, "Draft", Terms(list(when) or [Trigger("customer_wrote")], blocks or [], steps))


async def tried(desk: Automated, rule: Rule, count: int = 50, most: int = simulate.MOST) -> Outlook:
    return await simulate.outlook(desk.store, desk.home, rule, at=stamps.now(), count=count, most=most)


async def snapshot(desk: Automated) -> dict[str, object]:
    """Every row of every table but what presence and readers write by themselves."""
    if desk.store.dialect.name == "sqlite":
        named = await desk.store.read(
            "select name from sqlite_master where type = 'table' and name not like '%\\_\\_%' escape '\\' order by name"
        )
    else:
        named = await desk.store.read("select tablename from pg_tables where schemaname = current_schema() order by tablename")
    found: dict[str, object] = {}
    for (name,) in named:
        rows = await desk.store.read(f"select * from {name}")
        found[name] = sorted(map(repr, rows))
    return found


async def test_it_counts_and_lists_what_would_have_matched_newest_first(desk: Automated) -> None:
    old = await days_ago(desk, 40, "A refund")
    first = await days_ago(desk, 9, "A refund, please")
    other = await days_ago(desk, 8, "Where is my parcel?")
    last = await days_ago(desk, 2, "Refund?")
    found = await tried(desk, draft(desk, [tag("refund")], blocks=[says("refund")]))
    assert (found.looked_at, found.matched, found.next) == (3, 2, "")
    assert [one.conversation_id for one in found.matches] == [last.id, first.id] and old.id != other.id
    assert found.matches[0].rows[0].seen == "Refund?" and found.matches[0].trigger == "A customer writes"
    days = dict(found.per_day)
    assert len(days) == 31 and sum(days.values()) == 2
    assert days[datetime.fromtimestamp(last.created_at / 1_000_000, UTC).date().isoformat()] == 1
    assert any("as it is now" in note for note in found.notes)


async def test_nothing_is_written(desk: Automated) -> None:
    await desk.rule("reply", "Live", [step.Reply("Hi")], blocks=[says("refund")])
    for number in range(5):
        await days_ago(desk, number, "A refund, please")
    before = await snapshot(desk)
    assert len(before) > 50 and before["message"]
    looked = [has("customer.ordersCount", "at_least", 0), has("lastMessage.text", "contains", ["refund"])]
    draft_one = draft(desk, [step.Reply("Yes"), AssignBy(), step.Close()], blocks=[looked], to="reply")
    found = await tried(desk, draft_one)
    assert found.matched == 5 and found.clashes
    await simulate.page(desk.store, desk.home, draft_one, at=stamps.now(), after=f"{2**62}.")
    assert await snapshot(desk) == before


async def test_a_page_follows_the_other_without_a_gap(desk: Automated) -> None:
    for number in range(7):
        await days_ago(desk, number, "A refund, please")
    rule = draft(desk, [tag("refund")])
    whole = [one.conversation_id for one in (await tried(desk, rule)).matches]
    found = await tried(desk, rule, count=3)
    seen, place = [one.conversation_id for one in found.matches], found.next
    while place:
        page, place = await simulate.page(desk.store, desk.home, rule, at=stamps.now(), after=place, count=3)
        seen += [one.conversation_id for one in page]
    assert seen == whole and len(seen) == 7


async def test_only_so_many_are_looked_at(desk: Automated) -> None:
    for number in range(4):
        await days_ago(desk, number, "Hello")
    assert (await tried(desk, draft(desk, [tag("x")]), most=2)).looked_at == 2


async def test_it_ends_when_its_time_is_over_and_says_how_far_it_came(desk: Automated) -> None:
    for number in (2, 1, 0):
        one = await days_ago(desk, number, "Hello")
    rule = draft(desk, [tag("x")])
    found = await simulate.outlook(desk.store, desk.home, rule, at=stamps.now(), reading=simulate.Reading(seconds=0))
    assert (found.looked_at, [each.conversation_id for each in found.matches]) == (1, [one.id])
    assert found.since and any(note.startswith("Only the newest 1 conversations were looked at, back to") for note in found.notes)
    seen, place = list[str](), f"{2**62}."
    while place:
        page, place = await simulate.page(desk.store, desk.home, rule, at=stamps.now(), after=place, reading=simulate.Reading(seconds=0))
        seen += [each.conversation_id for each in page]
    assert len(seen) == 3, "page by page nothing is left out"


async def test_each_message_counts_with_its_own_words(desk: Automated) -> None:
    one = await days_ago(desk, 5, "Hello")
    await desk.writes(one, "I want a refund")
    await desk.writes(one, "Thank you")
    found = await tried(desk, draft(desk, [tag("x")], blocks=[says("refund")]))
    assert [match.rows[0].seen for match in found.matches] == ["I want a refund"]
    started = draft(desk, [tag("x")], Trigger("conversation_started"), blocks=[says("refund")])
    assert (await tried(desk, started)).matched == 0


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (Trigger("conversation_started"), 2),
        (Trigger("agent_wrote"), 1),
        (Trigger("rated"), 1),
        (Trigger("tag_added", tags=["late"]), 1),
        (Trigger("tag_added", tags=["early"]), 0),
        (Trigger("field_changed", key="day"), 1),
        (Trigger("field_changed", key="ticket.priority"), 1),
        (Trigger("snooze_ended"), 1),
        (Trigger("waiting", minutes=60), 1),
        (Trigger("waiting", minutes=60 * 24 * 9), 0),
        (Trigger("since_last_reply", minutes=60), 1),
        (Trigger("custom_event", names=["quiz"]), 0),
        (Trigger("order_event"), 0),
    ],
)
async def test_every_trigger_finds_its_moments(desk: Automated, trigger: Trigger, expected: int) -> None:
    """One was answered and worked on, one still waits."""
    await days_ago(desk, 1, "Hello")
    await desk.room.do(fields.add, desk.w, "Day", format="line")
    with stamps.as_of(stamps.now() - 2 * stamps.DAY):
        one = await desk.answers(await desk.begins())
        async with desk.store.write() as tx:
            now = await tagging.add(tx, one, ["Late"], by=desk.room.mia)
            now = await editing.set_fields(tx, now, {"day": "Monday"}, by=desk.room.mia)
            now = await handing.press(tx, now, 1, by=desk.room.mia)
            now = await editing.rate(tx, now, 4, by=desk.room.jonas)
            now = await states.snooze(tx, now, stamps.now() + stamps.SECOND, by=desk.room.mia)
            await states.wake(tx, now)
    assert (await tried(desk, draft(desk, [tag("x")], trigger))).matched == expected


async def test_rules_that_contradict_each_other_are_named(desk: Automated) -> None:
    mia, jonas = desk.room.mia.id, desk.room.jonas.id
    await days_ago(desk, 3, "A refund, please")
    other = await days_ago(desk, 2, "Refund my parcel")
    await desk.rule("assignment", "To Jonas", [step.Assign(jonas), step.Priority(1)], blocks=[says("parcel")])
    await desk.rule("assignment", "To Mia too", [step.Assign(mia)], blocks=[says("refund")])
    await desk.rule("reply", "Answers", [step.Reply("Hello")], blocks=[says("refund")])
    await desk.rule("tagging", "Never there", [step.Priority(0)], when="rated")
    found = await tried(desk, draft(desk, [step.Assign(mia), step.Priority(-1), step.Reply("Yes")], blocks=[says("refund")], to="assignment"))
    assert [(one.name, one.what, one.count) for one in found.clashes] == [
        ("To Jonas", "agent", 1),
        ("To Jonas", "priority", 1),
        ("Answers", "reply", 2),
    ]
    assert found.clashes[0].example == other.number


async def test_what_a_macro_does_is_compared_as_well(desk: Automated) -> None:
    """Also where macros stand in each other: their text is a reply, their steps are the rule's."""
    mia, jonas = desk.room.mia.id, desk.room.jonas.id
    inner = await desk.room.do(macro.add, desk.w, "Inner", "Good day.", steps=[step.Assign(jonas)])
    outer = await desk.room.do(macro.add, desk.w, "Outer", "", steps=[step.RunMacro(inner.id), step.Priority(1)])
    await days_ago(desk, 2, "A refund, please")
    await desk.rule("tagging", "By macro", [step.RunMacro(outer.id)], blocks=[says("refund")])
    found = await tried(desk, draft(desk, [step.Assign(mia), step.Priority(1), step.Reply("Hello")]))
    assert [(one.name, one.what) for one in found.clashes] == [("By macro", "agent"), ("By macro", "reply")]
    again = await tried(desk, draft(desk, [step.RunMacro(inner.id), step.Priority(0)]))
    assert [(one.name, one.what) for one in again.clashes] == [("By macro", "priority"), ("By macro", "reply")]


async def test_a_saved_rule_does_not_contradict_itself(desk: Automated) -> None:
    await days_ago(desk, 2, "A refund, please")
    rule = await desk.rule("reply", "Answers", [step.Reply("Hello")])
    assert (await tried(desk, rule)).clashes == []
    assert clashes.rivals(rule, [rule]) == []


async def test_the_glance_tells_what_the_whole_document_tells(desk: Automated) -> None:
    await desk.room.do(fields.add, desk.w, "Day", format="line")
    one = await desk.begins(
        "Hello there", fields={"day": "Monday"}, assignee_id=desk.room.mia.id, source={"from": {"address": "ada@x.example"}}
    )
    one = await desk.room.do(tagging.add, one, ["late"], by=desk.room.mia)
    (said,) = await message.page(desk.store, desk.w, one.id)
    at = stamps.now()
    past = Past(at, Trigger("customer_wrote"), said, is_first=True)
    moment = moments.Moment(workspace_id=desk.w, conversation_id=one.id, kinds=("customer_wrote",), occurrence=said.id, at=at, message=said)
    whole = await facts.look(desk.store, desk.home, one, moment, facts.Cause({}, None), at=at)
    worn = whole.document["conversation"]["tags"]
    week = await hours.of(desk.store, desk.w)
    quick = glance.at(one, past, worn, desk.home, is_open=hours.is_open(week, desk.home, at))
    for path in (*glance.PATHS, "ticket.customFields.day"):
        assert quick.leaves(path) == whole.leaves(path), path


def test_rows_that_are_not_known_yet_never_keep_a_conversation_out() -> None:
    blocks = [[Condition("customer.email", "is", "x"), Condition("ticket.channel", "is", "sms")]]
    assert not matches(glance.known(blocks), {"ticket": {"channel": "email"}}, at=0).is_match
    assert matches(glance.known(blocks), {"ticket": {"channel": "sms"}}, at=0).is_match and not glance.is_enough(blocks)
    assert glance.is_enough([[Condition("ticket.customFields.day", "is", "x")]]) and Sight({}, at=0).leaves("x") == []
