"""What can be filled into a macro for one conversation: from the person, the order in question, whoever answers, and the shop."""

from collections.abc import Mapping
from typing import Any

from tillside.agents.actor import Actor
from tillside.agents.workspace import Workspace
from tillside.base import days
from tillside.conversations import about
from tillside.conversations.conversation import Conversation
from tillside.customers.person import Person
from tillside.events import amounts
from tillside.macros import texts
from tillside.orders import document
from tillside.orders.order import Order
from tillside.orders.state import STATES
from tillside.storage.database import Database, Transaction
from tillside.targets import values as documents

_AGENT = "select name from agent where workspace_id = :w and id = :id"


async def of(store: Database | Transaction, home: Workspace, talk: Conversation, *, agent_name: str, text: str = "") -> Mapping[str, str]:
    """Every value macros know, of this conversation; what is not known is empty.

    `text`: what they are for. The placeholders of HTTP targets it names, such as ``order.trackingUrl``, are among them.
    """
    person = await about.who(store, talk)
    order = await documents.order_of(store, talk, person)
    found = {
        "agent.name": agent_name,
        "agent.first_name": agent_name.split(" ")[0],
        "conversation.number": str(talk.number),
        "conversation.subject": talk.subject,
        "shop.name": home.name,
        **_of_person(talk, person),
        **(_of_order(order, home.time_zone) if order else {}),
    }
    known = {name: found.get(name, "") for name in texts.NAMES}
    others = [name for name in texts.variables(text) if name not in known]
    if others:
        document = await documents.of(store, home, talk, order=order, agent_name=agent_name)
        known |= {name: _at(document, name) for name in others}
    return known


async def speaker(store: Database | Transaction, talk: Conversation, by: Actor, home: Workspace) -> str:
    """Whose name stands under an answer: the agent's who gives it; for a rule or a key the agent's who has it, else the shop's."""
    if by.kind == "agent":
        return by.name
    row = await store.one(_AGENT, w=talk.workspace_id, id=talk.assignee_id) if talk.assignee_id else None
    return str(row[0]) if row else home.name


def _at(document: Mapping[str, Any], path: str) -> str:
    """What stands at a path of the document, as words; "" where nothing does."""
    value: Any = document
    for step in path.split("."):
        value = value.get(step) if isinstance(value, dict) else None
    if isinstance(value, list):
        return ", ".join(str(one) for one in value if isinstance(one, str | int))
    return "" if value is None or isinstance(value, dict) else ("yes" if value else "no") if isinstance(value, bool) else str(value)


def _of_person(talk: Conversation, person: Person | None) -> dict[str, str]:
    seen = {name: str(value) for name, (value, _) in person.seen.items()} if person else {}
    name = (person.root.name if person else "") or talk.source.get("from", {}).get("name", "")
    return {
        "customer.name": name,
        "customer.first_name": seen.get("first_name", "") or name.split(" ")[0],
        "customer.last_name": seen.get("last_name", ""),
        "customer.email": (person.root.email if person else "") or talk.source.get("from", {}).get("address", ""),
        "customer.phone": person.root.phone if person else "",
    }


def _of_order(order: Order, zone: str) -> dict[str, str]:
    said: dict[str, Any] = document.values(order.document)
    steps = [step for parcel in document.parcels(order.document) for step in parcel.get("tracking") or [] if isinstance(step, dict)]
    track = steps[-1] if steps else {}
    return {
        "order.name": order.name,
        "order.number": order.number,
        "order.state": STATES.get(order.state, order.state).lower(),
        "order.amount": amounts.money(order.amount, order.currency),
        "order.placed_on": days.day(order.placed_at, zone),
        "order.tracking_number": str(track.get("number") or ""),
        "order.tracking_url": str(track.get("url") or ""),
        "order.tracking_company": str(track.get("company") or ""),
        "order.status_url": str(said.get("status_url") or ""),
        "order.shipping_city": str(said.get("shipping_city") or ""),
        "order.shipping_postcode": str(said.get("shipping_postcode") or ""),
    }
