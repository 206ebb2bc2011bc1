"""One HTTP/1.1 connection to somebody who may be hostile: what it says is bounded, and a line that misbehaved is never used again.

Built on h11 and not on httpcore, since that one cannot tell whether bytes were left over behind an answer: they would become the answer to
the next call. No redirects, no cookies, no upgrade; deadlines are the caller's.
"""

import asyncio
import zlib
from typing import Literal, cast

import h11
from msgspec import Struct

LONGEST_HEAD = 64 * 1024
"""Bytes of status line and headers, and of trailers."""
MOST_HEADERS = 1000
MOST_EARLY = 16
"""Answers like 100 and 103 that may come before the real one."""
MOST_PIECES = 4096
"""Chunks of one body that are read: in pieces of a byte, 64 KB would keep this process busy for half a second."""
_READ_AHEAD = 64 * 1024
_INFLATED = {"gzip": 31, "x-gzip": 31, "deflate": 15}

Headers = list[tuple[str, str]]
Code = Literal["refused_address", "dns", "connect", "tls", "timeout", "protocol", "url", "credentials"]


class Failure(Exception):
    """No answer. `reason` is for people and holds nothing that was received; `is_permanent`: asking again cannot help."""

    def __init__(self, reason: str, *, code: Code, is_permanent: bool = False) -> None:
        super().__init__(reason)
        self.reason, self.code, self.is_permanent = reason, code, is_permanent


class Said(Struct):
    """The answer as far as it came. `problem`: why it is not whole, in words."""

    status: int
    headers: Headers
    body: bytes = b""
    is_cut: bool = False
    problem: str = ""

    def header(self, name: str) -> str:
        return ", ".join(value for one, value in self.headers if one.lower() == name)


class Line(asyncio.Protocol):
    """A connection and what it has received. `ask` once at a time; afterwards `is_reusable` says whether it may be asked again.

    `said` is what is known of the answer so far, for whoever cuts `ask` short; None until its head is there.
    """

    def __init__(self) -> None:
        self.peer = ""
        self.said: Said | None = None
        self._transport: asyncio.Transport | None = None
        self._held = bytearray()
        self._is_asking = self._is_spoiled = self._has_heard = self._has_ended = self._is_broken = False
        self._waiter: asyncio.Future[None] | None = None
        self._http = h11.Connection(h11.CLIENT, max_incomplete_event_size=LONGEST_HEAD)

    @property
    def is_reusable(self) -> bool:
        return not self._is_spoiled and not self._has_ended and not self._is_asking

    @property
    def was_silent(self) -> bool:
        """Whether not a byte came back: on a line that was kept, the other side may have closed it before we asked."""
        return self.said is None and not self._has_heard

    def drop(self) -> None:
        """End the connection at once, without good-byes somebody could drag out."""
        self._is_spoiled = True
        if self._transport is not None:
            self._transport.abort()

    async def ask(self, request: h11.Request, body: bytes, *, most_bytes: int) -> Said:
        """The answer, its body inflated and cut at `most_bytes`. Raises Failure where none came, ("protocol").

        A line is reusable afterwards only when the answer ended where it said it would, and nothing came behind it.
        """
        assert self._transport is not None
        self.said, self._is_asking, self._has_heard = None, True, False
        try:
            self._transport.write(self._sent(request) + (self._sent(h11.Data(data=body)) if body else b"") + self._sent(h11.EndOfMessage()))
            self.said = await self._head()
            await self._body(self.said, most_bytes)
            return self.said
        finally:
            self._is_asking = False
            self._settle()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is one in all but name
        self.peer = str(transport.get_extra_info("peername")[0])

    def data_received(self, data: bytes) -> None:
        if not self._is_asking:
            self.drop()  # nobody asked: it could only be taken for the answer to the next question
            return
        self._has_heard = True
        self._held += data
        if len(self._held) > _READ_AHEAD and self._transport is not None:
            self._transport.pause_reading()
        self._wake()

    def eof_received(self) -> bool:
        self._has_ended = True
        self._wake()
        return False

    def connection_lost(self, error: Exception | None) -> None:
        self._has_ended, self._is_broken = True, error is not None
        self._wake()

    def _sent(self, event: h11.Request | h11.Data | h11.EndOfMessage) -> bytes:
        return self._http.send(event) or b""

    async def _head(self) -> Said:
        for _ in range(MOST_EARLY + 1):
            event = await self._event()
            if isinstance(event, h11.Response):
                pairs = event.headers.raw_items()[:MOST_HEADERS]
                return Said(event.status_code, [(name.decode("latin-1"), value.decode("latin-1")) for name, value in pairs])
            if not isinstance(event, h11.InformationalResponse):
                raise Failure("The connection was closed before an answer came.", code="protocol")
        raise Failure("It sent one preliminary answer after the other and never the real one.", code="protocol")

    async def _body(self, said: Said, most_bytes: int) -> None:
        taken = _Body(said.header("content-encoding"), most_bytes)
        try:
            while isinstance(event := await self._event(), h11.Data):
                is_full = taken.add(event.data)
                said.body, said.is_cut = bytes(taken.kept), is_full
                if is_full:
                    return
        except Failure:
            said.is_cut, said.problem = True, "The answer broke off in the middle of its body."

    async def _event(self) -> object:
        """The next thing it said. h11's own words are left out of the failure: they quote what came."""
        try:
            while (event := self._http.next_event()) is h11.NEED_DATA:
                self._http.receive_data(await self._read())
        except h11.RemoteProtocolError as error:
            raise Failure(self._words(error), code="protocol") from None
        return event

    def _words(self, error: h11.RemoteProtocolError) -> str:
        if error.error_status_hint == 431:
            return f"Its headers are longer than {LONGEST_HEAD // 1024} KB."
        if not self._has_heard:
            return "The connection was closed before an answer came."
        return "What came back was not HTTP, or broke off at once."

    async def _read(self) -> bytes:
        while not self._held:
            if self._is_broken:
                raise Failure("The connection broke before an answer came.", code="protocol")
            if self._has_ended:
                return b""
            self._waiter = asyncio.get_running_loop().create_future()
            await self._waiter
        data = bytes(self._held)
        self._held.clear()
        if self._transport is not None and not self._has_ended:
            self._transport.resume_reading()
        return data

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    def _settle(self) -> None:
        """Ready for another question, or dropped: left-over bytes, an unfinished answer, or two ways to say its length end a line."""
        assert self._transport is not None
        is_done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        is_clean = not self._held and not self._http.trailing_data[0] and not self._transport.get_write_buffer_size()
        is_plain = self.said is not None and not (self.said.header("content-length") and self.said.header("transfer-encoding"))
        if is_done and is_clean and is_plain and self.is_reusable:
            self._http.start_next_cycle()
        else:
            self.drop()


class _Body:
    """Takes in what arrives, inflates it, and stops at the limit: neither what comes nor what it becomes may grow beyond it."""

    def __init__(self, encoding: str, most_bytes: int) -> None:
        self.kept = bytearray()
        self._most, self._raw, self._pieces = most_bytes, 0, 0
        kind = encoding.strip().lower()
        self._inflate = zlib.decompressobj(_INFLATED[kind]) if kind in _INFLATED else None
        self._may_be_bare = kind == "deflate"

    def add(self, data: bytes) -> bool:
        """Whether that is all that will be read."""
        self._raw += len(data)
        self._pieces += 1
        try:
            self.kept += data if self._inflate is None else self._inflated(data)
        except zlib.error:
            return True
        is_full = len(self.kept) > self._most or self._raw > self._most or self._pieces >= MOST_PIECES
        del self.kept[self._most :]
        return is_full

    def _inflated(self, data: bytes) -> bytes:
        assert self._inflate is not None
        room = self._most + 1 - len(self.kept)
        try:
            found = self._inflate.decompress(data, room)
        except zlib.error:
            if not self._may_be_bare:
                raise
            self._inflate = zlib.decompressobj(-15)  # many servers send deflate without its envelope
            found = self._inflate.decompress(data, room)
        self._may_be_bare = False
        return found
