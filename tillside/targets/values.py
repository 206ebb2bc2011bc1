"""The document of placeholders: what is known of a conversation, its customer, an order, as plain data under the contract's names (3).

Templates of targets and macros are filled from it, rules look at it. Plain data only: text, numbers, booleans, lists, dicts, None; times are
ISO 8601 in UTC; money a decimal text, with the same amount in minor units under the name with ``Minor``.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from tillside.agents.workspace import Workspace
from tillside.base.errors import Unknown
from tillside.conversations import message as messages
from tillside.conversations import tags
from tillside.conversations.conversation import Conversation
from tillside.conversations.message import Message
from tillside.customers import person
from tillside.customers.person import Person
from tillside.orders import figures, listing, mentioned
from tillside.orders.order import Order
from tillside.storage.database import Database, Transaction
from tillside.targets import naming

Values = dict[str, Any]
Store = Database | Transaction
_STATUS = {"open": "OPEN", "snoozed": "SNOOZED", "closed": "CLOSED", "trash": "CLOSED"}
_PRIORITY = {-1: "LOW", 0: "NORMAL", 1: "HIGH"}
_SENDER = {"customer": "customer", "agent": "operator", "note": "operator", "system": "system"}
_AGENT = "select id, name, email from agent where workspace_id = :w and id = :id"
_TEAM = "select id, name from team where workspace_id = :w and id = :id"
_LINKED = """
select order_id from conversation_order where workspace_id = :w and conversation_id = :id order by at desc, order_id desc limit 1
"""
_FILES = """
select id, name, url from attachment where workspace_id = :w and message_id = :id order by at, id limit 100
"""
_LAST_SAID = """
select id from message where workspace_id = :w and conversation_id = :id and kind in {list:kinds} and state <> 'cancelled'
  and state <> 'waiting' and removed_at is null order by at desc limit 1
"""


class Name(Struct, frozen=True):
    """One placeholder for the picker: how it is written, what it is called, an example."""

    path: str
    words: str
    example: str


NAMES: tuple[Name, ...] = naming.table(Name)
"""The documented ones. Every field of a customer, an order or a conversation can be named too: ``ticket.customFields.KEY``."""


async def of(
    store: Store,
    home: Workspace,
    talk: Conversation | None,
    *,
    origin: str = "",
    order: Order | None = None,
    event: Mapping[str, Any] | None = None,
    agent_name: str = "",
    given: Mapping[str, Any] | None = None,
) -> Values:
    """Everything known around a conversation, or an order alone. `origin`: the desk's address, for links; `given`: an action's form.

    ``of(tx, home, talk, event={"id": "…", "type": "rule", "ruleId": "rul_…"})["ticket"]["subject"]`` → ``"Where is my parcel?"``. Without
    `order` it is the one linked last, else the one the conversation speaks of, else the customer's newest.
    """
    one = await _person(store, home.id, talk.profile_id if talk else order.profile_id if order else None)
    order = order or await order_of(store, talk, one)
    bought = (await figures.of_people(store, home.id, [one.id])).get(one.id, []) if one else []
    customer = naming.customer(one, talk, bought, order)
    document: Values = {
        "customer": customer,
        "order": naming.order(order) if order else {},
        "event": {"id": "", "type": "", "ruleId": "", "name": "", "properties": {}, **(event or {})},
        "shop": {"name": home.name},
        "agent": {"name": agent_name, "firstName": agent_name.split(" ")[0]},
        "input": dict(given or {}),
    }
    document["lastMessage"] = await _last_message(store, talk) if talk else {}
    document["ticket"] = await _ticket(store, talk, origin, customer, document["lastMessage"]) if talk else {}
    return document


async def order_of(store: Store, talk: Conversation | None, one: Person | None) -> Order | None:
    """The order in question: the one linked last, else the one spoken of, else this person's newest."""
    if talk is None:
        return None
    row = await store.one(_LINKED, w=talk.workspace_id, id=talk.id)
    wanted = str(row[0]) if row else ""
    if not wanted:
        spoken = await mentioned.find(store, talk.workspace_id, f"{talk.subject}\n{talk.last_line}", people=one.ids if one else [])
        wanted = next((line.id for line in spoken.values()), "")
    if not wanted and one:
        lines = await listing.page(store, talk.workspace_id, listing.Sieve(profile_ids=one.ids), count=1)
        wanted = lines[0].id if lines else ""
    try:
        return await listing.one(store, talk.workspace_id, wanted) if wanted else None
    except Unknown:
        return None


async def _person(store: Store, workspace_id: int, profile_id: str | None) -> Person | None:
    if not profile_id:
        return None
    try:
        return await person.read(store, workspace_id, await person.root_of(store, workspace_id, profile_id))
    except Unknown:
        return None


async def _ticket(store: Store, talk: Conversation, origin: str, customer: Values, last: Values) -> Values:
    w = talk.workspace_id
    worn = (await tags.worn(store, w, [talk.id])).get(talk.id, [])
    assignee = await store.one(_AGENT, w=w, id=talk.assignee_id) if talk.assignee_id else None
    team = await store.one(_TEAM, w=w, id=talk.team_id) if talk.team_id else None
    sender = talk.source.get("from", {})
    return {
        "id": talk.known_as,
        "conversationNo": talk.number,
        "url": f"{origin}/conversations/{talk.id}",
        "subject": talk.subject,
        "status": _STATUS[talk.state],
        "isTrashed": talk.state == "trash",
        "priority": _PRIORITY.get(talk.priority, "NORMAL"),
        "channel": talk.channel,
        "from": sender.get("address") or sender.get("id") or "",
        "createdAt": naming.moment(talk.created_at),
        "updatedAt": naming.moment(talk.updated_at),
        "closedAt": naming.moment(talk.closed_at),
        "snoozedUntil": naming.moment(talk.snoozed_until or None),
        "waitingSince": naming.moment(talk.waiting_since),
        "firstResponseAt": naming.moment(talk.first_response_at),
        "messages": talk.messages,
        "rating": talk.rating,
        "ratingComment": talk.rating_comment,
        "tags": [one.name for one in worn],
        "assignee": {"id": "", "name": "", "email": ""} if assignee is None else dict(zip(("id", "name", "email"), assignee, strict=True)),
        "team": {"id": "", "name": ""} if team is None else dict(zip(("id", "name"), team, strict=True)),
        "customFields": dict(talk.fields),
        "customer": customer,
        "lastMessage": last,
    }


async def _last_message(store: Store, talk: Conversation) -> Values:
    """The newest thing said in public."""
    row = await store.one(_LAST_SAID, w=talk.workspace_id, id=talk.id, kinds=["customer", "agent"])
    if row is None:
        return {"id": "", "text": "", "html": "", "createdAt": None, "senderType": "", "attachments": []}
    return await of_message(store, await messages.by_id(store, talk.workspace_id, row[0]))


async def of_message(store: Store, message: Message) -> Values:
    """One message under the contract's names."""
    files = await store.read(_FILES, w=message.workspace_id, id=message.id)
    return {
        "id": message.external_id or message.id,
        "text": message.text,
        "html": message.html,
        "createdAt": naming.moment(message.at),
        "senderType": _SENDER[message.kind],
        "senderName": message.author.name,
        "attachments": [{"id": file_id, "name": name, "url": url} for file_id, name, url in files],
    }
