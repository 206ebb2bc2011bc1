"""A shop's server as actions call it: a real one on the loopback that keeps every call and answers as it was told."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Cart:
    """`heard` is every call: path, headers (lower case), body. `answers` are for the next ones, (status, body); then 200 with a message."""

    def __init__(self) -> None:
        self.heard: list[tuple[str, dict[str, str], dict[str, Any]]] = []
        self.answers: list[tuple[int, object]] = []
        self.arrived = threading.Semaphore(0)
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.port = 0

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def keys(self) -> list[str]:
        """The idempotency key of each call."""
        return [headers.get("idempotency-key", "") for _, headers, _ in self.heard]


@contextmanager
def open_cart() -> Iterator[Cart]:
    cart = Cart()

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("content-length") or 0))
            said = {name.lower(): value for name, value in self.headers.items()}
            cart.heard.append((self.path, said, json.loads(body) if body else {}))
            cart.arrived.release()
            cart.may_answer.wait(30)
            status, answer = cart.answers.pop(0) if cart.answers else (200, {"status": "done", "message": "It is done."})
            text = b"" if answer is None else answer.encode() if isinstance(answer, str) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, format: str, *args: object) -> None:
            """Quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    server.daemon_threads = True
    cart.port = server.server_address[1]
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield cart
    finally:
        cart.may_answer.set()
        server.shutdown()
        thread.join()
        server.server_close()
