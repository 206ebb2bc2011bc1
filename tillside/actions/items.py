"""Lines of an order as an action asks for them: how many of each are left, what was paid for so many, and which ones somebody means. Pure.

Somebody means lines in one of three ways: a form says how many of which line by its key; JSON names each line by the ids the shop gave it,
``[{"sku": "NB-DOT", "quantity": 1}]``; and the word ``all`` is everything that is left.
"""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from hashlib import blake2b
from typing import Any

import msgspec
from msgspec import Struct

from tillside.events import money

ALL = "all"
MOST = 200
_NAMES = (("id", "id"), ("optionId", "option_id"), ("sku", "sku"))
"""How a line is named in JSON, and as the shop's statement is kept."""


class Item(Struct, frozen=True):
    """`bought` and `gone` (given back already) in pieces; `total`: what all of them cost the customer, in minor units. `key` is for forms."""

    key: str
    id: str
    option_id: str
    sku: str
    name: str
    bought: int
    gone: int
    total: int

    @property
    def left(self) -> int:
        return max(self.bought - self.gone, 0)

    def worth(self, count: int) -> int:
        """What was paid for so many of those that are left. Piece by piece it adds up to the whole, to the cent."""
        return _part(self.total, self.gone + count, self.bought) - _part(self.total, self.gone, self.bought)


def of_order(values: Mapping[str, Any], currency: str) -> tuple[Item, ...]:
    """The lines of an order's document; equal ones are one line. What has no whole number of pieces cannot be chosen by the piece."""
    found: dict[tuple[str, ...], Item] = {}
    for said in (values.get("items") or [])[:MOST]:
        item = _item(said, currency) if isinstance(said, Mapping) else None
        if item is None:
            continue
        named = (item.id, item.option_id, item.sku, item.name)
        same = found.get(named)
        found[named] = item if same is None else _joined(same, item)
    gross = sum(item.total for item in found.values())
    paid = _paid(values, gross, currency)
    return tuple(msgspec.structs.replace(item, total=_part(paid, item.total, gross)) for item in found.values())


def chosen(items: Sequence[Item], said: object) -> dict[str, int]:
    """Which lines are meant: key → pieces, in the order's order, only those above none. Raises ValueError with what is wrong, in words."""
    if isinstance(said, str):
        text = said.strip()
        if text.lower() == ALL:
            return {item.key: item.left for item in items if item.left}
        said = _decoded(text)
    if isinstance(said, Mapping):
        counted = [(_by_key(items, str(key)), _count(value)) for key, value in said.items() if str(value).strip() not in ("", "0")]
    elif isinstance(said, list):
        counted = [(_by_name(items, one), _count(one.get("quantity", 1))) for one in _entries(said)]
    else:
        raise ValueError("names no lines of the order")
    pieces: dict[str, int] = {}
    for item, count in counted:
        pieces[item.key] = pieces.get(item.key, 0) + count
        if pieces[item.key] > item.left:
            raise ValueError(f"asks for more of {item.name} than are left: {item.left} of {item.bought}")
    return {item.key: pieces[item.key] for item in items if pieces.get(item.key)}


def written(items: Iterable[Item], pieces: Mapping[str, int], currency: str) -> list[dict[str, Any]]:
    """Chosen lines as they are kept and sent: the shop's own ids, how many, and what was paid for them."""
    return [_written(item, pieces[item.key], currency) for item in items if item.key in pieces]


def worth(lines: Iterable[Mapping[str, Any]]) -> int:
    """What written lines come to, in minor units."""
    return sum(int(line["amountMinor"]) for line in lines)


def words(lines: Iterable[Mapping[str, Any]]) -> str:
    """``2 × Dot grid notebook, 24.00 EUR; 1 × Washi tape, 4.50 EUR``."""
    return "; ".join(f"{line['quantity']} × {line['name']}, {line['amount']} {line['currency']}" for line in lines)


def _item(said: Mapping[str, Any], currency: str) -> Item | None:
    stated = said.get("quantity")
    bought, gone = _pieces(1 if stated is None else stated), _pieces(said.get("refunded_quantity", 0))
    if not bought:
        return None
    item_id, option_id, sku = (str(said.get(name) or "") for _, name in _NAMES)
    name = str(said.get("name") or said.get("sku") or said.get("id") or "Item")
    key = blake2b("\0".join((item_id, option_id, sku, name)).encode(), digest_size=5).hexdigest()
    return Item(key, item_id, option_id, sku, name, bought, min(gone or 0, bought), _total(said, bought, currency))


def _total(said: Mapping[str, Any], bought: int, currency: str) -> int:
    total, price = said.get("total_price"), said.get("price")
    if isinstance(total, str):
        return max(money.minor_units(total, currency), 0)
    if isinstance(price, str):
        return max(money.minor_units(money.plain_text(Decimal(price) * bought), currency), 0)
    return 0


def _paid(values: Mapping[str, Any], gross: int, currency: str) -> int:
    """What was paid for all lines together: a discount of the whole order is spread over them, whether its subtotal is meant with it or
    without."""
    subtotal, discount = (_stated(values, name, currency) for name in ("subtotal", "discount"))
    if discount and 0 < discount < gross and subtotal in (gross, gross - discount):
        return gross - discount
    return gross


def _stated(values: Mapping[str, Any], name: str, currency: str) -> int:
    said = values.get(name)
    return money.minor_units(said, currency) if isinstance(said, str) else 0


def _joined(one: Item, other: Item) -> Item:
    return msgspec.structs.replace(one, bought=one.bought + other.bought, gone=one.gone + other.gone, total=one.total + other.total)


def _part(total: int, count: int, whole: int) -> int:
    """A share of a sum, half a cent rounded up."""
    return (2 * total * count + whole) // (2 * whole) if whole else 0


def _pieces(said: object) -> int | None:
    """A whole number of pieces; None for anything else."""
    try:
        number = Decimal(str(said))
    except InvalidOperation:
        return None
    whole = number.is_finite() and number == number.to_integral_value() and 0 <= number < 1_000_000
    return int(number) if whole and not isinstance(said, bool) else None


def _count(said: object) -> int:
    count = _pieces(said)
    if count is None or not str(said).strip().isascii():
        raise ValueError(f"has a quantity that is no whole number: {str(said)[:20]}")
    return count


def _decoded(text: str) -> object:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return None


def _entries(said: list[Any]) -> list[Mapping[str, Any]]:
    if len(said) > MOST or not all(isinstance(one, Mapping) for one in said):
        raise ValueError('is a list such as [{"sku": "NB-DOT", "quantity": 1}]')
    return said


def _by_key(items: Sequence[Item], key: str) -> Item:
    found = next((item for item in items if item.key == key), None)
    if found is None:
        raise ValueError("names a line that is not in the order any more; look at it again")
    return found


def _by_name(items: Sequence[Item], said: Mapping[str, Any]) -> Item:
    named = [(kept, str(said[name])) for name, kept in _NAMES if said.get(name) not in (None, "")]
    if not named:
        raise ValueError("names a line by its id, optionId or sku")
    found = [item for item in items if all(getattr(item, kept) == value for kept, value in named)]
    if len(found) != 1:
        shown = ", ".join(value[:40] for _, value in named)
        raise ValueError(
            f"names several lines by {shown}; say optionId or sku too" if found else f"names a line the order does not have: {shown}"
        )
    return found[0]


def _written(item: Item, count: int, currency: str) -> dict[str, Any]:
    minor = item.worth(count)
    places = money.exponent(currency)
    ids = {name: getattr(item, kept) for name, kept in _NAMES}
    return {
        **ids,
        "name": item.name,
        "quantity": count,
        "amount": f"{Decimal(minor).scaleb(-places):.{places}f}",
        "amountMinor": minor,
        "currency": currency,
    }
