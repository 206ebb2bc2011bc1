"""Deliveries: every call of the workspace, and what can be done with one: send it now or again, give it up."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base.errors import Unknown
from tillside.conversations import conversation as conversations
from tillside.edges.agent import call_log, chosen_call, guard
from tillside.edges.agent.call_log import Asked
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.targets import calls
from tillside.targets.calls import Call

BASE = "/deliveries"


def routes() -> list[Guarded]:
    one = "/deliveries/{call_id}"
    return [
        guard.page(BASE, index, allow=Act.READ),
        guard.page(BASE + "/news", news, allow=Act.READ),
        guard.page(one, show, allow=Act.READ),
        guard.page(one + "/news", changed, allow=Act.READ),
        guard.page(one + "/sending", send, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/giving-up", give_up, allow=Act.CONNECT, methods=["POST"]),
    ]


async def index(visit: Visit) -> Response:
    """``GET /deliveries?state=&q=&cause=&conversation=&before=&call=&tab=``."""
    return await _page(visit, call_log.asked(visit, BASE))


async def show(visit: Visit) -> Response:
    """``GET /deliveries/{id}``: the list with this one open, an address to hand on."""
    return await _page(visit, call_log.asked(visit, BASE, call=visit.request.path_params["call_id"]))


async def news(visit: Visit) -> Response:
    return await call_log.news(visit, call_log.asked(visit, BASE))


async def changed(visit: Visit) -> Response:
    """``GET /deliveries/{id}/news?seen=&tab=&base=``: the pane and the row, where the call is not as it was seen any more."""
    query = visit.request.query_params
    found = await chosen_call.read(visit, visit.request.path_params["call_id"], query.get("tab", ""))
    if found.seen == query.get("seen", ""):
        return Response(status_code=204)
    base = query.get("base", "")
    wanted = Asked(base if base == f"/targets/{found.call.target_id}" else BASE, call=found.call.id, tab=found.tab)
    (line,) = await call_log.lines_of(visit, [found.call])
    return visit.page("targets/_changed.html", one=found, asked=wanted, line=line)


async def send(visit: Visit) -> Response:
    """``POST /deliveries/{id}/sending``: tried at once, under the id it had."""
    return await _do(visit, calls.again)


async def give_up(visit: Visit) -> Response:
    return await _do(visit, calls.give_up)


async def _do(visit: Visit, verb: Callable[..., Awaitable[object]]) -> Response:
    call = await calls.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["call_id"])
    async with visit.desk.store.write() as tx:
        await verb(tx, call, by=actor.of_agent(visit.agent))
    return visit.go(_back(visit, call))


def _back(visit: Visit, call: Call) -> str:
    """Where the form stood: the page of all, or that of the target."""
    said = visit.form.get("back", "")
    own = (f"{BASE}?", f"/targets/{call.target_id}?")
    return said if said.startswith(own) else f"/targets/{call.target_id}?call={call.id}"


async def _page(visit: Visit, wanted: Asked) -> Response:
    drawn = await call_log.listed(visit, wanted)
    talk = None
    if wanted.conversation:
        try:
            talk = await conversations.by_id(visit.desk.store, visit.workspace.id, wanted.conversation)
        except Unknown:
            talk = None
    return visit.page("targets/log.html", status=200, alerts=[], talk=talk, place=BASE, **drawn)
