"""The stream of one browser: what happens in the conversations it may see, as it happens. Who may see what is asked anew each time."""

import time
from collections.abc import AsyncIterator
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from tillside.base.errors import DeskError
from tillside.conversations import message as messages
from tillside.conversations.conversation import Conversation
from tillside.edges.messenger import call, shapes, talks
from tillside.edges.messenger.call import Ask
from tillside.feeds import activity
from tillside.feeds.activity import Activity
from tillside.feeds.whispers import Whisper
from tillside.messenger import shelf
from tillside.messenger.switchboard import SHOPPERS
from tillside.messenger.visitor import Visitor

LIFE_SECONDS = 300
BEAT_SECONDS = 15
MOST_BEHIND = 2000
_PAGE = 200
_ENCODE = msgspec.json.Encoder().encode


async def listen(ask: Ask) -> Response:
    """``GET /messenger/api/stream`` with the token, server-sent events: ``id`` = position, ``event`` = message, conversation, typing,
    skipped. `Last-Event-ID` resumes. A browser too far behind hears ``skipped`` and reads its state again.
    """
    brought = ask.request.headers.get("last-event-id", "")
    now = await activity.last_position(ask.desk.store, ask.visitor.workspace_id)
    start = int(brought) if brought.isascii() and brought.isdecimal() and len(brought) < 19 else now
    headers = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
    return StreamingResponse(_events(ask, min(start, now), now), headers=headers, media_type="text/event-stream")


async def _events(ask: Ask, position: int, now: int) -> AsyncIterator[str]:
    """1. Take a line before reading. 2. Read what lies between the id and where the line begins. 3. Wait until something concerns this
    browser. 4. Look whether its token still counts; whoever signed out hears no more. 5. Send what it may see, and the id up to which
    everything was looked at; when nothing comes, beat with that id. 6. End after some minutes or when the desk stops; the panel comes
    back by itself with the last id.
    """
    until = time.monotonic() + LIFE_SECONDS
    yield "retry: 1000\n\n"
    if now - position > MOST_BEHIND:
        position = now
        yield told("skipped", {}, position)
    is_behind = True
    async with ask.desk.switchboard.listening(ask.visitor, now) as line:
        while time.monotonic() < until and not ask.desk.bell.stopping and not line.is_over:
            shopper = await still_here(ask.request)
            if shopper is None:
                return
            ask.shopper = shopper
            if line.know(shopper) or is_behind or line.is_behind:
                line.is_behind = False
                found: list[Activity | Whisper] = [*await activity.after(ask.desk.store, shopper.workspace_id, position, count=_PAGE)]
                is_behind, upto = len(found) == _PAGE, _last(found)
            else:
                found, upto = line.take(), line.position
            texts = await _texts(ask, found, position)
            position = max(position, upto)
            if texts:
                yield f"{''.join(texts)}id: {position}\n\n"
            if not is_behind and not await line.heard(BEAT_SECONDS):
                yield f": beat\nid: {position}\n\n"


async def _texts(ask: Ask, found: list[Activity | Whisper], position: int) -> list[str]:
    """What of this is new to the browser and meant for it."""
    texts = await _news(ask, [one for one in found if isinstance(one, Activity) and one.position > position])
    return texts + [await _overheard(ask, one) for one in found if isinstance(one, Whisper)]


def _last(found: list[Activity | Whisper]) -> int:
    return max((one.position for one in found if isinstance(one, Activity)), default=0)


async def still_here(request: Request) -> Visitor | None:
    """The browser as it is now; None when its token counts no longer."""
    try:
        return (await call.who(request))[0]
    except DeskError:
        return None


async def _news(ask: Ask, found: list[Activity]) -> list[str]:
    """What of this a browser may hear, in order: every new message, and of whatever else changed in a conversation the last. Each with
    its own position, so that a line cut anywhere between two of them loses nothing and repeats nothing.
    """
    meant = [one for one in found if one.audience == SHOPPERS and shelf.is_told(one)]
    mine = await shelf.reachable(ask.desk.store, ask.connector, ask.visitor, [one.subject for one in meant])
    told_of = [one for one in meant if one.subject in mine]
    added = {one.position: _message_of(one) for one in told_of if one.kind == "message.added"}
    last = {one.subject: one.position for one in told_of}
    texts = []
    for one in told_of:
        if one.position not in added and last[one.subject] != one.position:
            continue
        line = shapes.conversation(await shelf.line(ask.desk.store, mine[one.subject]))
        for message in await _messages(ask, mine[one.subject], added.get(one.position, "")):
            texts.append(told("message", {"conversation": line, "message": message}, one.position))
        if last[one.subject] == one.position and one.position not in added:
            texts.append(told("conversation", {"conversation": line}, one.position))
    return texts


def _message_of(one: Activity) -> str:
    detail: dict[str, Any] = msgspec.json.decode(one.detail) if one.detail else {}
    return str(detail.get("message", ""))


async def _messages(ask: Ask, conversation: Conversation, message_id: str) -> list[dict[str, Any]]:
    """This message as far as a shopper may read it: the kind is looked at here again, whatever the activity said."""
    if not message_id:
        return []
    try:
        message = await messages.by_id(ask.desk.store, conversation.workspace_id, message_id)
    except DeskError:
        return []  # taken away meanwhile
    is_shown = message.kind in shelf.SHOWN and message.state not in ("waiting", "cancelled") and message.removed_at is None
    return await talks.drawn(ask, [message]) if is_shown and message.conversation_id == conversation.id else []


async def _overheard(ask: Ask, whisper: Whisper) -> str:
    """Somebody of the shop writes in a conversation of this browser."""
    is_ours = whisper.side == "shop" and await shelf.reachable(ask.desk.store, ask.connector, ask.visitor, [whisper.conversation_id])
    if not is_ours:
        return ": \n\n"
    return told("typing", {"id": whisper.conversation_id, "name": shelf.first_name(whisper.name), "isOn": whisper.is_on})


def told(kind: str, body: dict[str, Any], position: int | None = None) -> str:
    name = f"id: {position}\n" if position is not None else ""
    return f"{name}event: {kind}\ndata: {_ENCODE(body).decode()}\n\n"
