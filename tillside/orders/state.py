"""What an order's free words mean to the team: one state out of few, and how much of it counts as earned. Pure; no I/O."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from tillside.events.money import minor_units

STATES = {
    "placed": "Placed",
    "packed": "Being packed",
    "part_sent": "Partly sent",
    "on_the_way": "On the way",
    "delivered": "Delivered",
    "returned": "Returned",
    "part_refunded": "Part refunded",
    "refunded": "Refunded",
    "cancelled": "Cancelled",
    "failed": "Payment failed",
    "active": "Active",
    "paused": "Paused",
    "expired": "Expired",
}
"""State → the words people see."""

_UNPAID = frozenset({"unpaid", "failed", "voided", "void", "declined", "pending", "pending_payment", "authorized", "expired"})
_BY_WORD = {
    **dict.fromkeys(("cancelled", "canceled", "cancel", "voided", "void"), "cancelled"),
    **dict.fromkeys(("failed", "payment_failed", "declined", "payment_error"), "failed"),
    **dict.fromkeys(("returned",), "returned"),
    **dict.fromkeys(("delivered", "complete", "completed"), "delivered"),
    **dict.fromkeys(("shipped", "in_transit", "out_for_delivery", "fulfilled", "sent", "on_the_way", "dispatched"), "on_the_way"),
    **dict.fromkeys(("partial", "partially_fulfilled", "partially_shipped", "part_sent"), "part_sent"),
    **dict.fromkeys(("processing", "packing", "packed", "being_packed", "preparing", "picking"), "packed"),
    **dict.fromkeys(("active",), "active"),
    **dict.fromkeys(("paused", "on_hold", "on-hold"), "paused"),
    **dict.fromkeys(("expired",), "expired"),
}


def state_of(fields: dict[str, Any], parcels: Iterable[dict[str, Any]]) -> str:
    """The one state that matters most to whoever answers: a stop first, then where the parcels are, then the shop's own word."""
    status = _BY_WORD.get(_word(fields.get("status")), "")
    payment = _BY_WORD.get(_word(fields.get("payment_status")), "")
    if status in ("cancelled", "failed", "returned", "active", "paused", "expired"):
        return status
    if payment == "failed":
        return "failed"
    if _word(fields.get("payment_status")) == "refunded" or _word(fields.get("status")) == "refunded":
        return "refunded"
    where = _parcels_state([_BY_WORD.get(_word(parcel.get("status")), "") or "on_the_way" for parcel in parcels])
    fulfilled = _BY_WORD.get(_word(fields.get("fulfillment_status")), "")
    if status == "delivered" or where == "delivered":
        return "delivered" if fulfilled != "part_sent" else "part_sent"
    return fulfilled or where or status or "placed"


def is_part_refunded(fields: dict[str, Any], *, amount: int, refunded: int) -> bool:
    return 0 < refunded < amount or "partially_refunded" in (_word(fields.get("payment_status")), _word(fields.get("status")))


def currency_of(fields: dict[str, Any], default: str) -> str:
    return str(fields.get("currency") or fields.get("currency_assumed") or default)


def money(fields: dict[str, Any], name: str, currency: str) -> int | None:
    """An amount in minor units, None when nobody stated it."""
    said = fields.get(name)
    return minor_units(said, currency) if isinstance(said, str) else None


def refunded(fields: dict[str, Any], currency: str) -> int:
    """What went back to the customer, in minor units."""
    stated = money(fields, "refunded", currency)
    if stated is not None:
        return stated
    words = (_word(fields.get("payment_status")), _word(fields.get("status")))
    return (money(fields, "amount", currency) or 0) if "refunded" in words else 0


def earned(fields: dict[str, Any], state: str, currency: str, *, amount: int) -> tuple[bool, int]:
    """Whether the order counts, and its part of the customer's lifetime value in minor units: paid − refunded (decision 12)."""
    if state in ("cancelled", "failed"):
        return False, 0
    if _word(fields.get("payment_status")) in _UNPAID:
        return True, 0
    return True, amount - refunded(fields, currency)


def _parcels_state(states: list[str]) -> str:
    if not states:
        return ""
    return "delivered" if all(state == "delivered" for state in states) else "on_the_way"


def _word(value: object) -> str:
    return _plain(value) if isinstance(value, str) else ""


@lru_cache(maxsize=2048)
def _plain(said: str) -> str:
    """A state's word without its spelling; shops use few of them, over and over."""
    return said.strip().lower().replace(" ", "_").replace("-", "_")
