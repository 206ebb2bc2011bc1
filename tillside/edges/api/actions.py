"""`/v1/actions`: what the shop can do, taking it, and what came of it. Ours; the contract has no such calls."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from tillside.actions import action as shelf
from tillside.actions import form, runs
from tillside.actions import run as found
from tillside.actions.action import Action
from tillside.actions.run import Run
from tillside.agents import actor
from tillside.agents.actor import Actor
from tillside.base.errors import Refused, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.customers import person
from tillside.edges.api import asked
from tillside.edges.api.call import Answer, Call, Endpoint, Parameter
from tillside.edges.api.shapes import time
from tillside.orders import listing
from tillside.orders import order as orders
from tillside.orders.order import Order
from tillside.targets.calls import Cause


class OrderNamed(Struct, rename="camel"):
    """An order by the shop's number; `app_client_id` where several shops are connected."""

    order_id: asked.Word
    app_client_id: str | None = None


class RunAsked(Struct):
    """What an action is taken for. `order`: the shop's number, or with its connector. `input`: the fields of the action's form; amounts as
    text with a point, in the order's currency; lines of the order by the shop's own ids, ``[{"sku": "NB-DOT", "quantity": 1}]``, or ``all``."""

    ticket_id: asked.Word | None = None
    order: OrderNamed | asked.Word | None = None
    customer_id: str | None = None
    input: dict[str, Any] | None = None


class DeclineAsked(Struct):
    reason: str


class LimitShown(Struct):
    """Above this amount somebody else approves the run first."""

    field: str
    amount: str
    currency: str


class ActionShown(Struct):
    """`input`: the form as JSON Schema; `x-money` marks amounts, `x-items` lines of the order. `conditions` say where it applies, each with the
    reason when it does not."""

    id: str
    name: str
    icon: str
    description: str
    subject: str
    input: dict[str, Any]
    conditions: list[dict[str, Any]]
    limit: LimitShown | None
    is_on: bool


class ActionList(Struct):
    actions: list[ActionShown]
    count: int


class By(Struct):
    """`kind`: agent, api, rule or system."""

    kind: str
    id: str
    name: str


class RunShown(Struct):
    """`state`: proposed (waits for approval, `why` says why), running, done (`result` is the shop's answer), failed or declined (`reason`).
    The id is the Idempotency-Key of the call to the shop."""

    id: str
    action_id: str
    action: str
    state: str
    ticket_id: str | None
    order: OrderNamed | None
    customer_id: str | None
    input: dict[str, Any]
    amount: str | None
    currency: str
    why: str
    result: str
    reason: str
    tries: int
    asked_by: By
    decided_by: By | None
    created_at: str
    started_at: str | None
    settled_at: str | None


class RunAnswer(Struct):
    run: RunShown


def endpoints() -> list[Endpoint]:
    one = "/v1/actions/runs/{run_id}"
    return [
        Endpoint(
            method="GET",
            path="/v1/actions",
            verb=index,
            name="listActions",
            does="What can be done, each with the form it asks for, where it applies, and its limit.",
            scope="actions:read",
            gives=ActionList,
            parameters=(Parameter("subject", "Only those for one of these.", words=("order", "conversation", "customer")),),
            official=False,
        ),
        Endpoint(
            method="GET",
            path=one,
            verb=show,
            name="fetchARun",
            does="One run: how far it is and what the shop answered.",
            scope="actions:read",
            gives=RunAnswer,
            official=False,
        ),
        Endpoint(
            method="POST",
            path="/v1/actions/{action_id}/runs",
            verb=take,
            name="runAnAction",
            does="Take an action for an order, a ticket or a customer. Above its limit it waits for somebody's approval.",
            scope="actions:run",
            gives=RunAnswer,
            takes=RunAsked,
            official=False,
        ),
        _moved(
            one + "/approval", approve, "approveARun", "Approve a run that waits; it starts at once. Not one this key asked for.", "approve"
        ),
        _moved(one + "/decline", decline, "declineARun", "Decline a run that waits, with the reason.", "approve", takes=DeclineAsked),
        _moved(one + "/retry", retry, "retryARun", "Try a failed run once more, under the same id.", "run"),
    ]


def _moved(path: str, verb: Callable[[Call], Awaitable[Answer]], name: str, does: str, way: str, *, takes: Any = None) -> Endpoint:
    return Endpoint(
        method="POST", path=path, verb=verb, name=name, does=does, scope=f"actions:{way}", gives=RunAnswer, takes=takes, official=False
    )


async def index(call: Call) -> Answer:
    """``{"actions": […]}`` in the order of their keys."""
    subject = call.query.get("subject", "")
    every = await shelf.every(call.desk.store, call.workspace_id)
    shown = [_shown(one) for one in every if not subject or one.subject == subject]
    return Answer(ActionList(shown, len(shown)))


async def show(call: Call) -> Answer:
    return await _answer(call, await _run(call))


async def take(call: Call) -> Answer:
    """``{"order": "1001", "input": {"amount": "12.50"}}`` → ``{"run": {"id", "state", …}}``."""
    said = asked.taken(call, call.body, RunAsked)
    action = await shelf.by_id(call.desk.store, call.workspace_id, call.path["action_id"])
    talk = await _talk(call, said)
    order = await _order(call, said.order)
    profile_id = await _person(call, said.customer_id)
    async with call.write() as tx:
        run = await runs.propose(
            tx,
            action,
            talk=talk,
            order=order,
            profile_id=profile_id,
            input=said.input or {},
            by=actor.of_key(call.key),
            cause=Cause("action", action.id, action.name),
            token=f"{call.key.id} {call.name}" if call.name else "",
        )
    return await _answer(call, run)


async def approve(call: Call) -> Answer:
    return await _move(call, runs.approve)


async def decline(call: Call) -> Answer:
    """``{"reason": "Ask for photographs first"}``."""
    said = asked.taken(call, call.body, DeclineAsked)
    return await _move(call, lambda tx, run, *, by: runs.decline(tx, run, by=by, reason=said.reason))


async def retry(call: Call) -> Answer:
    return await _move(call, runs.retry)


async def _move(call: Call, verb: Callable[..., Awaitable[Run]]) -> Answer:
    held = await _run(call)
    async with call.write() as tx:
        run = await verb(tx, held, by=actor.of_key(call.key))
    return await _answer(call, run)


async def _run(call: Call) -> Run:
    return await found.by_id(call.desk.store, call.workspace_id, call.path["run_id"])


async def _talk(call: Call, said: RunAsked) -> Conversation | None:
    if said.ticket_id in (None, ""):
        return None
    wanted, store = str(said.ticket_id), call.desk.store
    known = await conversations.known_as(store, call.workspace_id, wanted)
    if known is None:
        raise Refused(f"There is no ticket {wanted[:60]}.", field="ticket_id", hint="Send the id as it was read.")
    return await conversations.current(store, known)


async def _order(call: Call, said: OrderNamed | asked.Word | None) -> Order | None:
    """The order by the shop's number, or by the desk's own id. Raises Refused when that names none, or several."""
    if said in (None, ""):
        return None
    number = str(said.order_id) if isinstance(said, OrderNamed) else str(said)
    shops = await call.connectors()
    if isinstance(said, OrderNamed) and said.app_client_id:
        shops = [await call.connector(said.app_client_id)]
    store = call.desk.store
    hits = [order for shop in shops if (order := await orders.by_number(store, call.workspace_id, shop.id, number)) is not None]
    if not hits and number.startswith("ord_"):
        try:
            return await listing.one(store, call.workspace_id, number)
        except Unknown:
            hits = []
    if len(hits) != 1:
        several = "Several shops have an order" if hits else "There is no order"
        raise Refused(f"{several} {number[:60]}.", field="order", hint='Send {"orderId": …, "appClientId": …}.')
    return hits[0]


async def _person(call: Call, profile_id: str | None) -> str | None:
    if not profile_id:
        return None
    try:
        return await person.root_of(call.desk.store, call.workspace_id, profile_id)
    except Unknown as error:
        raise Refused("There is no such customer.", field="customer_id", hint="Send the id as it was read.") from error


async def _answer(call: Call, run: Run) -> Answer:
    store, w = call.desk.store, call.workspace_id
    order = await orders.by_id(store, w, run.order_id) if run.order_id else None
    keys = {one.id: one.api_key for one in await call.connectors()} if order else {}
    talk = await conversations.by_id(store, w, run.conversation_id) if run.conversation_id else None
    return Answer(
        RunAnswer(
            RunShown(
                id=run.id,
                action_id=run.action_id,
                action=run.action_name,
                state=run.state,
                ticket_id=talk.known_as if talk else None,
                order=OrderNamed(order.number, keys.get(order.connector_id)) if order else None,
                customer_id=run.profile_id,
                input=run.input,
                amount=form.text_of(run.amount, run.currency) if run.amount is not None else None,
                currency=run.currency,
                why=run.why,
                result=run.result,
                reason=run.reason,
                tries=run.tries,
                asked_by=_by(run.by),
                decided_by=_by(run.decided_by) if run.decided_by else None,
                created_at=time(run.created_at),
                started_at=time(run.started_at) if run.started_at else None,
                settled_at=time(run.settled_at) if run.settled_at else None,
            )
        )
    )


def _by(who: Actor) -> By:
    return By(who.kind, who.id, who.name)


def _shown(one: Action) -> ActionShown:
    limit = one.limit
    return ActionShown(
        id=one.id,
        name=one.name,
        icon=one.icon,
        description=one.description,
        subject=one.subject,
        input=one.form,
        conditions=[{"kind": each.kind, "path": each.path, "values": each.values, "reason": each.reason} for each in one.conditions],
        limit=LimitShown(limit.field, form.text_of(limit.minor, limit.currency), limit.currency) if limit else None,
        is_on=one.is_on,
    )
