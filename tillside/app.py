"""Builds the house: stores, followers, edges. Knows all, known by none but the command line; every path of the house starts here."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tillside import stores
from tillside.base import collector
from tillside.base.errors import DeskError
from tillside.base.settings import Settings
from tillside.edges import agent, api, capture
from tillside.edges.capture.intake import Capture
from tillside.edges.http import answers, health
from tillside.edges.http.desk import Desk
from tillside.feeds.follow import Elsewhere, Follower
from tillside.projector import prune, work
from tillside.projector.work import Projector


def build(settings: Settings) -> Starlette:
    """The application; stores open when it starts and close when it stops."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        desk = await stores.open_desk(settings, serving=True)
        app.state.desk = desk
        collector.calm()
        followers = [asyncio.create_task(work) for work in follow(desk)]
        tidying = asyncio.create_task(prune.keep_tidy(desk.store, desk.entries, settings))
        try:
            yield
        finally:
            desk.bell.stop()
            desk.log_bell.stop()
            tidying.cancel()
            await asyncio.gather(tidying, *followers, return_exceptions=True)
            await desk.close()

    app = Starlette(routes=routes(), lifespan=lifespan, exception_handlers={HTTPException: lost, DeskError: refused, Exception: lost})
    app.router.redirect_slashes = False  # a redirect names the Host the caller claimed, and some clients cannot follow one
    app.add_middleware(Capture, desk=lambda: app.state.desk)
    return app


def routes() -> list[BaseRoute]:
    """Every path of the house, edge by edge."""
    return [*capture.routes(), *api.routes(), *health.routes(), *agent.routes()]


async def lost(request: Request, error: Exception) -> Response:
    """The answer where no route fits, or something broke: always JSON where programs call, whatever they say they accept."""
    if request.scope["path"].lstrip("/").split("/")[0] not in PROGRAMS:
        return await agent.lost(request, error)
    return answers.nowhere(error.status_code, error.headers) if isinstance(error, HTTPException) else answers.nowhere(500)


async def refused(_: Request, error: Exception) -> Response:
    """The answer where a handler without words of its own, such as /metrics, met an error of the house."""
    assert isinstance(error, DeskError)
    return answers.refusal(error)


PROGRAMS = ("v1", "v2", "v3")


def follow(desk: Desk) -> list[Coroutine[None, None, None]]:
    """The followers of this process, all of them."""
    if desk.settings.projector not in ("auto", "inside"):  # who starts a process for it says so in the settings
        return []
    return [projector(desk).run()]


def projector(desk: Desk, elsewhere: Elsewhere | None = None) -> Follower:
    """The follower that works accepted events into customers and orders. `elsewhere`: a process that reads ahead for it."""
    work_in = Projector(desk.directory)
    return Follower(work.NAME, entries=desk.entries, desk=desk.store, bell=desk.log_bell, work=work_in, elsewhere=elsewhere)
