"""Shops that post while the server dies: keep-alive connections, every event with an id, every acknowledgement in a ledger outside."""

import asyncio
import json
import os
from pathlib import Path
from typing import cast

import pybase64

KEY = "crash10"


class Ledger:
    """A file of acknowledged ids, written and synced by the outside. `unsure`: sent, and the server died before it answered."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("a", encoding="ascii")
        self.acknowledged: list[str] = []
        self.unsure: list[str] = []

    def acknowledge(self, event_id: str) -> None:
        self.acknowledged.append(event_id)
        self._file.write(event_id + "\n")

    def sync(self) -> None:
        self._file.flush()
        os.fsync(self._file.fileno())

    def close(self) -> None:
        self._file.close()


def request(event_id: str) -> bytes:
    """An order event; the id decides the order's number, so a repetition must not make a second order."""
    number = event_id.removeprefix("e")
    event = {
        "event": "order",
        "appClientId": KEY,
        "eventId": event_id,
        "properties": {"orderId": number, "amount": 10, "currency": "USD", "items": [{"id": "1", "price": 10, "quantity": 1}]},
        "userProperties": {"uid": f"u{int(number) % 50}"},
        "time": {"sentAt": 1_714_550_400_000},
    }
    body = b'{"h":"' + pybase64.b64encode(json.dumps(event).encode()) + b'"}'
    return b"POST /v2/t HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(body) + body


class Shop(asyncio.Protocol):
    """One keep-alive connection that posts the next event as soon as the last one is answered, until the server is gone."""

    def __init__(self, load: "Load") -> None:
        self._load, self._heard, self._waits = load, b"", ""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)
        self._send()

    def data_received(self, data: bytes) -> None:
        self._heard += data
        head, end, body = self._heard.partition(b"\r\n\r\n")
        if not end or len(body) < int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0]):
            return
        self._heard = b""
        if head[9:12] == b"200":
            self._load.ledger.acknowledge(self._waits)
            self._waits = ""
            self._load.answered.set()
            self._send()
        elif head[9:12] == b"503" and b"retry-after" in head.lower():
            self._transport.abort()  # the database died first: come again later
        else:
            self._load.refusals.append(bytes(head[:12]).decode() + body.decode()[:200])
            self._transport.abort()

    def connection_lost(self, error: Exception | None) -> None:
        if self._waits:
            self._load.ledger.unsure.append(self._waits)
        self._load.open -= 1

    def _send(self) -> None:
        event_id = self._load.next()
        if event_id:
            self._waits = event_id
            self._transport.write(request(event_id))


class Load:
    """All shops of one round. First of all they repeat what they are unsure of, as real clients do."""

    def __init__(self, ledger: Ledger, first: int) -> None:
        self.ledger, self.number, self.open = ledger, first, 0
        self.refusals: list[str] = []
        self.answered = asyncio.Event()
        self._again, ledger.unsure = list(ledger.unsure), []
        self.is_over = False

    def next(self) -> str:
        if self._again:
            return self._again.pop()
        if self.is_over:
            return ""
        self.number += 1
        return f"e{self.number}"

    async def begin(self, port: int, shops: int) -> None:
        loop = asyncio.get_running_loop()
        for _ in range(shops):
            self.open += 1
            await loop.create_connection(lambda: Shop(self), "127.0.0.1", port)

    async def end(self) -> None:
        """After the kill: wait until every connection has noticed, then keep the ledger safe."""
        self.is_over = True
        until = asyncio.get_running_loop().time() + 10
        while self.open and asyncio.get_running_loop().time() < until:
            await asyncio.sleep(0.005)
        self.ledger.unsure += self._again
        self._again = []
        self.ledger.sync()
