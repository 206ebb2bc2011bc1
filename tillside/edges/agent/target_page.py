"""HTTP targets: the list of them, the page of one with how it fares, switching on and off, its signing secret, its end."""

from msgspec import Struct
from msgspec.structs import replace
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import Conflict
from tillside.edges.agent import alerts, call_log, format, guard, outcomes, target_preview
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.targets import calls, figures, health, schedule, secrets, target
from tillside.targets.figures import Figures
from tillside.targets.target import Target


class Fares(Struct, frozen=True):
    """How a target fares, in words. `settled`: calls of the last day that came to an end, `first` of them at the first try."""

    settled: int
    first: int
    share: str
    median: str
    slowest: str
    waiting: int
    next_words: str
    given_up: int


def routes() -> list[Guarded]:
    one = "/targets/{target_id}"
    return [
        guard.page("/targets", index, allow=Act.READ),
        guard.page(one, show, allow=Act.READ),
        guard.page(one + "/news", news, allow=Act.READ),
        guard.page(one + "/enablement", enable, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/disablement", disable, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/signing-secrets", rotate, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/removal", ask_removal, allow=Act.CONNECT),
        guard.page(one + "/removal", remove, allow=Act.CONNECT, methods=["POST"]),
    ]


async def index(visit: Visit) -> Response:
    """``GET /targets``."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    every = await target.every(store, workspace_id)
    found = await figures.of_targets(store, workspace_id, [one.id for one in every], at=stamps.now()) if every else {}
    now = await figures.now_of(store, workspace_id) if every else {}
    for target_id, (waiting, given_up) in now.items():
        if target_id in found:
            found[target_id] = replace(found[target_id], waiting=waiting, given_up=given_up)
    lines = [(one, fares(visit, found[one.id])) for one in every]
    seen = await health.every(store, workspace_id)
    return visit.page("targets/index.html", lines=lines, seen=seen, alerts=await alerts.every(visit))


async def show(visit: Visit) -> Response:
    """``GET /targets/{id}?state=&q=&cause=&before=&call=&tab=``: how it fares, its calls, and the chosen one beside them."""
    return await drawn(visit, await chosen(visit))


async def news(visit: Visit) -> Response:
    """``GET /targets/{id}/news?…&after=POSITION``: what came since, as a pill; rows on the screen that changed."""
    one = await chosen(visit)
    return await call_log.news(visit, call_log.asked(visit, f"/targets/{one.id}"), target_id=one.id)


async def enable(visit: Visit) -> Response:
    return await _turn(visit, is_on=True)


async def disable(visit: Visit) -> Response:
    return await _turn(visit, is_on=False)


async def rotate(visit: Visit) -> Response:
    """``POST /targets/{id}/signing-secrets``: a new one, shown this once; the one before signs beside it for a day.

    `since` says which secret the sender saw, so that a form sent twice does not push out the one the other side still has.
    """
    one = await chosen(visit)
    known = await secrets.known_of(visit.desk.store, one.workspace_id, one.id)
    if visit.form.get("since") != str(known.signing_since or 0):
        raise Conflict("The signing secret was changed already.", hint="Load the page of the target again.")
    async with visit.desk.store.write() as tx:
        made = await secrets.rotate(tx, visit.desk.vault, one.workspace_id, one.id)
    return await drawn(visit, one, status=201, secret=made)


async def ask_removal(visit: Visit) -> Response:
    one = await chosen(visit)
    found = await figures.of_target(visit.desk.store, one.workspace_id, one.id, at=stamps.now())
    return visit.page("targets/removal.html", one=one, waiting=found.waiting)


async def remove(visit: Visit) -> Response:
    one = await chosen(visit)
    async with visit.desk.store.write() as tx:
        await target.remove(tx, one)
    return visit.go("/targets")


async def chosen(visit: Visit) -> Target:
    """The target of the path; only one of this workspace is found."""
    return await target.by_id(visit.desk.store, visit.workspace.id, visit.request.path_params["target_id"])


async def drawn(visit: Visit, one: Target, *, status: int = 200, secret: str = "", call: str = "") -> Response:
    """The page of a target. `secret`: a signing secret to show this once; `call`: the one that is open, where the address does not say."""
    store = visit.desk.store
    asked = call_log.asked(visit, f"/targets/{one.id}", call=call)
    found = await figures.of_target(store, one.workspace_id, one.id, at=stamps.now())
    known = await secrets.known_of(store, one.workspace_id, one.id)
    newest = await target_preview.newest(visit) if visit.may(Act.CONNECT) else None
    return visit.page(
        "targets/show.html",
        status=status,
        place=f"/targets/{one.id}",
        one=one,
        secret=secret,
        old_until=known.old_until,
        signing_since=known.signing_since or 0,
        newest=newest.number if newest else "",
        test_id=calls.form_id(),
        figures=fares(visit, found),
        patience="3 days" if sum(schedule.RESTS) > 2 * 86_400 else format.wait(sum(schedule.RESTS) * stamps.SECOND),
        seen=await health.every(store, one.workspace_id),
        alerts=await alerts.every(visit, one.id),
        **await call_log.listed(visit, asked, target_id=one.id, counts={"waiting": found.waiting, "failed": found.given_up}),
    )


def fares(visit: Visit, found: Figures) -> Fares:
    zone = visit.workspace.time_zone
    settled = found.done + found.dead
    return Fares(
        settled,
        found.first,
        format.percent(found.first_share) if found.first_share is not None else "–",
        outcomes.took(found.median_ms) if found.median_ms is not None else "–",
        outcomes.took(found.slowest_ms) if found.slowest_ms is not None else "",
        found.waiting,
        f"next try {format.soon(found.next_at, zone)}" if found.next_at else "nothing waits" if not found.waiting else "in their turn",
        found.given_up,
    )


async def _turn(visit: Visit, *, is_on: bool) -> Response:
    one = await chosen(visit)
    async with visit.desk.store.write() as tx:
        await target.turn(tx, one, "on" if is_on else "off")
    return visit.go(f"/targets/{one.id}")
