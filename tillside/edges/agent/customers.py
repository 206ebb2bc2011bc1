"""Customers: the list of everybody who was here, and the way to somebody by name, e-mail, phone, account or order."""

from urllib.parse import urlencode

from starlette.responses import Response

from tillside.agents.access import Act
from tillside.customers import listing
from tillside.customers.listing import Line, Show
from tillside.edges.agent import guard, keyset, stream
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.orders import figures
from tillside.orders import listing as orders

PAGE = 50
SHOWS: tuple[tuple[Show, str], ...] = (("all", "Everybody"), ("customers", "Customers"), ("visitors", "Visitors"))


def routes() -> list[Guarded]:
    return [guard.page("/customers", index, allow=Act.READ), guard.page("/customers/news", news, allow=Act.READ)]


async def index(visit: Visit) -> Response:
    """``GET /customers?q=&show=customers&before=``."""
    live = await stream.address(visit)
    said, show = asked(visit)
    lines = await found(visit, said, show, before=keyset.text(visit.request), count=PAGE + 1)
    shown = lines[:PAGE]
    sums = await figures.of_people(visit.desk.store, visit.workspace.id, [line.id for line in shown])
    return visit.page(
        "customers.html",
        stream=live,
        said=said,
        show=show,
        shows=[(one, words, address(said, one)) for one, words in SHOWS],
        lines=shown,
        figures=sums,
        further=address(said, show, before=keyset.word(shown[-1].last_seen_at, shown[-1].id)) if len(lines) > PAGE else "",
        after=max((line.last_seen_at for line in shown), default=0),
        is_first=keyset.text(visit.request) is None,
        news=f"/customers/news?{urlencode({'show': show})}",
    )


async def news(visit: Visit) -> Response:
    """``GET /customers/news?show=&after=µs``: the pill for whoever was here since; nothing when nobody was."""
    _, show = asked(visit)
    count = await listing.newer(visit.desk.store, visit.workspace.id, keyset.number(visit.request, "after"), show=show)
    if not count:
        return Response(status_code=204)
    return visit.page("_news.html", count=count, back=address("", show), select="#found", oob="#news", hold="found")


async def found(visit: Visit, said: str, show: Show, *, before: tuple[int, str] | None, count: int) -> list[Line]:
    """The people a search means; everybody without one."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    if not said:
        return await listing.page(store, workspace_id, show=show, before=before, count=count)
    ids = await meant(visit, said)
    return await listing.found_page(store, workspace_id, ids, show=show, before=before, count=count)


async def meant(visit: Visit, said: str) -> list[str]:
    """Profiles by what names them, and by the orders of that number."""
    store, workspace = visit.desk.store, visit.workspace
    ids = await listing.find(store, workspace.id, said, region=workspace.region)
    owners = await orders.owners(store, workspace.id, await orders.find(store, workspace.id, said))
    return list(dict.fromkeys([*owners, *ids]))


def asked(visit: Visit) -> tuple[str, Show]:
    said = " ".join(visit.request.query_params.get("q", "").split())[:200]
    show = visit.request.query_params.get("show", "")
    return said, "customers" if show == "customers" else "visitors" if show == "visitors" else "all"


def address(said: str, show: Show, *, before: str = "") -> str:
    given = {"q": said, "show": "" if show == "all" else show, "before": before}
    query = urlencode({name: value for name, value in given.items() if value})
    return f"/customers?{query}" if query else "/customers"
