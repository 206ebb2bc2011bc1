"""The only HTTP client of the house for URLs a user can set: it looks a name up once, checks every answer, and calls the address it checked.

A call in steps:
1. The URL is read strictly (base/urls.py); a method or header that cannot be sent is refused.
2. A line still open to the same scheme, host, port and authority is taken, if there is one and the call may be repeated: the other side may
   close a line in the moment we ask, and nobody can tell then whether it worked.
3. Otherwise the name is looked up, once; if one of the answers is refused (base/addresses.py), none is called (base/dialling.py).
4. The checked address is connected to, with the host's own name for TLS and in the Host header.
5. One request, one answer (base/lines.py), at most 64 KB of it, all of this within one deadline. A redirect is an answer like others.
"""

import asyncio
import re
import time
from collections.abc import Container, Sequence

import h11
from msgspec import Struct

from tillside.base import addresses, urls
from tillside.base.addresses import Network
from tillside.base.dialling import Dialler, Resolve
from tillside.base.errors import Refused
from tillside.base.lines import Failure, Line, Said
from tillside.base.settings import Settings
from tillside.base.urls import PORTS, Place, check_url

__all__ = ["PORTS", "Answer", "Failure", "Outbound", "check_url"]

METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"})
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
OURS = frozenset({"host", "content-length", "transfer-encoding", "connection", "keep-alive", "upgrade", "te", "trailer", "expect"})
"""Headers that frame the message or say whom it is for: whoever could set one could write a second request into it."""
IDLE_SECONDS = 1.5
"""A line is kept so long for the next call: under the 2 s after which the quickest of the common servers close theirs."""
MOST_IDLE = 256
_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}")
_VALUE = re.compile(r"[^\x00-\x08\x0a-\x1f\x7f]*")
_PATIENCE = re.compile(r"timeout=([0-9]{1,4})")
_Key = tuple[str, str, int, str]


class Answer(Struct, frozen=True, kw_only=True):
    """What came back. `is_cut`: there was more; `problem`: why the body is not whole, although status and headers came."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes
    is_cut: bool
    took_ms: int
    address: str
    problem: str = ""


class _Call(Struct):
    """A call while it is made. `line`: the one it is on."""

    place: Place
    request: h11.Request
    body: bytes
    ca: str = ""
    may_reuse: bool = False
    line: Line | None = None

    @property
    def key(self) -> _Key:
        return self.place.scheme, self.place.host, self.place.port, self.ca


class Outbound:
    """Lines are kept open for a moment; nothing else is remembered from one call to the next."""

    def __init__(
        self,
        *,
        allow: Sequence[Network] = (),
        ports: Container[int] = PORTS,
        connect_seconds: float = 5.0,
        total_seconds: float = 15.0,
        most_bytes: int = 64 * 1024,
        resolve: Resolve | None = None,
        ca: str = "",
    ) -> None:
        self.allow, self.ports = tuple(allow), ports
        self._total_seconds, self._most_bytes, self._ca = total_seconds, most_bytes, ca
        self._dialler = Dialler(allow=self.allow, connect_seconds=connect_seconds, resolve=resolve)
        self._idle: dict[_Key, list[tuple[Line, asyncio.TimerHandle]]] = {}
        self._is_closed = False

    @classmethod
    def of(cls, settings: Settings) -> "Outbound":
        """As the operator set it. Raises Misconfigured."""
        return cls(allow=addresses.networks(settings.outbound_allow), ports=urls.open_ports(settings.outbound_ports))

    def check_url(self, url: str) -> str:
        """`check_url` with the networks and ports of this client."""
        return check_url(url, allow=self.allow, ports=self.ports)

    async def send(
        self,
        method: str,
        url: str,
        *,
        headers: Sequence[tuple[str, str]] = (),
        body: bytes = b"",
        total_seconds: float | None = None,
        ca_pem: str = "",
        may_repeat: bool = False,
    ) -> Answer:
        """One call, from the look-up to the last byte within `total_seconds` (never more than this client's own). Raises Failure.

        An answer whose head came in time is an answer, also where its body broke off or dragged on: `problem` says so. `may_repeat`: the
        receiver knows a call it has had (by its id), so a kept line may be used; methods that change nothing always may.
        """
        began = time.monotonic()
        call = self._understood(method, url, headers, body)
        call.ca, call.may_reuse = ca_pem or self._ca, may_repeat or method in SAFE
        seconds = min(total_seconds or self._total_seconds, self._total_seconds)
        try:
            async with asyncio.timeout(seconds):
                said = await self._asked(call)
        except TimeoutError:
            if call.line is None or call.line.said is None:
                raise Failure(f"No answer came within {seconds:g} seconds.", code="timeout") from None
            said = call.line.said
            said.is_cut, said.problem = True, f"The answer did not end within {seconds:g} seconds."
        assert call.line is not None
        return Answer(
            status=said.status,
            headers=said.headers,
            body=said.body,
            is_cut=said.is_cut,
            took_ms=int((time.monotonic() - began) * 1000),
            address=call.line.peer,
            problem=said.problem,
        )

    async def close(self) -> None:
        """Let go of every line that waits for another call."""
        self._is_closed = True
        for key in list(self._idle):
            while (line := self._kept(key)) is not None:
                line.drop()

    def _understood(self, method: str, url: str, headers: Sequence[tuple[str, str]], body: bytes) -> _Call:
        try:
            place = urls.read(url, self.ports)
        except Refused as error:
            raise Failure(f"{error.message} {error.hint}", code="url", is_permanent=True) from None
        if method not in METHODS:
            raise Failure(f"{method[:20]!r} is not a method that is called.", code="url", is_permanent=True)
        for name, value in headers:
            if not _NAME.fullmatch(name) or not _VALUE.fullmatch(value) or name.lower() in OURS:
                raise Failure(f"The header {name[:100]!r} cannot be sent.", code="url", is_permanent=True)
        given = {name.lower() for name, _ in headers}
        more = [pair for pair in (("User-Agent", "Tillside"), ("Accept-Encoding", "identity")) if pair[0].lower() not in given]
        if body or method in ("POST", "PUT", "PATCH"):
            more.append(("Content-Length", str(len(body))))
        pairs = [
            (name.encode("ascii"), value.strip().encode("utf-8", "replace")) for name, value in [("Host", place.authority), *headers, *more]
        ]
        return _Call(place, h11.Request(method=method, target=place.target, headers=pairs), body)

    async def _asked(self, call: _Call) -> Said:
        """On a kept line, and where that one stayed silent, on a new one."""
        if call.may_reuse and (kept := self._kept(call.key)) is not None:
            call.line = kept
            try:
                return await self._heard(call, kept)
            except Failure:
                if not kept.was_silent:
                    raise
        call.line = await self._dialler.dial(call.place, ca=call.ca)
        return await self._heard(call, call.line)

    async def _heard(self, call: _Call, line: Line) -> Said:
        """The answer; the line is kept for the next call to the same place, unless it misbehaved or will soon be closed."""
        said = await line.ask(call.request, call.body, most_bytes=self._most_bytes)
        patience = _PATIENCE.search(said.header("keep-alive"))
        seconds = min(IDLE_SECONDS, int(patience[1]) - 1) if patience else IDLE_SECONDS
        if seconds <= 0 or self._is_closed or sum(map(len, self._idle.values())) >= MOST_IDLE:
            line.drop()
        if line.is_reusable:
            timer = asyncio.get_running_loop().call_later(seconds, self._expire, call.key, line)
            self._idle.setdefault(call.key, []).append((line, timer))
        return said

    def _kept(self, key: _Key) -> Line | None:
        """The line that was used last, if it is still fit. Callers must ask it before they wait for anything else."""
        while waiting := self._idle.get(key):
            line, timer = waiting.pop()
            timer.cancel()
            if not waiting:
                del self._idle[key]
            if line.is_reusable:
                return line
        return None

    def _expire(self, key: _Key, line: Line) -> None:
        line.drop()
        left = [one for one in self._idle.get(key, []) if one[0] is not line]
        if left:
            self._idle[key] = left
        else:
            self._idle.pop(key, None)
