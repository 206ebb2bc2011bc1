"""A desk with a shop and somebody at it: opened for one test, spoken to over HTTP, emptied with the test's store."""

import asyncio
import base64
import json
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from hashlib import sha256
from html.parser import HTMLParser
from typing import Any

import httpx
from starlette.applications import Starlette

from tests.conftest import Store
from tillside import app as house
from tillside import stores
from tillside.agents import agent, workspace
from tillside.base.settings import load
from tillside.connectors import connector
from tillside.edges.http.desk import Desk
from tillside.feeds import follow, log
from tillside.projector import work

KEY, SECRET = "tenant10", "the shop's secret"
EMAIL, PASSWORD = "mia@example.com", "correct horse battery"
ADDRESS = "http://127.0.0.1"
DAY = 86_400_000
START = 1_790_000_000_000
"""The shop's first day, ms."""


class Counter:
    """The signed-in browser at the desk, and the shop that sends to it."""

    def __init__(self, app: Starlette, client: httpx.AsyncClient) -> None:
        self.app, self.client = app, client
        self.form_token = ""

    @property
    def desk(self) -> Desk:
        desk: Desk = self.app.state.desk
        return desk

    async def sign_in(self, email: str = EMAIL) -> None:
        token = _token(await self.text("/sign-in"))
        done = await self.client.post("/sign-in", data={"email": email, "password": PASSWORD, "form_token": token})
        assert done.status_code == 303, done.text
        self.form_token = _token(await self.text("/customers"))

    async def text(self, path: str) -> str:
        """A page that must be there."""
        answer = await self.client.get(path, follow_redirects=True)
        assert answer.status_code == 200, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.text

    async def page(self, path: str) -> "Page":
        return Page(await self.text(path))

    async def post(self, path: str, **fields: str) -> httpx.Response:
        """Send a form of the page."""
        return await self.client.post(path, data={"form_token": self.form_token, **fields})

    async def event(self, event: dict[str, Any]) -> None:
        """One event as a browser sends it, worked in."""
        text = base64.b64encode(json.dumps({"appClientId": KEY, **event}).encode()).decode()
        await self.client.post("/v2/t", json={"h": text})
        await self.settled()

    async def signed(self, *events: dict[str, Any]) -> None:
        """A batch as the shop's server sends it, worked in."""
        for start in range(0, len(events), 100):
            body = json.dumps({"appClientId": KEY, "events": events[start : start + 100]}).encode()
            text = base64.b64encode(body).decode()
            signature = sha256((text + SECRET).encode()).hexdigest()
            answer = await self.client.post("/v2/bt", json={"hs": text, "s": signature})
            assert answer.status_code == 200, answer.text
        await self.settled()

    async def settled(self) -> None:
        """Wait until everything taken in is worked in."""
        position = await log.last_position(self.desk.entries)
        assert await follow.passed(self.desk.store, self.desk.bell, work.NAME, position, 20)

    async def queries(self, path: str) -> int:
        """How many queries a page asks of the desk's store; the follower of the log, which asks beside it, does not count."""
        asked, read, mine = 0, self.desk.store.read, asyncio.current_task()

        async def counted(sql: str, **given: object) -> list[tuple[Any, ...]]:
            nonlocal asked
            asked += asyncio.current_task() is mine
            return await read(sql, **given)

        self.desk.store.read = counted  # type: ignore[method-assign]  # the store itself answers; this only counts
        try:
            await self.text(path)
        finally:
            self.desk.store.read = read  # type: ignore[method-assign]  # back to the store's own
        return asked


@asynccontextmanager
async def opened(store: Store) -> AsyncIterator[Counter]:
    """A desk with one workspace, one shop, an admin and an agent, served in this process; the admin is signed in."""
    settings = load({}, data=store.data, database=store.url or "")
    desk = await stores.open_desk(settings)
    async with desk.store.write() as tx:
        home = await workspace.create(tx, "Fern & Fold", currency="USD", region="US")
        await connector.add(tx, desk.vault, home, "fern.example", api_key=KEY, secret=SECRET)
        await agent.add(tx, home.id, EMAIL, name="Mia Larsen", role="admin", password=PASSWORD)
    await desk.close()
    app = house.build(settings)
    async with app.router.lifespan_context(app):
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url=ADDRESS) as client:
            counter = Counter(app, client)
            await counter.sign_in()
            yield counter


def order(number: int | str, *, email: str = "ada@example.com", uid: str = "7", at: int = START, **more: Any) -> dict[str, Any]:
    """An order of a customer the shop knows."""
    properties = {"orderId": str(number), "orderName": f"#{number}", "amount": 20, "currency": "USD", "status": "processing", "createdAt": at}
    items = [{"id": "1", "name": "Dot grid notebook", "price": 10, "quantity": 2}]
    person = {"uid": uid, "email": email, "firstName": email.partition("@")[0].capitalize(), "lastName": "Example"}
    return {"event": "order", "properties": {**properties, "items": items, **more}, "userProperties": person, "time": {"sentAt": at}}


def look(title: str, *, did: str = "browser-1", sid: str = "visit-1", at: int = START) -> dict[str, Any]:
    """A page somebody opened."""
    page = {"page": {"url": "https://fern.example/p", "title": title}}
    return {"event": "page_view", "did": did, "sid": sid, "properties": {}, "context": page, "time": {"sentAt": at}}


class Page(HTMLParser):
    """A page as somebody reads it: its text, its labelled values, its links."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.html = html
        self.links: list[str] = []
        self.labelled: dict[str, list[str]] = {}
        self._open: list[tuple[str, list[str]]] = []
        self._label = ""
        self._text: list[str] = []
        self.feed(html)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self._text).split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        if tag == "a":
            self.links.append(dict(attributes).get("href") or "")
        if tag in ("dt", "dd"):
            self._open.append((tag, []))

    def handle_endtag(self, tag: str) -> None:
        if tag in ("dt", "dd") and self._open:
            kind, words = self._open.pop()
            said = " ".join("".join(words).split())
            if kind == "dt":
                self._label = said
            else:
                self.labelled.setdefault(self._label, []).append(said)

    def handle_data(self, data: str) -> None:
        self._text.append(data)
        for _, words in self._open:
            words.append(data)


def _token(html: str) -> str:
    found = re.search(r'name="form_token" value="([^"]+)"', html)
    assert found, "no form on this page"
    return found[1]
