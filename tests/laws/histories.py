"""Random histories of a small shop: three customers, four browsers, four orders; the shop's server, pages with and without a token.

The shop does not contradict itself about who is who: an id keeps its e-mail, a browser belongs to one person.
"""

from typing import Any

from hypothesis import strategies as st
from msgspec import Struct

from tillside.base import signing
from tillside.base.trust import Trust

SECRET = "test-secret-for-interop"
DAY = 1_795_400_000_000
CUSTOMERS = range(3)
PARCELS = ["F1", "F2", "F3"]


class Told(Struct, frozen=True):
    """One event and the trust its request arrives with."""

    event: dict[str, Any]
    trust: Trust


def uid(who: int) -> str:
    return f"c-{who}"


def email(who: int) -> str:
    return f"person{who}@shop.example"


def introduction(who: int) -> Told:
    """The shop's server names a customer by id and e-mail, so that a token may later do the same."""
    return Told(
        {"event": "identify", "userProperties": {"uid": uid(who), "email": email(who)}, "time": {"sentAt": DAY}, "eventId": f"in-{who}"},
        Trust.PROVEN,
    )


def token(who: int) -> str:
    return signing.make_token({"id": uid(who), "email": email(who), "firstName": f"Token {who}"}, SECRET, iv=bytes(range(16)))


def times() -> st.SearchStrategy[int]:
    return st.integers(0, 3).map(lambda step: DAY + step * 1000)


@st.composite
def parcels(draw: st.DrawFn) -> list[dict[str, Any]]:
    listed = []
    for name in draw(st.lists(st.sampled_from(PARCELS), max_size=2, unique=True)):
        parcel: dict[str, Any] = {"id": name, "status": draw(st.sampled_from(["shipped", "delivered"]))}
        if draw(st.booleans()):
            parcel["tracking"] = [{"trackingNumber": f"T-{name}", "trackingCompany": "Post"}]
        listed.append(parcel)
    return listed


@st.composite
def order_events(draw: st.DrawFn, number: int) -> dict[str, Any]:
    properties: dict[str, Any] = {"orderId": str(1000 + number)}
    name = draw(st.sampled_from(["order", "order", "order_status_update", "delete_fulfillment"]))
    if name == "delete_fulfillment":
        properties["fulfillmentId"] = draw(st.sampled_from(PARCELS))
    if draw(st.booleans()):
        properties.update(amount=draw(st.sampled_from([10, 12.5, 40])), currency=draw(st.sampled_from(["USD", "EUR"])))
    if draw(st.booleans()):
        properties["items"] = [{"id": "n", "name": "Notebook", "price": 5, "quantity": draw(st.integers(1, 3))}]
    if draw(st.booleans()):
        properties["status"] = draw(st.sampled_from(["placed", "shipped", "cancelled", "refunded"]))
    if draw(st.booleans()):
        properties["updatedAt"] = draw(times())
    if name == "order" and draw(st.booleans()):
        properties["createdAt"] = draw(times())
    if listed := draw(parcels()):
        properties["fulfillment"] = listed
        properties["deleteFulfillmentAndCreate"] = draw(st.booleans())
    if draw(st.booleans()):
        properties["orderDbKey"] = f"db{number}"
    return {"event": name, "properties": properties, "time": {"sentAt": draw(times())}}


@st.composite
def from_server(draw: st.DrawFn) -> Told:
    """What the shop's server says: an order of its owner, or of nobody it names."""
    number = draw(st.integers(0, 3))
    event = draw(order_events(number))
    owner = number % len(CUSTOMERS)
    said = draw(st.sampled_from(["uid", "email", "both", "nobody"]))
    if said != "nobody":
        names = {"uid": uid(owner), "email": email(owner)}
        event["userProperties"] = names if said == "both" else {said: names[said]}
        if draw(st.booleans()):
            event["userProperties"]["city"] = draw(st.sampled_from(["Oslo", "Bergen"]))
    return Told(event, Trust.PROVEN)


@st.composite
def from_page(draw: st.DrawFn) -> Told:
    """What a browser says: visits, typed names, tokens, and orders of anybody's number."""
    browser = draw(st.integers(0, 3))
    kind = draw(st.sampled_from(["page_view", "identify", "order", "search"]))
    event = draw(order_events(draw(st.integers(0, 3)))) if kind == "order" else {"event": kind, "time": {"sentAt": draw(times())}}
    if kind == "search":
        event["properties"] = {"query": draw(st.sampled_from(["pen", "ink"]))}
    if draw(st.booleans()):
        event["did"] = f"device-{browser}"
    who = browser % len(CUSTOMERS)
    carries = draw(st.sampled_from(["nothing", "typed", "token"]))
    if carries == "typed":
        event["userProperties"] = {"uid": uid(who), "email": email(who), "city": draw(st.sampled_from(["Paris", "Rome"]))}
    elif carries == "token":
        event["userToken"] = token(who)
    return Told(event, Trust.TYPED)


def histories(*, most: int = 9) -> st.SearchStrategy[list[Told]]:
    """Distinct events, each with an id of its own, as the tracker numbers them."""
    return st.lists(st.one_of(from_server(), from_page()), min_size=1, max_size=most).map(_numbered)


def _numbered(told: list[Told]) -> list[Told]:
    return [Told({**one.event, "eventId": f"e-{place}"}, one.trust) for place, one in enumerate(told)]
