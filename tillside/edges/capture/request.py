"""One intake request as capture sees it, and its answer with the headers a shop's page needs (contract 1.3, CORS)."""

from typing import Any

import msgspec
from msgspec import Struct
from starlette.types import Receive, Scope, Send

from tillside.base import errors
from tillside.base.errors import DeskError, TooMany
from tillside.edges.http import answers
from tillside.edges.http import body as bodies

_ENCODE = msgspec.json.Encoder().encode
_PREFLIGHT = [
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"Content-Type, X-Requested-With, Access-Control-Allow-Origin, Content-Encoding"),
    (b"access-control-max-age", b"600"),
]


class Intake(Struct):
    """The parts of a request that count here. `address`: the sender's, past the trusted proxies."""

    path: str
    method: str
    headers: dict[bytes, bytes]
    origin: str
    address: str
    receive: Receive
    send: Send

    @classmethod
    def of(cls, scope: Scope, receive: Receive, send: Send, address: str) -> "Intake":
        headers: dict[bytes, bytes] = dict(scope["headers"])
        origin = headers.get(b"origin", b"").decode("latin-1")
        return cls(scope["path"], scope["method"], headers, origin, address, receive, send)

    async def answer(self, status: int, body: Any, *, extra: list[tuple[bytes, bytes]] | None = None, is_early: bool = False) -> None:
        """Answer a small JSON object; pages of any shop may read it, and nothing in it is private. `is_early`: the rest of the body is
        not read."""
        content = _ENCODE(body)
        headers = [
            (b"content-type", b"application/json"),
            (b"content-length", str(len(content)).encode()),
            (b"cache-control", b"no-store"),
            *self._cors(),
            *(extra or ()),
        ]
        await self.send({"type": "http.response.start", "status": status, "headers": headers})
        await self.send({"type": "http.response.body", "body": content, "more_body": is_early})
        if is_early:
            await bodies.drain(self.receive)
            await self.send({"type": "http.response.body", "body": b""})

    async def refuse(self, error: DeskError, status: int | None = None, **more: Any) -> None:
        """Answer an error in the superset every known client reads."""
        extra = [(b"retry-after", str(error.retry_after_seconds).encode())] if isinstance(error, TooMany) else []
        is_early = isinstance(error, errors.TooLarge)
        if is_early:
            extra.append((b"connection", b"close"))
        body = {"accepted": False, **answers.error_body(error), **more}
        await self.answer(status or answers.status_of(error), body, extra=extra, is_early=is_early)

    async def refuse_method(self) -> None:
        """405, naming what is taken here."""
        error = errors.Refused("Only POST is answered here.", field="method", hint="Send a POST.")
        await self.answer(405, {"accepted": False, **answers.error_body(error)}, extra=[(b"allow", b"POST, OPTIONS")])

    async def preflight(self) -> None:
        """The key is not visible yet, so any page may ask; the POST itself is checked against the connector's list."""
        headers = [*self._cors(), *(_PREFLIGHT if self.origin else []), (b"content-length", b"0")]
        await self.send({"type": "http.response.start", "status": 204, "headers": headers})
        await self.send({"type": "http.response.body", "body": b""})

    def _cors(self) -> list[tuple[bytes, bytes]]:
        vary = (b"vary", b"Origin")
        if not self.origin:
            return [vary]
        allow = (b"access-control-allow-origin", self.origin.encode("latin-1"))
        if self.origin.startswith(("http://", "https://")):
            return [allow, (b"access-control-allow-credentials", b"true"), (b"access-control-expose-headers", b"Retry-After"), vary]
        return [allow, vary] if self.origin == "null" else [vary]
