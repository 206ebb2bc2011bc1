"""A proxy in front of a real desk that breaks one thing, as proxies, plugins and firewalls in front of real desks do."""

import base64
import json
import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import httpx
from msgspec import Struct

_HOPS = {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding", "host", "accept-encoding"}


class Passing(Struct):
    """A request on its way in, or its answer on the way out: a breakage changes whichever it likes."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes
    status: int = 0
    """0 on the way in."""

    @property
    def is_answer(self) -> bool:
        return self.status != 0

    def content(self) -> Any:
        """What the `h` or `hs` of the request holds."""
        said = json.loads(self.body)
        return json.loads(base64.b64decode(said.get("hs") or said["h"]))

    def put(self, content: Any, *, sign: Callable[[str], str] | None = None) -> None:
        said = json.loads(self.body)
        field = "hs" if "hs" in said else "h"
        text = base64.b64encode(json.dumps(content).encode()).decode()
        said = {field: text, **({"s": sign(text)} if sign and "s" in said else {})}
        self.body = json.dumps(said).encode()

    def answer(self, change: Callable[[Any], Any]) -> None:
        self.body = json.dumps(change(json.loads(self.body))).encode()


Breakage = Callable[[Passing], None]


class Proxy:
    """Passes everything on to the desk; `breakage` sees each request, then each answer."""

    def __init__(self, desk: str, breakage: Breakage) -> None:
        self._client = httpx.Client(base_url=desk, trust_env=False, timeout=60)
        self._breakage = breakage
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._client.close()

    def pass_on(self, asked: Passing) -> Passing:
        self._breakage(asked)
        said = self._client.request(asked.method, asked.path, content=asked.body, headers=asked.headers)
        headers = {name: value for name, value in said.headers.items() if name not in _HOPS}
        answer = Passing(asked.method, asked.path, headers, said.content, said.status_code)
        self._breakage(answer)
        return answer

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        proxy = self

        class Handler(BaseHTTPRequestHandler):
            def serve(self) -> None:
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                headers = {name.lower(): value for name, value in self.headers.items() if name.lower() not in _HOPS}
                answer = proxy.pass_on(Passing(self.command, self.path, headers, body))
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_OPTIONS = serve

            def log_message(self, format: str, *args: object) -> None:
                """Nothing: the test's output is for the test."""

        return Handler
