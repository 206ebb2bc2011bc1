"""Hidden commands the serving process starts under itself: a worker that serves, and the projector in a process of its own."""

import asyncio
import logging
import os
import socket

import click

from tillside import app as house
from tillside import stores
from tillside.base import collector
from tillside.base.settings import Settings
from tillside.cli import children, serve, server
from tillside.projector.ahead import Ahead

_NICE = 5
"""Who waits for an acknowledgement comes before who reads on in the log."""


@click.command(hidden=True)
@click.argument("handle", type=int)
def worker(handle: int) -> None:
    """One of several serving processes; `handle` is the socket they share."""
    logging.basicConfig(level=logging.WARNING)
    settings = children.from_parent()
    door = socket.socket(fileno=handle)
    server.until_stopped(lambda stopping: server.serve([serve.desk_server(house.build(settings), door, children.say_ready)], stopping))


@click.command(hidden=True)
def project() -> None:
    """The projector alone: works what the log takes in into customers and orders."""
    logging.basicConfig(level=logging.WARNING)
    settings = children.from_parent()
    os.nice(_NICE)
    server.until_stopped(lambda stopping: follow(settings, stopping))


async def follow(settings: Settings, stopping: asyncio.Event) -> None:
    """Follow until told to stop. Does not move SQLite's write-ahead log: the serving process does."""
    desk = await stores.open_desk(settings, projecting=True)
    collector.calm()
    ahead = None if settings.database else Ahead(settings.data / stores.LOG_FILE)
    following = asyncio.create_task(house.projector(desk, ahead).run())
    children.say_ready()
    try:
        told = asyncio.create_task(stopping.wait())
        await asyncio.wait([told, following], return_when=asyncio.FIRST_COMPLETED)
        desk.log_bell.stop()
        await following
    finally:
        await desk.close()
