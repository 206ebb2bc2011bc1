"""One REST call: whose key, which body, how fast, answered before or not; and the answer every call ends in (contract 2.1)."""

import math
from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Any

import msgspec
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from tillside.agents import answered, rest_key
from tillside.agents.access import Act
from tillside.agents.rest_key import RestKey
from tillside.base import stamps
from tillside.base.errors import DeskError, NotAllowed, Refused, TooLarge, TooMany, Undecodable
from tillside.connectors import connector as connectors
from tillside.connectors.connector import Connector
from tillside.edges.http import answers, desk
from tillside.edges.http.desk import Desk
from tillside.edges.http.routes import Guarded
from tillside.events import decode

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode
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

    async def connector(self, api_key: str | None) -> Connector:
        """The connector a call means: the named one, or the workspace's first. Raises Refused when there is none of that name."""
        found = await connectors.every(self.desk.store, self.desk.vault, self.workspace_id)
        if api_key:
            for one in found:
                if one.api_key == api_key:
                    return one
            raise Refused(f'No connector has the key "{api_key[:60]}".', field="appClientId", hint="Copy it from Connections at the desk.")
        if not found:
            raise Refused("No shop is connected yet.", field="appClientId", hint="Connect a shop at the desk first.")
        return found[0]


def route(path: str, verb: Verb, *, methods: Sequence[str] = ("GET",)) -> Guarded:
    """A REST route. Its key is checked before anything else is read."""

    async def endpoint(request: Request) -> Response:
        house = desk.of(request)
        try:
            key = await _key(house, request)
            limits = _limits(house, key)
        except DeskError as error:
            return answers.refusal(error, status=401 if isinstance(error, NoKey) else None)
        try:
            response = await _answer(house, key, request, verb)
        except DeskError as error:
            response = answers.refusal(error, status=400 if type(error) is Refused else None)
        except ClientDisconnect:
            response = Response(status_code=400)
        response.headers.update(limits)
        return response

    return Guarded(path, endpoint, allow=Act.PUBLIC, methods=methods)


async def _answer(house: Desk, key: RestKey, request: Request, verb: Verb) -> Response:
    raw = await _body(request, house.settings.body_limit_bytes)
    name = request.headers.get("idempotency-key", "")
    if len(name) > answered.LONGEST_NAME:
        raise Refused("The Idempotency-Key is too long.", field="Idempotency-Key", hint=f"Use at most {answered.LONGEST_NAME} characters.")
    body = decode.parse_json(raw) if raw.strip() else {}
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


def _limits(house: Desk, key: RestKey) -> dict[str, str]:
    """The rate-limit headers every answer carries. Raises TooMany."""
    wait = house.rest_buckets.wait(key.id)
    if wait:
        raise TooMany(retry_after_seconds=math.ceil(wait))
    return {"X-RateLimit-Limit": str(int(house.rest_buckets.burst)), "X-RateLimit-Remaining": str(house.rest_buckets.left(key.id))}


async def _body(request: Request, limit: int) -> bytes:
    parts, size = [], 0
    async for part in request.stream():
        size += len(part)
        if size > limit:
            raise TooLarge(f"The body is larger than {limit // 1024} KiB.", field="body", hint="Send less at once.")
        parts.append(part)
    return b"".join(parts)


def wrapped(body: Any, name: str) -> dict[str, Any]:
    """The object under its wrapper key, or the body itself where a client sends it bare (contract 2.3, n8n)."""
    inside = body.get(name) if isinstance(body, dict) else None
    found = inside if isinstance(inside, dict) else body
    if not isinstance(found, dict) or not found:
        raise Undecodable(f"The body has no {name}.", field=name, hint=f'Send {{"{name}": {{…}}}}.')
    return found
