"""One desk as its operator sees it: `tillside …` as a process of its own, and what clients post."""

import base64
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from hashlib import sha256
from typing import Any, TypeVar

import httpx

from tests.conftest import Store
from tests.support.postgres import alone
from tests.support.process import ENTRY, ROOT, Process
from tillside import stores
from tillside.agents import agent, rest_key, workspace
from tillside.base import settings
from tillside.connectors import connector
from tillside.connectors.connector import Connector
from tillside.edges.http.desk import Desk

PASSWORD = "correct horse battery"
Found = TypeVar("Found")


class House:
    """`words` in front of every command are --data (and --database)."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.settings = settings.load({}, data=store.data, database=store.url)
        self.shop: Connector
        self.key = ""

    async def furnish(self) -> None:
        async with self.open() as desk, desk.store.write() as tx:
            home = await workspace.create(tx, "Fern & Fold", time_zone="Europe/Oslo", currency="EUR", region="NO")
            await agent.add(tx, home.id, "mia@fern.example", name="Mia", role="admin", password=PASSWORD)
            self.shop = await connector.add(tx, desk.vault, home, "fern.example")
            _, self.key = await rest_key.add(tx, home.id, "tests")

    @asynccontextmanager
    async def open(self) -> AsyncIterator[Desk]:
        desk = await stores.open_desk(self.settings)
        try:
            yield desk
        finally:
            await desk.close()

    def look(self, work: Callable[[Desk], Awaitable[Found]]) -> Found:
        """Ask the stores something, in a loop of its own."""

        async def asking() -> Found:
            async with self.open() as desk:
                return await work(desk)

        return alone(asking())

    def count(self, table: str, where: str = "1 = 1") -> int:
        async def asking(desk: Desk) -> int:
            row = await desk.store.one(f"select count(*) from {table} where {where}")
            return int(row[0]) if row else 0

        return self.look(asking)

    def alter(self, sql: str) -> None:
        """Change the desk behind its back, without migrating it."""

        async def work() -> None:
            store, entries = await stores.open_stores(self.settings)
            async with store.write() as tx:
                await tx.run(sql)
            await store.close()
            if entries is not store:
                await entries.close()

        alone(work())

    def tillside(self, *words: str, code: int = 0, env: dict[str, str] | None = None) -> str:
        """Run a command to its end; its exit code must be the expected one. Returns what it printed, stderr last."""
        done = self.begin(*words, env=env)
        said, complained = done.communicate(timeout=120)
        assert done.returncode == code, f"{words} ended with {done.returncode}:\n{said}{complained}"
        return said + complained

    def facts(self, *words: str, code: int = 0, env: dict[str, str] | None = None) -> Any:
        """The same with --json, read."""
        return json.loads(self.tillside(*words, "--json", code=code, env=env))

    def begin(self, *words: str, env: dict[str, str] | None = None) -> "subprocess.Popen[str]":
        command = [sys.executable, "-c", ENTRY, *words, *([] if words[0] == "verify" else self.store.words)]
        around = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "140", **(env or {})}
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=around, cwd=self.store.data.parent
        )

    def serve(self, *words: str) -> Process:
        return Process(["serve", "--port", "0", *self.store.words, *words])

    def batch(self, events: list[dict[str, Any]]) -> dict[str, str]:
        """A signed batch as a shop's server sends it."""
        content = {"event": "send_batch", "appClientId": self.shop.api_key, "events": events}
        text = base64.b64encode(json.dumps(content).encode()).decode()
        return {"hs": text, "s": sha256((text + self.shop.secret).encode()).hexdigest()}

    def order(self, number: str, **more: Any) -> dict[str, Any]:
        email = f"{number}@buyer.example"
        return {
            "event": "order",
            "eventId": f"order-{number}",
            "properties": {
                "orderId": number,
                "amount": 12.5,
                "currency": "EUR",
                "createdAt": 1_790_000_000_000,
                "items": [{"id": "a", "price": 12.5, "quantity": 1, "name": "Pen"}],
                **more,
            },
            "userProperties": {"uid": f"u-{number}", "email": email, "firstName": "Bo"},
            "time": {"sentAt": 1_790_000_000_000},
        }


def post(url: str, body: dict[str, str]) -> httpx.Response:
    return httpx.post(f"{url}/v2/bt", json=body, timeout=60, trust_env=False)


def get(url: str) -> httpx.Response:
    return httpx.get(url, timeout=60, trust_env=False)


def settled(url: str, *, within: float = 60) -> None:
    """Wait until everything taken in is worked in."""
    eventually(lambda: get(f"{url}/healthz").json()["lag"] == 0, within=within)


def eventually(is_so: Callable[[], bool], *, within: float = 60) -> None:
    until = time.monotonic() + within
    while not is_so():
        assert time.monotonic() < until, f"not so within {within} s"
        time.sleep(0.05)
