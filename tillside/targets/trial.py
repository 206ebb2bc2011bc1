"""Trying a target out, also one that is not saved yet: one request at once, with what was sent and what came back."""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct
from msgspec.structs import replace

from tillside.agents.actor import Actor
from tillside.base import stamps
from tillside.storage.database import Database
from tillside.targets import attempts, calls, outcomes
from tillside.targets import request as requests
from tillside.targets import target as targets
from tillside.targets.attempts import Attempt
from tillside.targets.caller import Caller
from tillside.targets.calls import Call, Cause
from tillside.targets.request import Request
from tillside.targets.secrets import Unsealed
from tillside.targets.target import Draft, Target


class Trial(Struct, frozen=True):
    """`call`: the row in the log, None for a target that is not saved."""

    request: Request
    attempt: Attempt
    call: Call | None = None

    @property
    def went_well(self) -> bool:
        return self.attempt.went_well


async def run(
    store: Database, caller: Caller, target: Target, values: Mapping[str, Any], *, by: Actor, draft: Draft | None = None, at: int | None = None
) -> Trial:
    """Send it now, once. `draft`: as it stands in a form; `target` is then the saved one, or `targets.unsaved` for a new one. A saved
    target's try is in the log, under the cause test; it changes nothing else."""
    began = at if at is not None else stamps.now()
    shown = targets.drafted(target, draft) if draft else target
    kept = await caller.unsealed(store, target, at=began) if target.id else Unsealed()
    made = requests.of(shown, values)
    call_id = stamps.new_id("dlv", began)
    sent = await caller.send(shown, made, _with(kept, draft), call_id=call_id, number=1, at=began)
    cause = Cause("test", name=by.name)
    call = calls.new(shown, made, call_id, cause=cause, by=by, at=began)
    outcome = outcomes.of(call, sent.answer, sent.failure, at=began)
    problem = sent.answer.problem if sent.answer else outcome.reason
    is_cut = bool(sent.answer and sent.answer.is_cut)
    attempt = Attempt(
        target.workspace_id, call_id, 1, began, sent.took_ms, outcome.status, problem, outcome.hint, sent.shown, sent.back, sent.body, is_cut
    )
    if not target.id:
        return Trial(made, attempt)
    over = replace(
        call,
        state=outcome.end,
        due_at=None,
        attempts=1,
        settled_at=began,
        status=outcome.status,
        answered=outcome.status // 100,
        reason=outcome.reason,
    )
    async with store.write() as tx:
        await calls.insert(tx, over)
        await attempts.write(tx, [attempt])
    return Trial(made, attempt, over)


def _with(kept: Unsealed, draft: Draft | None) -> Unsealed:
    """What is kept, with what the form says anew. A form has no signing secret; one that is kept signs."""
    if draft is None:
        return kept
    given = {one.name.lower(): one.value for one in draft.headers if one.is_secret and one.value}
    return Unsealed({**kept.headers, **given}, draft.secret or kept.auth, kept.signing)
