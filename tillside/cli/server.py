"""Our ASGI applications behind sockets: uvicorn with our limits, one loop for all of them, an orderly end."""

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager
from typing import Any

import uvicorn
import uvloop
from starlette.applications import Starlette

from tillside.base.errors import Misconfigured

_KEEP_ALIVE_SECONDS = 75  # beyond the 60 s for which proxies keep a connection, or they send into one that just closed
_GRACE_SECONDS = 3
_BACKLOG = 2048
Told = Callable[[], None]
_STOPPING = (signal.SIGTERM, signal.SIGINT)


class Server(uvicorn.Server):
    """One application on one socket. `ready` is called once connections are accepted, `ending` as soon as they no longer are."""

    def __init__(self, app: Starlette, door: socket.socket, *, ready: Told = lambda: None, ending: Told = lambda: None) -> None:
        config = uvicorn.Config(
            app,
            http="httptools",
            ws="none",
            lifespan="on",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # edges/http/address.py decides which proxies are believed
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=_GRACE_SECONDS,
            backlog=_BACKLOG,
        )
        super().__init__(config)
        self._door, self._ready, self._ending = door, ready, ending

    async def run_here(self) -> None:
        """Serve until told to stop. Raises Misconfigured when the application could not start."""
        await self.serve(sockets=[self._door])
        if not self.started:
            raise Misconfigured("The desk could not start; the reason stands above.")

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets=sockets)
        if self.started and not self.should_exit:
            self._ready()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self._ending()
        await super().shutdown(sockets=sockets)

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Signals are heard once for all servers of this process, in `until_stopped`."""
        yield


def open_door(host: str, port: int) -> socket.socket:
    """A listening socket; callers wait until it is served. Raises Misconfigured when the port is taken or the address is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    door = socket.socket(family, socket.SOCK_STREAM)
    door.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        door.bind((host, port))
        door.listen(_BACKLOG)  # only now is the port ours: two sockets may be bound to one port, but one may listen
    except OSError as error:
        door.close()
        raise Misconfigured(f"Cannot listen on {host}, port {port}: {error.strerror}. Choose another with --port.") from error
    return door


def url_of(door: socket.socket) -> str:
    """The address people open: localhost where we listen on the loopback or everywhere."""
    host, port = door.getsockname()[:2]
    if host in ("127.0.0.1", "0.0.0.0", "::", "::1"):  # noqa: S104  # compared, not bound
        host = "localhost"
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def until_stopped(work: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> None:
    """Run `work` on a uvloop; SIGTERM and SIGINT set the event it is given."""

    async def hearing() -> None:
        stopping = asyncio.Event()
        loop = asyncio.get_running_loop()
        for word in _STOPPING:
            loop.add_signal_handler(word, stopping.set)
        await work(stopping)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(hearing())


async def serve(servers: list[Server], stopping: asyncio.Event) -> None:
    """Run servers side by side until told to stop, or until one of them fails; then all of them end."""
    running = [asyncio.create_task(server.run_here()) for server in servers]
    told = asyncio.create_task(stopping.wait())
    await asyncio.wait([told, *running], return_when=asyncio.FIRST_COMPLETED)
    told.cancel()
    for server in servers:
        server.should_exit = True
    for outcome in await asyncio.gather(*running, return_exceptions=True):
        if isinstance(outcome, BaseException):
            raise outcome
