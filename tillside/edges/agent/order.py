"""One order as a receipt: every field the shop sent as labelled text, its parcels, its history, and what is held back."""

from typing import Any

from msgspec import Struct
from starlette.responses import Response

from tillside.agents.access import Act
from tillside.connectors import names
from tillside.customers import listing as people
from tillside.customers import timeline
from tillside.edges.agent import buttons, guard, keyset, labels, stream, telling, verbs
from tillside.edges.agent.buttons import Button
from tillside.edges.agent.guard import Visit
from tillside.edges.agent.labels import Eye, Shown
from tillside.edges.http.routes import Guarded
from tillside.orders import document, listing, state
from tillside.orders.order import Order

TOTALS = (("subtotal", "Subtotal"), ("discount", "Discount"), ("shipping_amount", "Shipping"), ("tax", "Tax"), ("tip", "Tip"))
_SIDES = ("billing", "shipping")
_PAYMENT = ("payment_status", "payment_method", "gateways", "gift_cards", "refunded", "currency", "currency_assumed")
_EXPECTED = ("email", "phone", "city", "postcode", "state", "country", "address1", "address2")
_OURS = frozenset({"items", "profile", "placed_at.created", "placed_at.processed"})
"""What the page shows in a place of its own, or works with only."""


class Item(Struct, frozen=True):
    """One line of the receipt: `each` and `sum` as money in words; `fields` is everything said about it."""

    name: str
    detail: str
    count: str
    sum: str
    fields: list[Shown]


class Step(Struct, frozen=True):
    """One tracking number; `href` only where it is safe to follow."""

    company: str
    number: str
    href: str


class Parcel(Struct, frozen=True):
    """One fulfillment: its state, its tracking numbers with links, and everything said about it."""

    id: str
    state: str
    said: str
    steps: list[Step]
    fields: list[Shown]
    items: list[Item]


class Group(Struct, frozen=True):
    """Fields under one heading."""

    title: str
    fields: list[Shown]


def routes() -> list[Guarded]:
    one = "/orders/{order_id}"
    return [
        guard.page(one, show, allow=Act.READ),
        guard.page(one + "/news", news, allow=Act.READ),
        guard.page(one + "/acceptances", accept, allow=Act.MEND_CUSTOMERS, methods=["POST"]),
    ]


async def show(visit: Visit) -> Response:
    """``GET /orders/{id}``."""
    live = await stream.address(visit)
    store, workspace_id = visit.desk.store, visit.workspace.id
    one = await listing.one(store, workspace_id, visit.request.path_params["order_id"])
    lines = await timeline.of_order(store, workspace_id, one.id)
    known = await people.names(store, workspace_id, [one.profile_id])
    return visit.page(
        "order.html",
        status=200,
        stream=live,
        one=one,
        owner=known.get(one.profile_id),
        shop=(await names.read(store, workspace_id)).get(one.connector_id, "a shop that is gone"),
        told=await telling.tell(visit, lines),
        after=max((line.id for line in lines), default=0),
        is_late="late" in visit.request.query_params,
        order_buttons=await _buttons(visit, one),
        **drawn(one, Eye(one.currency, visit.workspace.time_zone)),
    )


async def news(visit: Visit) -> Response:
    """``GET /orders/{id}/news?after=EVENT``: the pill when something was said about it since."""
    order_id = visit.request.path_params["order_id"]
    lines = await timeline.of_order(visit.desk.store, visit.workspace.id, order_id)
    count = sum(line.id > keyset.number(visit.request, "after", keyset.NEVER) for line in lines)
    if not count:
        return Response(status_code=204)
    path, oob = f"/orders/{order_id}", "#news,#receipt,#parcels,#everything,#held,#states"
    return visit.page("_news.html", count=count, back=path, select="#story", oob=oob, hold="timeline")


async def accept(visit: Visit) -> Response:
    """``POST /orders/{id}/acceptances``: what was held of the order counts from now on."""
    one = await listing.one(visit.desk.store, visit.workspace.id, visit.request.path_params["order_id"])
    is_in = await verbs.accept_order(visit, one.id)
    return visit.go(f"/orders/{one.id}" + ("" if is_in else "?late=1"))


async def _buttons(visit: Visit, one: Order) -> list[Button]:
    if not visit.may(Act.ANSWER):
        return []
    return await buttons.of(visit, buttons.Place("order", order=one, profile_id=one.profile_id, back=f"/orders/{one.id}"))


def drawn(one: Order, eye: Eye) -> dict[str, object]:
    """The order's document as the page shows it."""
    seen = document.seen(one.document)
    values = {name: value for name, (value, _) in seen.items()}
    parcels = document.parcels(one.document)
    refunded = state.refunded(values, one.currency)
    held = {name: pair for name, pair in document.held(one.document).items() if name not in _OURS}
    return {
        "items": [item(each, eye) for each in values.get("items") or []],
        "totals": [(words, labels.amount(values[name], eye.currency)) for name, words in TOTALS if isinstance(values.get(name), str)],
        "refunded": refunded,
        "is_part_refunded": state.is_part_refunded(values, amount=one.amount, refunded=refunded),
        "coupons": [str(coupon) for coupon in values.get("coupons") or []],
        "parcels": [parcel(each, eye) for each in parcels],
        "groups": groups(one, seen, eye),
        "history": [(stamp, labels.label(name), said) for stamp, name, said in document.history(one.document)],
        "held": [(_held(name, *held[name], eye), _shown(name, seen, eye)) for name in sorted(held)],
        "has_held_items": "items" in document.held(one.document),
        "held_parcels": len(document.held_parcels(one.document)),
    }


def item(said: dict[str, Any], eye: Eye) -> Item:
    """One item with its sum: its total if the shop said one, else price × quantity."""
    count = said.get("quantity")
    return Item(
        name=str(said.get("name") or said.get("sku") or said.get("id") or "Item"),
        detail=str(said.get("sku") or said.get("option_name") or ""),
        count=labels.plain(count) if count is not None else "",
        sum=_sum(said, eye.currency),
        fields=[labels.field(name, value, eye) for name, value in said.items()],
    )


def parcel(said: dict[str, Any], eye: Eye) -> Parcel:
    """One fulfillment, with only such links as are safe to follow."""
    steps = [step for step in said.get("tracking") or [] if isinstance(step, dict)]
    fields = [labels.field(name, value, eye) for name, value in said.items() if name not in ("tracking", "items")]
    for step in steps:
        fields += [labels.field(f"tracking.{name}", value, eye) for name, value in step.items()]
    links = [Step(str(step.get("company") or ""), str(step.get("number") or ""), _safe(step.get("url"))) for step in steps]
    where = state.state_of({}, [said]) if said.get("status") else "on_the_way"
    inside = [item(each, eye) for each in said.get("items") or []]
    return Parcel(str(said.get("id", "")), where, str(said.get("status") or ""), links, fields, inside)


def _safe(url: object) -> str:
    return str(url) if labels.is_link(url) else ""


def groups(one: Order, seen: dict[str, tuple[Any, int]], eye: Eye) -> list[Group]:
    """Every field but items and parcels, each under the heading people look for it."""
    rest = {name: pair for name, pair in seen.items() if name not in _OURS}
    custom = {name: rest.pop(name) for name in list(rest) if name.startswith("custom.")}
    sides = {side: {name: rest.pop(name) for name in list(rest) if _is_of(name, side)} for side in _SIDES}
    payment = {name: rest.pop(name) for name in _PAYMENT if name in rest}
    order = [Shown("Number", "text", one.number), *_fields(rest, eye)]
    if any("c" in layer for layer in one.document.values()):
        order.append(Shown("Replaces all parcels sent before", "text", "yes"))
    found = [Group("Order", order), Group("Payment", _fields(payment, eye))]
    found += [Group(f"{side.capitalize()} address", _address(sides[side], side, eye)) for side in reversed(_SIDES)]
    found.append(Group("The shop’s own fields", [labels.custom(name, value, eye, trust) for name, (value, trust) in custom.items()]))
    return [group for group in found if group.fields]


def _is_of(name: str, side: str) -> bool:
    """Whether a field is part of an address: how and for how much something is shipped is not."""
    return name.startswith(f"{side}_") and name not in ("shipping_amount", "shipping_method")


def _fields(pairs: dict[str, tuple[Any, int]], eye: Eye) -> list[Shown]:
    return [labels.field(name, value, eye, trust=trust) for name, (value, trust) in pairs.items()]


def _address(pairs: dict[str, tuple[Any, int]], side: str, eye: Eye) -> list[Shown]:
    """An address names what is missing too, so that nobody looks for it twice."""
    if not pairs:
        return []
    said = [labels.field(name, value, eye, strip=f"{side}_", trust=trust) for name, (value, trust) in pairs.items()]
    absent = [name for name in _EXPECTED if f"{side}_{name}" not in pairs]
    return said + [Shown(labels.label(name), "text", labels.NOT_GIVEN) for name in absent]


def _held(name: str, value: object, trust: int, eye: Eye) -> Shown:
    return labels.custom(name, value, eye, trust) if name.startswith("custom.") else labels.field(name, value, eye, trust=trust)


def _shown(name: str, seen: dict[str, tuple[Any, int]], eye: Eye) -> Shown:
    return _held(name, seen[name][0], seen[name][1], eye) if name in seen else Shown(labels.label(name), "text", labels.NOT_GIVEN)


def _sum(said: dict[str, Any], currency: str) -> str:
    total, price, count = said.get("total_price"), said.get("price"), said.get("quantity")
    if isinstance(total, str):
        return labels.amount(total, currency)
    if not isinstance(price, str):
        return ""
    return labels.times(price, count, currency) if isinstance(count, int) else labels.amount(price, currency)
