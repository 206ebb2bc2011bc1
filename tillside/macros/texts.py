"""Filling a macro's text: variables in, holes told. Pure; values.py gathers what is known.

A variable is ``{{customer.first_name}}``, or in the contract's own spelling ``%First Name%`` (4.2); ``{{customer.first_name|there}}`` says what
stands there when nothing is known. What could not be filled is told, so that no customer reads a hole.
"""

import html as entities
import re
from collections.abc import Mapping

from msgspec import Struct

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z_][\w.]*)\s*(?:\|([^{}]*))?\}\}|%([A-Z][A-Za-z]*(?: [A-Za-z]+)*)%")
_HUMP = re.compile(r"(?<=[a-z])[A-Z]")
SPELLED = {
    "First Name": "customer.first_name",
    "Agent First Name": "agent.first_name",
    "Customer Name": "customer.name",
    "Customer Email": "customer.email",
    "Email": "customer.email",
    "Order Name": "order.name",
    "Order ID": "order.number",
    "Order number": "order.name",
    "Order Tracking URL": "order.tracking_url",
    "Order Shipping City": "order.shipping_city",
    "Order Shipping Postcode": "order.shipping_postcode",
}
"""The contract's spelling of a variable → ours."""
_FILLED = (
    "customer.first_name customer.last_name customer.name customer.email customer.phone agent.first_name agent.name"
    " conversation.number conversation.subject order.name order.number order.state order.amount order.placed_on order.tracking_number"
    " order.tracking_url order.tracking_company order.status_url order.shipping_city order.shipping_postcode shop.name"
)
NAMES = tuple(_FILLED.split())
"""What can be filled in under a name of ours; beside them every placeholder of an HTTP target is understood."""


class Filled(Struct, frozen=True):
    """A text with its variables in place; `missing` names those nothing is known for."""

    text: str
    missing: list[str]


def fill(text: str, values: Mapping[str, str], *, is_html: bool = True) -> Filled:
    """Put values in place of variables; in HTML they are escaped. Names nobody knows stay as they are, and are told as missing."""
    missing: list[str] = []

    def put(match: re.Match[str]) -> str:
        name = match[1] or SPELLED.get(match[3], "")
        if not name:
            return match[0]
        value = values.get(name) or (match[2] or "").strip()
        if not value:
            missing.append(name)
            return ""
        return entities.escape(value) if is_html else value

    return Filled(_VARIABLE.sub(put, text), list(dict.fromkeys(missing)))


def variables(text: str) -> list[str]:
    """The variables a text names, for a check while it is written."""
    return list(dict.fromkeys(match[1] or SPELLED.get(match[3], match[3]) for match in _VARIABLE.finditer(text)))


def worded(name: str) -> str:
    """The name of a variable in words: order tracking url, order tracking url for ``order.trackingUrl`` too."""
    return _HUMP.sub(lambda match: f" {match[0].lower()}", name.replace(".", " ").replace("_", " "))
