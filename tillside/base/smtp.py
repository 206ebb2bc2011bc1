"""Handing one letter to a mail server (RFC 5321), with the last step by itself: a letter is the server's only after the final dot.

Why not the standard library's client: it sends text and final dot in one breath, and between the two stands our word on disk that the
letter may be gone; it can also not be cut short when the desk stops. What comes back is one of four: taken, put off, refused, unknown.
"""

import asyncio
import base64
import ipaddress
import re
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Literal, cast

from msgspec import Struct

from tillside.base.errors import Misconfigured
from tillside.base.settings import Settings

Security = Literal["none", "starttls", "tls"]
PORTS: dict[Security, int] = {"starttls": 587, "tls": 465, "none": 25}
_LONGEST_ANSWER = 64 * 1024
_MOST_LINES = 200
_CHUNK_BYTES = 64 * 1024
_BYE_SECONDS = 2.0
_ANSWER = re.compile(rb"([2-5][0-9]{2})([ -]?)(.*)", re.DOTALL)
_BREAK = re.compile(rb"\r\n|\r|\n")
_ADDRESS = re.compile(r"[^\s<>\x00-\x1f\x7f]{1,320}")


class Server(Struct, frozen=True):
    """Where letters go, and whose they are: `sender` is the address of the envelope. `seconds`: the longest wait for each of its answers."""

    host: str
    port: int
    security: Security
    user: str
    password: str
    sender: str
    seconds: float

    @property
    def place(self) -> str:
        return f"{self.host}:{self.port}"

    def __repr__(self) -> str:
        return f"Server({self.place}, {self.security})"  # never the password, wherever it is printed


def configured(settings: Settings) -> Server | None:
    """The mail server of the settings; None while there is none. Raises Misconfigured for half of one."""
    if not settings.smtp_host:
        return None
    sender = settings.smtp_sender
    if not _ADDRESS.fullmatch(sender) or not sender.isascii() or "@" not in sender:
        raise Misconfigured("--smtp-host needs --smtp-sender: the address letters come from, such as help@shop.example.")
    if settings.smtp_password and not settings.smtp_user:
        raise Misconfigured("--smtp-password needs --smtp-user.")
    port = settings.smtp_port or PORTS[settings.smtp_security]
    given = (settings.smtp_security, settings.smtp_user, settings.smtp_password)
    return Server(settings.smtp_host, port, *given, sender, settings.smtp_seconds)


class PutOff(OSError):
    """The letter did not leave, and may later."""


class Undeliverable(Exception):
    """The letter did not leave, and never will like this."""


class Unconfirmed(Exception):
    """The letter was handed over whole, and nothing came back: it may have been taken."""


class Answer(Struct, frozen=True):
    code: int
    text: str

    @property
    def words(self) -> str:
        """As it is shown to people: one line, nothing that is not a letter."""
        said = "".join(mark if mark.isprintable() else " " for mark in f"{self.code} {self.text}")
        return " ".join(said.split())[:400]


class Talk:
    """A conversation with a mail server that was greeted and let us in. One letter: `offer`, then `confirm`."""

    def __init__(self, wire: "_Wire", server: Server, offers: dict[str, str]) -> None:
        self._wire, self._server, self._offers = wire, server, offers
        self._is_adrift = False

    @property
    def takes_any_letters(self) -> bool:
        """Whether addresses may have letters beyond ASCII before the @."""
        return "SMTPUTF8" in self._offers

    async def offer(self, content: bytes, recipient: str, copies: Sequence[str] = ()) -> list[str]:
        """Hand over everything but the final dot. Raises PutOff or Undeliverable; until `confirm`, the letter has not left.

        The recipient decides: a copy the server refuses is left out, and the answer says so for each.
        """
        sender = self._server.sender
        wrong = next((one for one in (recipient, *copies) if not _ADDRESS.fullmatch(one)), None)
        if wrong is not None:
            raise Undeliverable(f"{wrong[:100]!r} is not an address.")
        wide = "" if "".join((sender, recipient, *copies)).isascii() else " SMTPUTF8"
        if wide and not self.takes_any_letters:
            raise Undeliverable("The mail server does not take addresses with letters beyond a to z before the @.")
        size = f" SIZE={len(content)}" if "SIZE" in self._offers else ""
        try:
            await self._asked(f"MAIL FROM:<{sender}>{size}{wide}", (250,))
            await self._asked(f"RCPT TO:<{recipient}>", (250, 251))
            refused = [words for one in copies if (words := await self._copied(one))]
            await self._asked("DATA", (354,))
            self._is_adrift = True
            await self._pour(stuffed(content))
            return refused
        except OSError as error:
            raise error if isinstance(error, PutOff) else PutOff(_said(error, self._server)) from error

    async def confirm(self) -> str:
        """The final dot; the server's words. Raises PutOff or Undeliverable where it said so, Unconfirmed where it said nothing we know."""
        try:
            await self._heard_nothing()
        except OSError as error:
            raise error if isinstance(error, PutOff) else PutOff(_said(error, self._server)) from error
        try:
            answer = await self._wire.ask(b".", self._server.seconds)
        except OSError as error:
            raise Unconfirmed(_said(error, self._server)) from error
        self._is_adrift = False
        if answer.code // 100 == 2:
            return answer.words
        if answer.code // 100 == 3:
            raise Unconfirmed(answer.words)
        raise (Undeliverable if answer.code // 100 == 5 else PutOff)(answer.words)

    async def leave(self) -> None:
        """Say good-bye, unless a question or a letter was left open: then the line is cut, and the server throws away what it has of it."""
        if not self._is_adrift:
            with suppress(OSError):
                await self._wire.ask(b"QUIT", _BYE_SECONDS)

    async def _heard_nothing(self) -> None:
        """An answer before the dot can only be a no, and a line that ended before it has brought nothing. Raises."""
        if self._wire.has_news:
            answer = await self._wire.answer(self._server.seconds)
            raise (Undeliverable if answer.code // 100 == 5 else PutOff)(answer.words)

    async def _copied(self, address: str) -> str:
        """One more recipient; what the server said where it took none."""
        try:
            await self._asked(f"RCPT TO:<{address}>", (250, 251))
        except (PutOff, Undeliverable) as error:
            return f"{address}: {error}"
        return ""

    async def _asked(self, command: str, fine: tuple[int, ...]) -> Answer:
        self._is_adrift = True
        answer = await self._wire.ask(command.encode(), self._server.seconds)
        self._is_adrift = False
        if answer.code in fine:
            return answer
        raise (Undeliverable if answer.code // 100 == 5 else PutOff)(answer.words)

    async def _pour(self, content: bytes) -> None:
        for start in range(0, len(content), _CHUNK_BYTES):
            await self._wire.send(content[start : start + _CHUNK_BYTES], self._server.seconds)
        await self._heard_nothing()


@asynccontextmanager
async def talk(server: Server) -> AsyncIterator[Talk]:
    """Connect, secure and sign in. Whatever goes wrong here is the desk's affair and not the letter's: always PutOff."""
    wire = _Wire()
    try:
        try:
            offers = await _enter(wire, server)
        except OSError as error:
            raise error if isinstance(error, PutOff) else PutOff(_said(error, server)) from error
        inside = Talk(wire, server, offers)
        yield inside
        await inside.leave()
    finally:
        wire.abort()


def stuffed(content: bytes) -> bytes:
    """Lines as SMTP wants them: each ended by CR LF and nothing else, a dot at its beginning doubled, so that no text ends the letter."""
    lines = _BREAK.split(content)
    if lines and not lines[-1]:
        lines.pop()
    return b"".join([(b"." if line.startswith(b".") else b"") + line + b"\r\n" for line in lines])


async def _enter(wire: "_Wire", server: Server) -> dict[str, str]:
    loop = asyncio.get_running_loop()
    context = None if server.security == "none" else ssl.create_default_context()
    async with asyncio.timeout(server.seconds):
        named = {"ssl": context, "server_hostname": server.host} if server.security == "tls" else {}
        await loop.create_connection(lambda: wire, server.host, server.port, **named)  # type: ignore[call-overload]  # the pair goes together
    _fine(await wire.answer(server.seconds), 220)
    offers = await _hello(wire, server)
    if server.security == "starttls":
        if "STARTTLS" not in offers:
            raise PutOff("The mail server offers no STARTTLS, and without it nothing is sent.")
        _fine(await wire.ask(b"STARTTLS", server.seconds), 220)
        assert context is not None
        async with asyncio.timeout(server.seconds):
            await wire.secure(context, server.host)
        offers = await _hello(wire, server)
    if server.user:
        await _sign_in(wire, server, offers)
    return offers


async def _hello(wire: "_Wire", server: Server) -> dict[str, str]:
    """What it offers, by name. We call ourselves by our address, which needs no name service."""
    answer = await wire.ask(f"EHLO {wire.own_name}".encode(), server.seconds)
    _fine(answer, 250)
    lines = [line.strip().partition(" ") for line in answer.text.split("\n")[1:]]
    return {name.upper(): rest for name, _, rest in lines}


async def _sign_in(wire: "_Wire", server: Server, offers: dict[str, str]) -> None:
    ways = offers.get("AUTH", "").upper().split()
    if "PLAIN" in ways:
        answer = await wire.ask(b"AUTH PLAIN " + base64.b64encode(f"\0{server.user}\0{server.password}".encode()), server.seconds)
    elif "LOGIN" in ways:
        _fine(await wire.ask(b"AUTH LOGIN", server.seconds), 334)
        _fine(await wire.ask(base64.b64encode(server.user.encode()), server.seconds), 334)
        answer = await wire.ask(base64.b64encode(server.password.encode()), server.seconds)
    else:
        raise PutOff("The mail server offers no sign-in by user and password.")
    if answer.code != 235:
        raise PutOff(f"The mail server does not let us in: {answer.words}")


def _fine(answer: Answer, code: int) -> None:
    if answer.code != code:
        raise PutOff(answer.words)


def _said(error: OSError, server: Server) -> str:
    """An error of the network in words."""
    if isinstance(error, TimeoutError):
        return f"The mail server {server.host} did not answer in time."
    return f"The mail server {server.place}: {str(error) or type(error).__name__}"[:400]


class _Wire(asyncio.Protocol):
    """Bytes to and from the server. One reader, one question at a time."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._held = b""
        self._news = asyncio.Event()
        self._may_write = asyncio.Event()
        self._may_write.set()
        self._is_over = False
        self._why: Exception | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self._held += data
        if len(self._held) > _LONGEST_ANSWER:
            self.abort()
        self._news.set()

    def connection_lost(self, exc: Exception | None) -> None:
        self._is_over, self._why = True, exc
        self._news.set()
        self._may_write.set()

    def pause_writing(self) -> None:
        self._may_write.clear()

    def resume_writing(self) -> None:
        self._may_write.set()

    @property
    def has_news(self) -> bool:
        """Whether it said something, or hung up, while we spoke."""
        return bool(self._held) or self._is_over

    @property
    def own_name(self) -> str:
        assert self._transport is not None
        address = ipaddress.ip_address(str(self._transport.get_extra_info("sockname")[0]).partition("%")[0])
        return f"[IPv6:{address}]" if address.version == 6 else f"[{address}]"

    async def ask(self, line: bytes, seconds: float) -> Answer:
        """Send a line and hear the answer. What was said before we asked is no answer to it."""
        assert b"\r" not in line and b"\n" not in line
        if self._held:
            raise PutOff("The mail server spoke before it was asked.")
        await self.send(line + b"\r\n", seconds)
        return await self.answer(seconds)

    async def send(self, content: bytes, seconds: float) -> None:
        if self._is_over or self._transport is None:
            raise ConnectionResetError("the connection broke")
        self._transport.write(content)
        async with asyncio.timeout(seconds):
            await self._may_write.wait()

    async def answer(self, seconds: float) -> Answer:
        """A whole answer: lines with the same code, the last without a hyphen. Raises OSError."""
        lines: list[str] = []
        async with asyncio.timeout(seconds):
            while len(lines) < _MOST_LINES:
                match = _ANSWER.fullmatch(await self._line())
                if match is None:
                    raise ConnectionError("what it says is not SMTP")
                lines.append(match[3].decode("utf-8", "replace"))
                if match[2] != b"-":
                    return Answer(int(match[1]), "\n".join(lines))
        raise ConnectionError("its answer does not end")

    async def secure(self, context: ssl.SSLContext, host: str) -> None:
        """From here on under TLS. Whatever came in the clear before would be taken for a secured answer: refused."""
        if self._held:
            raise PutOff("The mail server spoke before the connection was secured.")
        assert self._transport is not None
        secured = await asyncio.get_running_loop().start_tls(self._transport, self, context, server_hostname=host)
        self._transport = cast(asyncio.Transport, secured)

    def abort(self) -> None:
        if self._transport is not None:
            self._transport.abort()

    async def _line(self) -> bytes:
        while b"\n" not in self._held:
            if self._is_over:
                raise ConnectionResetError(str(self._why) if self._why else "it closed the connection")
            self._news.clear()
            await self._news.wait()
        line, _, self._held = self._held.partition(b"\n")
        return line.rstrip(b"\r")
