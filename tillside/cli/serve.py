"""`tillside serve`: the desk behind a port, in one process, or in several on PostgreSQL."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import click
from msgspec.structs import replace
from starlette.applications import Starlette

from tillside import app as house
from tillside import stores
from tillside.agents import workspace as workspaces
from tillside.base import smtp
from tillside.base.errors import Misconfigured
from tillside.base.settings import SETTINGS, Settings
from tillside.cli import ground, lock, server
from tillside.cli.children import Child
from tillside.cli.server import Server, Told
from tillside.edges.http.desk import Desk


@click.command()
@ground.settings(*(row.name for row in SETTINGS))
def serve(settings: Settings) -> None:
    """Serve the desk until it is told to stop."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    check(settings)
    settings = settled(settings)
    with lock.serving(settings.data, alone=not settings.database):
        hint = ground.run(prepare(settings))
        door = server.open_door(settings.host, settings.port)
        url = server.url_of(door)

        def ready() -> None:
            announce(url, hint)

        one = settings.workers == 1
        server.until_stopped(lambda stopping: alone(settings, door, ready, stopping) if one else together(settings, door, ready, stopping))


def check(settings: Settings) -> None:
    """Raises Misconfigured for what cannot be served like this."""
    smtp.configured(settings)
    if settings.workers < 1:
        raise Misconfigured("--workers is at least 1.")
    if settings.workers > 1 and not settings.database:
        raise Misconfigured(
            "SQLite is served by one process. For --workers above 1 use PostgreSQL: --database postgresql://user@host/tillside."
        )


def settled(settings: Settings) -> Settings:
    """With the place of the projector chosen: on SQLite a process of its own, since writing there is work for a core."""
    if settings.projector != "auto":
        return settings
    return replace(settings, projector="inside" if settings.database else "process")


async def prepare(settings: Settings) -> str:
    """Migrate, see that the key file belongs to this database, and return what to say while there is no workspace."""
    desk = await stores.open_desk(settings, serving=True)
    try:
        await desk.directory.refresh()
        if await workspaces.any_yet(desk.store):
            return ""
        return f"There is no workspace yet. Open /setup there with the code {desk.setup_code}, or run tillside setup."
    finally:
        await desk.close()


def announce(url: str, hint: str) -> None:
    """The ready line; whoever starts us waits for it."""
    click.echo(f"Tillside is ready at {url}")
    if hint:
        click.echo(hint)


async def alone(settings: Settings, door: socket.socket, ready: Told, stopping: asyncio.Event) -> None:
    """Serve in this process; with `projector = process`, the projector is a child of it."""
    async with projecting(settings, stopping) as begin:

        def opened() -> None:
            ready()
            begin()

        await server.serve([desk_server(house.build(settings), door, opened)], stopping)


@asynccontextmanager
async def projecting(settings: Settings, stopping: asyncio.Event) -> AsyncIterator[Told]:
    """Gives what starts the projector's process, if it is to have one: called once the desk answers, for a start takes a whole core.
    A process that cannot run at all stops the desk, and says why."""
    children = [Child("project", settings)] if settings.projector == "process" else []
    keeping: list[asyncio.Task[None]] = []

    def begin() -> None:
        for child in children:
            task = asyncio.create_task(child.keep())
            task.add_done_callback(lambda _: stopping.set())
            keeping.append(task)

    try:
        yield begin
    finally:
        await end(children, keeping)


async def together(settings: Settings, door: socket.socket, ready: Told, stopping: asyncio.Event) -> None:
    """Serve in several processes that share one socket; this one only keeps them running."""
    door.set_inheritable(True)
    inside = replace(settings, workers=1, projector="off" if settings.projector == "process" else settings.projector)
    workers = [Child("worker", inside, fds=[door.fileno()]) for _ in range(settings.workers)]
    children = [*workers, *([Child("project", settings)] if settings.projector == "process" else [])]
    keeping = [asyncio.create_task(child.keep()) for child in children]
    telling = asyncio.create_task(_when_ready(workers, ready))
    told = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait([told, *keeping], return_when=asyncio.FIRST_COMPLETED)
    finally:
        telling.cancel()
        told.cancel()
        door.close()
        await end(children, keeping)


async def end(children: list[Child], keeping: list[asyncio.Task[None]]) -> None:
    """End all children; what failed in one of them is raised."""
    await asyncio.gather(*(child.end() for child in children))
    for task in keeping:
        if task.done():
            task.result()
        task.cancel()
    await asyncio.gather(*keeping, return_exceptions=True)


def desk_server(app: Starlette, door: socket.socket, ready: Told) -> Server:
    """The desk's server; on the way down its streams and followers are told before its connections are waited for."""

    def opened() -> None:
        desk: Desk = app.state.desk
        desk.served_at = server.url_of(door)
        ready()

    def ending() -> None:
        app.state.desk.bell.stop()
        app.state.desk.log_bell.stop()

    return Server(app, door, ready=opened, ending=ending)


async def _when_ready(workers: list[Child], ready: Told) -> None:
    for worker in workers:
        await worker.ready.wait()
    ready()
