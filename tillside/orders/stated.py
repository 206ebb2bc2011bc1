"""A statement about an order on its way to the book: its names at hand, the rest unpacked when asked for, and the row it would begin."""

from typing import Any, NamedTuple, Self

import msgspec

from tillside.events.shapes import OrderStatement
from tillside.orders.order import Draft


class Names(NamedTuple):
    """What is asked of every statement. `people`: how it calls whoever placed the order."""

    kind: str
    number: str
    db_key: str | None
    tracked: list[str]
    people: dict[str, Any]


class Stated:
    """`draft`: the row of an order that begins with this statement, worked out ahead for the case of a customer who is named; the
    statement itself can be read out of it. `tracked`: the tracking numbers in it."""

    __slots__ = ("_packed", "_statement", "db_key", "draft", "kind", "number", "people", "tracked")

    def __init__(self, names: Names, draft: Draft | None, statement: OrderStatement | None, packed: bytes = b"") -> None:
        self.kind, self.number, self.db_key, self.tracked, self.people = names
        self.draft, self._statement, self._packed = draft, statement, packed

    @classmethod
    def of(cls, statement: OrderStatement, draft: Draft | None = None) -> Self:
        return cls(_names(statement), draft, statement)

    @property
    def statement(self) -> OrderStatement:
        if self._statement is None:
            given = self.draft
            self._statement = given.statement(self.kind, self.number) if given else OrderStatement(**_DECODE(self._packed))
        return self._statement

    def pack(self) -> "Packed":
        """What another process needs of it."""
        names = Names(self.kind, self.number, self.db_key, self.tracked, self.people)
        return Packed(names, self.draft, b"" if self.draft else self._packed or _ENCODE(self.statement))


class Packed(NamedTuple):
    """A statement as it is handed over: drafted, or else as its own text."""

    names: Names
    draft: Draft | None
    text: bytes

    def stated(self) -> Stated:
        return Stated(self.names, self.draft, None, self.text)


_ENCODE = msgspec.json.Encoder().encode
_DECODE = msgspec.json.Decoder().decode
_PEOPLE = ("email", "phone", "first_name", "last_name")


def _names(statement: OrderStatement) -> Names:
    fields = statement.fields
    tracked = []
    for parcel in statement.fulfillments:
        tracking = parcel.get("tracking")
        if isinstance(tracking, list):
            tracked += [str(step["number"]) for step in tracking if isinstance(step, dict) and step.get("number")]
    people = {name: fields[name] for name in _PEOPLE if name in fields}
    return Names(statement.kind, statement.number, statement.db_key, tracked, people)
