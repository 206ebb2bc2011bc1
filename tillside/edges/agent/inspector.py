"""The event inspector: what arrives, line by line as it arrives, and beside it everything about one event."""

from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.base import stamps
from tillside.connectors import names
from tillside.customers import listing as people
from tillside.customers import timeline
from tillside.customers.timeline import WORDS, Sieve
from tillside.edges.agent import evidence, guard, keyset, stream, telling, verbs
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.orders import listing as orders

PAGE = 60
_MINUTE = 60_000_000
_LOOKED_BACK = 60


class Asked(Struct, frozen=True):
    """What the list is narrowed to, and which event is open beside it."""

    said: str
    verdict: str
    connector: str
    event: int

    def address(self, path: str = "/events", *, verdict: str | None = None, event: int | None = None, before: int = 0) -> str:
        chosen = self.event if event is None else event
        given = {
            "q": self.said,
            "verdict": self.verdict if verdict is None else verdict,
            "connector": self.connector,
            "before": str(before) if before else "",
            "event": str(chosen) if chosen else "",
        }
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{path}?{query}" if query else path


def routes() -> list[Guarded]:
    return [
        guard.page("/events", index, allow=Act.READ),
        guard.page("/events/news", news, allow=Act.READ),
        guard.page("/events/{event_id}/retries", retry, allow=Act.MEND_CUSTOMERS, methods=["POST"]),
    ]


async def index(visit: Visit) -> Response:
    """``GET /events?q=&verdict=refused&connector=&before=&event=``: the list, and the chosen event beside it."""
    live = await stream.address(visit)
    wanted = asked(visit)
    store, workspace_id = visit.desk.store, visit.workspace.id
    narrowed = await sieve(visit, wanted)
    before = keyset.number(visit.request, "before", 2**62)
    lines = await timeline.stream(store, workspace_id, narrowed, before=before, count=PAGE + 1)
    shown = lines[:PAGE]
    since = stamps.now() // _MINUTE - _LOOKED_BACK
    counts = await timeline.tallies(store, workspace_id, since_minute=since, connector_id=wanted.connector)
    shops = await names.read(store, workspace_id)
    return visit.page(
        "inspector.html",
        stream=live,
        asked=wanted,
        lines=shown,
        told=await telling.sentences_of(visit, shown),
        people=await people.names(store, workspace_id, [line.profile_id for line in shown if line.profile_id]),
        shops=shops,
        tabs=[("", "All", sum(counts.values())), *((word, word.capitalize(), counts.get(place, 0)) for place, word in enumerate(WORDS))],
        further=wanted.address(before=shown[-1].id, event=0) if len(lines) > PAGE else "",
        after=shown[0].id if shown else 0,
        is_first=before == 2**62,
        news=wanted.address("/events/news", event=0),
        one=await evidence.read(visit, wanted.event) if wanted.event else None,
        is_late="late" in visit.request.query_params,
    )


async def news(visit: Visit) -> Response:
    """``GET /events/news?…&after=EVENT``: the pill for what arrived since; nothing when nothing did."""
    wanted = asked(visit)
    after = keyset.number(visit.request, "after")
    lines = await timeline.stream(visit.desk.store, visit.workspace.id, await sieve(visit, wanted), after=max(after, 1), count=100)
    if not lines:
        return Response(status_code=204)
    return visit.page("_news.html", count=len(lines), back=wanted.address(event=0), select="#found", oob="#news,#tallies", hold="found")


async def retry(visit: Visit) -> Response:
    """``POST /events/{id}/retries``: work a parked event in again."""
    said = visit.request.path_params["event_id"]
    event_id = int(said) if said.isascii() and said.isdigit() and len(said) < 19 else 0
    is_in = await verbs.retry(visit, event_id)
    return visit.go(f"/events?event={event_id}" + ("" if is_in else "&late=1"))


async def sieve(visit: Visit, wanted: Asked) -> Sieve:
    """What the list is narrowed to, with the people and orders a search means."""
    verdict = WORDS.index(wanted.verdict) if wanted.verdict in WORDS else None
    if not wanted.said:
        return Sieve(wanted.connector, verdict)
    store, workspace = visit.desk.store, visit.workspace
    found = await people.find(store, workspace.id, wanted.said, region=workspace.region)
    members = await people.whole(store, workspace.id, found)
    return Sieve(wanted.connector, verdict, wanted.said, members, await orders.find(store, workspace.id, wanted.said))


def asked(visit: Visit) -> Asked:
    query = visit.request.query_params
    verdict = query.get("verdict", "")
    said = " ".join(query.get("q", "").split())[:200]
    return Asked(said, verdict if verdict in WORDS else "", query.get("connector", "")[:80], keyset.number(visit.request, "event"))
