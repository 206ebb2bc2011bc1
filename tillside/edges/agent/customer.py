"""One customer: how we know them, what they bought, everything that happened; merging and what is held back."""

from urllib.parse import urlencode

from starlette.responses import RedirectResponse, Response

from tillside.agents.access import Act
from tillside.base.errors import Refused
from tillside.connectors import names
from tillside.customers import listing as people
from tillside.customers import person, story
from tillside.customers.person import Person
from tillside.customers.story import Part
from tillside.edges.agent import buttons, customers, guard, keyset, labels, sentences, stream, telling, verbs
from tillside.edges.agent.buttons import Button
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.labels import Eye
from tillside.edges.http.routes import Guarded
from tillside.orders import document, figures
from tillside.orders import listing as orders

LINES = 100
ORDERS = 8
PARTS: tuple[tuple[Part, str], ...] = (("all", "All"), ("orders", "Orders"), ("visits", "Visits"))


def routes() -> list[Guarded]:
    one = "/customers/{profile_id}"
    return [
        guard.page(one, show, allow=Act.READ),
        guard.page(one + "/news", news, allow=Act.READ),
        guard.page(one + "/merge", choose, allow=Act.MEND_CUSTOMERS),
        guard.page(one + "/merges", merge, allow=Act.MEND_CUSTOMERS, methods=["POST"]),
        guard.page(one + "/separations", separate, allow=Act.MEND_CUSTOMERS, methods=["POST"]),
        guard.page(one + "/acceptances", accept, allow=Act.MEND_CUSTOMERS, methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """``GET /customers/{id}?show=orders&before=``. A profile that was merged leads to the person it is part of."""
    live = await stream.address(visit)
    wanted = visit.request.path_params["profile_id"]
    root = await person.root_of(visit.desk.store, visit.workspace.id, wanted)
    if root != wanted:
        return RedirectResponse(f"/customers/{root}", 303)
    one = await person.read(visit.desk.store, visit.workspace.id, root)
    return visit.page(
        "customer.html",
        status=200,
        stream=live,
        one=one,
        buttons=await _buttons(visit, one),
        **await _facts(visit, one),
        **await _bought(visit, one),
        **await _told(visit, one),
    )


async def news(visit: Visit) -> Response:
    """``GET /customers/{id}/news?show=&after=EVENT``: the pill for what came since; nothing when nothing did."""
    store, workspace_id = visit.desk.store, visit.workspace.id
    root = await person.root_of(store, workspace_id, visit.request.path_params["profile_id"])
    members = await people.whole(store, workspace_id, [root])
    after = keyset.after(visit.request)
    count = 0 if after is None else await story.new(store, workspace_id, members, after)
    if not count:
        return Response(status_code=204)
    oob = "#news,#figures,#known,#bought,#who"
    return visit.page("_news.html", count=count, back=_address(root, _part(visit)), select="#story", oob=oob, hold="timeline")


async def choose(visit: Visit) -> Response:
    """``GET /customers/{id}/merge?q=``: whom to merge in."""
    one = await person.read(visit.desk.store, visit.workspace.id, await _root(visit))
    said, _ = customers.asked(visit)
    lines = await customers.found(visit, said, "all", before=None, count=20) if said else []
    return visit.page("customer_merge.html", one=one, said=said, lines=[line for line in lines if line.id != one.id])


async def merge(visit: Visit) -> Response:
    """``POST /customers/{id}/merges`` with profile_id: that one joins this one."""
    root = await _root(visit)
    other = await person.root_of(visit.desk.store, visit.workspace.id, visit.form.get("profile_id", ""))
    if other == root:
        raise Refused("A customer cannot be merged with themselves.", field="profile_id", hint="Choose somebody else.")
    return visit.go(_done(root, await verbs.merge(visit, other, root)))


async def separate(visit: Visit) -> Response:
    """``POST /customers/{id}/separations`` with profile_id: that merge is taken back."""
    root = await _root(visit)
    one = await person.read(visit.desk.store, visit.workspace.id, root)
    wanted = visit.form.get("profile_id", "")
    if wanted not in {merge.from_id for merge in one.merges}:
        raise Refused("This merge was taken back already.", field="profile_id", hint="Load the page of the customer again.")
    return visit.go(_done(root, await verbs.part(visit, wanted, root)))


async def accept(visit: Visit) -> Response:
    """``POST /customers/{id}/acceptances``: what was held counts from now on."""
    root = await _root(visit)
    return visit.go(_done(root, await verbs.accept_traits(visit, root)))


async def _buttons(visit: Visit, one: Person) -> list[Button]:
    if not visit.may(Act.ANSWER):
        return []
    return await buttons.of(visit, buttons.Place("customer", profile_id=one.id, back=f"/customers/{one.id}"))


async def _facts(visit: Visit, one: Person) -> dict[str, object]:
    store, workspace_id = visit.desk.store, visit.workspace.id
    eye = Eye(visit.workspace.currency, visit.workspace.time_zone)
    since = await story.received(store, workspace_id, [handle.since for handle in one.handles])
    held = [(labels.traits({name: one.held[name]}, eye)[0], labels.traits({name: one.seen[name]}, eye)[0]) for name in sorted(one.held)]
    return {
        "shops": await names.read(store, workspace_id),
        "since": since,
        "traits": labels.traits(one.seen, eye),
        "held": held,
        "is_late": "late" in visit.request.query_params,
    }


async def _bought(visit: Visit, one: Person) -> dict[str, object]:
    store, workspace_id = visit.desk.store, visit.workspace.id
    lines = await orders.page(store, workspace_id, orders.Sieve(profile_ids=one.ids), count=ORDERS)
    tally = await orders.tally(store, workspace_id, one.ids)
    sums = await figures.of_people(store, workspace_id, [one.id])
    latest = document.values((await orders.one(store, workspace_id, lines[0].id)).document) if lines else {}
    traits = {name: value for name, (value, _) in one.seen.items()}
    return {
        "lines": lines,
        "tally": tally,
        "has": sentences.tally(tally),
        "sums": sums.get(one.id, []),
        "address": labels.address(latest, "shipping") or labels.address(traits, "shipping"),
        "last_order": lines[0] if lines else None,
    }


async def _told(visit: Visit, one: Person) -> dict[str, object]:
    store, workspace_id, part = visit.desk.store, visit.workspace.id, _part(visit)
    before = keyset.numbers(visit.request)
    lines = await story.read(store, workspace_id, one.ids, part=part, before=before, count=LINES + 1)
    shown = lines[:LINES]
    is_piece = "hx-request" in visit.request.headers
    return {
        "told": await telling.tell(visit, shown, after=before[0] if before and is_piece else None),
        "after": await story.latest(store, workspace_id, one.ids),
        "part": part,
        "parts": [(name, words, _address(one.id, name)) for name, words in PARTS],
        "further": _address(one.id, part, keyset.word(shown[-1].occurred_at, shown[-1].id)) if len(lines) > LINES else "",
        "is_first": before is None,
    }


async def _root(visit: Visit) -> str:
    return await person.root_of(visit.desk.store, visit.workspace.id, visit.request.path_params["profile_id"])


def _part(visit: Visit) -> Part:
    said = visit.request.query_params.get("show", "")
    return "orders" if said == "orders" else "visits" if said == "visits" else "all"


def _address(root: str, part: Part, before: str = "") -> str:
    query = urlencode({name: value for name, value in (("show", "" if part == "all" else part), ("before", before)) if value})
    return f"/customers/{root}" + (f"?{query}" if query else "")


def _done(root: str, is_in: bool) -> str:
    return f"/customers/{root}" + ("" if is_in else "?late=1")
