"""The order of a plainly clean event: whether it is one, and its types turned into the statement the full reading makes of it."""

from operator import attrgetter
from typing import Any, Final

from msgspec import UNSET

from tillside.events import aliases, contact, money, values
from tillside.events.money import CURRENCIES
from tillside.events.notes import Notes
from tillside.events.order import Times
from tillside.events.plain import Fulfillment, Id, Item, Order, Parcel, Text
from tillside.events.shapes import JSON, Facts, OrderStatement, Reading


class Unclean(Exception):
    """Something in the event is worth the full reading."""


def check(order: Order[Any, Any], times: Times) -> None:
    """Raise Unclean where the full reading would have something to say beyond types and numbers."""
    if order.currency not in CURRENCIES or order.amount is None or (order.updated_at or 0) * 1000 > times.latest:
        raise Unclean
    if not (order.created_at or order.processed_at or times.sent or times.occurred) or str(order.number).startswith("gid:"):
        raise Unclean
    expect_email(order.email)
    expect_email(order.billing_email)
    expect_email(order.shipping_email)
    expect_bare(order.number, order.db_key)
    for item in order.items:
        if item.price is None or item.price is UNSET or item.quantity is None or item.quantity is UNSET:
            raise Unclean
        expect_bare(item.id, item.option_id)
    for fulfillment in order.fulfillments or ():
        expect_bare(fulfillment.id)
        for item in fulfillment.items or ():
            expect_bare(item.id, item.option_id)
        for parcel in fulfillment.tracking or ():
            expect_bare(parcel.number)


def expect_bare(*ids: Id) -> None:
    """White space around an id would be corrected."""
    for said in ids:
        if said.__class__ is str and not said.isalnum() and said != said.strip():
            raise Unclean


def expect_email(email: Text) -> None:
    """What is no address identifies nobody, with a correction."""
    if email and contact.email(email) is None:
        raise Unclean


def read(order: Order[Any, Any], times: Times, context: Reading, *, digest: str) -> OrderStatement:
    """The statement of an order that passed `check`. Raises Unclean for numbers a reader would not take as they are."""
    notes = Notes()
    fields = _fields(order, notes)
    _date(order, fields, times)
    items = [_item(item, notes) for item in order.items]
    fulfillments = [_fulfillment(fulfillment, notes) for fulfillment in order.fulfillments or ()]
    if notes:
        raise Unclean
    return OrderStatement(
        kind="order",
        number=str(order.number),
        db_key=None if order.db_key is None or order.db_key is UNSET else str(order.db_key),
        stamp=order.updated_at * 1000 if order.updated_at else times.sent or context.received_at,
        tiebreak=digest[:16],
        fields=fields,
        items=items,
        fulfillments=fulfillments,
        replaces_fulfillments=order.replaces_fulfillments is True and bool(fulfillments),
        deleted_fulfillment=None,
    )


_TEXTS: Final = tuple(
    field.name for field in aliases.ORDER if field.kind in ("text", "email", "phone") and field.name in Order.__struct_fields__
)
_AMOUNTS: Final = tuple(field.name for field in aliases.ORDER if field.kind == "money" and field.name in Order.__struct_fields__)
_texts_of = attrgetter(*_TEXTS)
_amounts_of = attrgetter(*_AMOUNTS)


def _fields(order: Order[Any, Any], notes: Notes) -> Facts:
    """Texts, amounts and lists. A text of white space says nothing."""
    fields: Facts = {name: text for name, text in zip(_TEXTS, _texts_of(order)) if text and not text.isspace()}  # noqa: B905  # same names
    fields["currency"] = order.currency
    for name, amount in zip(_AMOUNTS, _amounts_of(order)):  # noqa: B905  # same names
        if amount is not None and amount is not UNSET:
            fields[name] = money.amount(amount, notes, "", name)
    if order.total_weight is not None and order.total_weight is not UNSET:
        fields["total_weight"] = values.measure(order.total_weight, notes, "", "")
    if order.coupons:
        fields["coupons"] = _texts(order.coupons)
    if order.gateways:
        fields["gateways"] = _texts(order.gateways)
    return fields


def _date(order: Order[Any, Any], fields: Facts, times: Times) -> None:
    if order.updated_at:
        fields["updated_at"] = order.updated_at * 1000
    if order.processed_at:
        fields["processed_at"] = fields["placed_at"] = order.processed_at * 1000
        fields["placed_from"] = "processed"
    if order.created_at:
        fields["created_at"] = fields["placed_at"] = order.created_at * 1000
        fields["placed_from"] = "created"
    if "placed_at" not in fields:
        fields["placed_at"], fields["placed_from"] = times.occurred or times.sent, "sent"


def _item(item: Item[Any, Any], notes: Notes) -> Facts:
    said: Facts = {"id": str(item.id)}
    if (price := item.price) is not None and price is not UNSET:
        said["price"] = money.amount(price, notes, "", "")
    if (quantity := item.quantity) is not None and quantity is not UNSET:
        said["quantity"] = values.count(quantity, notes, "", "")
    if (option := item.option_id) is not None and option is not UNSET:
        said["option_id"] = str(option)
    if (sku := item.sku) and not sku.isspace():
        said["sku"] = sku
    if (name := item.name) and not name.isspace():
        said["name"] = name
    if (url := item.url) and not url.isspace():
        said["url"] = url
    if (grams := item.grams) is not None and grams is not UNSET:
        said["grams"] = values.measure(grams, notes, "", "")
    if item.image_urls:
        said["image_urls"] = _texts(item.image_urls)
    return said


def _fulfillment(sent: Fulfillment[Any, Any], notes: Notes) -> Facts:
    said: Facts = {"id": str(sent.id)}
    if sent.status and not sent.status.isspace():
        said["status"] = sent.status
    if sent.created_at:
        said["created_at"] = sent.created_at * 1000
    if sent.updated_at:
        said["updated_at"] = sent.updated_at * 1000
    if (quantity := sent.quantity) is not None and quantity is not UNSET:
        said["quantity"] = values.count(quantity, notes, "", "")
    if sent.tracking and (parcels := [parcel for parcel in map(_parcel, sent.tracking) if parcel]):
        said["tracking"] = list[JSON](parcels)
    if sent.items:
        said["items"] = [_item(item, notes) for item in sent.items]
    return said


def _parcel(sent: Parcel) -> Facts:
    said: Facts = {}
    if (number := sent.number) is not None and number is not UNSET:
        said["number"] = str(number)
    if (company := sent.company) and not company.isspace():
        said["company"] = company
    if (url := sent.url) and not url.isspace():
        said["url"] = url
    if sent.shipped_at:
        said["shipped_at"] = sent.shipped_at * 1000
    return said


def _texts(listed: list[str]) -> list[JSON]:
    """Without the blank ones. A list of nothing else is kept with the custom properties."""
    texts: list[JSON] = [text for text in listed if text]
    if not texts:
        raise Unclean
    return texts
