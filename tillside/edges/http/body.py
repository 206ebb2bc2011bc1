"""Reading a request body within limits: of bytes, of time, and of what a compressed one may grow to."""

import asyncio
import contextlib
import zlib

from starlette.types import Receive

from tillside.base.errors import Refused, TooLarge

_CHUNK = 65_536
_RATIO = 100
_RATIO_FROM = 65_536
"""A body may inflate a hundredfold only while it is small: 100 MiB of zeros travel as 102 KB (measured)."""


_DRAINED = 16 * 1024 * 1024
_DRAIN_SECONDS = 2.0


class Slow(Refused):
    """The body did not arrive in time."""

    code = "slow_body"


class Gone(Exception):
    """The sender hung up."""


async def read(receive: Receive, headers: dict[bytes, bytes], *, limit: int, seconds: float) -> bytes:
    """The body, inflated. Raises TooLarge, Refused (an encoding we do not read), Slow, or Gone when the sender hung up."""
    stated = headers.get(b"content-length", b"")
    if stated.isdigit() and int(stated) > limit:
        raise too_large(limit)
    encoding = headers.get(b"content-encoding", b"").strip().lower()
    if encoding not in (b"", b"identity", b"gzip", b"x-gzip", b"deflate"):
        raise Refused("This content encoding is not read here.", field="Content-Encoding", hint="Send the body plain or as gzip.")
    try:
        async with asyncio.timeout(seconds):
            body = await _collect(receive, limit)
    except TimeoutError as error:
        raise Slow(hint=f"Send the body within {seconds:g} seconds.") from error
    return body if encoding in (b"", b"identity") else inflate(body, limit=limit)


async def drain(receive: Receive) -> None:
    """Read on and throw away for a moment after an early answer: closing on unread bytes resets the connection, and the sender
    would never see the answer (RFC 9112, 9.6)."""
    left = _DRAINED
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_DRAIN_SECONDS):
            message = await receive()
            while left > 0 and message["type"] == "http.request" and message.get("more_body"):
                left -= len(message.get("body", b""))
                message = await receive()


async def _collect(receive: Receive, limit: int) -> bytes:
    message = await receive()
    if message["type"] == "http.disconnect":
        raise Gone
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if len(body) > limit:
            raise too_large(limit)
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Gone
        parts.append(message.get("body", b""))
        size += len(parts[-1])
        if size > limit:
            raise too_large(limit)
    return b"".join(parts)


def inflate(body: bytes, *, limit: int) -> bytes:
    """A gzip or zlib body, step by step, stopping at the limit instead of after it."""
    inflater = zlib.decompressobj(wbits=47)  # 32 + 15: gzip or zlib, as the header says
    parts: list[bytes] = []
    size, rest = 0, body
    try:
        while rest and not inflater.eof:
            part = inflater.decompress(rest, _CHUNK)
            rest = inflater.unconsumed_tail
            size += len(part)
            parts.append(part)
            if size > limit or (size > _RATIO_FROM and size > len(body) * _RATIO):
                raise too_large(limit)
            if not part and not rest:
                break
    except zlib.error as error:
        raise Refused(
            "The body is not the gzip it says it is.", field="Content-Encoding", hint="Compress it again, or send it plain."
        ) from error
    if not inflater.eof:
        raise Refused("The compressed body ends too early.", field="Content-Encoding", hint="Send the whole of it.")
    if inflater.unused_data:
        raise Refused("There is more after the compressed body.", field="Content-Encoding", hint="Compress the body in one piece.")
    return b"".join(parts)


def too_large(limit: int) -> TooLarge:
    return TooLarge(f"The body is larger than {limit // 1024} KiB.", field="body", hint="Send fewer events at once; batches of 25 travel best.")
