"""The one stream of the desk: what happens in the workspace, named by its kind, as it happens."""

import asyncio
import time
from collections.abc import AsyncIterator

from starlette.responses import Response, StreamingResponse

from tillside.agents.access import Act
from tillside.base.errors import DeskError
from tillside.edges.agent import fragments, guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.feeds import activity
from tillside.feeds.activity import Activity

LIFE_SECONDS = 300
BEAT_SECONDS = 15
REST_SECONDS = 0.15
MOST_BEHIND = 2000


def routes() -> list[Guarded]:
    return [guard.page("/stream", listen, allow=Act.READ)]


async def address(visit: Visit) -> str:
    """The stream from this moment on. Ask *before* reading what the page shows, so that nothing falls between."""
    return f"/stream?after={await activity.last_position(visit.desk.store, visit.workspace.id)}"


async def listen(visit: Visit) -> Response:
    """``GET /stream?after=POSITION``, server-sent events: ``id`` = position, ``event`` = kind, ``data`` = a piece or the subject's id.

    `Last-Event-ID` resumes; it outweighs `after`. A listener too far behind hears ``stream.skipped`` and goes on from now.
    """
    brought = visit.request.headers.get("last-event-id") or visit.request.query_params.get("after", "")
    now = await activity.last_position(visit.desk.store, visit.workspace.id)
    start = int(brought) if brought.isascii() and brought.isdigit() and len(brought) < 19 else now
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(visit, min(start, now), now), headers=headers, media_type="text/event-stream")


async def _events(visit: Visit, position: int, now: int) -> AsyncIterator[str]:
    """1. Listen before reading. 2. Look whether the session still lives; who signed out hears no more. 3. Send what is new, the last
    of each thing only. 4. Rest, so that a burst becomes one reading; when nothing rings, beat. 5. End after some minutes or when
    the desk stops; the browser comes back by itself with the last id.
    """
    until = time.monotonic() + LIFE_SECONDS
    yield "retry: 1000\n\n"
    if now - position > MOST_BEHIND:
        position = now
        yield _message(position, "stream.skipped", "")
    with visit.desk.bell.listen() as ear:
        while time.monotonic() < until and not visit.desk.bell.stopping:
            found = await activity.after(visit.desk.store, visit.workspace.id, position)
            if not await guard.is_still_here(visit):
                return
            for one in latest(found):
                yield _message(one.position, one.kind, await _content(visit, one))
            if found:
                position = found[-1].position
                await asyncio.sleep(REST_SECONDS)
            elif not await ear.heard(BEAT_SECONDS):
                yield ": beat\n\n"


def latest(found: list[Activity]) -> list[Activity]:
    """The last of each kind about each thing, in order: nobody needs to see a state that was over before it was drawn."""
    return sorted({(one.kind, one.subject): one for one in found}.values(), key=lambda one: one.position)


async def _content(visit: Visit, one: Activity) -> str:
    piece = fragments.PIECES.get(one.kind)
    if piece is None:
        return one.subject
    try:
        return await piece(visit, one.subject)
    except DeskError:
        return ""  # what it was about is gone again


def _message(position: int, kind: str, content: str) -> str:
    lines = "".join(f"data: {line}\n" for line in content.splitlines()) or "data: \n"
    return f"id: {position}\nevent: {kind}\n{lines}\n"
