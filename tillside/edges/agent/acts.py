"""What every act of the inbox answers: a toast with its undo where a script asked, the way on where a plain form did."""

import msgspec
from msgspec import Struct
from starlette.responses import Response

from tillside.base import stamps
from tillside.conversations import conversation as conversations
from tillside.conversations import trail
from tillside.conversations.conversation import Conversation
from tillside.edges.agent.guard import Visit
from tillside.storage.database import Database

UNDO_FOR = 10 * stamps.SECOND
_SILENT = frozenset({"undone"})


class Toast(Struct, frozen=True):
    """What was just done. `undo`: lines of the trail that take it back, newest first."""

    id: str
    words: str
    conversation_id: str
    undo: list[str]
    message_id: str = ""


async def meant(visit: Visit) -> Conversation:
    """The conversation of the address: by id or by number, and where it was merged, the one it went on in. Raises Unknown."""
    store, workspace_id, said = visit.desk.store, visit.workspace.id, visit.request.path_params["conversation_id"]
    found = await conversations.by_number(store, workspace_id, int(said)) if said.isascii() and said.isdigit() and len(said) < 12 else None
    return found or await conversations.by_id(store, workspace_id, said)


def is_piece(visit: Visit) -> bool:
    """Whether a script asks, which puts pieces in their places itself."""
    return "hx-request" in visit.request.headers


def view_of(visit: Visit) -> str:
    """The key of the list somebody works through."""
    return (visit.form.get("view") or visit.request.query_params.get("view") or "open")[:80]


async def undoable(store: Database, talk: Conversation, agent_id: str, since: int) -> list[str]:
    """What somebody did to a conversation since a moment, newest first, as far as it can be taken back."""
    steps = await trail.page(store, talk, count=60)
    return [step.id for step in steps if step.at >= since and step.actor.id == agent_id and step.undo is not None and step.kind not in _SILENT]


async def answer(
    visit: Visit, talk: Conversation, words: str, *, since: int, moves: bool = False, draft: bool = False, returns: bool = False
) -> Response:
    """`moves`: the conversation leaves its list, so the next one opens. `draft`: text came back into the composer. `returns`: open it again."""
    undo = await undoable(visit.desk.store, talk, visit.agent.id, since)
    if not is_piece(visit):
        done = f"&done={','.join(undo)}" if undo else ""
        return visit.go(f"/conversations/{talk.id}?view={view_of(visit)}{done}")
    toast = Toast(stamps.new_id("tst"), words, talk.id, undo) if words else None
    response = visit.page("inbox/_acted.html", toast=toast)
    told = {"acted": {"conversation": talk.id, "moves": moves, "draft": draft, "returns": returns}}
    response.headers["HX-Trigger"] = msgspec.json.encode(told).decode()
    return response


async def left_over(visit: Visit, talk: Conversation) -> Toast | None:
    """The toast of an act that a plain form did: its undo lives as long as the trail says, its words are brief."""
    said = visit.request.query_params.get("done", "")
    undo = [word for word in said.split(",")[:50] if word.startswith("trl_") and word.isalnum() is False and len(word) < 40]
    return Toast(stamps.new_id("tst"), f"#{talk.number} changed", talk.id, undo) if undo else None
