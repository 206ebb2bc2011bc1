"""How a run moves on: the rows it writes, the call it places, the lines it leaves in the conversation, and what a settled call means."""

from typing import Any

import msgspec
from msgspec.structs import replace

from tillside.actions import action as actions
from tillside.actions import answers, form, items
from tillside.actions import run as runs
from tillside.actions.action import Action, Answer
from tillside.actions.answers import Outcome
from tillside.actions.run import Run
from tillside.agents import workspace
from tillside.agents.actor import DESK, Actor
from tillside.base import stamps
from tillside.base.errors import Conflict, Unknown
from tillside.conversations import conversation as conversations
from tillside.conversations import trail
from tillside.conversations.conversation import Conversation
from tillside.feeds import activity
from tillside.feeds.heed import Happened
from tillside.orders import order as orders
from tillside.orders.order import Order
from tillside.storage.database import Transaction
from tillside.targets import calls, values
from tillside.targets import request as requests
from tillside.targets import target as targets
from tillside.targets.calls import Cause
from tillside.targets.request import Request

_INSERT = f"""
insert into action_run ({runs.COLUMNS})
values (:w, :id, :action, :action_name, :icon, :state, :conversation, :order, :order_name, :profile, :input, :shown, :amount, :currency,
  :by_kind, :by_id, :by_name, :cause, :why, :token, null, 0, '', '', '', null, '', '', :at, null, null)
on conflict do nothing
"""
_START = """
update action_run set state = 'running', call_id = :call, tries = tries + 1, started_at = :at, settled_at = null, reason = '', result = ''
where workspace_id = :w and id = :id and (state = 'approved' or state = 'failed')
"""
_SETTLE = """
update action_run set state = :state, result = :result, reason = :reason, settled_at = :at
where workspace_id = :w and id = :id and call_id = :call and (state = 'running' or (state = 'failed' and :state = 'done'))
"""
_LAST = "select answer_body from attempt where workspace_id = :w and call_id = :call and number = :number"
_CLOSE = "delete from action_open where workspace_id = :w and run_id = :run"


async def keep(tx: Transaction, run: Run) -> bool:
    """Write a new run down. False: its token is another one's."""
    changed = await tx.run(
        _INSERT,
        w=run.workspace_id,
        id=run.id,
        action=run.action_id,
        action_name=run.action_name,
        icon=run.icon,
        state=run.state,
        conversation=run.conversation_id,
        order=run.order_id,
        order_name=run.order_name,
        profile=run.profile_id,
        input=_text(run.input),
        shown=_text(run.shown),
        amount=run.amount,
        currency=run.currency,
        by_kind=run.by.kind,
        by_id=run.by.id,
        by_name=run.by.name,
        cause=_text(run.cause),
        why=run.why,
        token=run.token,
        at=run.created_at,
    )
    return changed > 0


async def start(tx: Transaction, action: Action, run: Run, *, talk: Conversation | None, order: Order | None, by: Actor) -> Run:
    """Place the call, under the run's id. Raises Conflict where its target is away, or the run is not one to start."""
    try:
        target = await targets.by_id(tx, run.workspace_id, action.target_id)
    except Unknown as error:
        raise Conflict(f"The target of {action.name} is gone.", hint="An admin chooses another in the settings.") from error
    if not target.is_on:
        raise Conflict(f"The target {target.name} is switched off.", hint="An admin switches it on in the settings.")
    home = await workspace.by_id(tx, run.workspace_id)
    told = await values.of(tx, home, talk, order=order, agent_name=run.by.name, given=given(action, run))
    call = await calls.put(
        tx,
        target,
        keyed(requests.of(target, told), run.id),
        cause=Cause("action", action.id, action.name),
        by=run.by,
        conversation_id=talk.id if talk else None,
        run_id=run.id,
        order_key=run.order_id or "",
    )
    changed = await tx.run(_START, call=call.id, at=stamps.now(), w=run.workspace_id, id=run.id)
    if not changed:
        raise Conflict("This run is not one to start again.", hint="Look at it again.")
    started = await runs.by_id(tx, run.workspace_id, run.id)
    await tell(tx, started, "started" if run.tries == 0 else "tried_again", by=by, talk=talk)
    return started


def given(action: Action, run: Run) -> dict[str, Any]:
    """What stands under ``input.`` in the target's templates: the fields, each amount and what lines come to also in minor units, the run."""
    return filled(action, run.input, run.currency, run.id)


def filled(action: Action, input: dict[str, Any], currency: str, run_id: str) -> dict[str, Any]:
    """The same for an input that is only looked at."""
    made: dict[str, Any] = {one.name: input.get(one.name) for one in action.fields}
    for one in action.fields:
        if one.kind == "money":
            amount = input.get(one.name)
            made[f"{one.name}Minor"] = form.minor(amount, currency) if amount is not None else None
        if one.kind == "items":
            lines = input.get(one.name) or []
            made |= {one.name: lines, f"{one.name}Minor": items.worth(lines), f"{one.name}Words": items.words(lines)}
    return {**made, "currency": currency, "runId": run_id, "action": action.name}


def keyed(made: Request, run_id: str) -> Request:
    """The request with the run's id as its key (draft-ietf-httpapi-idempotency-key-header), unless the target sends one of its own."""
    if any(name.lower() == "idempotency-key" for name, _ in made.headers):
        return made
    return replace(made, headers=[*made.headers, ("idempotency-key", run_id)])


async def settled(tx: Transaction, happened: Happened) -> None:
    """A call came to its end: so does the run it was placed for. A call that was sent once more and arrived mends a failed one."""
    said = happened.said
    run_id, call_id = str(said.get("run") or ""), str(said.get("call") or "")
    if not run_id:
        return
    try:
        run = await runs.by_id(tx, happened.workspace_id, run_id)
    except Unknown:
        return
    outcome = await _outcome(tx, run, call_id)
    changed = await tx.run(
        _SETTLE,
        state=outcome.state,
        result=outcome.result,
        reason=outcome.reason,
        at=stamps.now(),
        w=run.workspace_id,
        id=run.id,
        call=call_id,
    )
    if not changed:
        return
    await close(tx, run)
    over = await runs.by_id(tx, run.workspace_id, run.id)
    talk, _ = await about(tx, run)
    await tell(tx, over, outcome.state, by=DESK, talk=talk, result=outcome.result, reason=outcome.reason)


async def close(tx: Transaction, run: Run) -> None:
    """Its thing is free for the next run of the action."""
    await tx.run(_CLOSE, w=run.workspace_id, run=run.id)


async def forget(tx: Transaction, run: Run) -> None:
    """Take back a run that could not begin, so that whoever goes on in the same transaction leaves nothing half done."""
    await close(tx, run)
    await tx.run("delete from action_run where workspace_id = :w and id = :id", w=run.workspace_id, id=run.id)


async def about(tx: Transaction, run: Run) -> tuple[Conversation | None, Order | None]:
    """The conversation and the order it was taken for, as they are now."""
    talk = await conversations.by_id(tx, run.workspace_id, run.conversation_id) if run.conversation_id else None
    if talk is not None and talk.merged_into is not None:
        talk = await conversations.current(tx, talk)
    return talk, await orders.by_id(tx, run.workspace_id, run.order_id) if run.order_id else None


async def tell(tx: Transaction, run: Run, what: str, *, by: Actor, talk: Conversation | None, **more: str) -> None:
    """A line in the conversation, and a note for every screen that shows the run, its order or what waits for approval."""
    told: dict[str, Any] = {"action": run.action_name, "icon": run.icon, "order": run.order_name, "amount": run.amount}
    told |= {"currency": run.currency, "run": run.id, "asked_by": run.by.name, "lines": _lines(run), **more}
    if talk is not None:
        await trail.record(tx, talk, f"action_{what}", by=by, **told)
    note = {"words": _asks(run)} if what == "proposed" else {}
    here = talk.id if talk else run.conversation_id or ""
    note |= {"state": run.state, "order": run.order_id or "", "conversation": here, "profile": run.profile_id or ""}
    activity.record(tx, run.workspace_id, f"action_run.{what}", run.id, detail=_text(note))


def _lines(run: Run) -> str:
    """The lines of the order it is about, in words."""
    return "; ".join([items.words(value) for value in run.input.values() if isinstance(value, list)])


def _asks(run: Run) -> str:
    """What whoever may approve it reads wherever they are: ``Mia asks for approval: Refund of 60.00 EUR for #10422``."""
    amount = f" of {form.text_of(run.amount, run.currency)} {run.currency}" if run.amount is not None else ""
    return f"{run.by.name} asks for approval: {run.action_name}{amount}{f' for {run.order_name}' if run.order_name else ''}"


async def _outcome(tx: Transaction, run: Run, call_id: str) -> Outcome:
    try:
        answer = (await actions.by_id(tx, run.workspace_id, run.action_id)).answer
    except Unknown:
        answer = Answer()
    call = await calls.by_id(tx, run.workspace_id, call_id)
    row = await tx.one(_LAST, w=run.workspace_id, call=call_id, number=call.attempts)
    body = str(row[0]).encode() if row else b""
    return answers.outcome(answer, call.state, status=call.status or None, body=body, reason=call.reason)


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
