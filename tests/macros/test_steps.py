"""Steps: each by the verb of its room, all or none, named where they are refused."""

from typing import Any

import pytest

from tests.actions.shop import Shop
from tests.conversations.room import Room
from tests.macros.desk import WISMO, lines, taken, undone, worn
from tillside.actions import run as runs
from tillside.agents import team
from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import Refused, Unknown
from tillside.conversations import editing, fields, handing, message, tags
from tillside.conversations.conversation import HIGH, UNTIL_REPLY
from tillside.macros import checking, known, step
from tillside.macros import macro as macros
from tillside.macros.step import (
    ME,
    Assign,
    CallTarget,
    Close,
    Field,
    Give,
    Note,
    Priority,
    Reopen,
    Reply,
    RunAction,
    RunMacro,
    Snooze,
    Step,
    Tag,
)
from tillside.targets import target as targets

pytestmark = pytest.mark.anyio
RULE = Actor("rule", "rul_one", "Damaged on arrival")


async def test_every_step_is_the_verb_of_its_room(room: Room) -> None:
    talk = await room.opened()
    crew = await room.do(team.add, room.workspace_id, "Orders")
    reason = await room.do(fields.add, room.workspace_id, "Reason", format="choice", choices=["Return::Damaged"])
    found: list[Step] = [
        Reply("<p>Hello {{customer.first_name|there}}</p>"),
        Note("<p>Bench 2 again</p>"),
        Tag(["wismo"]),
        Assign(ME),
        Give(crew.id),
        Priority(HIGH),
        Field(reason.key, "Return::Damaged"),
        Close(),
    ]
    now = await taken(room, talk, found)
    assert (now.state, now.assignee_id, now.team_id, now.priority, now.fields) == (
        "closed",
        room.mia.id,
        crew.id,
        HIGH,
        {"reason": "Return::Damaged"},
    )
    assert await worn(room, talk) == ["wismo"]
    assert await room.texts(talk) == ["Where is my parcel?", "Hello there", "Bench 2 again"]
    assert await lines(room, talk) == ["opened", "tagged", "assigned", "given", "prioritised", "filled", "closed"]
    again = await taken(room, now, [Reopen(), Assign(""), Tag(remove=["wismo"]), Snooze()])
    assert (again.state, again.snoozed_until, again.assignee_id, await worn(room, talk)) == ("snoozed", UNTIL_REPLY, "", [])
    assert (await taken(room, again, [Snooze(90)])).snoozed_until


async def test_a_refused_step_is_named_and_nothing_is_half_done(room: Room) -> None:
    talk = await room.opened()
    with pytest.raises(Refused, match="Assign to agt_gone: There is no such agent") as refused:
        await taken(room, talk, [Reply("<p>Hi</p>"), Tag(["wismo"]), Close(), Assign("agt_gone")])
    assert refused.value.field == "steps.3"
    now = await room.now(talk)
    assert (now.state, await worn(room, talk), await room.texts(talk)) == ("open", [], ["Where is my parcel?"])


async def test_nobody_reads_a_hole(room: Room) -> None:
    talk = await room.opened()
    with pytest.raises(Refused, match="Nothing is known for order name"):
        await taken(room, talk, [Reply("<p>Your order {{order.name}}</p>")])
    assert await room.texts(talk) == ["Where is my parcel?"]


async def test_every_placeholder_of_a_target_is_understood_in_a_text(shop: Shop) -> None:
    room, order = shop.room, await shop.order()
    talk = await room.opened(f"Where is #{order.number}?", profile_id=None)
    talk = await room.heard(talk, f"Order #{order.number} please")
    await taken(room, talk, [Reply("<p>{{order.number}} {{order.name}} {{ticket.conversationNo}} %Order Name% {{shop.name}}</p>")])
    assert (await room.texts(talk))[-1] == f"10422 #10422 {talk.number} #10422 Fern & Fold"


async def test_what_a_value_holds_stays_text(room: Room) -> None:
    source = {"from": {"name": "<img src=x onerror=alert(1)> \"'", "address": "a@b.example"}}
    talk = await room.opened(source=source)
    await taken(room, talk, [Reply('<p><a href="{{customer.name}}">x</a> {{customer.name}}</p>')])
    last = (await message.page(room.desk.store, room.workspace_id, talk.id))[-1]
    assert "<img" not in last.html and "onerror" in last.text and 'onerror="' not in last.html


async def test_a_rule_answers_under_the_name_of_whoever_has_it(room: Room) -> None:
    talk = await room.do(handing.assign, await room.opened(), room.jonas.id, by=room.mia)
    await taken(room, talk, [Reply("<p>{{agent.first_name}}</p>")], by=RULE)
    last = (await message.page(room.desk.store, room.workspace_id, talk.id))[-1]
    assert (last.text, last.author, last.source) == ("Jonas", RULE, "rule")
    with pytest.raises(Refused, match="Nobody is there"):
        await taken(room, talk, [Assign(ME)], by=RULE)


async def test_a_macro_in_a_macro_answers_once_and_does_everything(room: Room) -> None:
    w, talk = room.workspace_id, await room.opened()
    inner = await room.do(macros.add, w, "Bye", "<p>Bye</p>", steps=[Close()])
    outer = await room.do(macros.add, w, "Thanks", "<p>Thanks</p>", tags=["praise"], steps=[RunMacro(inner.id)])
    now = await taken(room, talk, [RunMacro(outer.id)])
    assert (now.state, await worn(room, talk), await room.texts(talk)) == ("closed", ["praise"], ["Where is my parcel?", "Thanks\nBye"])
    used = await macros.by_id(room.desk.store, w, outer.id, agent_id=room.mia.id)
    assert (used.uses, await macros.lately(room.desk.store, w)) == (1, {outer.id: 1})


async def test_a_macro_s_subject_is_set_where_there_is_none_and_taken_back(room: Room) -> None:
    w, since = room.workspace_id, stamps.now()
    inner = await room.do(macros.add, w, "Bye", "<p>Bye</p>", subject="Of the inner one")
    outer = await room.do(
        macros.add, w, "Thanks", "", subject="Thanks, {{customer.name}} – #{{conversation.number}}", steps=[RunMacro(inner.id)]
    )
    plain = await room.do(macros.add, w, "Only within", "", steps=[RunMacro(inner.id)])
    kept = await room.opened()
    assert (await taken(room, kept, [RunMacro(outer.id)], by=RULE)).subject == "Parcel", "one that is there stays"
    source = {"from": {"name": "Ada <b>", "address": "ada@b.example"}}
    bare = await room.do(editing.rename, await room.opened(source=source), "", by=room.jonas)
    now = await taken(room, bare, [RunMacro(outer.id)])
    assert now.subject == f"Thanks, Ada <b> – #{bare.number}", "filled as text, and the first of several"
    assert "renamed" in await lines(room, bare)
    await undone(room, bare, since)
    assert (await room.now(bare)).subject == ""
    assert (await taken(room, bare, [RunMacro(plain.id)], by=RULE)).subject == "Of the inner one"
    nothing = await room.do(macros.add, w, "Hole", "", subject="About {{order.name}}")
    with pytest.raises(Refused, match="Nothing is known for order name"):
        await taken(room, await room.do(editing.rename, kept, "", by=room.mia), [RunMacro(nothing.id)])


async def test_macros_stand_at_most_three_deep_and_never_in_themselves(room: Room) -> None:
    w, talk = room.workspace_id, await room.opened()
    chain = [await room.do(macros.add, w, "0", "<p>0</p>")]
    for number in range(1, 4):
        chain.append(await room.do(macros.add, w, str(number), f"<p>{number}</p>", steps=[RunMacro(chain[-1].id)]))
    assert (await taken(room, talk, [RunMacro(chain[2].id)])).state == "open"
    with pytest.raises(Refused, match="at most 3 deep"):
        await taken(room, talk, [RunMacro(chain[3].id)])
    there = await known.read(room.desk.store, w, agent_id=room.mia.id)
    with pytest.raises(Refused, match="leads back to itself"):
        await room.do(checking.checked, w, [RunMacro(chain[2].id)], there, own=chain[0].id)


async def test_a_rule_uses_no_macro_that_is_somebody_s_own(room: Room) -> None:
    talk = await room.opened()
    own = await room.do(macros.add, room.workspace_id, "Mine", "<p>Hi</p>", owner_id=room.mia.id)
    with pytest.raises(Refused, match="There is no such macro"):
        await taken(room, talk, [RunMacro(own.id)], by=RULE)
    with pytest.raises(Refused, match="There is no such macro"):
        await taken(room, talk, [RunMacro(own.id)], by=room.jonas)
    assert (await taken(room, talk, [RunMacro(own.id)])).state == "open"


async def test_an_action_is_proposed_and_a_target_called_in_the_same_transaction(shop: Shop) -> None:
    room, refund, order = shop.room, await shop.declared(), await shop.order()
    talk = await room.heard(await room.opened(), f"Order #{order.number}")
    await taken(room, talk, [RunAction(refund.id, {"amount": "12.50"}), CallTarget(shop.target.id)])
    assert await shop.calls() == 2
    [run] = await runs.of(room.desk.store, shop.w, "conversation", talk.id)
    assert (run.amount, run.input, run.cause.name) == (1250, {"amount": "12.50", "reason": "goodwill"}, WISMO.name)
    assert [kind for kind in await lines(room, talk) if kind in ("action_started", "target_called")] == [
        "target_called",
        "action_started",
        "target_called",
    ]
    with pytest.raises(Refused, match="Assign to agt_gone"):
        await taken(room, talk, [CallTarget(shop.target.id), Assign("agt_gone")])
    assert await shop.calls() == 2, "the call went back with the rest"


async def test_an_action_s_empty_amount_is_all_that_is_left(shop: Shop) -> None:
    room, refund, order = shop.room, await shop.declared(limit=None), await shop.order()
    talk = await room.heard(await room.opened(), f"Order #{order.number}")
    await taken(room, talk, [RunAction(refund.id)])
    [run] = await runs.of(room.desk.store, shop.w, "conversation", talk.id)
    assert run.amount == 8640


async def test_a_target_that_is_off_is_not_called(shop: Shop) -> None:
    talk = await shop.room.opened()
    await shop.room.do(targets.turn, shop.target, "off")
    with pytest.raises(Refused, match="Call Refund in the cart: It is switched off"):
        await taken(shop.room, talk, [CallTarget(shop.target.id)])


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        (Tag(), "tags"),
        (Tag(remove=["never seen"]), "tags"),
        (Assign("agt_gone"), "agent_id"),
        (Give("tea_gone"), "team_id"),
        (Priority(7), "priority"),
        (Field("gone", "x"), "key"),
        (Field("reason", "Nowhere"), "value"),
        (Snooze(0), "minutes"),
        (Note("<p></p>"), "html"),
        (RunMacro("mac_gone"), "macro_id"),
        (RunAction("act_gone"), "action_id"),
        (CallTarget("tgt_gone"), "target_id"),
    ],
)
async def test_what_is_not_there_is_refused_when_it_is_saved(room: Room, wrong: Step, field: str) -> None:
    await room.do(fields.add, room.workspace_id, "Reason", format="choice", choices=["Return::Damaged"])
    there = await known.read(room.desk.store, room.workspace_id, agent_id=room.mia.id)
    with pytest.raises(Refused) as refused:
        await room.do(checking.checked, room.workspace_id, [Close(), wrong], there)
    assert refused.value.field == f"steps.1.{field}" and refused.value.hint


async def test_saved_steps_name_tags_by_their_ids_and_are_read_by_their_names(room: Room) -> None:
    w = room.workspace_id
    there = await known.read(room.desk.store, w, agent_id=room.mia.id)
    [kept] = await room.do(checking.checked, w, [Tag(["Brand new"])], there)
    made = (await tags.meant(room.desk.store, w, ["brand NEW"]))["brand NEW"]
    assert kept == Tag([made.id]) and step.read(step.kept([kept])) == [kept]
    talk = await taken(room, await room.opened(), [kept])
    worn_as = (await tags.worn(room.desk.store, w, [talk.id]))[talk.id]
    assert [(one.id, one.given) for one in worn_as] == [(made.id, "Brand new")], "programs read the name, not our id"
    assert step.said(kept, {made.id: "Brand new"}) == "Add tag Brand new"


SAID: list[tuple[Any, str]] = [
    (Tag(["a", "b"], ["c"]), "Add tags a, b, take off tag c"),
    (Assign(), "Assign to nobody"),
    (Assign(ME), "Assign to me"),
    (Give(), "Take from its team"),
    (Priority(HIGH), "Set the priority to high"),
    (Field("reason", "Return::Damaged"), "Set reason to Return › Damaged"),
    (Field("gift", True), "Set gift to yes"),
    (Field("reason"), "Empty reason"),
    (Snooze(2880), "Snooze for 2 days"),
    (Snooze(90), "Snooze for 90 minutes"),
    (Snooze(), "Snooze until they reply"),
    (Note("<p>Hold the parcel</p>"), "Add the note “Hold the parcel”"),
]


@pytest.mark.parametrize(("one", "words"), SAID)
async def test_a_step_reads_as_a_sentence(one: Step, words: str) -> None:
    assert step.said(one) == words


async def test_a_macro_that_is_gone_is_unknown(room: Room) -> None:
    with pytest.raises(Unknown):
        await macros.by_id(room.desk.store, room.workspace_id, "mac_gone", agent_id=room.mia.id)
