"""A person in the contract's JSON, as ``GET /v1/customers/…`` answers: traits, figures, and the last order's fields (contract 4.3)."""

from decimal import Decimal
from typing import Any

from msgspec import Struct

from tillside.customers.person import Person
from tillside.edges.api import shapes
from tillside.events import money
from tillside.orders import document as documents
from tillside.orders import state as states
from tillside.orders.figures import Figures
from tillside.orders.order import Order

_TRAITS = {"first_name": "firstName", "last_name": "lastName"}
_LINES = {
    "first_name": "firstName",
    "last_name": "lastName",
    "state_code": "stateCode",
    "country_code": "countryCode",
}
_SIDES = ("billing", "shipping")
_LAST = {
    "name": "lastOrderNumber",
    "status": "lastOrderDeliveryStatus",
    "status_url": "lastOrderStatusUrl",
    "shipping_method": "lastOrderShippingMethod",
    "payment_method": "lastOrderPaymentMethod",
}
_STEP = {
    "number": "lastOrderTrackingNumber",
    "url": "lastOrderTrackingUrl",
    "company": "lastOrderTrackingCompany",
}


class Bought(Struct, frozen=True):
    """What a person ordered: `orders` newest first (bounded), `figures` over all of them, the largest currency first."""

    orders: list[Order]
    figures: list[Figures]
    first_at: int | None


def person(one: Person, bought: Bought, keys: dict[str, str]) -> dict[str, Any]:
    """The whole person. `keys`: connector id → its public key. Custom traits stand under their own names, after ours."""
    said: dict[str, Any] = {
        "id": one.id,
        "uid": _uid(one),
        "email": one.root.email or None,
        "phone": one.root.phone or None,
        "name": one.root.name or None,
        "type": "customer" if one.root.is_customer else "visitor",
        "firstSeen": shapes.time(one.root.first_seen_at),
        "lastSeen": shapes.time(one.root.last_seen_at),
        "appClientIdList": sorted({keys[handle.scope] for handle in one.handles if handle.scope in keys}),
        **_money(bought),
        **(_last(bought.orders[0], keys) if bought.orders else {}),
    }
    for name, value in _traits(one).items():
        if said.get(name) is None:
            said[name] = value
    return said


def _uid(one: Person) -> str | None:
    """The shop's own id, the best vouched for first."""
    return next((handle.value for handle in one.handles if handle.kind == "uid"), None)


def _traits(one: Person) -> dict[str, Any]:
    """Every trait under the contract's name; addresses as the objects they are sent as."""
    said: dict[str, Any] = {}
    for name, (value, _) in one.seen.items():
        side, _, line = name.partition("_")
        if side in _SIDES and line:
            said.setdefault(f"{side}Address", {})[_LINES.get(line, line)] = value
        else:
            said[_TRAITS.get(name, name)] = value
    return said


def _money(bought: Bought) -> dict[str, Any]:
    """Figures per currency; the plain fields tell those of the currency most was spent in."""
    figures = [
        {
            "currency": one.currency,
            "ordersCount": one.orders,
            "ltv": amount(one.value, one.currency),
            "aov": amount(one.average, one.currency),
            "lastOrderAt": shapes.time(one.last_at),
            "unsignedOrders": one.unsigned,
        }
        for one in bought.figures
    ]
    first = figures[0] if figures else {"currency": None, "ltv": 0, "aov": 0}
    return {
        "ordersCount": sum(one.orders for one in bought.figures),
        "currency": first["currency"],
        "ltv": first["ltv"],
        "aov": first["aov"],
        "orderIds": [order.number for order in bought.orders],
        "figures": figures,
        "firstOrderAt": None if bought.first_at is None else shapes.time(bought.first_at),
    }


def _last(order: Order, keys: dict[str, str]) -> dict[str, Any]:
    """The newest order's fields, as macros and other people's scripts know them."""
    fields = documents.values(order.document)
    parcels = documents.parcels(order.document)
    said: dict[str, Any] = {
        "lastOrderId": order.number,
        "lastOrderAt": shapes.time(order.placed_at),
        "lastOrderCreatedAt": shapes.time(order.placed_at),
        "lastOrderAmount": amount(order.amount, order.currency),
        "lastOrderCurrency": order.currency,
        "lastOrderAppClientId": keys.get(order.connector_id),
        "lastOrderState": order.state,
        "fulfillmentDetails": [shapes.fulfillment(parcel) for parcel in parcels],
        **{theirs: fields.get(ours) for ours, theirs in _LAST.items()},
    }
    said["lastOrderNumber"] = order.name
    for ours, theirs in (("tax", "lastOrderTaxAmount"), ("shipping_amount", "lastOrderShippingAmount")):
        stated = states.money(fields, ours, order.currency)
        said[theirs] = None if stated is None else amount(stated, order.currency)
    step: dict[str, Any] = next((step for parcel in reversed(parcels) for step in parcel.get("tracking") or ()), {})
    said.update({theirs: step.get(ours) for ours, theirs in _STEP.items()})
    shipped = step.get("shipped_at")
    said["lastOrderShippingDate"] = shapes.time(shipped) if isinstance(shipped, int) else None
    return said


def amount(minor: int, currency: str) -> Decimal:
    """Minor units as the plain number of the contract: (1045, "USD") → 10.45."""
    return Decimal(minor).scaleb(-money.exponent(currency))
