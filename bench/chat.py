"""S8: a shopper writes, an agent's stream tells it, while a thousand streams are open. The listeners and writers are one process of their own.

python -m bench.chat '{"port": 8080, "key": "bench10", "sessions": ["…"], "shoppers": 990, "rate": 200, "seconds": 20}' found.json
"""

import asyncio
import gc
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, cast

import uvloop

from bench import samples
from bench.desk import Desk
from tests.support.process import ROOT
from tillside import stores
from tillside.agents import agent, session, workspace
from tillside.base.settings import load
from tillside.connectors import connector as connectors
from tillside.messenger import settings as messenger
from tillside.messenger.settings import Messenger

AGENTS, SHOPPERS, RATE = 10, 990, 200
_SETTLED_SECONDS = 2.0


def measured(seconds: float, database: str = "") -> dict[str, Any]:
    """Latencies in seconds (sorted), how many were told, and KB of the desk for each stream."""
    desk = Desk(database=database)
    desk.set_up()
    sessions = asyncio.run(_prepare(desk))
    with desk, tempfile.NamedTemporaryFile(suffix=".json") as told:
        spec = {"port": desk.port, "key": samples.KEY, "sessions": sessions, "shoppers": SHOPPERS, "rate": RATE, "seconds": seconds}
        spec["pid"] = desk.process.pid
        words = [sys.executable, "-m", "bench.chat", json.dumps(spec), told.name]
        done = subprocess.run(words, capture_output=True, text=True, check=False, cwd=ROOT)
        assert done.returncode == 0, done.stderr[-2000:]
        found: dict[str, Any] = json.loads(Path(told.name).read_bytes())
    found["latencies"].sort()
    return found


async def _prepare(desk: Desk) -> list[str]:
    """The messenger is on, and the agent is signed in on ten screens."""
    house = await stores.open_desk(load({}, data=desk.folder, database=desk.database or None), serving=True)
    try:
        (shop,) = await connectors.all_of_installation(house.store, house.vault)
        home = await workspace.chosen(house.store, None)
        (ada,) = await agent.every(house.store, home.id)
        async with house.store.write() as tx:
            await messenger.put(tx, shop, Messenger(is_enabled=True, fields=()))
            return [await session.begin(tx, ada) for _ in range(AGENTS)]
    finally:
        await house.close()


class Stream(asyncio.Protocol):
    """One open stream; an agent's tells when each conversation was written in."""

    def __init__(self, run: "Run", request: bytes, *, is_agent: bool) -> None:
        self._run, self._request, self._is_agent = run, request, is_agent
        self._rest = b""
        self.opened = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast(asyncio.Transport, transport).write(self._request)

    def data_received(self, data: bytes) -> None:
        if not self.opened.done():
            assert data.startswith(b"HTTP/1.1 200"), data[:200]
            self.opened.set_result(None)
        if not self._is_agent:
            self._run.told_shoppers += data.count(b"event: message")
            return
        now = time.perf_counter()
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line.startswith(b'data: {"kind":"message.added"'):
                self._run.heard(json.loads(line[6:])["subject"], now)


class Poster(asyncio.Protocol):
    """A connection that posts; one request at a time."""

    def __init__(self) -> None:
        self._heard = b""
        self._waiting: asyncio.Future[bytes] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    async def post(self, path: str, body: dict[str, Any], token: str = "") -> dict[str, Any]:
        raw = json.dumps(body).encode()
        head = f"POST {path} HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: {len(raw)}\r\n"
        if token:
            head += f"authorization: Bearer {token}\r\n"
        self._waiting = asyncio.get_running_loop().create_future()
        self._transport.write(head.encode() + b"\r\n" + raw)
        found: dict[str, Any] = json.loads(await self._waiting)
        return found

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if not end:
            return
        place = head.lower().index(b"content-length:") + 15
        if len(body) < int(head[place:].split(b"\r\n", 1)[0]):
            return
        assert head.startswith((b"HTTP/1.1 200", b"HTTP/1.1 201")), head + body
        self._heard = b""
        if self._waiting is not None:
            self._waiting.set_result(body)


class Run:
    def __init__(self, spec: dict[str, Any]) -> None:
        self._spec = spec
        self._due: dict[str, float] = {}
        self.latencies: list[float] = []
        self.told_shoppers = 0
        self._sent = 0

    def heard(self, conversation: str, now: float) -> None:
        if conversation in self._due:
            self.latencies.append(now - self._due[conversation])

    async def go(self) -> dict[str, Any]:
        posters = [await self._line(Poster) for _ in range(32)]
        shoppers = await self._begin(posters)
        before = _resident(self._spec["pid"])
        agent_of = "GET /inbox/stream HTTP/1.1\r\nhost: localhost\r\ncookie: __Host-tillside={0}\r\naccept: text/event-stream\r\n\r\n"
        for one in self._spec["sessions"]:
            await self._open(agent_of.format(one).encode(), is_agent=True)
        mine = "GET /messenger/api/stream HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {0}\r\n\r\n"
        for token, _ in shoppers:
            await self._open(mine.format(token).encode(), is_agent=False)
        await asyncio.sleep(_SETTLED_SECONDS)
        kilobytes = (_resident(self._spec["pid"]) - before) / (len(shoppers) + len(self._spec["sessions"]))
        gc.freeze()
        await self._write(posters, shoppers)
        return {"latencies": self.latencies, "sent": self._sent, "told_shoppers": self.told_shoppers, "kilobytes": kilobytes}

    async def _line(self, kind: Any) -> Any:
        return (await asyncio.get_running_loop().create_connection(kind, "127.0.0.1", self._spec["port"]))[1]

    async def _open(self, request: bytes, *, is_agent: bool) -> None:
        await (await self._line(lambda: Stream(self, request, is_agent=is_agent))).opened

    async def _begin(self, posters: list[Poster]) -> list[tuple[str, str]]:
        """Browsers with a conversation each: (token, conversation)."""

        async def some(poster: Poster, numbers: range) -> list[tuple[str, str]]:
            found = []
            for number in numbers:
                token = (await poster.post(f"/messenger/{self._spec['key']}/session", {"did": f"browser-{number}"}))["token"]
                begun = await poster.post("/messenger/api/conversations", {"id": f"first{number}", "text": "Hello"}, token)
                found.append((token, begun["conversation"]["id"]))
            return found

        parts = [some(poster, range(place, self._spec["shoppers"], len(posters))) for place, poster in enumerate(posters)]
        return [one for part in await asyncio.gather(*parts) for one in part]

    async def _write(self, posters: list[Poster], shoppers: list[tuple[str, str]]) -> None:
        """At the rate, each shopper in turn; a latency counts from when the message was due."""
        free: asyncio.Queue[Poster] = asyncio.Queue()
        for one in posters:
            free.put_nowait(one)
        under_way: set[asyncio.Task[None]] = set()
        begun = time.perf_counter()
        for number in range(int(self._spec["rate"] * self._spec["seconds"])):
            due = begun + number / self._spec["rate"]
            if (wait := due - time.perf_counter()) > 0:
                await asyncio.sleep(wait)
            token, conversation = shoppers[number % len(shoppers)]
            self._due[conversation] = due
            task = asyncio.create_task(self._post(free, await free.get(), conversation, token, number))
            under_way.add(task)
            task.add_done_callback(under_way.discard)
        await asyncio.gather(*under_way)
        await asyncio.sleep(_SETTLED_SECONDS)

    async def _post(self, free: asyncio.Queue[Poster], poster: Poster, conversation: str, token: str, number: int) -> None:
        await poster.post(f"/messenger/api/conversations/{conversation}/messages", {"id": f"m{number}", "text": f"Message {number}"}, token)
        self._sent += 1
        free.put_nowait(poster)


def _resident(pid: int) -> float:
    text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    return float(text.partition("VmRSS:")[2].split()[0])


if __name__ == "__main__":
    Path(sys.argv[2]).write_text(json.dumps(uvloop.run(Run(json.loads(sys.argv[1])).go())), encoding="utf-8")
