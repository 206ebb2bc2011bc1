"""What a receiver of the tests can do with a request: the rows of the failure matrix, from a plain answer to a lie."""

import asyncio
import gzip
import zlib
from collections.abc import Iterable

from tests.support.receiver import Behaviour, Talk

Headers = Iterable[tuple[str, str]]
MEGABYTE = 1024 * 1024


def answer(status: int = 200, body: bytes = b"{}", *, headers: Headers = (), retry_after: str = "", after: float = 0.0) -> Behaviour:
    """A proper answer, after so many seconds; the connection stays open."""
    more = [*headers, *([("Retry-After", retry_after)] if retry_after else [])]

    async def behave(talk: Talk) -> bool:
        if after:
            await asyncio.sleep(after)
        has_body = status not in (204, 304) and talk.got.method != "HEAD"
        await talk.say(_head(status, [*more, *([("Content-Length", str(len(body)))] if has_body else [])]) + (body if has_body else b""))
        return True

    return behave


def redirect(status: int, to: str) -> Behaviour:
    return answer(status, b"moved", headers=[("Location", to)])


def raw(*pieces: bytes, stays: bool = False) -> Behaviour:
    """These bytes, then the end of the connection (or not)."""

    async def behave(talk: Talk) -> bool:
        for piece in pieces:
            await talk.say(piece)
        return stays

    return behave


def endless(status: int = 200) -> Behaviour:
    """A body that never ends, as fast as it is taken."""

    async def behave(talk: Talk) -> None:
        await talk.say(_head(status, [("Content-Length", str(10 * 1024 * MEGABYTE))]))
        while not talk.is_over:
            await talk.say(b"x" * 65536)

    return behave


async def silence(talk: Talk) -> None:
    """Takes the request and never answers."""
    await talk.hang()


def slow_head(pause: float = 0.02) -> Behaviour:
    """One byte at a time, and never the end of the headers."""

    async def behave(talk: Talk) -> None:
        await talk.say(b"HTTP/1.1 200 OK\r\nX: ")
        await _drip(talk, pause)

    return behave


def slow_body(pause: float = 0.02, status: int = 200) -> Behaviour:
    async def behave(talk: Talk) -> None:
        await talk.say(_head(status, [("Content-Length", "100000")]))
        await _drip(talk, pause)

    return behave


async def reset_before(talk: Talk) -> None:
    """RST instead of an answer."""
    talk.reset()


async def reset_mid_body(talk: Talk) -> None:
    await talk.say(_head(200, [("Content-Length", "1000")]) + b"half of it")
    await asyncio.sleep(0.02)
    talk.reset()


async def close_mid_body(talk: Talk) -> None:
    """Ends properly, but earlier than it said."""
    await talk.say(_head(200, [("Content-Length", "1000")]) + b"half of it")


async def half_close(talk: Talk) -> None:
    """Answers, shuts its own side, and goes on listening."""
    await talk.say(_head(200, [("Content-Length", "2")]) + b"ok")
    if talk.writer.can_write_eof():  # TLS has no half
        talk.writer.write_eof()
        await talk.hang()


many_headers = raw(b"HTTP/1.1 200 OK\r\n", b"".join(b"X-%d: a value\r\n" % n for n in range(1000)), b"Content-Length: 2\r\n\r\nok", stays=True)
huge_header = raw(b"HTTP/1.1 200 OK\r\nX-Huge: ", b"h" * MEGABYTE, b"\r\nContent-Length: 2\r\n\r\nok")
old = raw(b"HTTP/1.0 200 OK\r\nContent-Type: text/plain\r\n\r\nold and fine")
no_length = raw(b"HTTP/1.1 200 OK\r\n\r\nuntil the end")
bad_chunks = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\nzz\r\nwhat\r\n0\r\n\r\n")
good_chunks = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n3\r\n!!!\r\n0\r\nX-After: 1\r\n\r\n", stays=True)
one_byte_chunks = raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n" * 65536, b"0\r\n\r\n")
continue_first = raw(
    b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
    stays=True,
)
continue_storm = raw(b"HTTP/1.1 100 Continue\r\n\r\n" * 1000)
two_lengths = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 4\r\n\r\nokok")
both_lengths = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n", stays=True)
switching = raw(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: upgrade\r\n\r\n")
going_away = raw(b"\0\0\x11\x07\0\0\0\0\0\0\0\0\0\0\0\0\x02go away")
"""HTTP/2's GOAWAY frame, to somebody who speaks HTTP/1.1."""
not_http = raw(b"SSH-2.0-OpenSSH_9.2p1 canary\r\n")
nothing = raw(b"")
two_answers = raw(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison", stays=True)
"""An answer with another one behind it, for the next question."""


def bomb(encoding: str = "gzip", megabytes: int = 100, times: int = 1) -> Behaviour:
    """Zeros, packed (`times` over): a hundred megabytes in a hundred kilobytes."""
    packed = _zeros(encoding, megabytes)
    for _ in range(times - 1):
        packed = gzip.compress(packed)
    return answer(200, packed, headers=[("Content-Encoding", ", ".join([encoding] * times))])


def packed(body: bytes, encoding: str) -> Behaviour:
    """`deflate-bare` is deflate as many servers send it: without its envelope."""
    if encoding == "gzip":
        return answer(200, gzip.compress(body), headers=[("Content-Encoding", "gzip")])
    made = zlib.compressobj(wbits=-15 if encoding == "deflate-bare" else 15)
    return answer(200, made.compress(body) + made.flush(), headers=[("Content-Encoding", "deflate")])


def _zeros(encoding: str, megabytes: int) -> bytes:
    made = zlib.compressobj(9, wbits=31 if encoding == "gzip" else 15)
    return b"".join(made.compress(b"\0" * MEGABYTE) for _ in range(megabytes)) + made.flush()


async def _drip(talk: Talk, pause: float) -> None:
    while not talk.is_over:
        await talk.say(b"y")
        await asyncio.sleep(pause)


def _head(status: int, headers: Headers) -> bytes:
    return (f"HTTP/1.1 {status} Said\r\n" + "".join(f"{name}: {value}\r\n" for name, value in headers) + "\r\n").encode("latin-1")
