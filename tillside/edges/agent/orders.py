"""Orders: the list, newest first, and the way to one by number, name, e-mail, tracking number or customer."""

from urllib.parse import urlencode

from msgspec import Struct
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.customers import listing as people
from tillside.edges.agent import guard, keyset, stream
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.orders import listing
from tillside.orders.listing import Sieve
from tillside.orders.state import STATES

PAGE = 50


class Asked(Struct, frozen=True):
    """What the list is asked for: words to search, a state, one customer."""

    said: str
    state: str
    customer: str

    def address(self, path: str = "/orders", *, before: str = "", state: str | None = None) -> str:
        chosen = self.state if state is None else state
        given = {"q": self.said, "state": chosen, "customer": self.customer, "before": before}
        query = urlencode({name: value for name, value in given.items() if value})
        return f"{path}?{query}" if query else path


def routes() -> list[Guarded]:
    return [guard.page("/orders", index, allow=Act.READ), guard.page("/orders/news", news, allow=Act.READ)]


async def index(visit: Visit) -> Response:
    """``GET /orders?q=&state=on_the_way&customer=&before=``."""
    live = await stream.address(visit)
    wanted = asked(visit)
    store, workspace_id = visit.desk.store, visit.workspace.id
    lines = await listing.page(store, workspace_id, await sieve(visit, wanted), before=keyset.text(visit.request), count=PAGE + 1)
    shown = lines[:PAGE]
    known = await people.names(store, workspace_id, [line.profile_id for line in shown] + ([wanted.customer] if wanted.customer else []))
    return visit.page(
        "orders.html",
        stream=live,
        asked=wanted,
        owner=known.get(wanted.customer),
        choices=[(name, words) for name, words in STATES.items() if name != "part_refunded"],  # said beside a state, never one by itself
        lines=shown,
        people=known,
        further=wanted.address(before=keyset.word(shown[-1].placed_at, shown[-1].id)) if len(lines) > PAGE else "",
        after=max((line.placed_at for line in shown), default=0),
        is_first=keyset.text(visit.request) is None,
        news=wanted.address("/orders/news"),
    )


async def news(visit: Visit) -> Response:
    """``GET /orders/news?state=&customer=&after=µs``: the pill for orders placed since; nothing when there is none."""
    wanted = asked(visit)
    narrowed = await sieve(visit, wanted)
    after = keyset.after(visit.request)
    count = 0 if after is None else await listing.newer(visit.desk.store, visit.workspace.id, narrowed, after)
    if not count:
        return Response(status_code=204)
    return visit.page("_news.html", count=count, back=wanted.address(), select="#found", oob="#news", hold="found")


async def sieve(visit: Visit, wanted: Asked) -> Sieve:
    """What a search or a customer narrows the list to."""
    store, workspace = visit.desk.store, visit.workspace
    if wanted.customer:
        return Sieve(wanted.state, [], await people.whole(store, workspace.id, [wanted.customer]))
    if not wanted.said:
        return Sieve(wanted.state)
    ids = await listing.find(store, workspace.id, wanted.said)
    found = await people.find(store, workspace.id, wanted.said, region=workspace.region)
    return Sieve(wanted.state, ids, await people.whole(store, workspace.id, found))


def asked(visit: Visit) -> Asked:
    query = visit.request.query_params
    state = query.get("state", "")
    return Asked(" ".join(query.get("q", "").split())[:200], state if state in STATES else "", query.get("customer", "")[:80])
