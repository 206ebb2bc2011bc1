"""What a panel reads: conversations, messages and files in the names of docs/messenger.md. Times in milliseconds."""

from typing import Any

from tillside.conversations.attachments import Attachment
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.edges.http.desk import Desk
from tillside.edges.messenger import uploads
from tillside.messenger.shelf import Line, first_name

_SIDES = {"customer": "me", "agent": "shop", "system": "desk"}
OURS = "messenger:"


def external_id(visitor_id: str, client_id: str) -> str:
    """Under which a message from a browser is known, so that sending it twice stores it once."""
    return f"{OURS}{visitor_id}:{client_id}"


def conversation(line: Line) -> dict[str, Any]:
    one: Conversation = line.conversation
    return {
        "id": one.id,
        "subject": one.subject,
        "isClosed": one.state == "closed",
        "who": line.who,
        "line": one.last_line,
        "at": one.sort_at // 1000,
        "unread": line.unread,
        "seenAt": line.read_at // 1000,
        "rating": one.rating or 0,
        "version": one.version,
    }


def message(desk: Desk, one: Message, files: list[Attachment]) -> dict[str, Any]:
    known = one.external_id or ""
    return {
        "id": one.id,
        "seq": one.at,
        "by": _SIDES.get(one.kind, "desk"),
        "name": first_name(one.author.name) if one.kind == "agent" and one.author.is_person else "",
        "at": one.at // 1000,
        "text": one.text,
        "html": one.html,
        "files": [uploads.shape(desk, file) for file in files],
        "clientId": known.rpartition(":")[2] if known.startswith(OURS) else "",
        "asks": str(one.via.get("asks", "")) if one.kind == "system" else "",
        "email": str(one.via.get("email", "")) if one.kind == "system" else "",
    }
