"""Builds the house: stores, followers, edges. Knows all, known by none but the command line; every path of the house starts here."""

import asyncio
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from functools import partial

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from tillside import stores
from tillside.actions import moves
from tillside.automations import runs as rule_runs
from tillside.automations.watch import Watch
from tillside.base import collector, smtp
from tillside.base.errors import DeskError
from tillside.base.settings import Settings
from tillside.conversations import answering, attachments, bulk, states
from tillside.conversations.attachments import Attachment
from tillside.edges import agent, api, capture, messenger
from tillside.edges.api import happened
from tillside.edges.api.astray import Astray
from tillside.edges.capture.intake import Capture
from tillside.edges.http import answers, files, health
from tillside.edges.http.desk import Desk
from tillside.email import letter
from tillside.email.post import Post
from tillside.feeds import due
from tillside.feeds.follow import Elsewhere, Follower
from tillside.feeds.heed import Heed
from tillside.macros import planned
from tillside.messenger import letters as proofs
from tillside.projector import prune, reading, work
from tillside.projector.work import Projector
from tillside.targets import tidying
from tillside.targets.hooks import Hooks
from tillside.targets.learning import Learner
from tillside.targets.sender import Sender


def build(settings: Settings) -> Starlette:
    """The application; stores open when it starts and close when it stops."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        desk = await stores.open_desk(settings, serving=True)
        app.state.desk = desk
        collector.calm()
        followers = [asyncio.create_task(work) for work in follow(desk)]
        pruning = asyncio.create_task(prune.keep_tidy(desk.store, desk.entries, settings))
        try:
            yield
        finally:
            desk.bell.stop()
            desk.log_bell.stop()
            pruning.cancel()
            await asyncio.gather(pruning, *followers, return_exceptions=True)
            await desk.close()

    app = Starlette(routes=routes(), lifespan=lifespan, exception_handlers={HTTPException: lost, DeskError: refused, Exception: lost})
    app.router.redirect_slashes = False  # a redirect names the Host the caller claimed, and some clients cannot follow one
    app.add_middleware(Astray)
    app.add_middleware(Capture, desk=lambda: app.state.desk)
    return app


def routes() -> list[BaseRoute]:
    """Every path of the house, edge by edge."""
    return [*capture.routes(), *api.routes(), *health.routes(), *files.routes(), *messenger.routes(), *agent.routes()]


async def lost(request: Request, error: Exception) -> Response:
    """The answer where no route fits, or something broke: always JSON where programs call, whatever they say they accept."""
    if request.scope["path"].lstrip("/").split("/")[0] not in PROGRAMS:
        return await agent.lost(request, error)
    return answers.nowhere(error.status_code, error.headers) if isinstance(error, HTTPException) else answers.nowhere(500)


async def refused(_: Request, error: Exception) -> Response:
    """The answer where a handler without words of its own, such as /metrics, met an error of the house."""
    assert isinstance(error, DeskError)
    return answers.refusal(error)


PROGRAMS = ("v1", "v2", "v3", "messenger", "tenant-messenger")


def follow(desk: Desk) -> list[Coroutine[None, None, None]]:
    """The loops of this process, all of them: what follows the log, and what waits for its time."""
    chores: list[due.Chore] = [
        states.wake_due,
        answering.send_due,
        partial(bulk.work_due, answer=partial(planned.answer, origin=desk.public_url)),
        partial(planned.carry_due, origin=desk.public_url),
        due.hourly(partial(attachments.tidy, data=desk.data)),
        due.hourly(tidying.tidy),
    ]
    mail = [due.run(desk.store, desk.bell, [chore]) for chore in postal(desk)]
    loops = [due.run(desk.store, desk.bell, chores), *mail, *calling(desk), *automatic(desk)]
    if desk.settings.projector not in ("auto", "inside"):  # who starts a process for it says so in the settings
        return loops
    return [projector(desk).run(), *loops]


def calling(desk: Desk) -> list[Coroutine[None, None, None]]:
    """What calls external apps: the sender, in a loop of its own since it never waits for any of them; who subscribed to events; and what
    follows the answers."""
    learner = Learner(desk.store, desk.vault, desk.log)
    sender = Sender(desk.store, desk.vault, desk.outbound, stopping=lambda: desk.bell.stopping, learn=learner.learn)
    follows = [Hooks(happened.describe).heed(), Heed("actions", ["call.settled"], moves.settled)]
    return [sender.run(desk.bell), *[one.run(desk.store, desk.bell) for one in follows]]


def automatic(desk: Desk) -> list[Coroutine[None, None, None]]:
    """The rules: woken by what happens, and by what is due."""
    watch = Watch(properties=partial(reading.properties, desk.entries), origin=desk.public_url)
    return [watch.heed().run(desk.store, desk.bell), due.run(desk.store, desk.bell, [watch.ring_due, due.hourly(rule_runs.tidy)])]


def postal(desk: Desk) -> list[due.Chore]:
    """What waits for a mail server, each in a loop of its own: a server that hangs holds up nothing else."""
    server = smtp.configured(desk.settings)
    if server is None:
        return [partial(proofs.send_due, vault=desk.vault, transport=proofs.to_operator)]
    key = desk.vault.key("files")

    def link(file: Attachment) -> str:
        return desk.settings.public_url and desk.public_url + attachments.address(key, file)

    post = Post(letter.Desk(desk.store, desk.data, link), server, stopping=lambda: desk.bell.stopping)
    by_mail = partial(proofs.by_mail, store=desk.store, server=server)
    return [post.carry_due, partial(proofs.send_due, vault=desk.vault, transport=by_mail)]


def projector(desk: Desk, elsewhere: Elsewhere | None = None) -> Follower:
    """The follower that works accepted events into customers and orders. `elsewhere`: a process that reads ahead for it."""
    work_in = Projector(desk.directory)
    return Follower(work.NAME, entries=desk.entries, desk=desk.store, bell=desk.log_bell, work=work_in, elsewhere=elsewhere)
