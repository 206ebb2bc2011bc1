"""One REST call: whose key, which body, how fast, answered before or not; and the answer every call ends in (contract 2.1)."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any, Literal
from urllib.parse import quote

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from tillside.agents import answered, rest_key
from tillside.agents.access import Act
from tillside.agents.answered import Answered
from tillside.agents.rest_key import RestKey
from tillside.base import stamps
from tillside.base.errors import Busy, DeskError, NotAllowed, Refused, Undecodable, Unknown
from tillside.base.settings import Settings
from tillside.connectors import connector as connectors
from tillside.connectors.connector import Connector
from tillside.edges.api.budget import Budget, NoKey
from tillside.edges.http import address, answers, desk
from tillside.edges.http import body as bodies
from tillside.edges.http.desk import Desk
from tillside.edges.http.routes import Guarded
from tillside.events import decode
from tillside.events.limits import DEPTH
from tillside.storage.database import Transaction

_ENCODE = msgspec.json.Encoder(decimal_format="number").encode
_DEPTH = DEPTH + 3  # the list and the wrapper around events, as deep as intake takes them
_USED_EVERY = 5 * stamps.MINUTE

_MOST_WARNINGS = 20
_AROUND_FILE_BYTES = 16 * 1024  # what a form puts around its file

Verb = Callable[["Call"], Awaitable["Answer"]]
Reads = Literal["json", "file", "nothing"]


class NoScope(NotAllowed):
    """This key may not do that."""

    code = "missing_scope"


class Repeated(Exception):
    """Another request under the same Idempotency-Key made the change."""


class Answer(msgspec.Struct, frozen=True):
    """What a verb answers: a body that becomes JSON, its status, and headers of its own. `repeated`: what a repeat under the same
    Idempotency-Key is answered instead, where the body says something only once."""

    body: Any
    status: int = 200
    headers: dict[str, str] = {}
    repeated: Any = None


class Parameter(msgspec.Struct, frozen=True):
    """A query parameter: its JSON type, what it does, and the words it takes where they are few."""

    name: str
    does: str
    type: Literal["string", "integer", "boolean"] = "string"
    words: tuple[str, ...] = ()


class Endpoint(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table the routes, the scopes and the OpenAPI document are made from.

    `path` is as Starlette writes it; `takes` and `gives` are the shapes of the bodies; `statuses`: answers besides 200 and the usual
    errors, such as {413: "…"}; `official`: whether the contract has it.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    verb: Verb
    name: str
    does: str
    scope: str
    gives: Any
    takes: Any = None
    reads: Reads = "json"
    parameters: tuple[Parameter, ...] = ()
    statuses: dict[int, str] = {}
    official: bool = True

    @property
    def query(self) -> frozenset[str]:
        """The query parameters it looks at."""
        return frozenset(one.name for one in self.parameters)


class Call(msgspec.Struct):
    """A request with a valid key. `body` is parsed JSON ({} when empty)."""

    desk: Desk
    key: RestKey
    path: dict[str, str]
    body: Any
    name: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    raw: bytes = b""
    digest: str = ""
    ignored: list[str] = []
    has_claimed: bool = False

    @property
    def workspace_id(self) -> int:
        return self.key.workspace_id

    def ignore(self, fields: Iterable[str]) -> None:
        """These were sent and do nothing here: told in a header and in the answer (contract 2.1)."""
        self.ignored = [*self.ignored, *(field[:120] for field in fields)][:_MOST_WARNINGS]

    def inside(self, name: str) -> dict[str, Any]:
        """The object under its wrapper key, or the body itself where a client sends it bare (contract 2.3, n8n). What stands beside
        the wrapper is told as ignored. Raises Undecodable when there is neither."""
        found = self.body.get(name) if isinstance(self.body, dict) else None
        if isinstance(found, dict) and found:
            self.ignore(str(key) for key in self.body if key != name)
            return found
        if not isinstance(self.body, dict) or not self.body or isinstance(found, dict):
            raise Undecodable(f"The body has no {name}.", field=name, hint=f'Send {{"{name}": {{…}}}}.')
        return self.body

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """The transaction of a change. Its Idempotency-Key is taken with it, so that of two requests under one name only one changes."""
        async with self.desk.store.write() as tx:
            if self.name and not self.has_claimed:
                if not await answered.claim(tx, self.workspace_id, self.key.id, self.name, self.digest):
                    raise Repeated
                self.has_claimed = True
            yield tx

    @property
    def version(self) -> int | None:
        """The version an ``If-Match: "v12"`` names. Raises Refused for anything else but ``*``."""
        said = self.headers.get("if-match", "").strip()
        if said in ("", "*"):
            return None
        number = said.removeprefix("W/").strip('"').removeprefix("v")
        if not number.isascii() or not number.isdigit() or len(number) > 18:
            raise Refused("The If-Match is not one of ours.", field="If-Match", hint="Send the ETag of the ticket as you read it.")
        return int(number)

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


def routes(endpoints: Sequence[Endpoint]) -> list[Guarded]:
    """The routes of a table, in its order; what shares a path shares a route, so that another method is a 405 that names them all."""
    by_path: dict[str, dict[str, Endpoint]] = {}
    for one in endpoints:
        by_path.setdefault(one.path, {})[one.method] = one
    return [_route(path, verbs) for path, verbs in by_path.items()]


def _route(path: str, verbs: dict[str, Endpoint]) -> Guarded:
    """One path. The key is checked before anything else is read."""

    async def answer(request: Request) -> Response:
        endpoint = verbs["GET" if request.method == "HEAD" else request.method]
        house = desk.of(request)
        budget = Budget(house.rest_buckets, f"address {address.of(request)}")
        try:
            key = await _key(house, request)
            budget = Budget(house.rest_buckets, key.id)
            budget.take()
            if not key.may(endpoint.scope):
                raise NoScope(f"This key may not do that: it lacks {endpoint.scope}.")
            response = await _answer(house, key, request, endpoint)
        except NoKey as error:
            response = budget.refuse_stranger(error)
        except DeskError as error:
            response = answers.refusal(error, status=_STATUS.get(type(error)), more=_details(error))
        except bodies.Gone:
            response = Response(status_code=400)
        response.headers.update(budget.headers())
        return response

    return Guarded(path, answer, allow=Act.PUBLIC, methods=list(verbs))


def _details(error: DeskError) -> dict[str, Any]:
    """What is wrong as the list validating clients look for (contract 2.1)."""
    if not isinstance(error, Refused) or not error.field:
        return {}
    place = "header" if error.field in ("If-Match", "Idempotency-Key") else "body"
    return {"details": [{"msg": error.message, "param": error.field, "location": place}]}


_STATUS: dict[type[DeskError], int] = {Refused: 400, bodies.Slow: 408}
"""Where REST answers otherwise than the house: what it cannot accept is a 400 (contract 2.1)."""


async def _answer(house: Desk, key: RestKey, request: Request, endpoint: Endpoint) -> Response:
    if any("\0" in value for value in request.path_params.values()):
        raise Unknown("Nothing has a name like that.")
    raw = await _body(request, house.settings, endpoint)
    name = request.headers.get("idempotency-key", "")
    if len(name) > answered.LONGEST_NAME:
        raise Refused("The Idempotency-Key is too long.", field="Idempotency-Key", hint=f"Use at most {answered.LONGEST_NAME} characters.")
    body = decode.parse_json(raw, depth=_DEPTH) if raw.strip() and endpoint.reads == "json" else {}
    call = Call(house, key, dict(request.path_params), body, name, request.query_params, request.headers, raw)
    call.ignore(each for each in request.query_params if each not in endpoint.query)
    if endpoint.method == "GET" or not name:
        return _json(call, await endpoint.verb(call))
    call.digest = sha256(f"{request.method} {request.url.path}\n".encode() + raw).hexdigest()
    return await _once(call, endpoint)


async def _once(call: Call, endpoint: Endpoint) -> Response:
    """The answer of a request with an Idempotency-Key: the first one, however often it comes and however many come at once."""
    store, key = call.desk.store, call.key
    known = await answered.find(store, key.workspace_id, key.id, call.name, call.digest)
    if known is not None:
        return await _again(call, known)
    try:
        made = await endpoint.verb(call)
        response = _json(call, made)
    except Repeated:
        return await _again(call, await answered.find(store, key.workspace_id, key.id, call.name, call.digest))
    async with store.write() as tx:
        text = (bytes(response.body) if made.repeated is None else _ENCODE(made.repeated)).decode()
        await answered.keep(tx, key.workspace_id, key.id, call.name, digest=call.digest, status=response.status_code, body=text)
    return response


async def _again(call: Call, known: Answered | None) -> Response:
    """An earlier answer; waited for while the request that makes it still runs. Raises Busy when it does not come."""
    until = asyncio.get_running_loop().time() + call.desk.settings.read_wait_seconds
    with call.desk.bell.listen() as ear:
        while known is not None and not known.status and asyncio.get_running_loop().time() < until:
            await ear.heard(0.25)
            known = await answered.find(call.desk.store, call.workspace_id, call.key.id, call.name, call.digest)
    if known is None or (not known.status and stamps.now() - known.at < stamps.MINUTE):
        raise Busy("The first request under this Idempotency-Key is still at work. Send it again in a moment.")
    headers = {"Idempotent-Replayed": "true"}
    if not known.status:  # the desk stopped between the change and its answer
        return Response(_ENCODE({"message": "This was done already."}), headers=headers, media_type="application/json")
    return Response(known.body, known.status, media_type="application/json", headers=headers)


async def _body(request: Request, settings: Settings, endpoint: Endpoint) -> bytes:
    headers = dict(request.scope["headers"])
    limit = settings.body_limit_bytes if endpoint.reads != "file" else settings.attachment_limit_bytes + _AROUND_FILE_BYTES
    return await bodies.read(request.receive, headers, limit=limit, seconds=settings.body_seconds)


def _json(call: Call, answer: Answer) -> Response:
    headers = dict(answer.headers)
    if call.ignored:
        headers["X-Ignored-Fields"] = quote(", ".join(call.ignored), safe=", .[]")
    return Response(_ENCODE(answer.body), answer.status, headers=headers, media_type="application/json")


async def _key(house: Desk, request: Request) -> RestKey:
    text = request.headers.get("x-richpanel-key", "")
    key = await rest_key.find(house.store, text) if text else None
    if key is None:
        raise NoKey
    if key.used_at is None or stamps.now() - key.used_at > _USED_EVERY:
        async with house.store.write() as tx:
            await rest_key.touch(tx, key)
    return key
