"""What one event means, in one sentence: for the story of a customer, the history of an order and the inspector. Pure."""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct

from tillside.customers.timeline import EventLine
from tillside.edges.agent import format
from tillside.orders import state as states
from tillside.orders.figures import Figures
from tillside.orders.listing import Line as OrderLine
from tillside.orders.listing import Tally


class Sentence(Struct, frozen=True):
    """``before`` *thing* ``after``; the thing is a link when `href` is given. `tone` colours the icon and never stands alone."""

    icon: str
    before: str
    thing: str = ""
    href: str = ""
    after: str = ""
    tone: str = ""


_SIMPLE: Final = {
    "page_view": ("globe", "Opened", ""),
    "view_product": ("eye", "Looked at", ""),
    "view_category": ("layout-list", "Looked through", ""),
    "view_article": ("file-text", "Read", ""),
    "view_cart": ("shopping-cart", "Looked into the cart", ""),
    "search": ("search", "Searched for", ""),
    "add_to_cart": ("shopping-cart", "Put", "into the cart"),
    "remove_from_cart": ("shopping-cart", "Took", "out of the cart"),
    "cart_updated": ("shopping-cart", "Changed the cart", ""),
    "applied_coupon": ("percent", "Used the coupon", ""),
    "checkout_start": ("credit-card", "Started the checkout", ""),
    "checkout_payment": ("credit-card", "Went to the payment", ""),
}
_NOTHING: Final = {"add_to_cart": "something", "remove_from_cart": "something", "page_view": "a page", "view_product": "a product"}
_WHOLE: Final = frozenset({"view_cart", "cart_updated", "checkout_start", "checkout_payment"})
"""Sentences that say it all; the title of the page would only repeat it."""
_ORDERS: Final = frozenset({"order", "order_status_update", "fulfillment", "delete_fulfillment", "subscription", "subscription_status_update"})
_TONES: Final = {"delivered": "good", "refunded": "bad", "part_refunded": "bad", "cancelled": "bad", "failed": "bad", "returned": "bad"}
STATE_ICONS: Final = {
    "placed": "shopping-bag",
    "packed": "package",
    "part_sent": "split",
    "on_the_way": "truck",
    "delivered": "package-check",
    "returned": "undo-2",
    "part_refunded": "undo-2",
    "refunded": "undo-2",
    "cancelled": "ban",
    "failed": "circle-x",
    "active": "repeat",
    "paused": "pause",
    "expired": "clock",
}
STATE_CHIPS: Final = {
    "on_the_way": "info",
    "part_sent": "info",
    "delivered": "good",
    "active": "good",
    "returned": "warn",
    "part_refunded": "warn",
    "refunded": "warn",
    "paused": "warn",
    "expired": "warn",
    "cancelled": "bad",
    "failed": "bad",
}


def tally(has: Tally) -> str:
    """What somebody ordered altogether: ``3 orders, 1 cancelled · 2 subscriptions, 1 active, 1 cancelled``; empty for nothing."""
    said = []
    if has.orders:
        said.append(", ".join([format.plural(sum(has.orders.values()), "order"), *stopped(has.orders)]))
    if has.subscriptions:
        said.append(", ".join([format.plural(sum(has.subscriptions.values()), "subscription"), *by_state(has.subscriptions)]))
    return " · ".join(said)


def apart(sum: Figures) -> str:
    """What stands under the number of orders: ``1 cancelled, average $25.25``. The average is of those that count."""
    average = [f"average {format.money(sum.average, sum.currency)}"] if sum.orders else []
    return ", ".join(stopped({"cancelled": sum.cancelled, "failed": sum.failed}) + average)


def stopped(orders: Mapping[str, int]) -> list[str]:
    """The orders that do not count as earned, in words."""
    words = {"cancelled": "cancelled", "failed": "with a failed payment"}
    return [f"{format.number(orders[state])} {word}" for state, word in words.items() if orders.get(state)]


def by_state(subscriptions: Mapping[str, int]) -> list[str]:
    """Subscriptions in words: the state each is in."""
    return [f"{format.number(count)} {states.STATES.get(state, state).lower()}" for state, count in subscriptions.items()]


def of(line: EventLine, orders: Mapping[str, OrderLine], firsts: Mapping[str, int]) -> Sentence:
    """The sentence of one line. `orders`: those the lines speak of; `firsts`: the first event of each."""
    if line.name.startswith("desk."):
        return _by_hand(line)
    if line.name in _ORDERS:
        return _of_order(line, orders.get(line.order_id or ""), is_first=firsts.get(line.order_id or "") == line.id)
    if line.name == "identify":
        return Sentence("user", "Said who they are:" if line.label.who else "Said something about themselves", line.label.who)
    if line.name in _SIMPLE:
        icon, before, after = _SIMPLE[line.name]
        thing = "" if line.name in _WHOLE else line.label.title or _NOTHING.get(line.name, "")
        return Sentence(icon, before, thing, after=after)
    return Sentence("zap", "The shop told:", line.name, after=line.label.title)


def _of_order(line: EventLine, order: OrderLine | None, *, is_first: bool) -> Sentence:
    name = order.name if order else line.label.title
    href = f"/orders/{line.order_id}" if line.order_id else ""
    kind = "subscription" if line.name.startswith("subscription") else "order"
    if line.name == "delete_fulfillment":
        return Sentence("package-x", "A parcel was taken out of", name, href, tone="bad")
    if line.name == "fulfillment":
        return Sentence("truck", "A parcel of", name, href, "changed" + (f": {line.label.status}" if line.label.status else ""))
    if is_first and line.name in ("order", "subscription"):
        verb = "Placed order" if kind == "order" else "Started subscription"
        return Sentence("shopping-bag", verb, name, href, f"for {format.money(order.amount, order.currency)}" if order else "", "order")
    status = line.label.status
    state = states.state_of({"status": status}, ()) if status else ""
    icon = STATE_ICONS.get(state, "receipt") if status else "receipt"
    return Sentence(icon, kind.capitalize(), name, href, f"is now {status}" if status else "was updated", _TONES.get(state, ""))


def _by_hand(line: EventLine) -> Sentence:
    who, what = line.label.who, line.label.title
    href = f"/orders/{line.order_id}" if line.order_id else ""
    return {
        "desk.merge": Sentence("merge", f"{who} merged", what, after="into this customer"),
        "desk.part": Sentence("split", f"{who} took a merge back:", what),
        "desk.accept_order": Sentence("check-check", f"{who} accepted what was held of", what, href),
        "desk.accept_traits": Sentence("check-check", f"{who} accepted what was held:", what),
        "desk.retry": Sentence("rotate-cw", f"{who} sent a parked event in again:", what, f"/events?event={what}"),
    }.get(line.name, Sentence("pencil", who, line.name))
