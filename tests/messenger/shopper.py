"""A shopper's browser as the desk sees it over HTTP: its token, what it sends, and its stream, read in a thread."""

import itertools
import json
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import httpx

from tests.support.served import Served, Tenant
from tillside.agents.actor import Actor
from tillside.conversations import answering, states
from tillside.conversations import conversation as conversations
from tillside.conversations.message import Message, Said
from tillside.messenger import settings
from tillside.messenger.settings import Messenger

MIA = Actor("agent", "agt_mia", "Mia Lund")
ON = Messenger(is_enabled=True, fields=())
_ids = itertools.count(1)


def switch_on(served: Served, tenant: Tenant, messenger: Messenger = ON) -> None:
    async def put() -> None:
        async with served.desk.store.write() as tx:
            await settings.put(tx, tenant.connector, messenger)

    served.do(put())


class Shopper:
    """One browser. `begin` asks for a session; everything after goes by its token."""

    def __init__(self, served: Served, tenant: Tenant, *, device: str = "") -> None:
        self.served, self.tenant = served, tenant
        self.device = device or f"device-{next(_ids)}"
        self.token = ""

    def begin(self, user_token: str | None = None, **headers: str) -> dict[str, Any]:
        body = {"token": self.token, "userToken": user_token, "did": self.device}
        answer = self.served.client.post(f"/messenger/{self.tenant.key}/session", json=body, headers=headers)
        assert answer.status_code == 200, answer.text
        said: dict[str, Any] = answer.json()
        self.token = said["token"]
        return said

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}", "Origin": "null"}

    def get(self, path: str) -> httpx.Response:
        return self.served.client.get(f"/messenger/api/{path}", headers=self.headers)

    def post(self, path: str, body: object = None) -> httpx.Response:
        return self.served.client.post(f"/messenger/api/{path}", json=body or {}, headers=self.headers)

    def state(self) -> dict[str, Any]:
        said: dict[str, Any] = self.get("state").json()
        return said

    def write(self, text: str, conversation: str = "", **more: Any) -> httpx.Response:
        path = f"conversations/{conversation}/messages" if conversation else "conversations"
        return self.post(path, {"id": f"m{next(_ids)}", "text": text, **more})

    def begun(self, text: str = "Where is my parcel?") -> str:
        """A new conversation; its id."""
        answer = self.write(text)
        assert answer.status_code == 201, answer.text
        found: str = answer.json()["conversation"]["id"]
        return found

    def texts(self, conversation: str) -> list[str]:
        return [one["text"] for one in self.get(f"conversations/{conversation}").json()["messages"]]

    @contextmanager
    def listening(self, after: int | None = None) -> Iterator["Heard"]:
        heard = Heard(self, after)
        try:
            yield heard
        finally:
            heard.close()


class Heard:
    """What a stream told: (kind, body) in order, and the last id. `until` waits for something."""

    def __init__(self, shopper: Shopper, after: int | None) -> None:
        self.events: list[tuple[str, Any]] = []
        self.position = 0
        self.is_over = False
        self._client = httpx.Client(base_url=shopper.served.url, trust_env=False, timeout=httpx.Timeout(30, read=30))
        headers = {**shopper.headers, **({"Last-Event-ID": str(after)} if after is not None else {})}
        self._stream = self._client.stream("GET", "/messenger/api/stream", headers=headers)
        self._answer = self._stream.__enter__()
        self.status = self._answer.status_code
        self.raw = ""
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self) -> None:
        text = ""
        try:
            for part in self._answer.iter_text():
                self.raw += part
                text += part
                *blocks, text = text.split("\n\n")
                for block in blocks:
                    self._take(block)
        except (httpx.HTTPError, httpx.StreamError):
            pass
        self.is_over = True

    def _take(self, block: str) -> None:
        lines = dict(line.partition(": ")[::2] for line in block.split("\n") if ": " in line)
        if "event" in lines:
            self.events.append((lines["event"], json.loads(lines["data"])))
        if "id" in lines:
            self.position = int(lines["id"])

    def messages(self) -> list[str]:
        return [body["message"]["text"] for kind, body in list(self.events) if kind == "message"]

    def until(self, is_so: Any, seconds: float = 10) -> None:
        end = time.monotonic() + seconds
        while not is_so(self):
            assert time.monotonic() < end, f"waited {seconds} s, heard {self.events}"
            time.sleep(0.02)

    def close(self) -> None:
        """Hang up: the reading thread sees the end of its line."""
        with suppress(OSError):
            self._answer.extensions["network_stream"].get_extra_info("socket").shutdown(socket.SHUT_RDWR)
        self._thread.join(5)
        self._client.close()


def _one(served: Served, tenant: Tenant, conversation_id: str) -> Any:
    return conversations.by_id(served.desk.store, tenant.workspace_id, conversation_id)


def reply(served: Served, tenant: Tenant, conversation_id: str, text: str, **more: Any) -> Message:
    async def act() -> Message:
        conversation = await _one(served, tenant, conversation_id)
        async with served.desk.store.write() as tx:
            return (await answering.reply(tx, conversation, Said(text), by=MIA, **more))[1]

    return served.do(act())


def note(served: Served, tenant: Tenant, conversation_id: str, text: str) -> None:
    async def act() -> None:
        conversation = await _one(served, tenant, conversation_id)
        async with served.desk.store.write() as tx:
            await answering.note(tx, conversation, Said(text), by=MIA)

    served.do(act())


def close(served: Served, tenant: Tenant, conversation_id: str) -> None:
    async def act() -> None:
        conversation = await _one(served, tenant, conversation_id)
        async with served.desk.store.write() as tx:
            await states.close(tx, conversation, by=MIA)

    served.do(act())
