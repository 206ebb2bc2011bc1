"""Actions on the desk's pages: reasons in words, forms that keep what was typed, and declarations that are kept whole."""

import re
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.datastructures import ImmutableMultiDict

from tests.agent.counter import Counter, order
from tests.agent.test_inbox import placed
from tests.agent.test_order import opened_order
from tests.agent.visitor import Visitor
from tests.support import errands
from tests.support.errands import RULE
from tillside.actions import run as found
from tillside.actions import runs
from tillside.actions.action import Action, Answer, Limit, Plan
from tillside.actions.conditions import Condition
from tillside.agents import workspace
from tillside.base.errors import Refused
from tillside.conversations import merging
from tillside.edges.agent import action_drafts
from tillside.edges.http.desk import Desk
from tillside.targets.calls import Cause

pytestmark = pytest.mark.anyio
RICH: dict[str, Any] = {
    "type": "object",
    "properties": {
        "amount": {"type": "string", "title": "Amount", "x-money": True, "x-most": "order"},
        "why": {"type": "string", "title": "Why", "enum": ["lost", "late"], "default": "late"},
        "again": {"type": "boolean", "title": "Again", "default": True},
        "pieces": {"type": "integer", "title": "Pieces", "maximum": 9, "default": 1},
        "note": {"type": "string", "title": "Note", "maxLength": 200},
        "items": {"type": "array", "title": "Items", "x-items": True},
    },
    "required": ["amount", "why"],
}
PLAN = Plan(
    name="Refund",
    target_id="tgt_1",
    icon="undo-2",
    description="Gives money back.",
    form=RICH,
    conditions=[Condition("state_in", ["placed", "packed"], reason="Too late."), Condition("equals", ["a", "b"], "order.status")],
    roles=["admin"],
    approvers=["agent"],
    limit=Limit("amount", 5000, "EUR"),
    answer=Answer("/text", "/ok", ("false",)),
    position=3,
    is_on=False,
)


def sent(said: action_drafts.Typed) -> ImmutableMultiDict[str, str]:
    """What a browser sends of the form as it is shown."""
    fields = {name: str(getattr(said, name)) for name in said.__struct_fields__ if name not in ("asks", "conditions")}
    for word, rows in (("ask", said.asks), ("if", said.conditions)):
        for place, row in enumerate(rows):
            fields |= {f"{word}.{place}.{name}": getattr(row, name) for name in row.__struct_fields__}
    return ImmutableMultiDict(fields)


def test_a_declaration_that_is_shown_and_sent_back_is_the_same() -> None:
    said = action_drafts.typed(sent(action_drafts.shown(PLAN, "NOK")))
    assert said.by_schema == ""
    assert action_drafts.plan(said) == PLAN


@pytest.mark.parametrize(
    "more",
    [
        {"minimum": 1},
        {"description": "How many came broken"},
    ],
)
def test_a_form_that_says_more_than_rows_hold_is_kept_by_its_schema(more: dict[str, Any]) -> None:
    form = {"type": "object", "properties": {"pieces": {"type": "integer", "title": "Pieces", **more}}}
    plan = Plan(name="Return", target_id="tgt_1", form=form)
    said = action_drafts.typed(sent(action_drafts.shown(plan, "EUR")))
    assert (said.by_schema, action_drafts.plan(said).form) == ("1", form)


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"limit_amount": "50,00", "limit_currency": "EUR"}, "limit"),
        ({"limit_amount": "50", "limit_currency": "Euro"}, "limit"),
        ({"schema": "{", "by_schema": "1"}, "schema"),
        ({"asks": [action_drafts.Ask("Pieces", kind="integer", default="two")]}, "asks"),
        ({"conditions": [action_drafts.If("magic", values="x")]}, "conditions.0"),
    ],
)
def test_what_cannot_be_read_is_told_beside_its_field(typed: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        action_drafts.plan(action_drafts.Typed(**typed))
    assert refused.value.field == field


def test_titles_become_names_for_templates() -> None:
    said = action_drafts.Typed(asks=[action_drafts.Ask("New street & number"), action_drafts.Ask("2nd line"), action_drafts.Ask("Straße")])
    assert list(action_drafts.plan(said).form["properties"]) == ["newStreetNumber", "field2ndLine", "straE"]


def test_a_limit_without_a_field_looks_at_the_first_amount_else_at_the_lines() -> None:
    lines, money = action_drafts.Ask("Items", kind="items", default="all"), action_drafts.Ask("Sum", kind="money")
    for asks, field in (([lines, money], "sum"), ([lines], "items")):
        made = action_drafts.plan(action_drafts.Typed(asks=asks, limit_amount="50", limit_currency="EUR"))
        assert made.limit == Limit(field, 5000, "EUR")
        assert made.form["properties"]["items"] == {"type": "array", "title": "Items", "x-items": True, "default": "all"}


async def declared(counter: Counter, **more: Any) -> Action:
    home = await workspace.chosen(counter.desk.store, None)
    return await errands.declared(counter.desk, home.id, **more)


async def test_a_button_that_does_not_apply_is_there_and_says_why(counter: Counter) -> None:
    await counter.signed(order(1, status="shipped"))
    only = Condition("state_in", ["placed"], reason="Only until it has left the shop.")
    action = await declared(counter, name="Cancel", position=2, conditions=[only])
    page = await counter.text(await opened_order(counter, "1"))
    assert re.search(r'aria-disabled="true" title="Only until it has left the shop\."', page)
    order_id = re.search(r"/orders/(ord_\w+)/news", page)
    assert order_id
    form = await counter.text(f"/actions/{action.id}?order={order_id[1]}")
    assert "Only until it has left the shop." in form
    answer = await counter.post(f"/actions/{action.id}/runs", order=order_id[1], token="t", **{"input.amount": "1"})
    assert (answer.status_code, "Only until it has left the shop." in answer.text) == (422, True)


async def test_a_form_keeps_what_was_typed_beside_every_mistake(counter: Counter) -> None:
    await counter.signed(order(1))
    action = await declared(counter)
    found = re.search(r"/orders/(ord_\w+)/news", await counter.text(await opened_order(counter, "1")))
    assert found
    answer = await counter.post(
        f"/actions/{action.id}/runs", order=found[1], token="tok_kept", **{"input.amount": "1,5", "input.reason": "whim"}
    )
    assert answer.status_code == 422
    assert 'value="1,5"' in answer.text and "Write 1.5." in answer.text and "Reason is one of: damaged, lost." in answer.text
    assert 'name="token" value="tok_kept"' in answer.text
    done = await counter.post(f"/actions/{action.id}/runs", order=found[1], token="tok_kept", back="//evil.example", **{"input.amount": "1.5"})
    assert (done.status_code, done.headers["location"]) == (303, f"/orders/{found[1]}")
    approvals = await counter.text("/approvals")
    assert "It cannot be compared with the limit of 0.00 EUR." in approvals and "Take back" in approvals and "Approve<" not in approvals
    assert await counter.text("/approvals/count") == "0"


async def test_the_same_form_sent_twice_is_one_run(counter: Counter) -> None:
    await counter.signed(order(1))
    action = await declared(counter)
    found = re.search(r"/orders/(ord_\w+)/news", await counter.text(await opened_order(counter, "1")))
    assert found
    for _ in range(2):
        answer = await counter.post(f"/actions/{action.id}/runs", order=found[1], token="tok_twice", **{"input.amount": "1.5"})
        assert answer.status_code == 303
    assert len(re.findall(r'id="run-run_', await counter.text("/settings/actions/runs"))) == 1


async def test_lines_of_an_order_are_chosen_in_a_plain_form(counter: Counter) -> None:
    sold = [
        {"id": "1", "sku": "DOT", "name": "Dot grid", "price": 12.9, "quantity": 3, "refundedQuantity": 1},
        {"id": "2", "sku": "PEN", "name": "Fountain pen", "price": 30, "quantity": 1},
        {"id": "3", "sku": "INK", "name": "Ink", "price": 9, "quantity": 1, "refundedQuantity": 1},
    ]
    await counter.signed(order(1, items=sold, amount=77.7, currency="EUR"))
    form = {"type": "object", "properties": {"items": {"type": "array", "title": "Items", "x-items": True}}, "required": ["items"]}
    action = await declared(counter, form=form, limit=Limit("items", 0, "EUR"))
    found = re.search(r"/orders/(ord_\w+)/news", await counter.text(await opened_order(counter, "1")))
    assert found
    page = await counter.text(f"/actions/{action.id}?order={found[1]}")
    keys = re.findall(r'name="input\.items\.(\w+)" type="(\w+)"', page)
    assert [kind for _, kind in keys] == ["number", "checkbox"], "what went back is shown and cannot be chosen"
    assert 'max="2"' in page and "DOT · 3 × €12.90 · 1 given back" in page and "INK · €9.00 · given back" in page
    (dot, _), (pen, _) = keys
    nothing = await counter.post(f"/actions/{action.id}/runs", order=found[1], token="tok_a", **{f"input.items.{dot}": "0"})
    assert (nothing.status_code, "Items: choose at least one." in nothing.text) == (422, True)
    many = await counter.post(
        f"/actions/{action.id}/runs", order=found[1], token="tok_a", **{f"input.items.{dot}": "3", f"input.items.{pen}": "1"}
    )
    assert "Items asks for more of Dot grid than are left: 2 of 3." in many.text
    assert 'value="3"' in many.text and 'value="1" checked' in many.text, "what was chosen stays"
    done = await counter.post(
        f"/actions/{action.id}/runs", order=found[1], token="tok_a", **{f"input.items.{dot}": "2", f"input.items.{pen}": "1"}
    )
    assert done.status_code == 303
    approvals = await counter.text("/approvals")
    assert "Refund of €55.80 for" in approvals and "2 × Dot grid, 25.80 EUR; 1 × Fountain pen, 30.00 EUR" in approvals


async def test_what_waits_stands_in_the_index_the_bell_and_the_run_s_page(house: Starlette, mia: Visitor, jonas: Visitor) -> None:
    desk: Desk = house.state.desk
    own, other = await placed(house, 1, "mine"), await placed(house, 1, "other")
    action = await errands.declared(desk, 1, subject="conversation")
    async with desk.store.write() as tx:
        cause = Cause("rule", RULE.id, RULE.name)
        run = await runs.propose(tx, action, talk=own.talk, order=None, input={"amount": "5"}, by=RULE, cause=cause)
        await merging.merge(tx, own.talk, other.talk, by=RULE)
    assert [(await who.get("/mentions/count")).text for who in (mia, jonas)] == ["1", "0"], "who may approve it"
    inbox = (await mia.get("/inbox?view=mentions")).text
    assert "<b data-approvals>1</b> waiting for your approval" in inbox and "data-bell>1<" in inbox
    assert "data-approvals-note hidden" in (await jonas.get("/inbox?view=mentions")).text
    assert f'id="asked-{run.id}"' in (await mia.get(f"/conversations/{other.talk.id}")).text, "in the conversation that goes on"
    index = (await mia.get("/approvals")).text
    assert "data-approvals>1</span></a>" in index and 'href="/settings/actions"' in index.split("<h2>Rules and targets</h2>")[1]
    agents_index = (await jonas.get("/rules")).text.split("<h2>Rules and targets</h2>")[1].split("</nav>")[0]
    assert "/approvals" in agents_index and "/settings/actions" not in agents_index
    assert "/deliveries/" not in (await mia.get(f"/runs/{run.id}")).text.split("<main")[1], "nothing was sent yet"
    form = {"form_token": mia.token}
    done = await mia.http.post(f"/runs/{run.id}/approval", data=form, headers={"hx-request": "true"})
    assert done.status_code == 200 and other.talk.id in done.headers["hx-trigger"], "and is answered there"
    now = await found.by_id(desk.store, 1, run.id)
    for who in (mia, jonas):
        assert f'href="/deliveries/{now.call_id}"' in (await who.get(f"/runs/{run.id}")).text
        assert (await who.get(f"/deliveries/{now.call_id}")).status_code == 200


async def test_a_call_without_a_conversation_is_linked_for_those_who_may_see_it(house: Starlette, mia: Visitor, jonas: Visitor) -> None:
    desk: Desk = house.state.desk
    action = await errands.declared(desk, 1, subject="customer", limit=None)
    async with desk.store.write() as tx:
        cause = Cause("rule", RULE.id, RULE.name)
        run = await runs.propose(tx, action, talk=None, order=None, profile_id="cus_1", input={"amount": "5"}, by=RULE, cause=cause)
    assert [f"/deliveries/{run.call_id}" in (await who.get(f"/runs/{run.id}")).text for who in (mia, jonas)] == [True, False]
    assert [(await who.get(f"/deliveries/{run.call_id}")).status_code for who in (mia, jonas)] == [200, 404]
