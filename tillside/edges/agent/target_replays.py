"""Sending a stretch of time again: first how much it is, then for sure; in the order in which the calls were made."""

from collections.abc import Mapping

from msgspec import Struct
from starlette.responses import Response

from tillside.agents import actor
from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import Refused
from tillside.edges.agent import format, guard, naps, target_page
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.targets import replay
from tillside.targets.calls import State
from tillside.targets.target import Target

_STATES: dict[str, tuple[State, ...]] = {"failed": ("dead", "failed", "cancelled"), "all": replay.CHOICES}


class Stretch(Struct, frozen=True):
    """µs, both inclusive."""

    since: int
    until: int
    states: tuple[State, ...]


def routes() -> list[Guarded]:
    path = "/targets/{target_id}/replays"
    return [
        guard.page(path, ask, allow=Act.CONNECT),
        guard.page(path, send, allow=Act.CONNECT, methods=["POST"]),
    ]


async def ask(visit: Visit) -> Response:
    """``GET /targets/{id}/replays?since=&until=&which=``: the form; with times also how many calls that would be."""
    one = await target_page.chosen(visit)
    query = visit.request.query_params
    if "since" not in query:
        return _page(visit, one, {"since": format.field(stamps.now() - stamps.DAY, visit.workspace.time_zone), "until": "", "which": "failed"})
    typed = {name: query.get(name, "")[:40] for name in ("since", "until", "which")}
    try:
        meant = _stretch(typed, visit.workspace.time_zone)
    except Refused as error:
        return _page(visit, one, typed, trouble=error)
    count = await replay.count(visit.desk.store, one, since=meant.since, until=meant.until, states=meant.states)
    return _page(visit, one, typed, meant=meant, count=count)


async def send(visit: Visit) -> Response:
    """``POST /targets/{id}/replays`` with since and until in µs, and which: what was counted, whatever was made since."""
    one = await target_page.chosen(visit)
    since, until, which = (visit.form.get(name, "") for name in ("since", "until", "which"))
    if not all(each.isascii() and each.isdigit() and len(each) < 19 for each in (since, until)) or which not in _STATES:
        raise Refused("Nothing says which calls are meant.", field="since", hint="Choose a time and count them first.")
    async with visit.desk.store.write() as tx:
        by = actor.of_agent(visit.agent)
        await replay.replay(tx, one, since=int(since), until=int(until), states=_STATES[which], by=by)
    return visit.go(f"/targets/{one.id}?state=waiting")


def _page(
    visit: Visit,
    one: Target,
    typed: Mapping[str, str],
    *,
    meant: Stretch | None = None,
    count: int | None = None,
    trouble: Refused | None = None,
) -> Response:
    fixed = {"since": meant.since, "until": meant.until, "which": typed["which"]} if meant else {}
    return visit.page(
        "targets/replays.html",
        status=422 if trouble else 200,
        one=one,
        typed=typed,
        fixed=fixed,
        count=count,
        first=meant.since if meant else 0,
        last=meant.until if meant else 0,
        is_cut=count == replay.MOST,
        trouble=trouble,
    )


def _stretch(typed: Mapping[str, str], zone: str) -> Stretch:
    """Raises Refused beside the field."""
    since = _moment(typed["since"], "since", zone)
    until = _moment(typed["until"], "until", zone) + stamps.MINUTE - 1 if typed["until"] else stamps.now()
    if until < since:
        raise Refused("This lies before the beginning.", field="until", hint="Choose a later time.")
    return Stretch(since, until, _STATES.get(typed["which"], _STATES["failed"]))


def _moment(said: str, field: str, zone: str) -> int:
    try:
        return naps.typed(said, zone)
    except Refused as error:
        raise Refused(error.message, field=field, hint=error.hint) from error
