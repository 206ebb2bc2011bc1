"""How the shop words times and states for people."""

from datetime import UTC, datetime, timedelta

from tillside.demo import countries
from tillside.demo.catalogue import Product
from tillside.demo.orders import Order
from tillside.demo.store import now_ms

STATES = {
    "placed": "Placed",
    "packing": "Being packed",
    "partly_shipped": "Partly on the way",
    "shipped": "On the way",
    "delivered": "Delivered",
    "cancelled": "Cancelled",
    "payment_failed": "Payment failed",
}
PAYMENTS = {"card": "Card", "paypal": "PayPal", "invoice": "Invoice", "declined card": "A card that is declined"}
TONES = {"delivered": "good", "shipped": "way", "partly_shipped": "way", "cancelled": "off", "payment_failed": "bad"}


def state(order: Order) -> str:
    """The one phrase for an order; money that went back is said beside the parcel."""
    if order.state in ("shipped", "partly_shipped") and order.is_stuck(now_ms()):
        return "Stuck on the way"
    return STATES[order.state]


def tone(order: Order) -> str:
    return "bad" if state(order) == "Stuck on the way" else TONES.get(order.state, "plain")


def refund(order: Order) -> str:
    if not order.refunded:
        return ""
    return "Refunded" if order.refunded == order.total else "Part refunded"


def day(ms: int) -> str:
    """``19 Nov``, or with its year when that is not this one."""
    moment, now = _at(ms), _at(now_ms())
    return f"{moment.day} {moment:%b}" if moment.year == now.year else f"{moment.day} {moment:%b %Y}"


def minute(ms: int) -> str:
    """``today 09:44`` or ``19 Nov, 09:44``, in UTC."""
    moment = _at(ms)
    return f"today {moment:%H:%M}" if moment.date() == _at(now_ms()).date() else f"{day(ms)}, {moment:%H:%M}"


def iso(ms: int) -> str:
    return _at(ms).isoformat(timespec="seconds")


def pieces(count: int) -> str:
    return "1 piece" if count == 1 else f"{count} pieces"


def arrives(country: countries.Country) -> str:
    """``Wed 25 to Fri 27 November``, counted from today."""
    today = _at(now_ms())
    first, last = (today + timedelta(days=days) for days in country.days)
    return f"{first:%a} {first.day} to {last:%a} {last.day} {last:%B}"


def stock(product: Product) -> str:
    return f"{product.stock}, leaves us today" if product.stock > 10 else f"the last {product.stock}, leaves us today"


def _at(ms: int) -> datetime:
    return datetime.fromtimestamp(ms / 1000, UTC)
