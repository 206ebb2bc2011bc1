"""The desk on a real port, in a thread of this process: for streams and browsers. `do` runs a coroutine on its loop."""

import asyncio
import threading
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import uvicorn

from tests.conftest import Store
from tests.support.ports import free_port
from tillside import app
from tillside.base import settings
from tillside.edges.http.desk import Desk

T = TypeVar("T")


class Served:
    """Use it as a context; `url` is where it listens, `desk` what it holds."""

    def __init__(self, store: Store) -> None:
        port = free_port()
        self.url = f"http://localhost:{port}"
        self.app = app.build(settings.load({}, data=store.data, database=store.url, port=port))
        config = uvicorn.Config(self.app, host="127.0.0.1", port=port, log_level="warning", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, daemon=True)

    @property
    def desk(self) -> Desk:
        desk: Desk = self.app.state.desk
        return desk

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def stop_waiting(self) -> None:
        """As the command line does at the end: streams first, since the server waits for its connections."""
        self._loop.call_soon_threadsafe(self.desk.bell.stop)

    def __enter__(self) -> "Served":
        self._thread.start()
        until = time.monotonic() + 60
        while not self._server.started:
            assert self._thread.is_alive() and time.monotonic() < until, "the desk did not start"
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_waiting()
        self._server.should_exit = True
        self._thread.join(60)
        assert not self._thread.is_alive(), "the desk did not stop"

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._server.serve())
        self._loop.close()
