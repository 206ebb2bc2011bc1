"""Lines of an order in an action's form: a row for each, with how many of it are meant."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from tillside.actions import items
from tillside.actions.form import Field, Purse
from tillside.actions.items import Item
from tillside.edges.agent import format

_MOST_SUMS = 200


class Row(Struct, frozen=True):
    """`detail` in words: what one costs, how many were bought and given back. `sums`: what one, two, three of them come to, in minor units."""

    id: str
    name: str
    words: str
    detail: str
    left: int
    value: str
    sums: str


def of(field: Field, purse: Purse, typed: Mapping[str, str], *, name: str) -> list[Row]:
    """The lines of the order; `typed`: key → what was written. Before anybody writes, the field's default: none, or all."""
    begins = field.default == items.ALL and not typed
    values = {item.key: str(item.left) if begins else typed.get(item.key, "") for item in purse.items}
    return [_row(item, f"{name}.{item.key}", purse.currency, values[item.key]) for item in purse.items]


def total(rows: Sequence[Row]) -> int:
    """What the lines that are chosen come to, in minor units, as far as what was written can be read."""
    counts = [(row, int(row.value)) for row in rows if row.value.isascii() and row.value.isdigit() and len(row.value) < 6]
    return sum(int(row.sums.split(",")[count - 1]) for row, count in counts if 0 < count <= min(row.left, _MOST_SUMS))


def given(fields: Sequence[Field], said: Mapping[str, str]) -> dict[str, dict[str, str]]:
    """What a form says of lines, ``items.KEY`` each, as one value for each such field."""
    return {
        one.name: {name.removeprefix(f"{one.name}."): value for name, value in said.items() if name.startswith(f"{one.name}.")}
        for one in fields
        if one.kind == "items"
    }


def _row(item: Item, name: str, currency: str, value: str) -> Row:
    each = format.money(item.worth(1) if item.left else item.total // item.bought, currency)
    parts = [item.sku if item.sku != item.name else "", each if item.bought == 1 else f"{item.bought} × {each}"]
    if item.gone:
        parts.append(f"{item.gone} given back" if item.left else "given back")
    sums = ",".join(str(item.worth(count)) for count in range(1, min(item.left, _MOST_SUMS) + 1))
    return Row(name.replace(".", "-"), name, item.name, " · ".join(part for part in parts if part), item.left, value, sums)
