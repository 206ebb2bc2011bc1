"""What conditions look at: the document of placeholders (targets/values.py), the message or event it is about, and the hours of business."""

from collections.abc import Awaitable, Callable
from typing import Any

from msgspec import Struct

from tillside.agents.workspace import Workspace
from tillside.automations import hours
from tillside.automations.conditions import Sight
from tillside.automations.moments import Event, Moment
from tillside.base import stamps
from tillside.base.trust import Trust
from tillside.conversations import tags
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.orders import order as orders
from tillside.orders.order import Order
from tillside.storage.database import Database, Transaction
from tillside.targets import naming, values

Properties = Callable[[int, int], Awaitable[dict[str, Any]]]
"""What an event said: (workspace, id of the event) → its properties."""
Document = dict[str, Any]
_BEFORE = """
select 1 from message where workspace_id = :w and conversation_id = :id and at < :at and kind = 'customer' limit 1
"""


async def no_properties(workspace_id: int, event_id: int) -> dict[str, Any]:
    """Where nobody reads the log."""
    return {}


class Cause(Struct, frozen=True):
    """What is particular to a moment: the event as placeholders know it, and the order it is about."""

    event: Document
    order: Order | None


async def cause_of(store: Database | Transaction, workspace_id: int, moment: Moment | None, properties: Properties = no_properties) -> Cause:
    """The event and the order a moment brings along, if it does."""
    if moment is None:
        return Cause({}, None)
    event = moment.event
    if event is None:
        return Cause({"id": moment.occurrence, "type": moment.kinds[0]}, None)
    told = await told_of(workspace_id, event, properties)
    return Cause(told, await orders.by_id(store, workspace_id, event.order_id) if event.order_id else None)


async def told_of(workspace_id: int, event: Event, properties: Properties) -> Document:
    """An event of the shop as placeholders know it."""
    return {
        "id": str(event.id),
        "type": "event",
        "name": event.name,
        "createdAt": naming.moment(event.occurred_at),
        "isSigned": event.trust >= Trust.SIGNED,
        "properties": await properties(workspace_id, event.id),
    }


async def look(store: Database | Transaction, home: Workspace, talk: Conversation, moment: Moment | None, cause: Cause, *, at: int) -> Sight:
    """Everything known of a conversation at a moment; without one, as it is now."""
    document = await values.of(store, home, talk, order=cause.order, event=cause.event)
    message = moment.message if moment else None
    if message is not None:
        document["lastMessage"] = document["ticket"]["lastMessage"] = await values.of_message(store, message)
    week = await hours.of(store, home.id)
    document["hours"] = {"open": hours.is_open(week, home, at)}
    worn = (await tags.worn(store, home.id, [talk.id])).get(talk.id, [])
    is_first = message is not None and message.kind == "customer" and await _is_first(store, message)
    document["conversation"] = of_conversation(talk, [one.id for one in worn], document["lastMessage"], is_first=is_first, at=at)
    return Sight(document, at=at, zone=home.time_zone)


def of_conversation(talk: Conversation, tag_ids: list[str], last: Document, *, is_first: bool, at: int) -> Document:
    """What only rules ask of a conversation."""
    return {
        "tags": tag_ids,
        "isFirstMessage": is_first,
        "hasFile": bool(last.get("attachments")),
        "waitingMinutes": None if talk.waiting_since is None else max(0, at - talk.waiting_since) // stamps.MINUTE,
    }


async def _is_first(store: Database | Transaction, message: Message) -> bool:
    row = await store.one(_BEFORE, w=message.workspace_id, id=message.conversation_id, at=message.at)
    return row is None
