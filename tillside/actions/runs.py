"""What moves a run: proposed → approved → running → done or failed, or declined. Who may, whether it applies, and one effect only.

Steps, so that they can be followed at night:
1. `propose` checks who asks, where it applies and what was filled in; the same token again gives the run it made before.
2. One thing (an order, a conversation, a customer) has one open run of an action: `action_open` holds its place until it is over.
3. Within the limit it starts at once; above it, it waits until somebody else approves or declines.
4. Starting places a call to the action's target in the same transaction, under the run's id, which is also its idempotency key.
5. `settled` follows ``call.settled``: it reads what the shop answered and ends the run. A failed one may be tried again under the same id.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tillside.actions import action as actions
from tillside.actions import facts, form, moves
from tillside.actions import run as runs
from tillside.actions.action import Action
from tillside.actions.form import Field, Purse
from tillside.actions.run import Run
from tillside.agents import access
from tillside.agents import agent as agents
from tillside.agents.access import Act
from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import Conflict, DeskError, NotAllowed, Refused, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations.conversation import Conversation
from tillside.orders.order import Order
from tillside.storage.database import Database, Transaction
from tillside.targets.calls import Cause

_OPEN = "insert into action_open (workspace_id, action_id, thing, run_id) values (:w, :action, :thing, :run) on conflict do nothing"
_DECIDE = """
update action_run set state = :state, decided_kind = :kind, decided_by = :by, decided_name = :name, decided_at = :at, reason = :reason,
  settled_at = :settled
where workspace_id = :w and id = :id and state = 'proposed'
"""


class About(Struct, frozen=True):
    """What an action is taken for."""

    talk: Conversation | None = None
    order: Order | None = None
    profile_id: str | None = None

    def thing(self, action: Action) -> str:
        """The id of what it is about; "" where that is missing."""
        owner = self.profile_id or (self.talk.profile_id if self.talk else None) or (self.order.profile_id if self.order else None)
        found = {"order": self.order and self.order.id, "conversation": self.talk and self.talk.id, "customer": owner}
        return found[action.subject] or ""


async def propose(
    tx: Transaction,
    action: Action,
    *,
    talk: Conversation | None,
    order: Order | None,
    input: Mapping[str, Any],
    by: Actor,
    cause: Cause,
    token: str = "",
    profile_id: str | None = None,
) -> Run:
    """Take an action. `input`: texts of a form or values of JSON; `token`: the same one again is the same run, whoever clicked twice.

    Raises NotAllowed, Refused with the field (``input.NAME``), Conflict with the reason where it does not apply or is under way already.
    """
    held = await conversations.hold(tx, talk) if talk else None
    about = About(held, order, profile_id)
    known = await _same(tx, action, about, token)
    if known is not None:
        return known
    await _may_run(tx, action, by)
    await _applies(tx, action, about)
    purse = facts.purse(order)
    values = _filled(action, input, purse)
    run = _drawn(action, about, values, purse, by=by, cause=cause, token=token)
    if not await tx.run(_OPEN, w=run.workspace_id, action=action.id, thing=about.thing(action), run=run.id):
        known = await _same(tx, action, about, token)  # whoever was a moment faster may have brought the same token
        if known is not None:
            return known
        raise Conflict(f"{action.name} is under way here already.", hint="Wait for it to end, then look again.")
    if not await moves.keep(tx, run):
        raise Conflict("This token was used for something else.", field="token", hint="Make a new one for each time.")
    if run.why:
        await moves.tell(tx, run, "proposed", by=by, talk=held, why=run.why)
        return run
    try:
        return await moves.start(tx, action, run, talk=held, order=order, by=by)
    except DeskError:
        await moves.forget(tx, run)
        raise


async def approve(tx: Transaction, run: Run, *, by: Actor) -> Run:
    """Raises NotAllowed for who asked for it or may not approve, Conflict when somebody decided already or it applies no more."""
    action = await actions.by_id(tx, run.workspace_id, run.action_id)
    await _may_decide(tx, action, run, by)
    await _decide(tx, run, "approved", by=by)
    about = await moves.about(tx, run)
    await _applies(tx, action, About(*about, run.profile_id))
    _still(action, run, facts.purse(about[1]))
    approved = await runs.by_id(tx, run.workspace_id, run.id)
    await moves.tell(tx, approved, "approved", by=by, talk=about[0])
    return await moves.start(tx, action, approved, talk=about[0], order=about[1], by=by)


async def decline(tx: Transaction, run: Run, *, by: Actor, reason: str) -> Run:
    """Raises as `approve` does, and Refused without a reason. Whoever asked for it may take it back."""
    said = " ".join(reason.split())[:500]
    if not said:
        raise Refused("Say why, so that whoever asked knows.", field="reason", hint="One sentence is enough.")
    if (by.kind, by.id) != (run.by.kind, run.by.id):
        await _may_decide(tx, await _action_of(tx, run), run, by)
    await _decide(tx, run, "declined", by=by, reason=said)
    await moves.close(tx, run)
    declined = await runs.by_id(tx, run.workspace_id, run.id)
    talk, _ = await moves.about(tx, run)
    await moves.tell(tx, declined, "declined", by=by, talk=talk, reason=said)
    return declined


async def retry(tx: Transaction, run: Run, *, by: Actor) -> Run:
    """Try a failed one again, under the same id, so that a shop that did it already answers so. Raises Conflict when it did not fail."""
    action = await actions.by_id(tx, run.workspace_id, run.action_id)
    await _may_run(tx, action, by)
    talk, order = await moves.about(tx, run)
    thing = About(talk, order, run.profile_id).thing(action)
    if not await tx.run(_OPEN, w=run.workspace_id, action=action.id, thing=thing, run=run.id):
        raise Conflict(f"{action.name} is under way here already.", hint="Wait for it to end, then look again.")
    return await moves.start(tx, action, run, talk=talk, order=order, by=by)


async def may_decide(store: Database | Transaction, action: Action | None, run: Run, by: Actor) -> bool:
    """Whether they may approve or decline it: an admin or one of the action's approvers, never who asked for it."""
    if (by.kind, by.id) == (run.by.kind, run.by.id):
        return False
    if by.kind != "agent":
        return by.kind == "api"
    role = (await agents.find(store, run.workspace_id, by.id)).role
    return access.may(role, Act.ADMINISTER) or (action is not None and role in action.approvers)


async def _action_of(tx: Transaction, run: Run) -> Action | None:
    try:
        return await actions.by_id(tx, run.workspace_id, run.action_id)
    except Unknown:
        return None  # removed meanwhile: what waits can still be declined


async def _may_decide(tx: Transaction, action: Action | None, run: Run, by: Actor) -> None:
    if (by.kind, by.id) == (run.by.kind, run.by.id):
        raise NotAllowed("Somebody else has to approve what you asked for.")
    if not await may_decide(tx, action, run, by):
        raise NotAllowed("Your role does not approve this action.")


async def _may_run(tx: Transaction, action: Action, by: Actor) -> None:
    if by.kind == "customer":
        raise NotAllowed("Customers do not run actions.")
    if by.kind == "agent" and action.roles and (await agents.find(tx, action.workspace_id, by.id)).role not in action.roles:
        raise NotAllowed(f"Your role does not run {action.name}.")


async def _applies(tx: Transaction, action: Action, about: About) -> None:
    if not about.thing(action):
        raise Refused(f"{action.name} needs {_NEEDS[action.subject]}.", field=action.subject, hint="Say which.")
    seen = await facts.gather(tx, action.workspace_id, [action], talk=about.talk, order=about.order)
    why = facts.refusal(action, seen)
    if why:
        raise Conflict(why, field=action.subject)


_NEEDS = {"order": "an order", "conversation": "a conversation", "customer": "a customer"}


def _filled(action: Action, input: Mapping[str, Any], purse: Purse) -> dict[str, Any]:
    """Raises Refused with the first field that is wrong; a form shows them all by `form.checked`."""
    found = form.checked(action.fields, input, purse)
    for name, words in found.errors.items():
        raise Refused(words, field=f"input.{name}")
    return found.values


def _still(action: Action, run: Run, purse: Purse) -> None:
    """Raises Conflict where lines that were asked for have been given back meanwhile."""
    asked = [one for one in action.fields if one.kind == "items"]
    found = form.checked(asked, {one.name: run.input[one.name] for one in asked if one.name in run.input}, purse)
    for words in found.errors.values():
        raise Conflict(words, hint="Decline it, and ask anew for what is left.")


async def _same(tx: Transaction, action: Action, about: About, token: str) -> Run | None:
    """The run this token made. Raises Conflict when that was about something else."""
    known = await runs.by_token(tx, action.workspace_id, token) if token else None
    if known is not None and (known.action_id != action.id or (about.order is not None and known.order_id != about.order.id)):
        raise Conflict("This token was used for something else.", field="token", hint="Make a new one for each time.")
    return known


def _drawn(action: Action, about: About, values: dict[str, Any], purse: Purse, *, by: Actor, cause: Cause, token: str) -> Run:
    fields, at = action.fields, stamps.now()
    amount = _amount(action, fields, values, purse)
    why = _why(action, amount, purse)
    talk, order = about.talk, about.order
    return Run(
        workspace_id=action.workspace_id,
        id=stamps.new_id("run", at),
        action_id=action.id,
        action_name=action.name,
        icon=action.icon,
        state="proposed" if why else "approved",
        conversation_id=talk.id if talk else None,
        order_id=order.id if order else None,
        order_name=order.name if order else "",
        profile_id=about.profile_id or (talk.profile_id if talk else None) or (order.profile_id if order else None) or None,
        input=values,
        shown=[(one.title, form.words(one, values[one.name], purse.currency)) for one in fields if one.name in values],
        amount=amount,
        currency=purse.currency,
        by=by,
        cause=cause,
        why=why,
        token=token or None,
        call_id=None,
        tries=0,
        decided_by=None,
        decided_at=None,
        result="",
        reason="",
        created_at=at,
        started_at=None,
        settled_at=None,
    )


def _amount(action: Action, fields: list[Field], values: dict[str, Any], purse: Purse) -> int | None:
    """What moves: what the limit's field says; without a limit the first amount, else what was paid for the lines. Where that is left empty
    all that is left of the order counts, since a shop may understand it so."""
    if action.limit:
        valued = [one for one in fields if one.name == action.limit.field]
    else:
        valued = sorted((one for one in fields if one.kind in form.VALUED), key=lambda one: form.VALUED.index(one.kind))
    if not valued:
        return None
    one = next((one for one in valued if one.name in values), None)
    return form.worth(one, values[one.name], purse) if one else purse.left


def _why(action: Action, amount: int | None, purse: Purse) -> str:
    """Why somebody else has to approve it; "" where nobody has to."""
    limit = action.limit
    if limit is None:
        return ""
    most = f"{form.text_of(limit.minor, limit.currency)} {limit.currency}"
    if amount is None or purse.currency != limit.currency:
        return f"It cannot be compared with the limit of {most}."
    return f"It is above the limit of {most}." if amount > limit.minor else ""


async def _decide(tx: Transaction, run: Run, state: str, *, by: Actor, reason: str = "") -> None:
    at = stamps.now()
    changed = await tx.run(
        _DECIDE,
        state=state,
        kind=by.kind,
        by=by.id,
        name=by.name,
        at=at,
        reason=reason,
        settled=at if state == "declined" else None,
        w=run.workspace_id,
        id=run.id,
    )
    if not changed:
        now = await runs.by_id(tx, run.workspace_id, run.id)
        who = f" by {now.decided_by.name}" if now.decided_by else ""
        raise Conflict(f"This was decided{who} already.", hint="Look at it again.")
