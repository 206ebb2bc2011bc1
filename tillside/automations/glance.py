"""A conversation at a past moment, cheaply: what its row, its message and its tags tell. Pure; closely.py reads the rest."""

from collections.abc import Sequence
from typing import Any

from tillside.agents.workspace import Workspace
from tillside.automations import facts
from tillside.automations.conditions import Condition, Sight
from tillside.automations.history import Past
from tillside.base.trust import Trust
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.targets import naming

_STATUS = {"open": "OPEN", "snoozed": "SNOOZED", "closed": "CLOSED", "trash": "CLOSED"}
_PRIORITY = {-1: "LOW", 0: "NORMAL", 1: "HIGH"}
_SENDER = {"customer": "customer", "agent": "operator"}
PATHS = frozenset(
    (
        "ticket.channel",
        "ticket.subject",
        "ticket.status",
        "ticket.priority",
        "ticket.assignee.id",
        "ticket.team.id",
        "ticket.from",
        "ticket.createdAt",
        "ticket.messages",
        "ticket.rating",
        "ticket.ratingComment",
        "conversation.tags",
        "conversation.isFirstMessage",
        "conversation.waitingMinutes",
        "lastMessage.text",
        "lastMessage.senderType",
        "event.name",
        "event.isSigned",
        "hours.open",
    )
)
"""What can be told without reading more; fields of a conversation besides. The same as the whole document says: a test compares them."""
_FIELDS = "ticket.customFields."


def is_enough(blocks: Sequence[Sequence[Condition]]) -> bool:
    """Whether these conditions ask for nothing else."""
    return all(_is_known(one) for block in blocks for one in block)


def unknown(blocks: Sequence[Sequence[Condition]]) -> list[str]:
    """What else they ask for, by its path."""
    return [one.path for block in blocks for one in block if not _is_known(one)]


def known(blocks: Sequence[Sequence[Condition]]) -> list[list[Condition]]:
    """The rows that can be told already. Without the others a block lets more through, never less."""
    return [[one for one in block if _is_known(one)] for block in blocks]


def at(talk: Conversation, past: Past, tag_ids: list[str], home: Workspace, *, is_open: bool) -> Sight:
    """What is told without reading anything."""
    last = _of_message(past.message)
    document: dict[str, Any] = {
        "ticket": {
            "channel": talk.channel,
            "subject": talk.subject,
            "status": _STATUS[talk.state],
            "priority": _PRIORITY.get(talk.priority, "NORMAL"),
            "assignee": {"id": talk.assignee_id},
            "team": {"id": talk.team_id},
            "from": talk.source.get("from", {}).get("address") or talk.source.get("from", {}).get("id") or "",
            "createdAt": naming.moment(talk.created_at),
            "messages": talk.messages,
            "rating": talk.rating,
            "ratingComment": talk.rating_comment,
            "customFields": dict(talk.fields),
        },
        "lastMessage": last,
        "event": {} if past.event is None else {"type": "event", "name": past.event.name, "isSigned": past.event.trust >= Trust.SIGNED},
        "hours": {"open": is_open},
        "conversation": facts.of_conversation(talk, tag_ids, last, is_first=past.is_first, at=past.at),
    }
    return Sight(document, at=past.at, zone=home.time_zone)


def _is_known(condition: Condition) -> bool:
    return condition.path in PATHS or condition.path.startswith(_FIELDS)


def _of_message(message: Message | None) -> dict[str, Any]:
    if message is None:
        return {"text": "", "senderType": ""}
    return {"text": message.text, "senderType": _SENDER.get(message.kind, "")}
