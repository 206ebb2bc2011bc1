"""The load generator, a process of its own: keep-alive connections that post and wait, as fast as answered or at a fixed rate.

    python -m bench.load '{"port": 8080, "kind": "single", "seconds": 10, "lines": 64, "rate": 0, "first": 0}' found.json

Writes JSON: how many were acknowledged, over which time, and the latencies. At a fixed rate a latency counts from the moment the
request was due, so a stalled server cannot hide its stall, and the requests are made before the clock starts. `rate` 0 means as fast as
answered.
"""

import asyncio
import gc
import json
import sys
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, cast

import uvloop

from bench import samples

_MAKERS = {"single": samples.single, "batch": samples.batch}


def _repeated(requests: list[str]) -> Callable[[int], bytes]:
    """Given requests, one after the other and from the beginning again; the kind "given"."""
    ready = [one.encode() for one in requests]
    return lambda number: ready[number % len(ready)]


class Line(asyncio.Protocol):
    """One connection; one request at a time."""

    def __init__(self, run: "Run") -> None:
        self._run = run
        self._heard = b""
        self.due = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)  # uvloop's own class does not say so
        self._run.free.append(self)

    def send(self, request: bytes, due: float) -> None:
        self.due = due
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if not end or len(body) < _length(head):
            return
        self._heard = b""
        self._run.answered(self, int(head[9:12]))

    def connection_lost(self, error: Exception | None) -> None:
        self._run.lost += 1
        self._run.over.set()

    def close(self) -> None:
        self._transport.abort()


def _length(head: bytes) -> int:
    place = head.lower().index(b"content-length:") + 15
    return int(head[place:].split(b"\r\n", 1)[0])


class Run:
    """Sends until its time is over, then waits for what is under way."""

    def __init__(self, spec: dict[str, Any]) -> None:
        self._make = _repeated(spec["requests"]) if spec["kind"] == "given" else _MAKERS[spec["kind"]]
        self._seconds, self._rate, self._port, self._count = spec["seconds"], spec["rate"], spec["port"], spec["lines"]
        self._number = spec["first"]
        self.free: deque[Line] = deque()
        self.latencies: list[float] = []
        self.statuses: dict[int, int] = {}
        self.under_way = self.lost = self._sent = 0
        self._ready: list[bytes] = []
        self._until = 0.0
        self.over = asyncio.Event()

    async def go(self) -> dict[str, Any]:
        loop = asyncio.get_running_loop()
        lines = [(await loop.create_connection(lambda: Line(self), "127.0.0.1", self._port))[1] for _ in range(self._count)]
        self._ready = [self._make(self._number + place) for place in range(int(self._rate * self._seconds * 1.1))]
        gc.freeze()
        gc.disable()
        begun = time.perf_counter()
        self._until = begun + self._seconds
        if self._rate:
            await self._at_rate(begun)
        else:
            while self.free:
                self._send(self.free.popleft(), time.perf_counter())
        with suppress(TimeoutError):
            await asyncio.wait_for(self._quiet(), self._seconds + 30)
        took = time.perf_counter() - begun
        for line in lines:
            line.close()
        return {"took": took, "statuses": self.statuses, "latencies": self.latencies, "next": self._number, "lost": self.lost}

    async def _quiet(self) -> None:
        """Until everything sent is answered, or a connection was lost."""
        self.over.clear()
        if self.under_way and not self.lost:
            await self.over.wait()

    async def _at_rate(self, begun: float) -> None:
        sent = 0
        while (now := time.perf_counter()) < self._until:
            while sent < (now - begun) * self._rate and self.free:
                self._send(self.free.popleft(), begun + sent / self._rate)
                sent += 1
            await asyncio.sleep(0.001)

    def _send(self, line: Line, due: float) -> None:
        self.under_way += 1
        line.send(self._ready[self._sent] if self._sent < len(self._ready) else self._make(self._number), due)
        self._sent += 1
        self._number += 1

    def answered(self, line: Line, status: int) -> None:
        now = time.perf_counter()
        self.under_way -= 1
        self.latencies.append(now - line.due)
        self.statuses[status] = self.statuses.get(status, 0) + 1
        if not self._rate and now < self._until:
            self._send(line, now)
        else:
            self.free.append(line)
            if not self.under_way:
                self.over.set()


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(uvloop.run(Run(json.loads(sys.argv[1])).go())), encoding="utf-8")
