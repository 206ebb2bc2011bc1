"""Trying a target out, also one that is not saved yet: one request at once, with what was sent and what came back."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.base.errors import Conflict
from tillside.storage.database import Database
from tillside.targets import attempts, calls, outcomes, taking
from tillside.targets import request as requests
from tillside.targets import target as targets
from tillside.targets.attempts import Attempt
from tillside.targets.caller import Caller, Sent
from tillside.targets.calls import Call, Cause
from tillside.targets.outcomes import Outcome
from tillside.targets.request import Request
from tillside.targets.secrets import Unsealed
from tillside.targets.target import Draft, Target

_END = """
update call set state = :state, due_at = null, settled_at = :at, holder = '', status = :status, answered = :answered, reason = :reason
where workspace_id = :w and id = :id and holder = :holder and state = 'sending'
"""


class Trial(Struct, frozen=True):
    """`call`: the row in the log, None for a target that is not saved."""

    request: Request
    attempt: Attempt
    call: Call | None = None

    @property
    def went_well(self) -> bool:
        return self.attempt.went_well


class Begun(Conflict):
    """This test was sent already."""


async def run(
    store: Database,
    caller: Caller,
    target: Target,
    values: Mapping[str, Any],
    *,
    by: Actor,
    draft: Draft | None = None,
    call_id: str = "",
    at: int | None = None,
) -> Trial:
    """Send it now, once. `draft`: as it stands in a form; `target` is then the saved one, or `targets.unsaved` for a new one. A saved
    target's try is in the log, under the cause test, from the moment it leaves; it changes nothing else. `call_id`: see `calls.form_id`;
    raises Begun where there is a call of this id."""
    began = at if at is not None else stamps.now()
    shown = targets.drafted(target, draft) if draft else target
    kept = await caller.unsealed(store, target, at=began) if target.id else Unsealed()
    made = requests.of(shown, values)
    call = calls.new(shown, made, call_id or stamps.new_id("dlv", began), cause=Cause("test", name=by.name), by=by, at=began)
    if target.id:
        call = await _begun(store, call)
    sent = await caller.send(shown, made, _with(kept, draft), call_id=call.id, number=1, at=began)
    outcome = outcomes.of(call, sent.answer, sent.failure, at=began)
    attempt = _attempt(call, sent, outcome)
    if not target.id:
        return Trial(made, attempt)
    return Trial(made, attempt, await _ended(store, call, outcome, attempt))


async def _begun(store: Database, call: Call) -> Call:
    """Written down as being sent by us; should we die meanwhile, the sender finds it when the claim ends, and never sends it again."""
    out = replace(call, state="sending", holder=stamps.token()[:24], due_at=call.created_at + taking.LEASE, attempts=1)
    async with store.write() as tx:
        await targets.hold(tx, call.workspace_id, call.target_id)  # two presses at one moment go one after the other
        if await calls.known(tx, call.workspace_id, call.id) is not None:
            raise Begun(hint="Its answer stands in the deliveries.")
        return await calls.insert(tx, out)


async def _ended(store: Database, call: Call, outcome: Outcome, attempt: Attempt) -> Call:
    told = {"status": outcome.status, "answered": outcome.status // 100, "reason": outcome.reason}
    over = replace(call, state=outcome.end, due_at=None, holder="", settled_at=stamps.now(), **told)
    async with store.write() as tx:
        given = {"state": over.state, "at": over.settled_at, "w": over.workspace_id, "id": over.id, "holder": call.holder}
        await tx.run(_END, **given, **told)
        await attempts.write(tx, [attempt])
        calls.settled(tx, over)
    return over


def _attempt(call: Call, sent: Sent, outcome: Outcome) -> Attempt:
    problem = sent.answer.problem if sent.answer else outcome.reason
    is_cut = bool(sent.answer and sent.answer.is_cut)
    w, at = call.workspace_id, call.created_at
    return Attempt(w, call.id, 1, at, sent.took_ms, outcome.status, problem, outcome.hint, sent.shown, sent.back, sent.body, is_cut)


def _with(kept: Unsealed, draft: Draft | None) -> Unsealed:
    """What is kept, with what the form says anew. A form has no signing secret; one that is kept signs."""
    if draft is None:
        return kept
    given = {one.name.lower(): one.value for one in draft.headers if one.is_secret and one.value}
    return Unsealed({**kept.headers, **given}, draft.secret or kept.auth, kept.signing)
