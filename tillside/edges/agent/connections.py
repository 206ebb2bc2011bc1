"""Connections: the shops, how each is connected step by step, and its policies."""

from starlette.responses import Response

from tillside.agents.access import Act
from tillside.base.errors import Conflict, Refused
from tillside.connectors import connector, seen, snippet
from tillside.connectors.connector import Connector, Policies
from tillside.edges.agent import fragments, guard, places, stream
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded


def routes() -> list[Guarded]:
    one = "/connections/{connector_id}"
    return [
        guard.page("/connections", index, allow=Act.READ),
        guard.page("/connections", add, allow=Act.CONNECT, methods=["POST"]),
        guard.page("/connections/new", new, allow=Act.CONNECT),
        guard.page(one, show, allow=Act.READ),
        guard.page(one, change, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/secrets", rotate, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/token-secrets", renew, allow=Act.CONNECT, methods=["POST"]),
        guard.page(one + "/checks", checks, allow=Act.READ),
    ]


async def index(visit: Visit) -> Response:
    """``GET /connections``."""
    live = await stream.address(visit)
    shops = await every(visit)
    return visit.page("connections.html", shops=shops, stream=live)


async def new(visit: Visit) -> Response:
    return visit.page("connection_new.html", shops=await every(visit), name="", trouble=None)


async def add(visit: Visit) -> Response:
    """``POST /connections`` with name. The answer itself shows the secrets, this once."""
    name = visit.form.get("name", "")
    try:
        made = await connect(visit, name)
    except Refused as error:
        return visit.page("connection_new.html", status=422, shops=await every(visit), name=name, trouble=error)
    return await drawn(visit, made, status=201, secret=made.secret, token_secret=made.token_secret)


async def show(visit: Visit) -> Response:
    return await drawn(visit, await chosen(visit))


async def change(visit: Visit) -> Response:
    """``POST /connections/{id}`` with name, origins (a line each), signatures, history_trust, currency, region, sends_comments."""
    found = await chosen(visit)
    try:
        async with visit.desk.store.write() as tx:
            await connector.change(tx, found, **_policies(visit))
            if "sends_comments" in visit.form:
                await connector.deliver_comments(tx, found, visit.form["sends_comments"] == "1")
    except Refused as error:
        return await drawn(visit, found, status=422, trouble=error, typed=dict(visit.form))
    await visit.desk.directory.refresh()
    return visit.go(f"/connections/{found.id}?saved=1#policies")


async def rotate(visit: Visit) -> Response:
    """``POST /connections/{id}/secrets``: a new secret, shown this once; the old one works a day longer.

    `state` says which secret the sender saw, so that a form sent twice does not push out the one the shop still uses.
    """
    found = await chosen(visit)
    if visit.form.get("state") != str(found.previous_until or 0):
        raise Conflict("The secret was changed already.", hint="Load the page of the connector again and look at its first step.")
    async with visit.desk.store.write() as tx:
        renewed = await connector.rotate(tx, visit.desk.vault, found)
    await visit.desk.directory.refresh()
    return await drawn(visit, renewed, status=201, secret=renewed.secret)


async def renew(visit: Visit) -> Response:
    """``POST /connections/{id}/token-secrets``: a new secret for web tokens, shown this once; the old one ends at once."""
    found = await chosen(visit)
    async with visit.desk.store.write() as tx:
        renewed = await connector.renew_token_secret(tx, visit.desk.vault, found)
    await visit.desk.directory.refresh()
    return await drawn(visit, renewed, status=201, token_secret=renewed.token_secret)


async def checks(visit: Visit) -> Response:
    """``GET /connections/{id}/checks``: the pane alone."""
    found = await chosen(visit)
    return visit.page("_checks.html", status=200, **fragments.checks(visit, found, await seen.lately(visit.desk.store, found)))


async def connect(visit: Visit, name: str) -> Connector:
    """Connect a shop by the address people typed. Raises Refused, Conflict."""
    async with visit.desk.store.write() as tx:
        made = await connector.add(tx, visit.desk.vault, visit.workspace, shop_name(name))
    await visit.desk.directory.refresh()
    return made


def shop_name(typed: str) -> str:
    """The address without scheme and slash: ``https://Fern.example/`` is known as fern.example."""
    name = typed.strip()
    for scheme in ("https://", "http://"):
        name = name[len(scheme) :] if name.lower().startswith(scheme) else name
    return name.rstrip("/")


async def every(visit: Visit) -> list[Connector]:
    return await connector.every(visit.desk.store, visit.desk.vault, visit.workspace.id)


async def chosen(visit: Visit) -> Connector:
    """The connector of the path; only one of this workspace is found."""
    wanted = visit.request.path_params["connector_id"]
    return await connector.by_id(visit.desk.store, visit.desk.vault, visit.workspace.id, wanted)


async def drawn(visit: Visit, found: Connector, *, status: int = 200, **more: object) -> Response:
    """The page of a connector. `more`: secrets to show this once, or what was typed and why it was refused."""
    live = await stream.address(visit)
    heard = await seen.lately(visit.desk.store, found)
    origin = visit.desk.public_url
    shown: dict[str, object] = {"secret": "", "token_secret": "", "trouble": None, "typed": None} | more
    return visit.page(
        "connection.html",
        status=status,
        place=f"/connections/{found.id}",
        shops=await every(visit),
        stream=live,
        steps=_steps(found, heard),
        snippet=snippet.page(origin, found.api_key),
        pinned=snippet.pinned(origin, found.api_key),
        recipes={kind: snippet.recipes(kind, origin, found.api_key) for kind in ("jwt", "token", "signature")},
        saved="saved" in visit.request.query_params,
        currencies=places.currencies(),
        regions=places.regions(),
        **fragments.checks(visit, found, heard),
        **shown,
    )


def _steps(found: Connector, heard: seen.Seen) -> dict[str, str]:
    """Each step: done, now (the first that is not done) or later."""
    done = {"key": True, "snippet": found.first_event_at is not None, "sign": heard.signed > 0, "history": heard.has_orders}
    first = next((name for name, is_done in done.items() if not is_done), "")
    return {name: "done" if is_done else "now" if name == first else "later" for name, is_done in done.items()}


def _policies(visit: Visit) -> Policies:
    form = visit.form
    trust = form.get("history_trust", "")
    return {
        "name": form.get("name", ""),
        "origins": form.get("origins", "").split(),
        "signatures": form.get("signatures", ""),
        "history_trust": int(trust) if trust in ("1", "2", "3") else -1,
        "currency": form.get("currency", ""),
        "region": form.get("region", ""),
    }
