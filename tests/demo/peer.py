"""A desk that records: a real HTTP server on the loopback that keeps every body and answers as it was told."""

import base64
import hashlib
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ACCEPTED = {"accepted": True, "receipt": "1", "verdict": "accepted", "notes": []}


class Peer:
    """`heard` is every (path, body) it took; `answers` are statuses for the next ones, 200 once they are used up."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str]]] = []
        self.turned_away: list[tuple[str, dict[str, str]]] = []
        self.answers: list[int] = []
        self.loaded: list[str] = []
        self.arrived = threading.Semaphore(0)
        self.url = ""

    @property
    def events(self) -> list[dict[str, Any]]:
        return [decoded(body["h"]) for path, body in self.heard if path == "/v2/t"]

    def wait(self, count: int) -> list[dict[str, Any]]:
        """The next `count` events; fails if they do not come within five seconds each."""
        for _ in range(count):
            assert self.arrived.acquire(timeout=30), "the shop told the desk nothing"
        return self.events


def decoded(text: str) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(base64.b64decode(text, validate=True).decode("utf-8"))
    return event


def signed(text: str, secret: str) -> str:
    return hashlib.sha256(text.encode() + secret.encode()).hexdigest()


@contextmanager
def listening(peer: Peer, port: int = 0) -> Iterator[Peer]:
    """Opens the desk on a port of the loopback, a free one by default, and closes it again."""

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status = peer.answers.pop(0) if peer.answers else 200
            (peer.heard if status == 200 else peer.turned_away).append((self.path, body))
            self._answer(status, json.dumps(ACCEPTED if status == 200 else {"message": "no"}).encode())
            if status == 200:
                peer.arrived.release()

        def do_GET(self) -> None:
            peer.loaded.append(self.path)
            self._answer(200, b"window.deskLoaded = true;", "application/javascript")

        def _answer(self, status: int, body: bytes, kind: str = "application/json") -> None:
            self.send_response(status)
            self.send_header("content-type", kind)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", port), Door)
    server.daemon_threads = True
    peer.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield peer
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
