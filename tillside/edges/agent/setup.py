"""The first-run wizard: workspace, you, first shop. It exists only while there is no workspace.

Nothing is stored before the second step is sent; what the first one said travels in the form. The third step is taken signed in.
"""

import hmac

from starlette.responses import Response

from tillside.agents import agent, workspace
from tillside.agents.access import Act
from tillside.agents.agent import Agent
from tillside.base.errors import Refused, TooMany, Unknown
from tillside.edges.agent import connections, doors, guard, places
from tillside.edges.agent.guard import Visit
from tillside.edges.http import address
from tillside.edges.http.routes import Guarded

FIRST = ("workspace", "time_zone", "currency", "region")
_ACCOUNT = "setup"


def routes() -> list[Guarded]:
    return [
        guard.page("/setup", ask_workspace, allow=Act.PUBLIC),
        guard.page("/setup", take_workspace, allow=Act.PUBLIC, methods=["POST"]),
        guard.page("/setup/you", take_you, allow=Act.PUBLIC, methods=["POST"]),
        guard.page("/setup/shop", ask_shop, allow=Act.CONNECT),
        guard.page("/setup/shop", take_shop, allow=Act.CONNECT, methods=["POST"]),
    ]


async def ask_workspace(visit: Visit) -> Response:
    """``GET /setup``."""
    await _only_once(visit)
    typed = {"workspace": "", "time_zone": "UTC", "currency": "EUR", "region": "GB"}
    return _workspace_form(visit, typed, guess=True)


async def take_workspace(visit: Visit) -> Response:
    """``POST /setup``: check the first step, show the second. `back` shows the first one again with what was typed."""
    await _only_once(visit)
    typed = {name: visit.form.get(name, "") for name in FIRST}
    if "back" in visit.form:
        return _workspace_form(visit, typed)
    try:
        _check_code(visit)
        workspace.check(typed["workspace"], time_zone=typed["time_zone"], currency=typed["currency"], region=typed["region"])
    except Refused as error:
        return _workspace_form(visit, typed, trouble=error)
    return _you_form(visit, typed)


async def take_you(visit: Visit) -> Response:
    """``POST /setup/you``: make the workspace and its first admin in one transaction, sign in, go on to the shop."""
    await _only_once(visit)
    typed = {name: visit.form.get(name, "") for name in (*FIRST, "name", "email")}
    try:
        _check_code(visit)
        person = await _create(visit, typed, visit.form.get("password", ""))
    except Refused as error:
        asks_first = error.field in (*FIRST, "code")
        return _workspace_form(visit, typed, trouble=error) if asks_first else _you_form(visit, typed, trouble=error)
    return await doors.enter(visit, person, "/setup/shop")


async def ask_shop(visit: Visit) -> Response:
    """``GET /setup/shop``: only while nothing is connected; later shops have their own page."""
    if await connections.every(visit):
        return visit.go("/connections")
    return visit.page("setup_shop.html", name="", trouble=None)


async def take_shop(visit: Visit) -> Response:
    """``POST /setup/shop``: connect it; the answer is the page of the connector, with its secrets this once."""
    if await connections.every(visit):
        return visit.go("/connections")
    name = visit.form.get("name", "")
    try:
        made = await connections.connect(visit, name)
    except Refused as error:
        return visit.page("setup_shop.html", status=422, name=name, trouble=error)
    return await connections.drawn(visit, made, status=201, secret=made.secret, token_secret=made.token_secret)


async def _create(visit: Visit, typed: dict[str, str], password: str) -> Agent:
    """Inside the transaction the question is asked again: of two people who send at once, one is first."""
    agent.check(typed["email"].strip().lower(), role="admin", password=password)
    async with visit.desk.store.write() as tx:
        if await workspace.any_yet(tx):
            raise Unknown("This desk is set up already.")
        made = await workspace.create(tx, typed["workspace"], time_zone=typed["time_zone"], currency=typed["currency"], region=typed["region"])
        return await agent.add(tx, made.id, typed["email"], name=typed["name"], role="admin", password=password)


async def _only_once(visit: Visit) -> None:
    if await workspace.any_yet(visit.desk.store):
        raise Unknown("This desk is set up already.")


def _check_code(visit: Visit) -> None:
    """A stranger on the network must not set up somebody else's desk: from elsewhere the code the server printed is asked.

    Raises Refused beside the field.
    """
    if address.is_loopback(visit.request):
        return
    caller, typed = address.of(visit.request), visit.form.get("code", "").strip().lower()
    try:
        visit.desk.throttle.check(_ACCOUNT, caller)
    except TooMany as error:
        raise Refused(error.message, field="code", hint="What you typed is kept.") from error
    if not hmac.compare_digest(typed.encode(), visit.desk.setup_code.encode()):
        visit.desk.throttle.failed(_ACCOUNT, caller)
        raise Refused("That is not the setup code.", field="code", hint="The server printed it when it started.")


def _workspace_form(visit: Visit, typed: dict[str, str], *, trouble: Refused | None = None, guess: bool = False) -> Response:
    return visit.page(
        "setup_workspace.html",
        status=422 if trouble else 200,
        typed=typed,
        trouble=trouble,
        guess=guess,
        zones=places.zones(),
        currencies=places.currencies(),
        regions=places.regions(),
        asks_code=not address.is_loopback(visit.request),
        code=visit.form.get("code", ""),
    )


def _you_form(visit: Visit, typed: dict[str, str], *, trouble: Refused | None = None) -> Response:
    typed = {"name": "", "email": ""} | typed
    code = visit.form.get("code", "")
    return visit.page("setup_you.html", status=422 if trouble else 200, typed=typed, first=FIRST, trouble=trouble, code=code)
