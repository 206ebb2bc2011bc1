"""One REST call: whose key, which body, how fast, answered before or not; and the answer every call ends in (contract 2.1)."""

import math
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tillside.agents import answered, rest_key
from tillside.agents.access import Act
from tillside.agents.rest_key import RestKey
from tillside.base import stamps
from tillside.base.bucket import Buckets
from tillside.base.errors import DeskError, NotAllowed, Refused, TooMany, Undecodable, Unknown
from tillside.base.settings import Settings
from tillside.connectors import connector as connectors
from tillside.connectors.connector import Connector
from tillside.edges.http import address, answers, desk
from tillside.edges.http import body as bodies
from tillside.edges.http.desk import Desk
from tillside.edges.http.routes import Guarded
from tillside.events import decode
from tillside.events.limits import DEPTH

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode
_DEPTH = DEPTH + 3  # the list and the wrapper around events, as deep as intake takes them
_USED_EVERY = 5 * stamps.MINUTE

Verb = Callable[["Call"], Awaitable["Answer"]]


class NoKey(NotAllowed):
    """The x-richpanel-key header is missing or its key is not valid."""

    code = "unknown_key"


class Answer(msgspec.Struct, frozen=True):
    """What a verb answers: a body that becomes JSON, and its status."""

    body: Any
    status: int = 200


class Call(msgspec.Struct):
    """A request with a valid key. `body` is parsed JSON ({} when empty)."""

    desk: Desk
    key: RestKey
    path: dict[str, str]
    body: Any
    name: str

    @property
    def workspace_id(self) -> int:
        return self.key.workspace_id

    async def connectors(self) -> list[Connector]:
        """Every shop of the key's workspace, the oldest first. No other workspace's is ever looked at."""
        return await connectors.every(self.desk.store, self.desk.vault, self.workspace_id)

    async def connector(self, api_key: Any) -> Connector:
        """The connector a body means: the named one, or the workspace's first. Raises Refused when there is none of that name."""
        found = await self.connectors()
        if api_key not in (None, ""):
            for one in found:
                if one.api_key == api_key:
                    return one
            named = str(api_key)[:60]
            raise Refused(f'No connector has the key "{named}".', field="appClientId", hint="Copy it from Connections at the desk.")
        if not found:
            raise Refused("No shop is connected yet.", field="appClientId", hint="Connect a shop at the desk first.")
        return found[0]

    async def connector_of_path(self, api_key: str) -> Connector:
        """The connector a path names. Raises Unknown."""
        for one in await self.connectors():
            if one.api_key == api_key:
                return one
        raise Unknown(f'No connector has the key "{api_key[:60]}".')


def route(path: str, verb: Verb, *, methods: Sequence[str] = ("GET",)) -> Guarded:
    """A REST route. Its key is checked before anything else is read."""

    async def endpoint(request: Request) -> Response:
        house = desk.of(request)
        budget = Budget(house.rest_buckets, f"address {address.of(request)}")
        try:
            key = await _key(house, request)
            budget = Budget(house.rest_buckets, key.id)
            budget.take()
            response = await _answer(house, key, request, verb)
        except NoKey as error:
            response = budget.refuse_stranger(error)
        except DeskError as error:
            response = answers.refusal(error, status=_STATUS.get(type(error)))
        except bodies.Gone:
            response = Response(status_code=400)
        response.headers.update(budget.headers())
        return response

    return Guarded(path, endpoint, allow=Act.PUBLIC, methods=methods)


_STATUS: dict[type[DeskError], int] = {Refused: 400, bodies.Slow: 408}
"""Where REST answers otherwise than the house: what it cannot accept is a 400 (contract 2.1)."""


class Budget(msgspec.Struct):
    """How fast a key may call, and how fast an address may try keys that are not valid."""

    buckets: Buckets
    name: str

    def take(self) -> None:
        """Raises TooMany."""
        wait = self.buckets.wait(self.name)
        if wait:
            raise TooMany(retry_after_seconds=math.ceil(wait))

    def refuse_stranger(self, error: NoKey) -> Response:
        """401, or 429 to an address that keeps trying."""
        try:
            self.take()
        except TooMany as many:
            return answers.refusal(many)
        return answers.refusal(error, status=401)

    def headers(self) -> dict[str, str]:
        """The rate-limit headers every answer carries; none when there is no limit."""
        if not self.buckets.rate:
            return {}
        return {"X-RateLimit-Limit": str(int(self.buckets.burst)), "X-RateLimit-Remaining": str(self.buckets.left(self.name))}


async def _answer(house: Desk, key: RestKey, request: Request, verb: Verb) -> Response:
    if any("\0" in value for value in request.path_params.values()):
        raise Unknown("Nothing has a name like that.")
    raw = await _body(request, house.settings)
    name = request.headers.get("idempotency-key", "")
    if len(name) > answered.LONGEST_NAME:
        raise Refused("The Idempotency-Key is too long.", field="Idempotency-Key", hint=f"Use at most {answered.LONGEST_NAME} characters.")
    body = decode.parse_json(raw, depth=_DEPTH) if raw.strip() else {}
    call = Call(house, key, dict(request.path_params), body, name)
    if request.method == "GET" or not name:
        return _json(await verb(call))
    digest = sha256(f"{request.method} {request.url.path}\n".encode() + raw).hexdigest()
    known = await answered.find(house.store, key.workspace_id, key.id, name, digest)
    if known is not None:
        return Response(known.body, known.status, media_type="application/json", headers={"Idempotent-Replayed": "true"})
    response = _json(await verb(call))
    async with house.store.write() as tx:
        text = bytes(response.body).decode()
        await answered.keep(tx, key.workspace_id, key.id, name, digest=digest, status=response.status_code, body=text)
    return response


async def _body(request: Request, settings: Settings) -> bytes:
    headers = dict(request.scope["headers"])
    return await bodies.read(request.receive, headers, limit=settings.body_limit_bytes, seconds=settings.body_seconds)


def _json(answer: Answer) -> Response:
    return Response(_ENCODE(answer.body), answer.status, media_type="application/json")


async def _key(house: Desk, request: Request) -> RestKey:
    text = request.headers.get("x-richpanel-key", "")
    key = await rest_key.find(house.store, text) if text else None
    if key is None:
        raise NoKey
    if key.used_at is None or stamps.now() - key.used_at > _USED_EVERY:
        async with house.store.write() as tx:
            await rest_key.touch(tx, key)
    return key


def wrapped(body: Any, name: str) -> dict[str, Any]:
    """The object under its wrapper key, or the body itself where a client sends it bare (contract 2.3, n8n)."""
    inside = body.get(name) if isinstance(body, dict) else None
    found = inside if isinstance(inside, dict) else body
    if not isinstance(found, dict) or not found:
        raise Undecodable(f"The body has no {name}.", field=name, hint=f'Send {{"{name}": {{…}}}}.')
    return found
