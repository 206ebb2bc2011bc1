"""Reading a file of orders, NDJSON or CSV, one order at a time, knowing for each at which line it stands and at which byte it ends."""

import csv
import re
from collections.abc import Iterator
from decimal import Decimal
from hashlib import sha256
from pathlib import Path
from typing import Any, BinaryIO

import msgspec
from msgspec import Struct

from tillside.base.errors import Refused
from tillside.events import decode
from tillside.events.fields import squashed

_NUMBER = re.compile(r"-?\d{1,15}(\.\d{1,6})?")
_NUMERIC = frozenset(
    (
        *("amount", "subtotalprice", "taxamount", "discountamount", "shippingamount", "tipamount", "totalrefundedamount"),
        *("totalweight", "price", "quantity", "grams"),
    )
)
_ITEM, _PERSON = "item.", "userProperties."
_ENCODE = msgspec.json.Encoder(decimal_format="number", order="deterministic").encode
_LONGEST_LINE = 4 * 1024 * 1024


class Line(Struct, frozen=True):
    """One order of the file as an event: `event` is its JSON, or empty when `problem` says why there is none.

    It stands on the lines `number` to `last`, and ends before byte `end`.
    """

    number: int
    last: int
    end: int
    event: bytes = b""
    problem: str = ""
    fix: str = ""


def read(path: Path, *, start: int, number: int) -> Iterator[Line]:
    """The orders after byte `start`, which is the end of line `number`. The name's ending decides: .csv, or NDJSON."""
    with path.open("rb") as file:
        yield from (_csv if path.suffix.lower() == ".csv" else _ndjson)(file, start, number)


def _ndjson(file: BinaryIO, start: int, number: int) -> Iterator[Line]:
    file.seek(start)
    while text := file.readline(_LONGEST_LINE):
        number += 1
        if not text.strip():
            continue
        try:
            order = decode.parse_json(text)
        except Refused as error:
            yield Line(number, number, file.tell(), problem=error.message, fix=error.hint or "Write one order as JSON per line.")
            continue
        if not isinstance(order, dict) or not order:
            yield Line(number, number, file.tell(), problem="Not an object.", fix="Write one order as a JSON object per line.")
            continue
        yield Line(number, number, file.tell(), event=as_event(order))


class _Rows:
    """Rows of a CSV file with the byte and line at which each ends; a row may go over several lines."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        while text := self._file.readline(_LONGEST_LINE):
            self.number += 1
            yield text.decode("utf-8-sig" if self.number == 1 else "utf-8", "replace")

    @property
    def end(self) -> int:
        return self._file.tell()


def _csv(file: BinaryIO, start: int, number: int) -> Iterator[Line]:
    rows = _Rows(file)
    first = next(iter(csv.reader(rows)), [])
    names = [name.strip() for name in first]
    if not {"orderid", "id"} & {squashed(name) for name in names}:
        raise Refused("The first line of the CSV file names no orderId.", field="orderId", hint="Begin with a line of field names.")
    if start:
        file.seek(start)
        rows.number = number
    order: dict[str, Any] = {}
    place = (0, 0, 0)
    begins = rows.number + 1
    for cells in csv.reader(rows):
        if any(cell.strip() for cell in cells):
            fresh = _order(names, cells)
            if order and not _continues(order, fresh):
                yield _finished(order, place)
                order = {}
            place = (place[0] if order else begins, rows.number, rows.end)
            order = _joined(order, fresh)
        begins = rows.number + 1
    if order:
        yield _finished(order, place)


def _finished(order: dict[str, Any], place: tuple[int, int, int]) -> Line:
    person = order.pop(_PERSON, None)
    event: dict[str, Any] = {"event": "order", "properties": order}
    if person:
        event["userProperties"] = person
    return Line(*place, event=as_event(event))


def _order(names: list[str], cells: list[str]) -> dict[str, Any]:
    """One row: dotted names become objects, ``item.`` columns one item, ``userProperties.`` columns the customer."""
    order: dict[str, Any] = {}
    item: dict[str, Any] = {}
    person: dict[str, Any] = {}
    for name, cell in zip(names, cells, strict=False):
        if not name or not cell.strip():
            continue
        into, path = order, name
        if name.startswith(_ITEM):
            into, path = item, name.removeprefix(_ITEM)
        elif name.startswith(_PERSON):
            into, path = person, name.removeprefix(_PERSON)
        *folders, leaf = path.split(".")
        for folder in folders:
            into = into.setdefault(folder, {}) if isinstance(into.get(folder, {}), dict) else into
        into[leaf] = _value(leaf, cell.strip())
    if item:
        order["items"] = [item]
    if person:
        order[_PERSON] = person
    return order


def _value(name: str, cell: str) -> Any:
    if cell[0] in "[{":
        try:
            return decode.parse_json(cell.encode())
        except Refused:
            return cell
    if squashed(name) in _NUMERIC and _NUMBER.fullmatch(cell):
        return Decimal(cell)
    return cell


def _number(order: dict[str, Any]) -> object:
    return next((value for name, value in order.items() if squashed(name) == "orderid"), None)


def _continues(order: dict[str, Any], fresh: dict[str, Any]) -> bool:
    """Whether a row is one more item of the order before it."""
    return "items" in fresh and _number(fresh) in (None, _number(order))


def _joined(order: dict[str, Any], fresh: dict[str, Any]) -> dict[str, Any]:
    if not order:
        return fresh
    items = [*order.get("items", []), *fresh.get("items", [])]
    return {**fresh, **order, "items": items}


def as_event(order: dict[str, Any]) -> bytes:
    """An order as the event that states it. Times the file leaves out are taken from the order itself, so that history never
    overrides what is newer; the id is made of the content, so that the same line counts once however often it is imported.
    """
    is_event = "properties" in order or "event" in order
    event: dict[str, Any] = dict(order) if is_event else {"properties": order}
    event.setdefault("event", "order")
    inside = event["properties"] if isinstance(event.get("properties"), dict) else {}
    stated = {squashed(str(name)): value for name, value in inside.items()}
    moment = stated.get("updatedat") or stated.get("createdat") or stated.get("processedat")
    if moment and not event.get("time"):
        event["time"] = {"sentAt": moment}
    if not event.get("eventId"):
        event["eventId"] = "import-" + sha256(_ENCODE(event)).hexdigest()[:32]
    return _ENCODE(event)
