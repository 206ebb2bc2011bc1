"""A receiver of HTTP targets on loopback that does what a test tells it, path by path: answers, lies, drags, breaks off. It keeps what it got.

    with Receiver() as receiver:
        receiver.does("/orders", behave.answer(503, retry_after="5"), behave.answer(200))

The last behaviour of a path goes on for ever; a path nobody spoke of answers 200. What can be done stands in tests/support/behave.py.
"""

import asyncio
import socket
import ssl
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

from msgspec import Struct

from tests.support import ports


class Got(Struct, frozen=True):
    """A request as it came. `line`: which connection brought it, counted from 1."""

    method: str
    target: str
    headers: list[tuple[str, str]]
    body: bytes
    line: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path

    def header(self, name: str) -> str:
        return ", ".join(value for one, value in self.headers if one.lower() == name.lower())


class Talk:
    """One request, to be answered by a behaviour."""

    def __init__(self, got: Got, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.got, self._reader, self.writer = got, reader, writer

    @property
    def is_over(self) -> bool:
        return self.writer.transport.is_closing() or self._reader.at_eof() or self._reader.exception() is not None

    async def say(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()
        await asyncio.sleep(0)  # drain alone lets nobody else in, not even the news that the other side has gone

    async def hang(self) -> None:
        """Until the other side has gone, or the test is over."""
        while not self.is_over:
            await asyncio.sleep(0.01)

    def reset(self) -> None:
        """End the connection with RST instead of FIN."""
        line: socket.socket = self.writer.get_extra_info("socket")
        line.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        self.writer.transport.abort()


Behaviour = Callable[[Talk], Awaitable[bool | None]]
"""Returns True when the connection may bring another request."""


async def fine(talk: Talk) -> bool:
    await talk.say(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
    return True


class Receiver:
    """Runs in a thread of its own, so that nothing a test does keeps it from answering. `is_mute`: takes connections and never says a word."""

    def __init__(self, *, tls: ssl.SSLContext | None = None, is_mute: bool = False, host: str = "127.0.0.1", port: int = 0) -> None:
        self.got: list[Got] = []
        self.lines = 0
        self.port = port
        self._tls, self._is_mute, self._host = tls, is_mute, host
        self._does: dict[str, list[Behaviour]] = {}
        self._loop = asyncio.new_event_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._is_ready = threading.Event()
        self._stop: asyncio.Event | None = None
        self._arrived = threading.Condition()

    def __enter__(self) -> "Receiver":
        self._thread.start()
        assert self._is_ready.wait(10)
        return self

    def __exit__(self, *_: object) -> None:
        assert self._stop is not None
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        assert not self._thread.is_alive()

    @property
    def is_secure(self) -> bool:
        return self._tls is not None

    def does(self, path: str, *behaviours: Behaviour) -> str:
        """Script a path; its URL."""
        self._does[path] = list(behaviours)
        return self.url(path)

    def url(self, path: str = "/", host: str | None = None) -> str:
        return f"{'https' if self._tls else 'http'}://{host or self._host}:{self.port}{path}"

    def at(self, path: str) -> list[Got]:
        """What came to a path, in order."""
        return [one for one in self.got if one.path == path]

    def wait_for(self, count: int, path: str | None = None, seconds: float = 20.0) -> list[Got]:
        """Block until so many requests have come."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.at(path) if path else self.got) >= count, seconds), self.got
        return self.at(path) if path else list(self.got)

    def let_go(self) -> None:
        """Cut every connection that is open."""
        self._loop.call_soon_threadsafe(lambda: [task.cancel() for task in self._tasks])

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.set_exception_handler(lambda *_: None)  # connections that end badly are the point here
        self._loop.run_until_complete(self._serve())
        self._loop.close()

    async def _serve(self) -> None:
        self._stop = asyncio.Event()
        server = await asyncio.start_server(
            self._accept, self._host, self.port, ssl=None if self._is_mute else self._tls, limit=4 * 1024 * 1024
        )
        self.port = server.sockets[0].getsockname()[1]
        self._is_ready.set()
        await self._stop.wait()
        server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await asyncio.sleep(0.01)  # connections that were aborted say good-bye to the loop

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task: asyncio.Task[Any] | None = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        self.lines += 1
        try:
            with suppress(OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
                await self._talk(reader, writer, self.lines)
        finally:
            self._tasks.discard(task)
            if task.cancelling():
                writer.transport.abort()
            else:
                writer.close()

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, line: int) -> None:
        if self._is_mute:
            await reader.read(-1)
            return
        while True:
            got = await _request(reader, line)
            with self._arrived:
                self.got.append(got)
                self._arrived.notify_all()
            if not await self._behaviour(got.path)(Talk(got, reader, writer)):
                return

    def _behaviour(self, path: str) -> Behaviour:
        script = self._does.get(path, [fine])
        return script.pop(0) if len(script) > 1 else script[0]


async def _request(reader: asyncio.StreamReader, line: int) -> Got:
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    first, *rest = head.split("\r\n")[:-2]
    method, target, _ = first.split(" ")
    headers = [(name, value.strip()) for name, _, value in (one.partition(":") for one in rest)]
    length = next((int(value) for name, value in headers if name.lower() == "content-length"), 0)
    return Got(method, target, headers, await reader.readexactly(length), line)


class Blackhole:
    """A port whose queue is full: connecting to it waits for ever."""

    def __init__(self) -> None:
        self._door = socket.socket()
        self._door.bind(("127.0.0.1", 0))
        self._door.listen(0)
        self.port: int = self._door.getsockname()[1]
        self._waiting = [socket.socket() for _ in range(4)]

    def __enter__(self) -> "Blackhole":
        for one in self._waiting:
            one.setblocking(False)
            with suppress(BlockingIOError):
                one.connect(("127.0.0.1", self.port))
        return self

    def __exit__(self, *_: object) -> None:
        for one in [*self._waiting, self._door]:
            one.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/"


def nobody() -> str:
    """A URL where nobody listens."""
    return f"http://127.0.0.1:{ports.free_port()}/"
