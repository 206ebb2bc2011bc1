"""Making a macro from an answer: what is true of this customer and this order only becomes a variable. Pure."""

import html as entities
import re
from collections.abc import Mapping

from msgspec import Struct

_TAG = re.compile(r"(<[^>]*>)")
_HREF = re.compile(r'href="[^"]*"')
_TURNED = (
    "order.tracking_url",
    "order.status_url",
    "customer.email",
    "order.tracking_number",
    "customer.phone",
    "order.name",
    "order.number",
    "customer.name",
    "customer.first_name",
    "customer.last_name",
    "order.amount",
    "order.shipping_postcode",
    "agent.name",
    "agent.first_name",
)
"""What is turned, the surest first: where two names stand for the same text, the first one wins."""
_IN_LINKS = frozenset({"order.tracking_url", "order.status_url", "order.tracking_number", "customer.email"})
_VARIABLE = {"customer.first_name": "{{customer.first_name|there}}"}
_SHORTEST = 2
_SHORTEST_NUMBER = 4


class Turned(Struct, frozen=True):
    """`names`: the variables that were put in, in the order of their first sight."""

    html: str
    names: list[str]


def turned(html: str, values: Mapping[str, str]) -> Turned:
    """Cleaned HTML with every value of this conversation replaced by its variable, also in the addresses of links.

    A first name falls back to "there". Only whole words are turned, so that the Ann in Annual stays.
    """
    meant: dict[str, str] = {}
    for name in _TURNED:
        said = values.get(name, "")
        if len(said) >= _SHORTEST and not (said.isdigit() and len(said) < _SHORTEST_NUMBER):
            meant.setdefault(entities.escape(said, quote=False), name)
    names: list[str] = []

    def put(match: re.Match[str]) -> str:
        names.append(meant[match[0]])
        return _VARIABLE.get(meant[match[0]], f"{{{{{meant[match[0]]}}}}}")

    if not meant:
        return Turned(html, [])
    seen = _any_of(meant)
    in_links = _any_of({said: name for said, name in meant.items() if name in _IN_LINKS})
    parts = [
        _HREF.sub(lambda href: in_links.sub(put, href[0]), part) if part.startswith("<") else seen.sub(put, part) for part in _TAG.split(html)
    ]
    return Turned("".join(parts), list(dict.fromkeys(names)))


def _any_of(meant: Mapping[str, str]) -> re.Pattern[str]:
    """Any of these texts as whole words, the longest first; with none of them, nothing."""
    each = [rf"(?<![\w#]){re.escape(said)}(?!\w)" for said in sorted(meant, key=len, reverse=True)]
    return re.compile("|".join(each) or r"(?!)")
