"""What waits for somebody's approval: the list, how many, and the decision."""

from collections.abc import Sequence

from msgspec import Struct
from starlette.responses import Response

from tillside.actions import action as actions
from tillside.actions import run as found
from tillside.actions import runs
from tillside.actions.action import Action
from tillside.actions.run import Run
from tillside.agents import access, actor
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.edges.agent import actions as taking
from tillside.edges.agent import guard, stream
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded


class Waiting(Struct, frozen=True):
    """A run with what this visitor may do about it."""

    run: Run
    may_decide: bool
    is_own: bool


def routes() -> list[Guarded]:
    one = "/runs/{run_id}"
    return [
        guard.page("/approvals", index, allow=Act.ANSWER),
        guard.page("/approvals/count", count, allow=Act.READ),
        guard.page(one, show, allow=Act.READ),
        guard.page(one + "/approval", approve, allow=Act.ANSWER, methods=["POST"]),
        guard.page(one + "/decline", decline, allow=Act.ANSWER, methods=["POST"]),
    ]


async def index(visit: Visit) -> Response:
    """``GET /approvals``: what waits, the longest first; and what was decided lately."""
    live = await stream.address(visit)
    store, workspace_id = visit.desk.store, visit.workspace.id
    waiting = await of(visit, await found.waiting(store, workspace_id))
    lately = [run for run in await found.page(store, workspace_id, count=50) if run.decided_by][:20]
    mine = sum(one.may_decide for one in waiting)
    return visit.page("approvals.html", stream=live, waiting=waiting, lately=lately, approvals=mine)


async def count(visit: Visit) -> Response:
    """``GET /approvals/count``: how many wait for this agent, as text."""
    return Response(str(await mine(visit)), headers={"Cache-Control": "no-store"}, media_type="text/plain")


async def show(visit: Visit) -> Response:
    """``GET /runs/{id}``: who asked for what, when, and what came of it."""
    run = await _meant(visit)
    (one,) = await of(visit, [run])
    may_see_call = run.call_id is not None and (run.conversation_id is not None or visit.may(Act.CONNECT))
    return visit.page("run.html", one=one, run=run, may_see_call=may_see_call)


async def approve(visit: Visit) -> Response:
    """``POST /runs/{id}/approval``: it starts at once."""
    run, since = await _meant(visit), stamps.now()
    async with visit.desk.store.write() as tx:
        run = await runs.approve(tx, run, by=actor.of_agent(visit.agent))
    return await _decided(visit, run, since)


async def decline(visit: Visit) -> Response:
    """``POST /runs/{id}/decline`` with reason. Whoever asked for it takes it back the same way."""
    run, since = await _meant(visit), stamps.now()
    async with visit.desk.store.write() as tx:
        run = await runs.decline(tx, run, by=actor.of_agent(visit.agent), reason=visit.form.get("reason", ""))
    return await _decided(visit, run, since)


async def of(visit: Visit, found_runs: Sequence[Run]) -> list[Waiting]:
    """The runs as this visitor sees them."""
    known = {one.id: one for one in await actions.every(visit.desk.store, visit.workspace.id)} if found_runs else {}
    return [Waiting(run, _may(visit, known.get(run.action_id), run), run.by.id == visit.agent.id) for run in found_runs]


async def mine(visit: Visit) -> int:
    """How many wait for this agent's word."""
    return sum(one.may_decide for one in await of(visit, await found.waiting(visit.desk.store, visit.workspace.id)))


async def of_talk(visit: Visit, conversation_id: str) -> list[Waiting]:
    """What waits for approval in a conversation, and in those that went on in it."""
    return await of(visit, await found.waiting_in(visit.desk.store, visit.workspace.id, conversation_id))


def _may(visit: Visit, action: Action | None, run: Run) -> bool:
    if run.state != "proposed" or run.by.id == visit.agent.id:
        return False
    return access.may(visit.agent.role, Act.ADMINISTER) or (action is not None and visit.agent.role in action.approvers)


async def _meant(visit: Visit) -> Run:
    return await found.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["run_id"])


async def _decided(visit: Visit, run: Run, since: int) -> Response:
    return await taking.answered(visit, run, await taking.talk_of(visit, run), since)
