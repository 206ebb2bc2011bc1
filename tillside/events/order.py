"""Statements about orders and subscriptions (contract 1.6, 1.7): which order, as of when, and what is said about it."""

from collections.abc import Mapping
from typing import Final, NamedTuple

from msgspec import Struct

from tillside.events import fields, parcels, people, values
from tillside.events.aliases import DELETION_TABLE, ORDER_TABLE, SUBSCRIPTION_TABLE
from tillside.events.fields import Filled
from tillside.events.notes import Notes
from tillside.events.shapes import Facts, OrderStatement, Reading

_PATH: Final = "properties"
_MONEY: Final = ("amount", "subtotal", "tax", "discount", "shipping_amount", "tip", "refunded")
_ID_FIX: Final = "Send properties.orderId as text."


class Kind(NamedTuple):
    """How an event name is read: which table, and which kind of thing it speaks of."""

    kind: str
    table: fields.Table
    is_whole: bool
    """Whether amount and items are expected."""


KINDS: Final[dict[str, Kind]] = {
    "order": Kind("order", ORDER_TABLE, True),
    "order_status_update": Kind("order", ORDER_TABLE, False),
    "fulfillment": Kind("order", ORDER_TABLE, False),
    "delete_fulfillment": Kind("order", DELETION_TABLE, False),
    "subscription": Kind("subscription", SUBSCRIPTION_TABLE, True),
    "subscription_status_update": Kind("subscription", SUBSCRIPTION_TABLE, False),
}


class Times(Struct, frozen=True):
    """The times of the event around the statement, µs; `sent` and `occurred` are None if not stated."""

    occurred: int | None
    sent: int | None
    latest: int
    """Arrival + 24 h: no stamp counts beyond it."""


def read(name: str, properties: object, times: Times, context: Reading, *, digest: str, notes: Notes) -> OrderStatement | None:
    """The statement an event of one of KINDS makes, or None with a refusal among the notes.

    `digest` is the event's content hash in hex; it decides between statements of one stamp.
    """
    kind = KINDS[name]
    if not isinstance(properties, dict) or not properties:
        _refuse_empty(properties, notes)
        return None
    if name == "fulfillment":
        properties = _as_order(properties)
    filled = fields.fill(properties, kind.table, notes, _PATH)
    number = _take_number(filled, kind, properties, notes)
    if number is None:
        return None
    deleted = _take_deletion(name, filled, notes)
    people.spread_addresses(filled, notes, _PATH)
    said, custom, parts = filled
    flat = parcels.take_parcel(said)
    fulfillments = parcels.read_fulfillments(parts.get("fulfillments"), notes, _PATH)
    if flat:
        parcels.add_flat_parcel(fulfillments, flat, said)
    items = parcels.read_items(parts["items"][1], notes, f"{_PATH}.{parts['items'][0]}") if "items" in parts else []
    db_key = said.pop("db_key", None)
    replaces = said.pop("replaces_fulfillments", False) is True
    _date(said, times, kind)
    _assume_currency(said, bool(items), context, notes)
    _warn(kind, said, bool(items), notes)
    if custom:
        said["custom"] = custom
    return OrderStatement(
        kind=kind.kind,
        number=number,
        db_key=db_key if isinstance(db_key, str) else None,
        stamp=_stamp(said, times, context, notes),
        tiebreak=digest[:16],
        fields=said,
        items=items or None,
        fulfillments=fulfillments,
        replaces_fulfillments=replaces and bool(fulfillments),
        deleted_fulfillment=deleted,
    )


def _refuse_empty(properties: object, notes: Notes) -> None:
    if properties is None or isinstance(properties, list | dict):
        sent = "[]" if isinstance(properties, list) else "nothing"
        message = f"{sent} in place of an order: Magento sends this when serialisation of the order failed"
        notes.refused(_PATH, message, got=properties, fix="Look into the shop's log, then send the order again.")
        return
    notes.refused(_PATH, "Expected an object", got=properties, fix="Send the order's properties as an object.")


def _as_order(properties: Mapping[str, object]) -> Mapping[str, object]:
    """A shipment sent as the whole of `properties`, turned into an order that has this one fulfillment."""
    if any(fields.squashed(key) in ("fulfillment", "fulfillments") for key in properties):
        return properties
    order = {key: value for key, value in properties.items() if fields.squashed(key) in ("orderid", "orderdbkey", "uid", "email")}
    shipment = {key: value for key, value in properties.items() if key not in order}
    return {**order, "fulfillment": [shipment]} if shipment else order


def _take_number(filled: Filled, kind: Kind, properties: Mapping[str, object], notes: Notes) -> str | None:
    """The order's id: orderId, else (for subscriptions) subscriptionId, else id. What is not used stays a custom property."""
    said, custom, _ = filled
    found = {name: said.pop(name) for name in ("number", "subscription_number", "row_id") if name in said}
    number: str | None = None
    for name, value in found.items():
        if number is None:
            number = str(value)
            if number.startswith("gid://"):
                bare = number.rpartition("/")[2]
                notes.corrected(f"{_PATH}.id", "The number at the end of a global id", got=number, read=bare)
                number = bare
        else:
            custom["id" if name == "row_id" else name] = value
    if not number:
        alone = " orderDbKey alone does not name an order." if "db_key" in said else ""
        notes.refused(f"{_PATH}.orderId", f"No {kind.kind} id", fix=_ID_FIX + alone)
    return number or None


def _take_deletion(name: str, filled: Filled, notes: Notes) -> str | None:
    part = filled.parts.pop("fulfillment_id", None)
    if part is None or name != "delete_fulfillment":
        if name == "delete_fulfillment":
            notes.refused(f"{_PATH}.fulfillmentId", "No fulfillment named", fix="Send the fulfillment's id.")
        return None
    key, value = part
    if isinstance(value, str | int) and not isinstance(value, bool):
        said = str(values.identifier(value, notes, _PATH, key) or "")
        return said if said and said != values.KEEP else None
    fix = "Send the fulfillment's id as text."
    notes.warning(f"{_PATH}.{key}", "Not an id but an object: it names no fulfillment, nothing was deleted", fix=fix)
    return None


def _date(said: Facts, times: Times, kind: Kind) -> None:
    """placed_at = createdAt, else processedAt, else the event's own time; `placed_from` says which, for it ranks them.

    The event's time counts for whole orders only: a status update is sent long after the order was placed.
    """
    if "created_at" in said:
        said["placed_at"], said["placed_from"] = said["created_at"], "created"
    elif "processed_at" in said:
        said["placed_at"], said["placed_from"] = said["processed_at"], "processed"
    elif kind.is_whole and (event_time := times.occurred or times.sent) is not None:
        said["placed_at"], said["placed_from"] = event_time, "sent"


def _assume_currency(said: Facts, has_items: bool, context: Reading, notes: Notes) -> None:
    if "currency" in said or not (has_items or any(name in said for name in _MONEY)):
        return
    said["currency"] = context.currency
    said["currency_assumed"] = True
    notes.corrected(f"{_PATH}.currency", "Missing: the connector's currency is taken", read=context.currency)


def _warn(kind: Kind, said: Facts, has_items: bool, notes: Notes) -> None:
    if not kind.is_whole or ("amount" in said and has_items and "placed_at" in said) or notes.verdict == "refused":
        return
    if "amount" not in said:
        notes.warning(f"{_PATH}.amount", "No amount: the order counts nothing", fix="Send amount, the order's total.")
    if not has_items:
        notes.warning(f"{_PATH}.items", "No items", fix="Send items, at least when the order is new.")
    if "placed_at" not in said:
        notes.warning(f"{_PATH}.createdAt", "No date: the time of arrival is taken", fix="Send createdAt.")


def _stamp(said: Facts, times: Times, context: Reading, notes: Notes) -> int:
    updated = said.get("updated_at")
    stamp = updated if isinstance(updated, int) else times.sent or context.received_at
    if stamp <= times.latest:
        return stamp
    if stamp == updated:
        notes.corrected(f"{_PATH}.updatedAt", "In the future: ordered as of 24 hours after arrival", got=stamp // 1000)
    return times.latest
