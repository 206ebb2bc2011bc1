"""Rules from one desk to another, by names."""

from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.automations.automated import Automated, has, says, tag
from tillside.agents import actor, agent, team, workspace
from tillside.automations import exchange, vocabulary
from tillside.automations import rule as rules
from tillside.automations.conditions import Condition
from tillside.automations.exchange import Lexicon, Missing
from tillside.automations.rule import LISTS, AssignBy, Doing, Forward, Terms, Trigger
from tillside.base.errors import Refused
from tillside.conversations import fields, tags
from tillside.macros import step

pytestmark = pytest.mark.anyio
KINDS = ("tag", "agent", "team", "macro", "action", "target")
HERE = Lexicon({kind: {f"{kind}_{n}": f"The {kind} {n}" for n in range(3)} for kind in KINDS}, frozenset({"day", "mood"}))
THERE = Lexicon({kind: {f"{kind}_other_{n}": f"the {kind.upper()} {n}" for n in range(3)} for kind in KINDS}, HERE.keys)


def ids(kind: str) -> st.SearchStrategy[str]:
    return st.sampled_from([f"{kind}_{n}" for n in range(3)])


triggers = st.one_of(
    st.builds(Trigger, st.sampled_from([one.kind for one in vocabulary.TRIGGERS]), st.integers(0, 90)),
    st.builds(Trigger, st.just("tag_added"), tags=st.lists(ids("tag"), max_size=2)),
    st.builds(Trigger, st.just("field_changed"), key=st.sampled_from(["", "day", "ticket.priority"])),
)
conditions = st.one_of(
    st.builds(Condition, st.just("conversation.tags"), st.just("has_any"), st.lists(ids("tag"), max_size=3)),
    st.builds(Condition, st.just("ticket.team.id"), st.just("is"), ids("team")),
    st.builds(Condition, st.just("ticket.customFields.mood"), st.just("is"), st.text(max_size=5)),
    st.builds(Condition, st.just("order.amount"), st.just("more"), st.integers() | st.booleans() | st.none()),
)
doings: st.SearchStrategy[Doing] = st.one_of(
    st.builds(step.Tag, st.lists(ids("tag"), max_size=2), st.lists(ids("tag"), max_size=2)),
    st.builds(step.Assign, ids("agent") | st.just("")),
    st.builds(step.Give, ids("team")),
    st.builds(AssignBy, st.sampled_from(["round_robin", "balanced"]), ids("team") | st.just("")),
    st.builds(step.RunMacro, ids("macro")),
    st.builds(step.RunAction, ids("action"), st.dictionaries(st.text(max_size=3), st.integers(), max_size=2)),
    st.builds(step.CallTarget, ids("target")),
    st.builds(step.Field, st.just("day"), st.text(max_size=4)),
    st.builds(step.Snooze, st.integers(1, 99) | st.none()),
    st.just(step.Close()),
    st.builds(step.Reply, st.just("<p>Hi</p>"), st.text(max_size=4), st.just(["a@shop.example"]), st.just([]), st.booleans()),
    st.builds(Forward, st.just("b@shop.example"), st.text(max_size=4), st.text(max_size=4)),
)
terms = st.builds(
    Terms, st.lists(triggers, max_size=3), st.lists(st.lists(conditions, max_size=3), max_size=2), st.lists(doings, max_size=4),
    stops=st.booleans(), reassigns=st.booleans(),
)  # fmt: skip


@given(terms, st.sampled_from(LISTS))
def test_a_rule_is_the_same_after_a_journey_to_another_desk_and_back(one: Terms, to: rules.ListName) -> None:
    home = rules.drafted(1, to, "Rule", one)
    abroad, missing = exchange.meant(through_a_file(exchange.told(home, HERE)), THERE)
    assert abroad is not None and not missing
    back, missing = exchange.meant(through_a_file(exchange.told(rules.drafted(2, to, "Rule", abroad), THERE)), HERE)
    assert (back, missing) == (one, [])


def through_a_file(said: dict[str, Any]) -> dict[str, Any]:
    text = msgspec.json.encode({"format": exchange.FORMAT, "version": exchange.VERSION, "rules": [said]})
    return exchange.parsed(text)[0]


@given(
    st.recursive(st.none() | st.integers() | st.text(max_size=4), lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=4), inner))
)
def test_what_is_no_rule_is_no_rule(said: Any) -> None:
    found, _ = exchange.meant({"list": "tagging", "when": said, "blocks": said, "steps": [said]}, HERE)
    assert found is None or found.steps == []


async def test_every_rule_comes_over_paused_with_the_names_of_the_other_desk(desk: Automated) -> None:
    shipping = await desk.room.do(team.add, desk.w, "Shipping")
    vip = await desk.room.do(tags.add, desk.w, "VIP")
    await desk.room.do(fields.add, desk.w, "Day", format="line")
    blocks = [[has("conversation.tags", "has_any", [vip.id]), has("ticket.team.id", "is", [shipping.id])], says("parcel")]
    await desk.rule("assignment", "To Mia", [step.Assign(desk.room.mia.id), step.Give(shipping.id)], blocks=blocks)
    await desk.rule("tagging", "Tags", [tag("late"), step.Field("day", "Monday")], when=Trigger("tag_added", tags=[vip.id]), stops=True)
    file = await exchange.export(desk.store, desk.w)
    assert not any(one in file.decode() for one in (shipping.id, vip.id, desk.room.mia.id)), "no id leaves the desk"

    async with desk.store.write() as tx:
        other = await workspace.create(tx, "Other")
        mia = await agent.add(tx, other.id, "MIA@other.example", name="Mia", role="agent", password="a long enough password")
        theirs = await team.add(tx, other.id, "shipping")
        await fields.add(tx, other.id, "Day", format="line")
        report = await exchange.take_in(tx, other.id, file.replace(b"mia@fern.example", b"mia@other.example"))
    assert actor.of_agent(mia).name == "Mia" and not report.skipped
    first, second = report.added
    assert not first.is_live and first.terms.steps == [step.Assign(mia.id), step.Give(theirs.id)]
    assert second.terms.stops and await rules.every(desk.store, other.id) == [first, second]
    assert (await exchange.export(desk.store, other.id)).lower() == file.replace(b"mia@fern.example", b"mia@other.example").lower()


async def test_what_is_missing_is_told_and_that_rule_stays_out(desk: Automated) -> None:
    said = {
        "format": exchange.FORMAT,
        "version": exchange.VERSION,
        "rules": [
            {"list": "tagging", "name": "Calls", "when": [{"kind": "rated"}], "steps": [{"do": "target", "target_id": "ERP"}]},
            {"list": "tagging", "name": "Field", "when": [{"kind": "rated"}], "steps": [{"do": "field", "key": "mood", "value": "x"}]},
            {"list": "nowhere", "name": "Lost", "when": [{"kind": "rated"}], "steps": [{"do": "close"}]},
            {"list": "tagging", "name": "Empty", "when": [], "steps": [{"do": "close"}]},
            {"list": "tagging", "name": "Good", "when": [{"kind": "rated"}], "steps": [{"do": "tag", "add": ["new one"]}]},
        ],
    }
    report = await desk.room.do(exchange.take_in, desk.w, msgspec.json.encode(said))
    assert [(one.name, one.missing) for one in report.skipped[:2]] == [
        ("Calls", [Missing("target", "ERP")]),
        ("Field", [Missing("field", "mood")]),
    ]
    assert [(one.name, one.reason) for one in report.skipped[2:]] == [
        ("Lost", "It is not written as a rule."),
        ("Empty", "Nothing starts this rule."),
    ]
    assert [one.name for one in report.added] == ["Good"]


@pytest.mark.parametrize("text", [b"", b"[]", b'{"format": "x"}', b'{"format": "tillside-rules", "version": 2, "rules": []}', b"[" * 5000])
async def test_another_file_is_refused(desk: Automated, text: bytes) -> None:
    with pytest.raises(Refused):
        await desk.room.do(exchange.take_in, desk.w, text)
