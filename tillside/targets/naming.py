"""The contract's names for what the desk knows of people and orders, and the list of placeholders for the picker. Pure; no I/O."""

from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Protocol, TypeVar

from tillside.base.trust import Trust
from tillside.conversations.conversation import Conversation
from tillside.customers.person import Person
from tillside.events import money
from tillside.orders import document as documents
from tillside.orders import state as states
from tillside.orders.figures import Figures
from tillside.orders.order import Order

_MONEY = ("amount", "subtotal", "tax", "discount", "shipping_amount", "tip", "refunded")
_AS_SENT = {"payment_status": "financialStatus", "full_name": "customerName", "address1": "addressLine1"}
_PARCEL = {"number": "trackingNumber", "url": "trackingUrl", "company": "trackingCompany"}
_LAST = {
    "number": "lastOrderId",
    "name": "lastOrderNumber",
    "amount": "lastOrderAmount",
    "currency": "lastOrderCurrency",
    "status": "lastOrderStatus",
    "createdAt": "lastOrderAt",
    "trackingNumber": "lastOrderTrackingNumber",
    "trackingUrl": "lastOrderTrackingUrl",
    "trackingCompany": "lastOrderTrackingCompany",
}
Made = TypeVar("Made", covariant=True)


class Maker(Protocol[Made]):
    def __call__(self, path: str, words: str, example: str) -> Made: ...


def moment(at: int | None) -> str | None:
    """µs → ``2026-05-01T09:30:00.000Z``."""
    if at is None:
        return None
    return datetime.fromtimestamp(at / 1_000_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def camel(name: str) -> str:
    """``shipping_address1`` → ``shippingAddress1``."""
    first, *rest = name.split("_")
    return first + "".join([part[:1].upper() + part[1:] for part in rest])


def amount(minor: int, currency: str) -> str:
    """(1045, "USD") → ``10.45``."""
    places = money.exponent(currency)
    return f"{Decimal(minor).scaleb(-places):.{places}f}"


def order(one: Order) -> dict[str, Any]:
    """Every field of an order; amounts as decimal texts and, with ``Minor``, in minor units; `id` is the desk's, `number` the shop's."""
    fields = documents.values(one.document)
    said: dict[str, Any] = {}
    for name, value in fields.items():
        plain = name.removeprefix("custom.")
        if name not in _MONEY and name not in ("profile", "db_key") and not name.startswith("placed_at."):
            said[_AS_SENT.get(plain, camel(plain))] = value
    for name in _MONEY:
        stated = states.money(fields, name, one.currency)
        if stated is not None:
            said[camel(name)], said[f"{camel(name)}Minor"] = amount(stated, one.currency), stated
    parcels = documents.parcels(one.document)
    steps = [step for parcel in parcels for step in parcel.get("tracking") or () if isinstance(step, dict)]
    last = steps[-1] if steps else {}
    said.update({theirs: str(last.get(ours) or "") for ours, theirs in _PARCEL.items()})
    return {
        "fulfillmentStatus": "",
        **said,
        "id": one.id,
        "number": one.number,
        "name": one.name,
        "kind": one.kind,
        "state": one.state,
        "status": fields.get("status") or one.state,
        "amount": amount(one.amount, one.currency),
        "amountMinor": one.amount,
        "currency": one.currency,
        "createdAt": moment(one.placed_at),
        "summary": one.summary,
        "connectorId": one.connector_id,
        "isSigned": one.trust >= Trust.SIGNED,
    }


def customer(one: Person | None, talk: Conversation | None, bought: Sequence[Figures], newest: Order | None) -> dict[str, Any]:
    """Who writes: traits under their names, what they bought, how far it is vouched for. Without a person, who the message came from."""
    sender = talk.source.get("from", {}) if talk else {}
    said: dict[str, Any] = {camel(name): value for name, (value, _) in one.seen.items()} if one else {}
    name = (one.root.name if one else "") or sender.get("name", "")
    first = bought[0] if bought else None
    last = order(newest) if newest else {}
    return {
        **{theirs: last.get(ours, "") for ours, theirs in _LAST.items()},
        **said,
        "id": one.id if one else "",
        "uid": next((handle.value for handle in one.handles if handle.kind == "uid"), "") if one else "",
        "name": name,
        "firstName": str(said.get("firstName") or name.split(" ")[0]),
        "lastName": str(said.get("lastName") or name.partition(" ")[2]),
        "email": (one.root.email if one else "") or sender.get("address", ""),
        "phone": (one.root.phone if one else "") or "",
        "trust": Trust(max((handle.trust for handle in one.handles), default=0)).word if one else "typed",
        "ordersCount": sum(each.orders for each in bought),
        "currency": first.currency if first else "",
        "ltv": amount(first.value, first.currency) if first else "0",
        "ltvMinor": first.value if first else 0,
        "aov": amount(first.average, first.currency) if first else "0",
        "aovMinor": first.average if first else 0,
    }


def table(make: Maker[Made]) -> tuple[Made, ...]:
    """The documented placeholders in the order of the picker."""
    return tuple(make(path, words, example) for path, words, example in _TABLE)


_CUSTOMER = (
    ("id", "Customer’s id at this desk", "cus_01k8…"),
    ("uid", "Customer’s id in the shop", "4711"),
    ("name", "Customer’s name", "Ada Lovelace"),
    ("firstName", "Customer’s first name", "Ada"),
    ("lastName", "Customer’s last name", "Lovelace"),
    ("email", "Customer’s e-mail", "ada@example.com"),
    ("phone", "Customer’s phone", "+4791234567"),
    ("ordersCount", "How many orders they placed", "3"),
    ("ltv", "What they spent, less refunds", "129.90"),
    ("currency", "Currency of what they spent", "EUR"),
    ("trust", "How far we know who they are", "signed"),
    ("lastOrderNumber", "Number of their last order", "#4711"),
)
_MESSAGE = (
    ("id", "Last message’s id", "msg_01k8…"),
    ("text", "Last message as plain text", "Where is my parcel?"),
    ("html", "Last message with its formatting", "<p>Where is my parcel?</p>"),
    ("createdAt", "When it was written", "2026-05-01T09:30:00.000Z"),
    ("senderType", "Who wrote it: customer or operator", "customer"),
    ("attachments", "Its files, as a list", "[]"),
)
_TABLE = (
    ("ticket.id", "Conversation’s id", "cnv_01k8…"),
    ("ticket.conversationNo", "Conversation’s number", "1042"),
    ("ticket.url", "Link to the conversation", "https://desk.example/conversations/cnv_01k8…"),
    ("ticket.subject", "Subject", "Where is my parcel?"),
    ("ticket.status", "Status: OPEN, SNOOZED or CLOSED", "OPEN"),
    ("ticket.priority", "Priority: LOW, NORMAL or HIGH", "HIGH"),
    ("ticket.channel", "Channel", "email"),
    ("ticket.createdAt", "When it began", "2026-05-01T09:30:00.000Z"),
    ("ticket.updatedAt", "When it last changed", "2026-05-01T09:31:00.000Z"),
    ("ticket.tags", "Tags, as a list", '["parcel"]'),
    ("ticket.assignee.id", "Assignee’s id", "agt_01k8…"),
    ("ticket.assignee.name", "Assignee’s name", "Mia"),
    ("ticket.assignee.email", "Assignee’s e-mail", "mia@shop.example"),
    ("ticket.team.id", "Team’s id", "tea_01k8…"),
    ("ticket.team.name", "Team’s name", "Returns"),
    ("ticket.rating", "How the customer rated it, 1 to 5", "5"),
    *[(f"ticket.customer.{key}", words, example) for key, words, example in _CUSTOMER],
    *[(f"ticket.lastMessage.{key}", words, example) for key, words, example in _MESSAGE],
    *[(f"customer.{key}", words, example) for key, words, example in _CUSTOMER],
    ("order.id", "Order’s id at this desk", "ord_01k8…"),
    ("order.number", "Order’s id in the shop", "4711"),
    ("order.name", "What the shop calls the order", "#4711"),
    ("order.amount", "Order’s total", "42.90"),
    ("order.amountMinor", "Order’s total in cents", "4290"),
    ("order.currency", "Order’s currency", "EUR"),
    ("order.state", "Order’s state at this desk", "on_the_way"),
    ("order.status", "Order’s status in the shop’s words", "shipped"),
    ("order.fulfillmentStatus", "Fulfillment in the shop’s words", "fulfilled"),
    ("order.createdAt", "When it was placed", "2026-04-28T12:00:00.000Z"),
    ("order.trackingNumber", "Tracking number", "JJD0099"),
    ("order.trackingUrl", "Tracking page", "https://carrier.example/JJD0099"),
    ("order.trackingCompany", "Carrier", "DHL"),
    ("order.summary", "What was bought, in one line", "Dot grid notebook × 2"),
    *[(f"lastMessage.{key}", words, example) for key, words, example in _MESSAGE],
    ("event.id", "Id of what set it off", "evt_01k8…"),
    ("event.type", "What set it off: rule, macro, button, hand", "rule"),
    ("event.ruleId", "The rule that did", "rul_01k8…"),
    ("event.name", "Name of the shop’s event", "order"),
    ("shop.name", "Name of the desk", "Fern & Fold"),
    ("agent.name", "Agent who did it", "Mia Berg"),
    ("agent.firstName", "Their first name", "Mia"),
)
