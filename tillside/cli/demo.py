"""`tillside demo`: a desk and a demo shop in one process, filled, in a data folder of their own."""

import asyncio
import secrets
import socket
import time
from pathlib import Path

import click
import httpx
import msgspec
from msgspec import Struct
from rich.panel import Panel
from rich.table import Table
from starlette.applications import Starlette

from tillside import app as house
from tillside import stores
from tillside.agents import agent as agents
from tillside.agents import workspace as workspaces
from tillside.base import settings as table
from tillside.base.errors import Misconfigured
from tillside.base.settings import Settings
from tillside.cli import demo_actions, demo_staff, demo_talks, ground, lock, serve, server
from tillside.cli.server import Server
from tillside.connectors import connector as connectors
from tillside.connectors.connector import Connector
from tillside.demo import seed, shop
from tillside.demo.seed import talks
from tillside.demo.settings import DemoSettings
from tillside.edges.http.desk import Desk
from tillside.messenger import settings as messenger
from tillside.messenger.settings import Field, Messenger
from tillside.targets import target as targets

_MARK = "demo.json"
_NAME = "Fern & Fold"
_EMAIL = "mia@fernfold.example"
_WORDS = "amber birch cedar coral delta ember fable grove hazel indigo juniper kelp linen maple nectar olive pebble quartz river sage thyme"
_PORTS_TRIED = 50
_ZONE = "Europe/Oslo"
_MESSENGER = Messenger(
    is_enabled=True,
    name=_NAME,
    colour="#2f5a3f",
    intro="Ask us about paper, ink or your parcel.",
    answer_minutes=10,
    fields=(Field("name", "Name"), Field("email", "E-mail", "email", True)),
)


class Mark(Struct):
    """Kept in the folder: it is a demo's, how one signs in, and how far its history has been told to the desk.

    `targets` at the shop by what they are for, and the secrets their calls are signed with.
    `story_at` is the moment (ms) the history is told from: a story that was interrupted is told again as the very same.
    """

    email: str
    password: str
    api_key: str
    story_at: int = 0
    is_filled: bool = False
    has_talks: bool = False
    targets: dict[str, str] = {}
    call_secrets: list[str] = []


@click.command()
@click.option("--data", type=click.Path(path_type=Path), default=Path("data/demo"), show_default=True, help="Folder of the demo alone.")
@click.option("--database", default="", help="PostgreSQL URL of an empty database; empty means SQLite.")
@click.option("--port", default=8080, show_default=True, help="Port of the desk; the next free one if it is taken.")
@click.option("--shop-port", default=8081, show_default=True, help="Port of the shop; the next free one if it is taken.")
def demo(data: Path, database: str, port: int, shop_port: int) -> None:
    """Serve a desk and a demo shop, filled with some weeks of history."""
    settings = table.load(data=data, database=database, port=port, host="127.0.0.1", workers=1, public_url="", projector="auto", smtp_host="")
    settings = serve.settled(settings)
    with lock.serving(settings.data, alone=not database):
        doors = (free_door(port), free_door(shop_port))
        settings = calling_the_shop(settings, doors[1])
        mark, connector = ground.run(furnish(settings, shop_url_of(doors[1])))
        server.until_stopped(lambda stopping: open_both(settings, mark, connector, doors, stopping))


def calling_the_shop(settings: Settings, door: socket.socket) -> Settings:
    """The demo's desk may call the demo's shop, though it stands on this machine; a desk of one's own calls nothing here unless told."""
    port = str(door.getsockname()[1])
    nets, ports = (", ".join(filter(None, pair)) for pair in ((settings.outbound_allow, "127.0.0.1/32"), (settings.outbound_ports, port)))
    return msgspec.structs.replace(settings, outbound_allow=nets, outbound_ports=ports)


def shop_url_of(door: socket.socket) -> str:
    return f"http://127.0.0.1:{door.getsockname()[1]}"  # another host than the desk's, so that cookies and CORS are real


async def furnish(settings: Settings, shop_url: str) -> tuple[Mark, Connector]:
    """The demo's workspace, administrator, connector and actions; made on the first start. Raises Misconfigured in another desk's folder."""
    mark_file = settings.data / _MARK
    desk = await stores.open_desk(settings, serving=True)
    try:
        if not mark_file.exists():
            if await workspaces.any_yet(desk.store):
                raise Misconfigured(f"{settings.data} holds another desk. Give the demo a folder of its own with --data.")
            mark = Mark(_EMAIL, "-".join(secrets.choice(_WORDS.split()) for _ in range(4)), api_key="")
            async with desk.store.write() as tx:
                home = await workspaces.create(tx, _NAME, time_zone=_ZONE, currency="EUR", region="NO")
                mia = await agents.add(tx, home.id, mark.email, name=demo_staff.ME_AT_THE_DESK, role="admin", password=mark.password)
                await demo_staff.hire(tx, home, mia)
                made = await connectors.add(tx, desk.vault, home, "Fern & Fold shop")
                await messenger.put(tx, made, _MESSENGER)
                mark.api_key = made.api_key
                keep(settings.data, mark)  # before the commit: a desk without its mark could never be opened as a demo again
        mark = msgspec.json.decode(mark_file.read_bytes(), type=Mark)
        await desk.directory.refresh()
        connector = await desk.directory.find(mark.api_key)
        if connector is None:
            raise Misconfigured(f"{settings.data} was not filled to the end. Remove the folder and start again.")
        await _declare(settings, desk, mark, connector, shop_url)
        return mark, connector
    finally:
        await desk.close()


async def _declare(settings: Settings, desk: Desk, mark: Mark, connector: Connector, shop_url: str) -> None:
    """The actions of the demo, once; on later starts only the shop's address is looked after."""
    home = await workspaces.by_id(desk.store, connector.workspace_id)
    async with desk.store.write() as tx:
        if mark.targets and await targets.every(tx, home.id):
            await demo_actions.follow(tx, desk, home, mark.targets, shop_url)
        else:
            mark.targets, mark.call_secrets = await demo_actions.add(tx, desk, home, shop_url)
            keep(settings.data, mark)  # before the commit: the secrets are shown this once


def keep(folder: Path, mark: Mark) -> None:
    """Write the mark whole or not at all; it holds the demo's password, so it is for its owner only."""
    aside = folder / f"{_MARK}.new"
    aside.touch(mode=0o600)
    aside.write_bytes(msgspec.json.encode(mark))
    aside.replace(folder / _MARK)


def free_door(port: int) -> socket.socket:
    """This port of the loopback, or the next that nobody listens on."""
    for tried in range(port, port + _PORTS_TRIED):
        try:
            return server.open_door("127.0.0.1", tried)
        except Misconfigured:
            continue
    raise Misconfigured(f"No port from {port} to {port + _PORTS_TRIED} is free. Choose others with --port and --shop-port.")


async def open_both(
    settings: Settings, mark: Mark, connector: Connector, doors: tuple[socket.socket, socket.socket], stopping: asyncio.Event
) -> None:
    """Serve both; when both accept, say so, and tell the desk the shop's history if it does not know it yet."""
    desk_url = server.url_of(doors[0])
    told = DemoSettings(
        desk_url=desk_url,
        shop_url=shop_url_of(doors[1]),
        key=connector.api_key,
        secret=connector.secret,
        jwt_secret=connector.token_secret,
        data_dir=settings.data / "shop",
        call_secrets=tuple(mark.call_secrets),
    )
    shop_app = shop.build(told)
    are_ready = [asyncio.Event(), asyncio.Event()]
    desk_app = house.build(settings)
    filling = asyncio.create_task(_welcome(settings, mark, told, desk_app, shop_app, are_ready))
    try:
        async with serve.projecting(settings, stopping) as begin:

            def opened() -> None:
                are_ready[0].set()
                begin()

            desk_server = serve.desk_server(desk_app, doors[0], opened)
            await server.serve([desk_server, Server(shop_app, doors[1], ready=are_ready[1].set)], stopping)
    finally:
        filling.cancel()


async def _welcome(
    settings: Settings, mark: Mark, told: DemoSettings, desk_app: Starlette, shop_app: Starlette, are_ready: list[asyncio.Event]
) -> None:
    for event in are_ready:
        await event.wait()
    _say(mark, told)
    if mark.is_filled and mark.has_talks:
        return
    mark.story_at = mark.story_at or int(time.time() * 1000)
    keep(settings.data, mark)
    story = seed.generate(mark.story_at, key=told.key, shop_url=told.shop_url)
    if not mark.is_filled:
        await _tell_orders(settings, mark, told, shop_app, story)
    if mark.is_filled:
        await _tell_talks(settings, mark, desk_app, told, story)


async def _tell_orders(settings: Settings, mark: Mark, told: DemoSettings, shop_app: Starlette, story: seed.Seed) -> None:
    try:
        sent = await seed.send(story, told.desk_url, told.key, told.secret)
    except httpx.HTTPError as error:
        click.echo(f"The shop could not tell the desk its history: {error}. The next start tells it again.", err=True)
        return
    seed.fill(shop_app.state.shop.store, story)
    mark.is_filled = True
    keep(settings.data, mark)
    click.echo(f"The shop told the desk its history: {sent.events} events, {len(story.orders)} orders.")


async def _tell_talks(settings: Settings, mark: Mark, desk_app: Starlette, told: DemoSettings, story: seed.Seed) -> None:
    desk: Desk = desk_app.state.desk
    connector = await desk.directory.find(told.key)
    if connector is None or not await demo_talks.settled(desk):
        click.echo("The desk was too busy for the story of its conversations. The next start tells it.", err=True)
        return
    staff = await agents.every(desk.store, connector.workspace_id)
    stage = await demo_talks.stage(desk, connector, staff, zone=_ZONE, story_at=mark.story_at)
    count = await demo_talks.tell(stage, talks.tell(story.orders, mark.story_at))
    mark.has_talks = True
    keep(settings.data, mark)
    click.echo(f"The inbox holds {count} conversations.")


def _say(mark: Mark, told: DemoSettings) -> None:
    lines = Table.grid(padding=(0, 2))
    for name, value in (("Desk", told.desk_url), ("Sign in", f"{mark.email}  {mark.password}"), ("Shop", told.shop_url)):
        lines.add_row(f"[bold]{name}[/]", value)
    ground.console().print(Panel(lines, title="Tillside is ready", expand=False, padding=(1, 2)))
    click.echo("Open both side by side. Ctrl+C ends them; what they keep lies in the data folder.")
