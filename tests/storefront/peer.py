"""Two real servers on loopback: a shop that serves pages, and a desk that serves the built scripts and records what arrives.

They stand on different ports, so the browser treats them as different origins and CORS is real. The desk's answers can be
arranged beforehand (`desk.answers.append(Answer(status=500))`), and it can be taken down and brought up again.
"""

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit

STATIC = Path(__file__).parents[2] / "tillside" / "edges" / "capture" / "static"
H = TypeVar("H", bound="Host")
KEY = "fernfold10"


@dataclass
class Answer:
    """What the desk says to one intake request: `wait_seconds` first, then status, headers and body."""

    status: int = 200
    body: str = '{"accepted":true}'
    headers: dict[str, str] = field(default_factory=dict)
    wait_seconds: float = 0


@dataclass(frozen=True)
class Letter:
    """One intake request as it came: path, headers (names in lower case), body text and the events inside."""

    path: str
    headers: dict[str, str]
    text: str
    events: list[dict[str, Any]]
    at: float


def decoded(path: str, text: str) -> list[dict[str, Any]]:
    """The events of a body, strictly: base64 of UTF-8 JSON, under `h` alone or `hs` for a batch."""
    body = json.loads(text)
    name = "hs" if path == "/v2/bt" else "h"
    assert list(body) == [name]
    inner = json.loads(base64.b64decode(body[name], validate=True).decode("utf-8"))
    if name == "h":
        return [inner]
    assert inner["event"] == "send_batch"
    return list(inner["events"])


class Host:
    """A threaded HTTP server on a port of its own, which it keeps over `down` and `up`."""

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        self.handler = handler
        self.port = 0
        self.up()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def up(self) -> None:
        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), self.handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self.thread.start()

    def down(self) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


class Quiet(BaseHTTPRequestHandler):
    """Says nothing on the test's output and closes after each answer, so that `down` means down."""

    def handle(self) -> None:
        with suppress(ConnectionError):  # the browser may close a page at any moment
            super().handle()

    def log_message(self, format: str, *args: object) -> None:
        del format, args

    def reply(self, status: int, kind: str, body: str, headers: dict[str, str] | None = None) -> None:
        content = body.encode()
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **(headers or {})}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)


class Shop(Host):
    """Pages by path. `page` puts one up and gives its address; any other path is an empty page."""

    def __init__(self) -> None:
        pages: dict[str, str] = {}
        self.pages = pages

        class Pages(Quiet):
            def do_GET(self) -> None:
                self.reply(200, "text/html; charset=utf-8", pages.get(urlsplit(self.path).path, "<title>Empty</title>"))

        super().__init__(Pages)

    def page(self, head: str, path: str = "/", title: str = "Paper lamps") -> str:
        self.pages[path] = f"<!doctype html><html><head><title>{title}</title>{head}</head><body><h1>{title}</h1></body></html>"
        return self.origin + path


class Desk(Host):
    """Serves the built scripts to pages and records events. Preflights are answered as contract 1.3 asks."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.answers: list[Answer] = []
        self.always: Answer | None = None
        self.preflights: list[dict[str, str]] = []
        self.scripts: dict[str, str] = {}
        self.script_wait = threading.Event()
        self.script_wait.set()
        desk = self

        class Intake(Quiet):
            def do_GET(self) -> None:
                desk.script_wait.wait(10)
                text = script_for(self.path, desk.scripts)
                self.reply(200 if text is not None else 404, "application/javascript", text or "", cors(self))

            def do_OPTIONS(self) -> None:
                desk.preflights.append({name.lower(): value for name, value in self.headers.items()})
                self.reply(204, "text/plain", "", cors(self))

            def do_POST(self) -> None:
                text = self.rfile.read(int(self.headers["Content-Length"])).decode("ascii")
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = desk.answers.pop(0) if desk.answers else desk.always or Answer()
                desk.letters.append(Letter(self.path, headers, text, decoded(self.path, text), time.monotonic()))
                time.sleep(answer.wait_seconds)
                self.reply(answer.status, "application/json", answer.body, {**cors(self), **answer.headers})

        super().__init__(Intake)

    @property
    def events(self) -> list[dict[str, Any]]:
        return [event for letter in list(self.letters) for event in letter.events]

    def named(self, name: str) -> list[dict[str, Any]]:
        return [event for event in self.events if event["event"] == name]

    def wait_for(self, name: str, count: int = 1, seconds: float = 30) -> list[dict[str, Any]]:
        """The events of that name once there are `count` of them; fails with what did arrive."""
        until(lambda: len(self.named(name)) >= count, f"{count} × {name}", lambda: [e["event"] for e in self.events], seconds)
        return self.named(name)


def until(is_so: Callable[[], bool], what: str, instead: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < end, f"waited {seconds} s for {what}, have {instead()}"
        time.sleep(0.02)


def script_for(path: str, others: dict[str, str]) -> str | None:
    """One body for all loader paths, as the desk serves it; the unknown key gets the quiet one."""
    plain = urlsplit(path).path
    if plain in others:
        return others[plain]
    versioned = json.loads((STATIC / "manifest.json").read_text())["file"]
    if plain == "/v2/j/unknown":
        return (STATIC / "quiet.js").read_text()
    if plain in ("/js/tracking.js", "/js/richpanel-root.js", f"/js/{versioned}") or plain.startswith("/v2/j/"):
        return (STATIC / "tracker.js").read_text()
    return None


def cors(request: BaseHTTPRequestHandler) -> dict[str, str]:
    origin = request.headers.get("Origin")
    if not origin:
        return {}
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Credentials": "true",
        "Access-Control-Allow-Methods": "POST, GET, OPTIONS",
        "Access-Control-Allow-Headers": "Content-Type, X-Requested-With, Access-Control-Allow-Origin",
        "Access-Control-Expose-Headers": "Retry-After",
        "Vary": "Origin",
    }


@contextmanager
def hosted(host: H) -> Iterator[H]:
    try:
        yield host
    finally:
        host.down()
