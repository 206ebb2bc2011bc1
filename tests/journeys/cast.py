"""The cast of the journeys: a desk that runs as people run it, an agent in front of it, and a shop on another origin."""

import base64
import hashlib
import json
import os
import signal
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import httpx
from playwright.sync_api import Page

from tests.conftest import Store
from tests.storefront.peer import Shop
from tests.support.ports import free_port
from tests.support.postgres import alone
from tests.support.process import Process
from tillside.agents import agent, workspace
from tillside.agents import rest_key as rest_keys
from tillside.base import settings
from tillside.cli import ground
from tillside.connectors import connector, snippet
from tillside.connectors.connector import Connector

EMAIL, PASSWORD = "mia@fern.example", "paper-boat-9"
COLLEAGUE = "jonas@fern.example"


class Desk:
    """`tillside serve` in a process of its own, on one port for all its lives; what it keeps is in its store. `words`: further options."""

    def __init__(self, store: Store, *words: str) -> None:
        self.store, self.words = store, words
        self.port = free_port()
        self.url = f"http://localhost:{self.port}"
        self.settings = settings.load({}, data=store.data, database=store.url)
        self.cookies: Any = None
        self.key = self.secret = self.token_secret = self.rest_key = ""
        self.start()

    def start(self) -> None:
        self.process = Process(["serve", *self.store.words, *self.words, "--port", str(self.port)]).start()

    def furnish(self) -> None:
        """A workspace with an admin and an agent, a connected shop and a REST key."""
        self.key, self.secret, self.token_secret, self.rest_key = alone(self._furnish())

    def connect(self, name: str) -> str:
        """One more shop, added beside the serving process; its key."""
        return alone(self._connect(name)).api_key

    async def _furnish(self) -> tuple[str, str, str, str]:
        async with ground.desk(self.settings) as desk, desk.store.write() as tx:
            fern = await workspace.create(tx, "Fern & Fold", time_zone="Europe/Oslo", currency="EUR", region="NO")
            await agent.add(tx, fern.id, EMAIL, name="Mia Larsen", role="admin", password=PASSWORD)
            await agent.add(tx, fern.id, COLLEAGUE, name="Jonas Weber", role="agent", password=PASSWORD)
            made = await connector.add(tx, desk.vault, fern, "fern.example")
            _, rest_key = await rest_keys.add(tx, fern.id, "Journeys")
        return made.api_key, made.secret, made.token_secret, rest_key

    async def _connect(self, name: str) -> Connector:
        async with ground.desk(self.settings) as desk:
            home = await workspace.chosen(desk.store, None)
            async with desk.store.write() as tx:
                return await connector.add(tx, desk.vault, home, name)

    def send(self, event: dict[str, Any], *, signed: bool = True) -> dict[str, Any]:
        """An event as the shop's server sends it; the answer, whatever became of it."""
        text = base64.b64encode(json.dumps(event | {"appClientId": self.key}).encode()).decode()
        body = {"h": text} | ({"s": hashlib.sha256((text + self.secret).encode()).hexdigest()} if signed else {})
        answer: dict[str, Any] = httpx.post(f"{self.url}/v2/t", json=body, trust_env=False, timeout=60).json()
        return answer

    def freeze(self) -> None:
        """Connections are taken and nothing is answered, as when a machine is out of breath."""
        os.kill(self.process.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        os.kill(self.process.pid, signal.SIGCONT)

    def close(self) -> None:
        if self.process.is_running:
            self.thaw()
            self.process.stop()

    def read(self, path: str) -> dict[str, Any] | None:
        """What the REST interface knows; None while it is a 404."""
        answer = httpx.get(self.url + path, headers={"x-richpanel-key": self.rest_key}, trust_env=False, timeout=60)
        if answer.status_code == 404:
            return None
        assert answer.status_code == 200, answer.text + self.process.output
        found: dict[str, Any] = answer.json()
        return found

    def order(self, number: str, key: str = "") -> dict[str, Any]:
        """The order, once it is there."""
        found: dict[str, Any] = until(lambda: self.read(f"/v1/order/{key or self.key}/{number}"), f"order {number}")
        return found


class Agent:
    """Somebody at the desk, with a tab."""

    def __init__(self, desk: Desk, page: Page) -> None:
        self.desk, self.page = desk, page

    def sign_in(self, email: str = EMAIL, password: str = PASSWORD) -> "Agent":
        self.page.goto(f"{self.desk.url}/sign-in")
        self.page.fill("#email", email)
        self.page.fill("#password", password)
        self.page.keyboard.press("Enter")
        self.page.wait_for_url("**/inbox?view=*")
        return self

    def enter(self) -> "Agent":
        """As whoever signed in at this desk before; the first one does. For tests of what lies behind the door."""
        if not self.desk.cookies:
            self.desk.cookies = self.sign_in().page.context.cookies()
        self.page.context.add_cookies(self.desk.cookies)
        return self

    def open(self, path: str) -> Page:
        self.page.goto(self.desk.url + path)
        return self.page

    def customer(self, words: str) -> Page:
        """The page of whom the search finds by these words, as soon as there is somebody."""
        found = self.page.locator("#rows a[data-row]").first
        until(lambda: self.open(f"/customers?q={quote(words)}") and found.is_visible(), words)
        found.click()
        self.page.wait_for_url("**/customers/cus_*")
        return self.page


class Visitor:
    """Somebody in the shop, with a tab. `errors` are the uncaught errors of its pages."""

    def __init__(self, shop: Shop, desk: Desk, page: Page) -> None:
        self.shop, self.desk, self.page = shop, desk, page

    def open(self, path: str = "/", *, head: str = "", before: str = "", after: str = "", title: str = "Paper lamps") -> None:
        """A page of the shop with the desk's recommended snippet, or another `head`; `before` and `after` are the shop's own scripts."""
        loaded = head or snippet.page(self.desk.url, self.desk.key)
        self.page.goto(self.shop.page(f"<script>{before}</script>{loaded}<script>{after}</script>", path, title))

    def ready(self) -> None:
        """The script has arrived: its methods are the real ones."""
        self.page.wait_for_function("window.richpanel && richpanel.ping && richpanel.ping() === true")

    def run(self, code: str) -> Any:
        """Code of the shop; a top-level `return` gives a value."""
        return self.page.evaluate(f"async () => {{ {code} }}")


def until(look: Callable[[], Any], what: str, seconds: float = 60) -> Any:
    """What `look` gives as soon as it is something."""
    end = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        time.sleep(0.05)
    return found
