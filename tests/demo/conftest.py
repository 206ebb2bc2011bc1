"""A shop in a fresh folder, served on the loopback, and the desk it talks to."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
import uvicorn

from tests.demo import peer
from tests.demo.peer import Peer
from tillside.demo.settings import DemoSettings
from tillside.demo.shop import build

SECRET = "fern-secret"
JWT_SECRET = "a-secret-for-web-tokens-of-32-bytes"
SHOP_URL = "http://fernandfold.example"


@contextmanager
def serving(settings: DemoSettings) -> Iterator[httpx.Client]:
    """The shop as it runs for people: its own server, its lifespan, its outbox; a browser with cookies before it."""
    with socket.socket(proto=socket.IPPROTO_TCP) as door:  # named, or asyncio leaves Nagle's wait of 40 ms in every answer
        door.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(build(settings), log_level="warning"))
        thread = threading.Thread(target=server.run, args=([door],))
        thread.start()
        while not server.started:
            assert thread.is_alive(), "the shop did not open"
            time.sleep(0.005)
        try:
            url = f"http://127.0.0.1:{door.getsockname()[1]}"
            with httpx.Client(base_url=url, follow_redirects=True, trust_env=False, timeout=60) as browser:
                yield browser
        finally:
            server.should_exit = True
            thread.join()


@pytest.fixture
def desk() -> Iterator[Peer]:
    with peer.listening(Peer()) as open_desk:
        yield open_desk


@pytest.fixture
def settings(desk: Peer, tmp_path: Path) -> DemoSettings:
    return DemoSettings(desk.url, SHOP_URL, "fernfold10", SECRET, JWT_SECRET, tmp_path)


@pytest.fixture
def shop(settings: DemoSettings) -> Iterator[httpx.Client]:
    with serving(settings) as browser:
        yield browser
