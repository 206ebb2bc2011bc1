"""Fields as labelled text: what a shop sent, under names people read, whatever its shape. Pure; templates only lay it out."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, Final

from msgspec import Struct

from tillside.edges.agent import format
from tillside.events import aliases, money

NOT_GIVEN: Final = "not given"
_MOST_PARTS = 200
_KINDS: Final = {field.name: field.kind for fields in aliases.TABLES.values() for field in fields} | {
    "placed_at.created": "time",
    "placed_at.processed": "time",
    "shipped_at": "time",
    "currency_assumed": "currency",
}
_LABELS: Final = {
    "number": "Number",
    "db_key": "Database key",
    "uid": "Shop account",
    "email": "E-mail",
    "dob": "Date of birth",
    "amount": "Amount",
    "subtotal": "Subtotal",
    "shipping_amount": "Shipping",
    "refunded": "Refunded",
    "total_weight": "Total weight",
    "grams": "Weight in grams",
    "sku": "SKU",
    "option_sku": "Option SKU",
    "id": "Id",
    "url": "Link",
    "image_urls": "Pictures",
    "gateways": "Payment gateways",
    "status_url": "Status page",
    "created_at": "Created",
    "updated_at": "Updated",
    "processed_at": "Processed",
    "shipped_at": "Shipped",
    "placed_at.created": "Placed, by creation",
    "placed_at.processed": "Placed, by processing",
    "currency_assumed": "Currency, assumed",
    "address1": "Address line 1",
    "address2": "Address line 2",
    "start_at": "Start",
    "end_at": "End",
    "next_payment_at": "Next payment",
    "last_payment_at": "Last payment",
    "trial_end_at": "End of trial",
}


class Shown(Struct, frozen=True):
    """One field. `kind`: text, link, time (then `at`), or parts (then `parts`). `trust` is the level it was said at, -1 where none is told."""

    label: str
    kind: str
    text: str
    at: int = 0
    parts: list["Shown"] = []
    trust: int = -1


class Eye(Struct, frozen=True):
    """What values are seen with: the order's currency and the reader's clock."""

    currency: str
    zone: str


def label(name: str, strip: str = "") -> str:
    """``shipping_address1`` is "Shipping address line 1", under the heading *Shipping* "Address line 1"."""
    bare = name.removeprefix(strip)
    side, _, rest = bare.partition("_")
    if bare not in _LABELS and side in ("billing", "shipping") and rest in _LABELS:
        return f"{side.capitalize()} {_LABELS[rest].lower()}"
    return _LABELS.get(bare) or bare.replace("_", " ").replace(".", " ").strip().capitalize()


def field(name: str, value: object, eye: Eye, *, strip: str = "", trust: int = -1) -> Shown:
    """A field of ours, by its kind."""
    kind = _KINDS.get(name, "any")
    said = label(name, strip)
    if kind == "money" and isinstance(value, str):
        return Shown(said, "text", amount(value, eye.currency), trust=trust)
    if kind == "time" and isinstance(value, int) and not isinstance(value, bool):
        return moment(said, value, eye, trust)
    if kind in ("count", "measure") and isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return Shown(said, "text", format.number(value), trust=trust)  # type: ignore[arg-type]  # Decimal formats as float does
    return anything(said, value, eye, trust)


def custom(name: str, value: object, eye: Eye, trust: int = -1) -> Shown:
    """A property of the shop's own, under the name it chose."""
    return anything(name.removeprefix("custom."), value, eye, trust)


def moment(said: str, at: int, eye: Eye, trust: int = -1) -> Shown:
    return Shown(said, "time", format.exact(at, eye.zone), at, trust=trust)


def anything(said: str, value: object, eye: Eye, trust: int = -1) -> Shown:
    """A value of any shape: lists of plain values in one line, everything nested as parts of its own."""
    if isinstance(value, Mapping) and value:
        return Shown(said, "parts", "", parts=_parts((str(key), inner) for key, inner in value.items()) or [], trust=trust)
    if isinstance(value, list) and len(value) == 1 and is_link(value[0]):
        return Shown(said, "link", str(value[0]), trust=trust)
    if isinstance(value, list) and any(isinstance(inner, dict | list) or is_link(inner) for inner in value):
        return Shown(said, "parts", "", parts=_parts((str(place), inner) for place, inner in enumerate(value, 1)) or [], trust=trust)
    if isinstance(value, str) and is_link(value):
        return Shown(said, "link", value, trust=trust)
    if isinstance(value, list):
        return Shown(said, "text", ", ".join(plain(inner) for inner in value) or NOT_GIVEN, trust=trust)
    return Shown(said, "text", plain(value), trust=trust)


def plain(value: object) -> str:
    """A single value in words: yes and no, a number as it was sent, an empty one as not given."""
    if value is None or value in ("", {}, []):
        return NOT_GIVEN
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value).replace("-", format.MINUS, 1) if isinstance(value, int | float | Decimal) and value < 0 else str(value)


def amount(said: str, currency: str) -> str:
    """Money for people; where the sender was more exact than the currency can pay, the exact number beside it."""
    minor = money.minor_units(said, currency)
    shown = format.money(minor, currency)
    exact = Decimal(said)
    return shown if exact == Decimal(minor).scaleb(-money.exponent(currency)) else f"{shown} ({said})"


def times(price: str, count: int, currency: str) -> str:
    """Price × quantity as money."""
    return amount(money.plain_text(Decimal(price) * count), currency)


def is_link(value: object) -> bool:
    """Whether a text is safe to follow: nothing but http and https."""
    return isinstance(value, str) and value.lower().startswith(("https://", "http://")) and len(value) < 2048 and value.isprintable()


def address(fields: Mapping[str, Any], side: str) -> list[str]:
    """An address as it stands on a parcel; empty when none was given."""
    said = {name.removeprefix(f"{side}_"): str(value) for name, value in fields.items() if name.startswith(f"{side}_") and value}
    if not {"address1", "address", "city", "postcode"} & said.keys():
        return []
    name = said.get("name") or _line(said, "first_name", "last_name")
    street = said.get("address1") or said.get("address", "")
    land = ", ".join(said[part] for part in ("state", "country") if part in said)
    lines = (name, said.get("company", ""), street, said.get("address2", ""), _line(said, "postcode", "city"), land)
    return [line for line in lines if line]


def _line(said: Mapping[str, str], *names: str) -> str:
    return " ".join(said[name] for name in names if name in said)


def _parts(pairs: Iterable[tuple[str, object]]) -> list[Shown]:
    eye = Eye("", "UTC")
    found: list[Shown] = []
    for place, (name, value) in enumerate(pairs):
        if place == _MOST_PARTS:
            found.append(Shown("And more", "text", "see the event in the inspector"))
            break
        found.append(anything(name, value, eye))
    return found


def traits(seen: Mapping[str, tuple[Any, int]], eye: Eye) -> list[Shown]:
    """What is known of a person, ours first, the shop's own after it."""
    known = [name for name in _KINDS if name in seen]
    own = sorted(name for name in seen if name not in _KINDS)
    return [field(name, seen[name][0], eye, trust=seen[name][1]) for name in known] + [
        custom(name, seen[name][0], eye, seen[name][1]) for name in own
    ]
