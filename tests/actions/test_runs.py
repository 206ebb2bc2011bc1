"""Runs of actions: who may, where, once; approval above the limit; what the shop answered."""

import asyncio
from typing import Any

import msgspec
import pytest

from tests.actions.shop import NOT_CANCELLED, Shop
from tillside.actions import action as actions
from tillside.actions import run as found
from tillside.actions import runs
from tillside.actions.action import Limit
from tillside.actions.conditions import Condition
from tillside.actions.run import Run
from tillside.agents.actor import Actor
from tillside.base.errors import Conflict, NotAllowed, Refused
from tillside.conversations import conversation as conversations
from tillside.conversations import merging, trail
from tillside.targets import target as targets
from tillside.targets.calls import Cause
from tillside.targets.target import Draft

pytestmark = pytest.mark.anyio
KEY = Actor("api", "key_one", "nightly script")
RULE = Actor("rule", "rul_one", "Damaged on arrival")


async def test_a_run_within_the_limit_calls_the_shop_at_once(shop: Shop) -> None:
    refund, order, talk = await shop.declared(), await shop.order(), await shop.room.opened()
    run = await shop.asked(refund, order, talk, input={"amount": "12.5"})
    assert (run.state, run.input, run.amount, run.tries) == ("running", {"amount": "12.50", "reason": "goodwill"}, 1250, 1)
    call = await shop.call(run)
    assert (call.cause.kind, call.conversation_id, call.order_key) == ("action", talk.id, order.id)
    done = await shop.answered(run, 200, {"status": "done", "message": "€12.50 goes back."})
    assert (done.state, done.result, done.is_open) == ("done", "€12.50 goes back.", False)
    [(path, headers, body)] = shop.cart.heard
    assert (path, headers["idempotency-key"]) == ("/refunds", run.id)
    assert body == {"orderId": "10422", "amount": "12.50", "minor": 1250, "reason": "goodwill"}
    assert await shop.lines(talk) == ["action_started", "action_done"]


async def test_what_the_shop_refuses_is_a_failed_run_with_its_words(shop: Shop) -> None:
    refund, order, talk = await shop.declared(), await shop.order(), await shop.room.opened()
    run = await shop.asked(refund, order, talk, input={"amount": "12.50"})
    failed = await shop.answered(run, 200, {"status": "failed", "message": "The card has expired."})
    assert (failed.state, failed.reason) == ("failed", "The card has expired.")
    again = await shop.room.do(runs.retry, failed, by=shop.jonas)
    assert (again.state, again.tries, again.reason, again.id) == ("running", 2, "", run.id)
    done = await shop.answered(again, 200)
    assert shop.cart.keys == [run.id, run.id], "the same key: what was done is not done twice"
    assert done.state == "done"
    assert await shop.lines(talk) == ["action_started", "action_failed", "action_tried_again", "action_done"]
    with pytest.raises(Conflict):
        await shop.room.do(runs.retry, done, by=shop.jonas)
    assert await shop.calls() == 2


async def test_an_old_answer_does_not_end_a_newer_try(shop: Shop) -> None:
    run = await shop.asked(await shop.declared(), await shop.order(), input={"amount": "1"})
    first = await shop.call(await shop.answered(run, 422))
    again = await shop.room.do(runs.retry, await shop.now(run), by=shop.mia)
    assert (await shop.answered(run, 422)).state == "failed"
    late = await shop.sent_again(run, first, 200)
    assert (late.state, late.call_id) == ("failed", again.call_id)


async def test_a_call_that_arrives_after_all_mends_a_failed_run(shop: Shop) -> None:
    run = await shop.asked(await shop.declared(), await shop.order(), input={"amount": "1"})
    failed = await shop.answered(run, 422)
    assert failed.state == "failed"
    assert (await shop.sent_again(failed, await shop.call(failed), 200, {"message": "Done."})).state == "done"


async def test_above_the_limit_somebody_else_approves(shop: Shop) -> None:
    refund, order, talk = await shop.declared(), await shop.order(), await shop.room.opened()
    run = await shop.asked(refund, order, talk, input={"amount": "50.01"})
    assert (run.state, run.why, run.call_id) == ("proposed", "It is above the limit of 50.00 EUR.", None)
    assert [one.id for one in await found.waiting(shop.desk.store, shop.w)] == [run.id]
    for nobody in (shop.mia, shop.jonas):
        with pytest.raises(NotAllowed):
            await shop.room.do(runs.approve, run, by=nobody)
    approved = await shop.room.do(runs.approve, run, by=shop.ada)
    assert (approved.state, approved.decided_by, await shop.calls()) == ("running", shop.ada, 1)
    for verb, given in ((runs.approve, {}), (runs.decline, {"reason": "No"})):
        with pytest.raises(Conflict, match="decided by Ada already"):
            await shop.room.do(verb, run, by=shop.ada, **given)  # type: ignore[arg-type]  # two verbs, each with its own words
    assert await shop.lines(talk) == ["action_proposed", "action_approved", "action_started"]
    assert await shop.calls() == 1


async def test_an_admin_does_not_approve_their_own(shop: Shop) -> None:
    run = await shop.asked(await shop.declared(), await shop.order(), input={"amount": "60"}, by=shop.ada)
    with pytest.raises(NotAllowed, match="Somebody else"):
        await shop.room.do(runs.approve, run, by=shop.ada)
    declined = await shop.room.do(runs.decline, run, by=shop.ada, reason="A slip of mine")
    assert (declined.state, declined.reason) == ("declined", "A slip of mine")


async def test_a_role_may_be_given_the_approval(shop: Shop) -> None:
    run = await shop.asked(await shop.declared(approvers=["agent"]), await shop.order(), input={"amount": "60"})
    assert (await shop.room.do(runs.approve, run, by=shop.jonas)).state == "running"


async def test_what_is_declined_is_over_and_says_why(shop: Shop) -> None:
    refund, order, talk = await shop.declared(), await shop.order(), await shop.room.opened()
    run = await shop.asked(refund, order, talk, input={})
    assert (run.amount, run.state) == (8640, "proposed"), "no amount means all of it"
    with pytest.raises(Refused) as refused:
        await shop.room.do(runs.decline, run, by=shop.ada, reason=" ")
    assert refused.value.field == "reason"
    assert (await shop.room.do(runs.decline, run, by=shop.ada, reason="Ask for photographs")).settled_at
    assert await shop.lines(talk) == ["action_proposed", "action_declined"]
    assert (await shop.asked(refund, order, talk, input={"amount": "5"})).state == "running", "its place is free again"
    assert await shop.calls() == 1


async def test_an_approval_looks_again_whether_it_applies(shop: Shop) -> None:
    run = await shop.asked(await shop.declared(), await shop.order(), input={"amount": "60"})
    await shop.order(status="cancelled")
    with pytest.raises(Conflict, match="Cancelled orders cannot be refunded"):
        await shop.room.do(runs.approve, run, by=shop.ada)
    assert ((await shop.now(run)).state, await shop.calls()) == ("proposed", 0)


async def test_amounts_of_another_currency_are_not_compared(shop: Shop) -> None:
    refund = await shop.declared(limit=Limit("amount", 5000, "USD"))
    assert (await shop.asked(refund, await shop.order(), input={"amount": "1"})).state == "proposed"


@pytest.mark.parametrize("status", ["cancelled", "refunded"])
async def test_where_it_does_not_apply_the_reason_is_told(shop: Shop, status: str) -> None:
    with pytest.raises(Conflict, match=r"Cancelled orders cannot be refunded\."):
        await shop.asked(await shop.declared(), await shop.order(status=status), input={"amount": "1"})
    assert await shop.calls() == 0


async def test_a_placeholder_can_be_a_condition(shop: Shop) -> None:
    only = Condition("equals", ["VIP"], "ticket.customFields.tier", "Only for VIPs.")
    action = await shop.declared(name="Gift", subject="conversation", form={"type": "object", "properties": {}}, conditions=[only])
    with pytest.raises(Conflict, match="Only for VIPs"):
        await shop.asked(action, None, await shop.room.opened())


async def test_an_order_s_action_needs_an_order(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        await shop.asked(await shop.declared(), None, await shop.room.opened())
    assert refused.value.field == "order"


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"amount": "86.41"}, "input.amount"),
        ({"amount": "1,5"}, "input.amount"),
        ({"reason": "whim"}, "input.reason"),
        ({"colour": "red"}, "input.colour"),
    ],
)
async def test_wrong_input_is_refused_by_field(shop: Shop, given: dict[str, Any], field: str) -> None:
    with pytest.raises(Refused) as refused:
        await shop.asked(await shop.declared(), await shop.order(), input=given)
    assert refused.value.field == field


async def test_roles_say_who_runs_it(shop: Shop) -> None:
    refund, order = await shop.declared(roles=["admin"]), await shop.order()
    with pytest.raises(NotAllowed):
        await shop.asked(refund, order, input={"amount": "1"})
    with pytest.raises(NotAllowed):
        await shop.asked(refund, order, input={"amount": "1"}, by=Actor("customer", "cus_ada", "Ada"))
    assert (await shop.asked(refund, order, input={"amount": "1"}, by=shop.ada)).state == "running"


@pytest.mark.parametrize("by", [KEY, RULE])
async def test_a_script_and_a_rule_run_it_within_the_limit(shop: Shop, by: Actor) -> None:
    refund = await shop.declared(roles=["admin"])
    assert (await shop.asked(refund, await shop.order(), input={"amount": "1"}, by=by)).state == "running"
    assert (await shop.asked(refund, await shop.order("10423"), input={"amount": "51"}, by=by)).state == "proposed"


async def test_the_same_token_is_one_run_however_often_it_comes(shop: Shop) -> None:
    refund, order = await shop.declared(), await shop.order()

    async def click() -> Run:
        return await shop.asked(refund, order, input={"amount": "10"}, token="tok_double_click")

    answers = await asyncio.gather(*[click() for _ in range(50)])
    assert len({run.id for run in answers}) == 1
    assert await shop.calls() == 1
    assert (await shop.answered(answers[0], 200)).state == "done"
    assert (await click()).state == "done", "even when it is over"
    assert await shop.calls() == 1


async def test_a_token_belongs_to_one_thing(shop: Shop) -> None:
    refund = await shop.declared()
    await shop.asked(refund, await shop.order(), input={"amount": "10"}, token="tok_one")
    with pytest.raises(Conflict) as refused:
        await shop.asked(refund, await shop.order("10423"), input={"amount": "10"}, token="tok_one")
    assert refused.value.field == "token"


async def test_two_agents_make_one_effect(shop: Shop) -> None:
    refund, order = await shop.declared(), await shop.order()
    every = [shop.asked(refund, order, input={"amount": "10"}, by=by) for by in (shop.mia, shop.jonas, shop.ada) * 10]
    answers = await asyncio.gather(*every, return_exceptions=True)
    assert sum(isinstance(one, Run) for one in answers) == 1
    assert all("under way here already" in str(one) for one in answers if not isinstance(one, Run))
    assert await shop.calls() == 1


async def test_approvals_at_the_same_moment_make_one_effect(shop: Shop) -> None:
    run = await shop.asked(await shop.declared(approvers=["agent"]), await shop.order(), input={"amount": "60"})
    verbs = [shop.room.do(runs.approve, run, by=by) for by in (shop.jonas, shop.ada) * 10]
    answers = await asyncio.gather(*verbs, return_exceptions=True)
    assert sum(isinstance(one, Run) for one in answers) == 1
    assert await shop.calls() == 1


async def test_nothing_is_left_behind_where_the_target_is_off(shop: Shop) -> None:
    refund, order = await shop.declared(), await shop.order()
    await shop.room.do(targets.turn, shop.target, "off")
    async with shop.desk.store.write() as tx:  # a rule that goes on after a step that failed
        with pytest.raises(Conflict, match="is switched off"):
            await runs.propose(tx, refund, talk=None, order=order, input={"amount": "1"}, by=RULE, cause=Cause("rule"))
    assert await found.page(shop.desk.store, shop.w) == []
    await shop.room.do(targets.turn, shop.target, "on")
    assert (await shop.asked(refund, order, input={"amount": "1"})).state == "running"


async def test_an_action_can_be_switched_off_and_removed(shop: Shop) -> None:
    refund, order = await shop.declared(), await shop.order()
    run = await shop.asked(refund, order, input={"amount": "60"})
    off = await shop.room.do(actions.change, refund, msgspec.structs.replace(refund.plan, is_on=False))
    with pytest.raises(Conflict, match="switched off"):
        await shop.asked(off, order, input={"amount": "1"})
    await shop.room.do(actions.remove, off)
    assert await actions.every(shop.desk.store, shop.w) == []
    assert (await shop.room.do(runs.decline, run, by=shop.ada, reason="Gone")).state == "declined"


async def test_the_trail_says_who_asked_for_what(shop: Shop) -> None:
    refund, order, talk = await shop.declared(), await shop.order(), await shop.room.opened()
    run = await shop.asked(refund, order, talk, input={"amount": "60", "reason": "damaged"})
    await shop.room.do(runs.approve, run, by=shop.ada)
    told = await trail.page(shop.desk.store, talk, count=10)
    lines = {step.kind: (step.actor.name, step.detail) for step in told if step.kind.startswith("action_")}
    who, detail = lines["action_approved"]
    assert (who, detail["asked_by"], detail["action"], detail["order"], detail["amount"]) == ("Ada", "Mia", "Refund", "#10422", 6000)
    assert (await shop.now(run)).shown == [("Amount", "60.00 EUR"), ("Reason", "damaged")]


async def test_an_action_is_declared_once_and_checked(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        await shop.declared(name=" ")
    assert refused.value.field == "name"
    await shop.declared()
    for wrong, field in (
        ({}, "name"),
        ({"name": "A", "icon": "<svg>"}, "icon"),
        ({"name": "A", "roles": ["king"]}, "roles"),
        ({"name": "A", "limit": Limit("reason", 1, "EUR")}, "limit"),
        ({"name": "A", "target_id": ""}, "target_id"),
        ({"name": "A", "conditions": [Condition("state_in", ["flying"])]}, "conditions.0"),
        ({"name": "A", "form": {"type": "array", "properties": {}}}, "form"),
    ):
        with pytest.raises(Refused) as refused:
            await shop.declared(**wrong)
        assert refused.value.field == field
    (kept,) = await actions.every(shop.desk.store, shop.w)
    assert (kept.conditions, kept.limit, [one.name for one in kept.fields]) == (
        [NOT_CANCELLED],
        Limit("amount", 5000, "EUR"),
        ["amount", "reason"],
    )


ITEMS: dict[str, Any] = {"type": "object", "properties": {"items": {"type": "array", "title": "Items", "x-items": True}}, "required": ["items"]}
SOLD = [
    {"id": "1", "sku": "DOT", "name": "Dot grid", "price": "12.90", "quantity": 2},
    {"id": "2", "sku": "PEN", "name": "Fountain pen", "price": "60.60", "quantity": 1},
]


async def test_lines_of_the_order_go_to_the_shop_and_are_held_by_the_limit(shop: Shop) -> None:
    draft = Draft(name="Returns", url=f"{shop.cart.url}/returns", body='{"items": {{ input.items }}, "sum": {{ input.itemsMinor }}}')
    saved = await shop.room.do(targets.add, shop.desk.vault, shop.w, draft, check_url=shop.desk.outbound.check_url)
    returns = await shop.declared(name="Refund items", form=ITEMS, target_id=saved.target.id)
    order, talk = await shop.order(items=SOLD), await shop.room.opened()
    run = await shop.asked(returns, order, talk, input={"items": [{"sku": "DOT", "quantity": 1}]})
    assert (run.state, run.amount, run.shown) == ("running", 1290, [("Items", "1 × Dot grid, 12.90 EUR")])
    await shop.answered(run, 200)
    line = {"id": "1", "optionId": "", "sku": "DOT", "name": "Dot grid", "quantity": 1}
    assert shop.cart.heard[-1][2] == {"items": [line | {"amount": "12.90", "amountMinor": 1290, "currency": "EUR"}], "sum": 1290}
    with pytest.raises(Refused) as refused:
        await shop.asked(returns, order, talk, input={"items": [{"sku": "DOT", "quantity": 3}]})
    assert (refused.value.field, "2 of 2" in refused.value.message) == ("input.items", True)

    above = await shop.asked(returns, order, talk, input={"items": "all"})
    assert (above.state, above.amount, above.why) == ("proposed", 8640, "It is above the limit of 50.00 EUR.")
    await shop.order(items=[SOLD[0] | {"refunded_quantity": 1}, SOLD[1]])
    with pytest.raises(Conflict, match="asks for more of Dot grid than are left: 1 of 2"):
        await shop.room.do(runs.approve, above, by=shop.ada)
    one = await conversations.by_id(shop.desk.store, shop.w, talk.id)
    told = [step.detail.get("lines") for step in await trail.page(shop.desk.store, one) if step.kind in ("action_started", "action_proposed")]
    assert told == ["2 × Dot grid, 25.80 EUR; 1 × Fountain pen, 60.60 EUR", "1 × Dot grid, 12.90 EUR"]


async def test_lines_never_move_more_than_is_left_of_the_order(shop: Shop) -> None:
    order = await shop.order(items=SOLD, refunded="80")
    run = await shop.asked(await shop.declared(form=ITEMS), order, input={"items": [{"sku": "PEN"}]})
    assert (run.amount, run.state) == (640, "running")


async def test_the_limit_looks_at_its_own_field_and_an_empty_one_is_the_whole_order(shop: Shop) -> None:
    both = {"type": "object", "properties": {**ITEMS["properties"], "amount": {"type": "string", "title": "Amount", "x-money": True}}}
    refund = await shop.declared(form=both)
    given: list[dict[str, Any]] = [{"items": [{"sku": "DOT"}]}, {"items": [{"sku": "DOT"}], "amount": "49"}, {}]
    made = [await shop.asked(refund, await shop.order(f"2{place}", items=SOLD), input=one) for place, one in enumerate(given)]
    assert [(run.amount, run.state) for run in made] == [(8640, "proposed"), (4900, "running"), (8640, "proposed")]
    free = await shop.declared(form=both, name="Free", limit=None)
    run = await shop.asked(free, await shop.order("23", items=SOLD), input=given[0])
    assert (run.amount, run.state) == (1290, "running"), "without a limit the lines say how much it was"


async def test_only_an_action_for_an_order_asks_for_its_lines(shop: Shop) -> None:
    with pytest.raises(Refused) as refused:
        await shop.declared(subject="conversation", form=ITEMS)
    assert refused.value.field == "form"


async def test_what_waits_in_a_merged_conversation_waits_in_the_one_that_goes_on_and_ends_there(shop: Shop) -> None:
    refund, order, store = await shop.declared(), await shop.order(), shop.desk.store
    first, second, third = [await shop.room.opened() for _ in range(3)]
    run = await shop.asked(refund, order, first, input={"amount": "60"})
    await shop.room.do(merging.merge, first, second, by=shop.mia)
    await shop.room.do(merging.merge, await shop.room.now(second), third, by=shop.mia)
    assert [one.id for one in await found.waiting_in(store, shop.w, third.id)] == [run.id]
    since = await shop.room.last_told()
    await shop.answered(await shop.room.do(runs.approve, run, by=shop.ada), 200)
    assert await shop.lines(third) == ["action_approved", "action_started", "action_done"]
    told = [one for one in await shop.room.told(since) if one.kind == "action_run.done"]
    assert f'"conversation":"{third.id}"' in told[0].detail, "and the screens that show it hear of it"
    assert await found.waiting_in(store, shop.w, third.id) == []
