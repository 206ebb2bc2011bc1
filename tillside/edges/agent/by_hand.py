"""Sending a conversation to another program by hand: which targets there are, what would leave, and sending it."""

from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import Conflict
from tillside.conversations import conversation as conversations
from tillside.edges.agent import acts, exchange, guard, target_preview
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.targets import calls, target
from tillside.targets import request as requests
from tillside.targets.calls import Cause
from tillside.targets.target import Target


def routes() -> list[Guarded]:
    one = "/conversations/{conversation_id}/targets/{target_id}"
    return [
        guard.page(one, look, allow=Act.ANSWER),
        guard.page(one, send, allow=Act.ANSWER, methods=["POST"]),
    ]


async def offered(visit: Visit) -> list[Target]:
    """The targets of the menu: those that are live and do more than being looked at."""
    return [one for one in await target.every(visit.desk.store, visit.workspace.id) if one.is_on and not one.is_card]


async def look(visit: Visit) -> Response:
    """``GET /conversations/{id}/targets/{target id}``: what would be sent; a page of its own where no script asks."""
    talk, one = await acts.meant(visit), await _meant(visit)
    made = requests.of(one, await target_preview.of(visit, talk))
    headers = [*made.headers, *target_preview.secret_headers(one)]
    drawn = exchange.request(made.method, made.url, headers, made.body)
    template = "inbox/_handing.html" if acts.is_piece(visit) else "inbox/handing.html"
    return visit.page(template, talk=talk, one=one, request=drawn, view_key=acts.view_of(visit), call_id=calls.form_id())


async def send(visit: Visit) -> Response:
    """``POST /conversations/{id}/targets/{target id}`` with call, the id its form was drawn with: written down now, sent by the loop of what is
    due. The same form sent again leads to what its first sending made."""
    talk, one, call_id = await acts.meant(visit), await _meant(visit), calls.form_id(visit.form.get("call", ""))
    known, by = await target_preview.of(visit, talk), actor.of_agent(visit.agent)
    async with visit.desk.store.write() as tx:
        await conversations.hold(tx, talk)  # of two presses at one moment the second waits here for the first
        first = await calls.known(tx, talk.workspace_id, call_id)
        if first is None:
            await calls.place(tx, one, known, cause=Cause("hand"), by=by, conversation_id=talk.id, call_id=call_id)
    if first is not None and not acts.is_piece(visit):
        return visit.go(f"/deliveries/{first.id}")
    return await acts.answer(visit, talk, f"#{talk.number} goes to {one.name}", since=stamps.now())


async def _meant(visit: Visit) -> Target:
    """The target of the address. Raises Unknown, and Conflict where it is off."""
    one = await target.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["target_id"])
    if not one.is_on:
        raise Conflict(f"{one.name} is switched off.", hint="An admin can switch it on under Rules and targets.")
    return one
