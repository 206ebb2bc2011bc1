"""The one stream of the desk: what happens in the workspace, named by its kind, as it happens."""

import asyncio
import time
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import lru_cache

import msgspec
from starlette.responses import Response, StreamingResponse

from tillside.agents.access import Act
from tillside.base.errors import DeskError
from tillside.edges.agent import fragments, guard
from tillside.edges.agent.guard import Visit
from tillside.edges.http.routes import Guarded
from tillside.feeds import activity
from tillside.feeds.activity import Activity
from tillside.feeds.tail import Ear
from tillside.feeds.whispers import Hear, Whisper

Told = Callable[[Activity], Awaitable[str]]
Overheard = Callable[[Whisper], str]

LIFE_SECONDS = 300
BEAT_SECONDS = 15
REST_SECONDS = 0.02
MOST_BEHIND = 2000
_MOST_WHISPERS = 50


def routes() -> list[Guarded]:
    return [guard.page("/stream", listen, allow=Act.READ), guard.page("/inbox/stream", listen_whole, allow=Act.READ)]


async def address(visit: Visit, path: str = "/stream") -> str:
    """The stream from this moment on. Ask *before* reading what the page shows, so that nothing falls between."""
    return f"{path}?after={await activity.last_position(visit.desk.store, visit.workspace.id)}"


async def listen(visit: Visit) -> Response:
    """``GET /stream?after=POSITION``, server-sent events: ``id`` = position, ``event`` = kind, ``data`` = a piece or the subject's id.

    `Last-Event-ID` resumes; it outweighs `after`. A listener too far behind hears ``stream.skipped`` and goes on from now.
    """

    async def told(one: Activity) -> str:
        return _message(one.position, one.kind, await _content(visit, one))

    return await _answer(visit, told)


async def listen_whole(visit: Visit) -> Response:
    """``GET /inbox/stream?after=POSITION``: the same, every kind as a plain message, ``data`` = JSON ``{"kind", "subject", "detail"}``.

    For a screen that shows many things and asks for the pieces it needs, once for a whole burst. A shopper who writes is told as kind
    ``typing``, detail ``{"isOn"}``, without an id.
    """

    async def told(one: Activity) -> str:
        return whole(one)

    return await _answer(visit, told, overheard)


@lru_cache(maxsize=4096)
def whole(one: Activity) -> str:
    """The same text for every screen of a workspace, made once."""
    detail = msgspec.Raw(one.detail.encode()) if one.detail.startswith("{") else one.detail
    said = msgspec.json.encode({"kind": one.kind, "subject": one.subject, "detail": detail}).decode()
    return f"id: {one.position}\ndata: {said}\n\n"


def overheard(whisper: Whisper) -> str:
    said = {"kind": "typing", "subject": whisper.conversation_id, "detail": {"isOn": whisper.is_on}}
    return f"data: {msgspec.json.encode(said).decode()}\n\n"


async def _answer(visit: Visit, told: Told, heard: Overheard | None = None) -> Response:
    brought = visit.request.headers.get("last-event-id") or visit.request.query_params.get("after", "")
    now = await activity.last_position(visit.desk.store, visit.workspace.id)
    start = int(brought) if brought.isascii() and brought.isdigit() and len(brought) < 19 else now
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(visit, told, heard, min(start, now), now), headers=headers, media_type="text/event-stream")


async def _events(visit: Visit, told: Told, heard: Overheard | None, position: int, now: int) -> AsyncIterator[str]:
    """1. Listen before reading. 2. Look whether the session still lives; who signed out hears no more. 3. Send what is new, the last
    of each thing only. 4. Rest, so that a burst becomes one reading; when nothing rings, beat. 5. End after some minutes or when
    the desk stops; the browser comes back by itself with the last id.
    """
    until = time.monotonic() + LIFE_SECONDS
    yield "retry: 1000\n\n"
    if now - position > MOST_BEHIND:
        position = now
        yield await told(Activity(position, "stream.skipped", "", "agents", ""))
    whispered: deque[Whisper] = deque(maxlen=_MOST_WHISPERS)
    house = visit.desk
    with house.tails.listen(visit.workspace.id) as ear, house.whispers.hearing(visit.workspace.id, _into(whispered, ear)):
        while time.monotonic() < until and not house.bell.stopping and not ear.is_over:
            found = await ear.after(position)
            if not await guard.is_still_here(visit):
                return
            texts = [await told(one) for one in latest(found)]
            while heard and whispered:
                texts.append(heard(whispered.popleft()))
            if texts:
                yield "".join(texts)
            if found:
                position = found[-1].position
                await asyncio.sleep(REST_SECONDS)
            elif not await ear.heard(BEAT_SECONDS):
                yield ": beat\n\n"


def _into(whispered: deque[Whisper], ear: Ear) -> Hear:
    """What shoppers whisper, kept for a stream; what agents do has a row of its own."""

    def hear(whisper: Whisper) -> None:
        if whisper.side == "shopper":
            whispered.append(whisper)
            ear.wake()

    return hear


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
