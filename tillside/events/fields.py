"""One object of a statement read by a table: wire name → canonical name and reader, one dictionary lookup per property.

Several spellings may name one field. If they disagree, the spelling listed first wins and the other stays with the custom
properties, so that nothing sent is lost.
"""

from collections.abc import Mapping
from typing import Final, Literal, NamedTuple, TypeAlias

from msgspec import Struct

from tillside.events import limits, money, times, values
from tillside.events.notes import Notes
from tillside.events.shapes import JSON, Facts
from tillside.events.values import KEEP, Reader

Kind: TypeAlias = Literal[
    "text", "id", "money", "count", "measure", "currency", "time", "email", "phone", "list of texts", "yes or no", "any", "part"
]


class Field(Struct, frozen=True):
    """A canonical field, its kind, and its wire names: the documented one first. Case and underscores never matter."""

    name: str
    kind: Kind
    wire: tuple[str, ...]


class Entry(NamedTuple):
    """What a wire name leads to. `plain` is the type that needs no reader at all."""

    name: str
    plain: type | None
    reader: Reader
    rank: int


class Table(dict[str, Entry]):
    """Wire name → entry. A name not seen before is looked up once more in lower case without underscores and hyphens."""

    def find(self, key: str) -> Entry | None:
        """The entry for any spelling of `key`."""
        return self.get(key) or self.get(squashed(key))


class Filled(NamedTuple):
    """An object read: canonical `fields`, `custom` properties as sent, and `parts` (wire name, value) for other readers."""

    fields: Facts
    custom: Facts
    parts: dict[str, tuple[str, object]]


def squashed(key: str) -> str:
    """``shipping_address_1`` and ``shippingAddress1`` → ``shippingaddress1``."""
    return key.replace("_", "").replace("-", "").replace(" ", "").lower()


def snake(key: str) -> str:
    """``orderDbKey`` → ``order_db_key``."""
    return "".join(f"_{sign.lower()}" if sign.isupper() else sign for sign in key)


def table(fields: list[Field]) -> Table:
    """The lookup table for `fields`, with the snake-case and squashed spelling of every wire name."""
    found = Table()
    for field in fields:
        for order, wire in enumerate(field.wire):
            rank = order * 2
            found[wire] = Entry(field.name, _PLAIN.get(field.kind), _READERS[field.kind], rank)
            for spelling in (snake(wire), squashed(wire)):
                found.setdefault(spelling, Entry(field.name, _PLAIN.get(field.kind), _READERS[field.kind], rank + 1))
    return found


def is_blank(value: object) -> bool:
    """Whether a value makes no statement: null, ``""``, white space, ``[]``, ``{}``."""
    return (not value and (value is None or value.__class__ in _EMPTY)) or (value.__class__ is str and str(value).isspace())


_EMPTY: Final = frozenset((str, list, dict))


def fill(source: Mapping[str, object], table: Table, notes: Notes, path: str) -> Filled:
    """Read every property of `source`. Blank values are left out; unknown names go to `custom` unchanged."""
    fields: Facts = {}
    custom: Facts = {}
    parts: dict[str, tuple[str, object]] = {}
    if not limits.fits(source, notes, path):
        return Filled(fields, custom, parts)
    noted, unsaid = len(notes), 0
    lookup = table.get
    for key, value in source.items():
        if not value and (value is None or value.__class__ in _EMPTY):
            unsaid += 1
            continue
        entry = lookup(key) or table.find(key)
        if entry is None:
            unsaid += keep(custom, key, value, notes, path)
            continue
        name, plain, reader, _ = entry
        if value.__class__ is plain:
            if value.isspace():  # type: ignore[attr-defined]  # the only plain type is str
                unsaid += 1
            else:
                fields[name] = value  # type: ignore[assignment]  # is a str, as said above
        elif reader is _part:
            if is_blank(value):
                unsaid += 1
            else:
                parts[name] = (key, value)
        else:
            said = reader(value, notes, path, key)
            if said is None or said is KEEP:
                unsaid += _keep_unread(custom, entry, key, value, notes, path)
            else:
                fields[name] = said
    if len(fields) + len(custom) + len(parts) + unsaid != len(source):  # one field was written twice
        del notes[noted:]
        return _fill_contested(source, table, notes, path)
    return Filled(fields, custom, parts)


def _fill_contested(source: Mapping[str, object], table: Table, notes: Notes, path: str) -> Filled:
    """As `fill`, where several spellings name one field: the best ranked is read, then the others are compared with it."""
    best: dict[str, str] = {}
    for key, value in source.items():
        entry = table.find(key)
        if entry and not is_blank(value):
            rival = best.get(entry.name)
            if rival is None or entry.rank < _entry(table, rival).rank:
                best[entry.name] = key
    winners = set(best.values())
    losers = [key for key, value in source.items() if key not in winners and table.find(key) and not is_blank(value)]
    filled = fill({key: value for key, value in source.items() if key not in losers}, table, notes, path)
    for key in losers:
        _compare(source, key, best[_entry(table, key).name], filled, table, notes, path)
    return filled


def _compare(source: Mapping[str, object], key: str, winner: str, filled: Filled, table: Table, notes: Notes, path: str) -> None:
    entry = _entry(table, key)
    if source[key] == source[winner]:
        return
    if entry.reader is not _part:
        said = entry.reader(source[key], Notes(), path, key)
        if said is not None and said is not KEEP and said == filled.fields.setdefault(entry.name, said):
            return
    keep(filled.custom, key, source[key], notes, path)
    notes.corrected(limits.at(path, key), f"Differs from {winner}: kept as a custom property", got=source[key])


def keep(custom: Facts, key: str, value: object, notes: Notes, path: str) -> int:
    """Carry a property through under its own name. Returns how many were left out: 1 if it is blank or over the limits."""
    if not limits.key_fits(key, notes, path) or is_blank(value):
        return 1
    custom[key] = value if type(value) is str else limits.clean(value, notes, limits.at(path, key))
    return 0


def _keep_unread(custom: Facts, entry: Entry, key: str, value: object, notes: Notes, path: str) -> int:
    """What a reader could not take stays a custom property, unless it is a way to say that a time is unknown."""
    if entry.reader is times.read and isinstance(value, int) and not value:
        return 1
    return keep(custom, key, value, notes, path)


def _entry(table: Table, key: str) -> Entry:
    entry = table.find(key)
    if entry is None:
        raise LookupError(key)
    return entry


def _part(value: object, notes: Notes, path: str, key: str) -> JSON:
    raise NotImplementedError  # never called: `fill` hands parts on unread


def _anything(value: object, notes: Notes, path: str, key: str) -> JSON:
    return limits.clean(value, notes, limits.at(path, key))


_READERS: Final[dict[Kind, Reader]] = {
    "text": values.text,
    "id": values.identifier,
    "money": money.amount,
    "count": values.count,
    "measure": values.measure,
    "currency": money.currency,
    "time": times.read,
    "email": values.email,
    "phone": values.phone,
    "list of texts": values.texts,
    "yes or no": values.flag,
    "any": _anything,
    "part": _part,
}
_PLAIN: Final[dict[Kind, type]] = {"text": str, "phone": str}
