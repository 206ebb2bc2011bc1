"""One call of a shopper's browser: from which page, by whose token, how fast; and its answer with the headers a page needs.

Nothing here reads or sets a cookie, so an agent's session never travels. The panel's frame is sandboxed and has the origin "null";
what it may do, its token says. Where no token is needed yet, the connector's list of origins decides (decision 8).
"""

import math
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import msgspec
from msgspec import Struct
from starlette.requests import Request
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.base import stamps
from tillside.base.errors import DeskError, NotAllowed, Refused, TooMany, Unknown
from tillside.connectors.connector import Connector
from tillside.edges.http import address, answers, desk
from tillside.edges.http import body as bodies
from tillside.edges.http.desk import Desk
from tillside.edges.http.routes import Guarded
from tillside.events import decode
from tillside.messenger import settings, visitor
from tillside.messenger.settings import Messenger
from tillside.messenger.visitor import Visitor

BODY_BYTES = 256 * 1024
_DEPTH = 6
_LOOPBACK = "127.0.0.0/8,::1/128"
_ENCODE = msgspec.json.Encoder().encode
_ALLOWED = "Authorization, Content-Type, Last-Event-ID, X-Requested-With, Access-Control-Allow-Origin"


class NoToken(NotAllowed):
    """This browser's token is not known, or its time is over. Begin a new session."""

    code = "no_session"


class Ask(Struct, kw_only=True):
    """A request on its way to an answer. `shopper` is None where no token is needed."""

    desk: Desk
    request: Request
    connector: Connector
    messenger: Messenger
    shopper: Visitor | None = None
    body: dict[str, Any] = {}

    @property
    def visitor(self) -> Visitor:
        assert self.shopper is not None
        return self.shopper

    def text(self, name: str, longest: int, *, required: bool = False) -> str:
        """A text of the body, without what no text needs. Raises Refused."""
        value = self.body.get(name)
        text = value.replace("\0", "").strip() if isinstance(value, str) else ""
        if len(text) > longest:
            raise Refused("This text is too long.", field=name, hint=f"Use at most {longest} characters.")
        if required and not text:
            raise Refused("This is empty.", field=name)
        return text


Verb = Callable[[Ask], Awaitable[Response]]


def answer(body: object, status: int = 200) -> Response:
    return Response(_ENCODE(body), status, media_type="application/json", headers={"Cache-Control": "no-store"})


def page(path: str, verb: Verb, *, methods: Sequence[str] = ("GET",), opens: bool = False) -> Guarded:
    """A route of the shop's own page, by the connector's key in path or body. `opens`: it makes rows, so origin and address are checked."""

    async def ask(request: Request) -> Ask:
        house = desk.of(request)
        body = await _body(request, house) if request.method == "POST" else {}
        said = request.path_params.get("key") or body.get("appClientId")
        connector = await house.directory.find(said) if isinstance(said, str) else None
        if connector is None:
            raise Unknown("No connector has this key.")
        origin = request.headers.get("origin", "")
        if opens:
            if origin and not connector.allows(origin):
                raise NotAllowed(f"Pages of {origin[:100]} may not use this messenger.")
            _slow_down(house, f"address {address.of(request)}", is_local=address.is_within(address.of(request), _LOOPBACK))
        return Ask(desk=house, request=request, connector=connector, messenger=await settings.of(house.store, connector), body=body)

    return _route(path, verb, ask, methods, reads_body=False)


def mine(path: str, verb: Verb, *, methods: Sequence[str] = ("GET",), reads_body: bool = True) -> Guarded:
    """A route of the panel, by the visitor's token."""

    async def ask(request: Request) -> Ask:
        house = desk.of(request)
        shopper, connector = await who(request)
        _slow_down(house, shopper.id, is_local=False)
        return Ask(desk=house, request=request, connector=connector, messenger=await settings.of(house.store, connector), shopper=shopper)

    return _route(path, verb, ask, methods, reads_body=reads_body)


async def who(request: Request) -> tuple[Visitor, Connector]:
    """The browser whose token a request brings, and its shop. Raises NoToken."""
    house = desk.of(request)
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    found = await visitor.find(house.store, token.strip()) if scheme.lower() == "bearer" else None
    connector = await house.directory.get(found.workspace_id, found.connector_id) if found else None
    if found is None or connector is None:
        raise NoToken
    if found.is_stale(stamps.now()):
        async with house.store.write() as tx:
            await visitor.touch(tx, found)
    return found, connector


def _route(path: str, verb: Verb, ask: Callable[[Request], Awaitable[Ask]], methods: Sequence[str], *, reads_body: bool = True) -> Guarded:
    async def endpoint(request: Request) -> Response:
        if request.method == "OPTIONS":
            return dressed(request, preflight(methods))
        try:
            asked = await ask(request)
            if reads_body and request.method == "POST":
                asked.body = await _body(request, asked.desk)
            response = await verb(asked)
        except NoToken as error:
            response = answers.refusal(error, status=401)
        except bodies.Gone:
            response = Response(status_code=400)
        except DeskError as error:
            response = answers.refusal(error, status=408 if isinstance(error, bodies.Slow) else None)
        return dressed(request, response)

    return Guarded(path, endpoint, allow=Act.PUBLIC, methods=[*methods, "OPTIONS"])


def preflight(methods: Sequence[str]) -> Response:
    headers = {
        "Access-Control-Allow-Methods": ", ".join([*methods, "OPTIONS"]),
        "Access-Control-Allow-Headers": _ALLOWED,
        "Access-Control-Max-Age": "7200",
    }
    return Response(status_code=204, headers=headers)


def dressed(request: Request, response: Response) -> Response:
    """The headers of every answer here: readable for the page that asked, never with credentials."""
    origin = request.headers.get("origin", "")
    if origin == "null" or origin.startswith(("http://", "https://")):
        response.headers["Access-Control-Allow-Origin"] = origin
        response.headers["Access-Control-Expose-Headers"] = "Retry-After"
    response.headers["Vary"] = ", ".join(sorted({"Origin", *filter(None, response.headers.get("vary", "").split(", "))}))
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers.setdefault("Cross-Origin-Resource-Policy", "cross-origin")
    response.headers.setdefault("Referrer-Policy", "no-referrer")
    return response


async def _body(request: Request, house: Desk) -> dict[str, Any]:
    headers = dict(request.scope["headers"])
    raw = await bodies.read(request.receive, headers, limit=BODY_BYTES, seconds=house.settings.body_seconds)
    found = decode.parse_json(raw, depth=_DEPTH) if raw.strip() else {}
    if not isinstance(found, dict):
        raise Refused("The body is not a JSON object.", field="body")
    return found


def _slow_down(house: Desk, who: str, *, is_local: bool) -> None:
    """Raises TooMany. Loopback is exempt where only the address is known: behind it stands the operator, or an unnamed proxy."""
    wait = 0.0 if is_local else house.shopper_buckets.wait(who)
    if wait:
        raise TooMany(retry_after_seconds=math.ceil(wait))
