"""A desk behind a real port, in a thread of the test's own process, so that a test can both send bytes and look into the stores."""

import asyncio
import itertools
import re
import socket
import threading
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

import httpx
from msgspec import Struct

from tillside import app as house
from tillside.agents import rest_key, workspace
from tillside.base.settings import Settings
from tillside.cli.server import Server
from tillside.connectors import connector as connectors
from tillside.connectors.connector import Connector
from tillside.edges.http.desk import Desk
from tillside.feeds import follow, log
from tillside.projector import work

Outcome = TypeVar("Outcome")
SECRET = "test-secret-for-interop"
"""The secret of tests/fixtures/crypto_vectors.json: the signatures inside captured bodies were made with it."""
PROJECTIONS = ("profile", "identifier", "merge", "orders", "shipment", "event", "verdict", "parked")


class Tenant(Struct):
    """A workspace with one connected shop and one REST key."""

    workspace_id: int
    connector: Connector
    rest_key: str

    @property
    def key(self) -> str:
        return self.connector.api_key


class Served:
    """The running desk. `client` keeps connections to it; `do` runs something on its loop and waits."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.app = house.build(settings)
        self.port = 0
        self.client = httpx.Client()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._names = itertools.count(1)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def desk(self) -> Desk:
        desk: Desk = self.app.state.desk
        return desk

    def end(self) -> None:
        """Tell streams and followers before connections are waited for, as `tillside serve` does."""
        self.desk.bell.stop()
        self.desk.log_bell.stop()

    def do(self, work: Coroutine[Any, Any, Outcome]) -> Outcome:
        assert self._loop is not None
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def tenant(self, *, key: str | None = None, name: str = "", secret: str = SECRET) -> Tenant:
        """A fresh workspace: nothing of another one can reach it."""
        return self.do(self._tenant(key, name or f"Shop number {next(self._names)}", secret))

    async def _tenant(self, key: str | None, name: str, secret: str) -> Tenant:
        desk = self.desk
        async with desk.store.write() as tx:
            place = await workspace.create(tx, name, currency="USD", region="US")
            shop = await connectors.add(tx, desk.vault, place, "shop", api_key=key, secret=secret)
            _, text = await rest_key.add(tx, place.id, "tests")
        await desk.directory.refresh()
        return Tenant(place.id, shop, text)

    def change(self, tenant: Tenant, **policies: Any) -> None:
        """Set policies of a tenant's connector, and let intake know at once."""
        self.do(self._change(tenant, policies))

    async def _change(self, tenant: Tenant, policies: dict[str, Any]) -> None:
        one = tenant.connector
        now = {name: getattr(one, name) for name in ("name", "signatures", "history_trust", "currency", "region")}
        async with self.desk.store.write() as tx:
            tenant.connector = await connectors.change(tx, one, **{**now, "origins": list(one.origins), **policies})
        await self.desk.directory.refresh()

    def rotate(self, tenant: Tenant) -> None:
        """A new secret for a tenant's connector; the old one goes on for a day."""
        self.do(self._rotate(tenant))

    async def _rotate(self, tenant: Tenant) -> None:
        async with self.desk.store.write() as tx:
            tenant.connector = await connectors.rotate(tx, self.desk.vault, tenant.connector)
        await self.desk.directory.refresh()

    def settle(self) -> None:
        """Wait until everything stored so far is worked in."""
        assert self.do(self._settle()), "the projector did not come along"

    async def _settle(self) -> bool:
        desk = self.desk
        return await follow.passed(desk.store, desk.bell, work.NAME, await log.last_position(desk.entries), 60)

    def rows(self, sql: str, **given: Any) -> list[tuple[Any, ...]]:
        """What a query of the desk's store answers."""
        return self.do(self._rows(sql, given))

    async def _rows(self, sql: str, given: dict[str, Any]) -> list[tuple[Any, ...]]:
        return [tuple(row) for row in await self.desk.store.read(sql, **given)]

    def entries(self, tenant: Tenant) -> int:
        """How many requests of a tenant the log holds."""
        return self.do(self._count_entries(tenant.workspace_id))

    async def _count_entries(self, workspace_id: int) -> int:
        row = await self.desk.entries.one("select count(*) from entry where workspace_id = :w", w=workspace_id)
        assert row is not None
        return int(row[0])

    def state(self, tenant: Tenant) -> dict[str, list[tuple[Any, ...]]]:
        """Everything worked out for a tenant, sorted; without the lines of what was refused, which are told each time."""
        self.settle()
        found = {}
        for table in PROJECTIONS:
            where = " and verdict <> 2" if table == "event" else ""
            rows = self.rows(f"select * from {table} where workspace_id = :w{where}", w=tenant.workspace_id)
            found[table] = sorted(rows, key=repr)
        return found

    def count(self, tenant: Tenant, table: str, where: str = "") -> int:
        self.settle()
        more = f" and {where}" if where else ""
        ((count,),) = self.rows(f"select count(*) from {table} where workspace_id = :w{more}", w=tenant.workspace_id)
        return int(count)


@contextmanager
def serving(settings: Settings) -> Iterator[Served]:
    """Serve the house as it is built for people, and stop it in an orderly way."""
    served = Served(settings)
    with socket.socket(proto=socket.IPPROTO_TCP) as door:  # named, or asyncio leaves Nagle's wait of 40 ms in every answer
        door.bind(("127.0.0.1", 0))
        served.port = door.getsockname()[1]
        server = Server(served.app, door, ending=served.end)
        thread = threading.Thread(target=_run, args=(server, door, served))
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the desk did not open"
            time.sleep(0.005)
        try:
            with httpx.Client(base_url=served.url, trust_env=False, timeout=60) as client:
                served.client = client
                yield served
        finally:
            server.should_exit = True
            thread.join()


def _run(server: Server, door: socket.socket, served: Served) -> None:
    async def serve() -> None:
        served._loop = asyncio.get_running_loop()
        await server.serve(sockets=[door])

    asyncio.run(serve())


class Heard(Struct, frozen=True):
    """An answer as it came over the wire; header names in lower case, each header's values in order."""

    status: int
    headers: dict[str, list[str]]
    body: bytes


def exchange(port: int, *parts: bytes, pause: float = 0.0, within: float = 30.0) -> Heard:
    """Send exactly these bytes (with a pause between the parts) and read one answer until the server closes or it is whole."""
    with socket.create_connection(("127.0.0.1", port), within) as line:
        for number, part in enumerate(parts):
            if number and pause:
                time.sleep(pause)
            try:
                line.sendall(part)
            except (BrokenPipeError, ConnectionResetError):
                break  # answered and closed before we were done: the answer is what counts
        return _hear(line)


def _hear(line: socket.socket) -> Heard:
    whole = b""
    while b"\r\n\r\n" not in whole:
        part = _part(line)
        if not part:
            return Heard(0, {}, whole)
        whole += part
    head, _, body = whole.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers: dict[str, list[str]] = {}
    for text in lines:
        name, _, value = text.partition(":")
        headers.setdefault(name.strip().lower(), []).append(value.strip())
    length = int(headers.get("content-length", ["0"])[0])
    while len(body) < length and (part := _part(line)):
        body += part
    found = re.match(r"HTTP/1\.1 (\d{3})", first)
    assert found, first
    return Heard(int(found[1]), headers, body)


def _part(line: socket.socket) -> bytes:
    try:
        return line.recv(65536)
    except ConnectionResetError:
        return b""
