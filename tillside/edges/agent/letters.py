"""Macros filled for one conversation: from the person, the order in question, the agent and the shop."""

from typing import Any

from msgspec import Struct

from tillside.agents import workspace
from tillside.agents.actor import Actor
from tillside.agents.workspace import Workspace
from tillside.base.errors import Refused
from tillside.conversations import macros
from tillside.conversations.conversation import Conversation
from tillside.conversations.macros import Macro
from tillside.customers.person import Person
from tillside.edges.agent import format, pane
from tillside.orders import document, mentioned
from tillside.orders.order import Order
from tillside.orders.state import STATES
from tillside.storage.database import Database

GAP = ("⟨", "⟩")
"""What stands around the name of a value nothing is known for, so that nobody sends it by chance."""
_FILLED, _END, _MISSING = "\ue000", "\ue001", "\ue002"


class Letter(Struct, frozen=True):
    """A macro with its values in place: to insert (`html`), and to look at (`shown`, values marked). `missing`: names in words."""

    html: str
    shown: str
    missing: list[str]


async def letter(store: Database, home: Workspace, macro: Macro, talk: Conversation, *, agent_name: str) -> Letter:
    """A macro filled for a conversation."""
    values = await values_of(store, home, talk, agent_name)
    missing = macros.fill(macro.html, values).missing
    gaps = {name: f"{GAP[0]}{name.replace('.', ' ').replace('_', ' ')}{GAP[1]}" for name in missing}
    marked = {name: f"{_FILLED}{value}{_END}" for name, value in values.items()}
    marked |= {name: f"{_MISSING}{gap}{_END}" for name, gap in gaps.items()}
    shown = macros.fill(macro.html, marked).text
    for mark, tag in ((_FILLED, '<span class="filled">'), (_MISSING, '<span class="missing">'), (_END, "</span>")):
        shown = shown.replace(mark, tag)
    return Letter(macros.fill(macro.html, values | gaps).text, shown, [gap.strip("".join(GAP)) for gap in gaps.values()])


async def fill(store: Database, talk: Conversation, macro_id: str, by: Actor) -> str:
    """The same for a change of many at once. Raises Refused where a value is missing, so that no customer reads a hole."""
    macro = await macros.by_id(store, talk.workspace_id, macro_id, agent_id=by.id)
    made = await letter(store, await workspace.by_id(store, talk.workspace_id), macro, talk, agent_name=by.name)
    if made.missing:
        raise Refused(f"Nothing is known for {', '.join(made.missing)}.", field="macro", hint="Answer this one by hand.")
    return made.html


async def values_of(store: Database, home: Workspace, talk: Conversation, agent_name: str) -> dict[str, str]:
    """Every value macros know, of this conversation; what is not known is empty."""
    person = await pane.who(store, talk)
    spoken = f"{talk.subject}\n{talk.last_line}"
    orders = await mentioned.find(store, home.id, spoken, people=person.ids if person else [])
    order = await pane.order_of(store, home.id, "", list(orders.values()), person)
    found = {
        "agent.name": agent_name,
        "agent.first_name": agent_name.split(" ")[0],
        "conversation.number": str(talk.number),
        "conversation.subject": talk.subject,
        "shop.name": home.name,
        **_of_person(talk, person),
        **(_of_order(order, home.time_zone) if order else {}),
    }
    return {name: found.get(name, "") for name in macros.NAMES}


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
        "order.amount": format.money(order.amount, order.currency),
        "order.placed_on": format.day(order.placed_at, zone),
        "order.tracking_number": str(track.get("number") or ""),
        "order.tracking_url": str(track.get("url") or ""),
        "order.tracking_company": str(track.get("company") or ""),
        "order.status_url": str(said.get("status_url") or ""),
        "order.shipping_city": str(said.get("shipping_city") or ""),
        "order.shipping_postcode": str(said.get("shipping_postcode") or ""),
    }
