"""Receivers of HTTP targets in a process of their own: ``python -m bench.receivers QUICK HANGING MS`` prints their ports, then answers.

Each has a port of its own, as each shop's app has. A quick one answers every request after so many milliseconds; a hanging one never does.
"""

import asyncio
import json
import sys

_ANSWER = b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}'


class Quick(asyncio.Protocol):
    """As little of HTTP as our own client needs: a head, a body of the length it says, an answer."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._read = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._read += data
        head, mark, body = self._read.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0].strip()
        if not mark or len(body) < int(length or 0):
            return
        self._read = b""
        asyncio.get_running_loop().call_later(self._seconds, self._answer)

    def _answer(self) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(_ANSWER)


async def main(quick: int, hanging: int, milliseconds: float) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(lambda: Quick(milliseconds / 1000), "127.0.0.1", 0) for _ in range(quick)]
    servers += [await loop.create_server(lambda: Quick(10**6), "127.0.0.1", 0) for _ in range(hanging)]
    print(json.dumps([server.sockets[0].getsockname()[1] for server in servers]), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3])))
