"""An order as the sum of all statements about it, merged so that every order of arrival ends in the same document. Pure; no I/O.

The document has one layer per trust level (see events/registers.py); beside its fields a layer keeps

    p   fulfillment id → layer of its own          c   everything written before this writer was replaced as a whole
    g   fulfillment id → writer of its deletion    h   field → value → [first, last] stamp at which it was stated
    b   [stamp, tie, profile] of the browser that spoke last without naming anybody

All five only ever grow towards the greater stamp, so repeating or reordering statements changes nothing.
"""

from typing import Any

from tillside.events import registers
from tillside.events.registers import Document, Layer, Writer
from tillside.events.shapes import Facts, OrderStatement

WHOLE = "items"
"""A layer that states the items is a full statement: lower trust adds nothing to it."""

_TOLD = ("status", "fulfillment_status", "payment_status")


def add(document: Document, statement: OrderStatement, trust: int, extra: Facts) -> None:
    """Join one statement, made at a trust level, into the document in place. `extra`: fields the desk adds, such as the profile."""
    layer = document.setdefault(str(trust), {})
    writer: Writer = [statement.stamp, statement.tiebreak]
    fields = _fields(statement)
    fields.update(extra)
    registers.write(layer, writer, fields)
    _tell(layer, statement)
    for parcel in statement.fulfillments:
        registers.write(layer.setdefault("p", {}).setdefault(str(parcel["id"]), {}), writer, parcel)
    if statement.replaces_fulfillments:
        layer["c"] = max(layer.get("c", writer), writer)
    if statement.deleted_fulfillment is not None:
        gone = layer.setdefault("g", {})
        gone[statement.deleted_fulfillment] = max(gone.get(statement.deleted_fulfillment, writer), writer)


def statement_of(document: Document, kind: str, number: str) -> OrderStatement:
    """The one statement a document was made of: joined elsewhere, it changes what the first one would have changed (a test compares)."""
    (layer,) = document.values()
    stamp, tiebreak = layer["at"]
    fields = {name: value for name, value in layer["v"].items() if name != "profile"}
    sent = layer["h"]["placed"]["sent"][0]
    if sent != stamp:
        fields.update(placed_at=sent, placed_from="sent")
    return OrderStatement(
        kind=kind,
        number=number,
        db_key=fields.pop("db_key", None),
        stamp=stamp,
        tiebreak=tiebreak,
        fields=fields,
        items=fields.pop(WHOLE, None),
        fulfillments=[parcel["v"] for parcel in layer.get("p", {}).values()],
        replaces_fulfillments="c" in layer,
        deleted_fulfillment=next(iter(layer.get("g", {})), None),
    )


def lean(document: Document, statement: OrderStatement, trust: int, profile_id: str) -> None:
    """Remember from whose browser a statement came that named nobody: the owner for as long as no better one is known."""
    layer = document[str(trust)]
    layer["b"] = max(layer.get("b", []), [statement.stamp, statement.tiebreak, profile_id])


def owner(document: Document) -> str:
    """The profile the order belongs to: the one named, else the browser it was placed in, by the layers people see; "" if neither."""
    for part in ("v", "b"):
        for trust in sorted(document, reverse=True):
            layer = document[trust]
            found = layer["v"].get("profile") if part == "v" else layer.get("b", [""])[-1]
            if found:
                return str(found)
            if WHOLE in layer["v"]:
                break
    return ""


def values(document: Document) -> dict[str, Any]:
    """The fields people see, without their trust."""
    return registers.values(document, whole=WHOLE)


def seen(document: Document) -> dict[str, tuple[Any, int]]:
    """The fields people see: name → (value, trust)."""
    return registers.seen(document, whole=WHOLE)


def held(document: Document) -> dict[str, tuple[Any, int]]:
    """What was said at lower trust and is kept back: name → (value, trust)."""
    return registers.held(document, whole=WHOLE)


def parcels(document: Document) -> list[dict[str, Any]]:
    """The fulfillments people see, oldest first."""
    shown: dict[str, dict[str, Any]] = {}
    for trust in sorted(document, reverse=True):
        layer = document[trust]
        for name, parcel in layer.get("p", {}).items():
            if name not in shown and _stands(layer, name, parcel):
                shown[name] = parcel["v"]
        if WHOLE in layer["v"]:
            break
    if len(shown) < 2:
        return list(shown.values())
    return sorted(shown.values(), key=lambda parcel: (parcel.get("created_at") or 0, str(parcel["id"])))


def held_parcels(document: Document) -> list[dict[str, Any]]:
    """The fulfillments of lower trust that people do not see."""
    shown = {str(parcel["id"]): parcel for parcel in parcels(document)}
    kept: dict[str, dict[str, Any]] = {}
    for trust in sorted(document, reverse=True)[1:]:
        for name, parcel in document[trust].get("p", {}).items():
            if shown.get(name) != parcel["v"] and _stands(document[trust], name, parcel):
                kept.setdefault(name, parcel["v"])
    return list(kept.values())


def history(document: Document) -> list[tuple[int, str, str]]:
    """What was stated when, first times only: (stamp, field, value), oldest first."""
    told: dict[tuple[str, str], int] = {}
    for layer in document.values():
        for field, said in layer.get("h", {}).items():
            for value, (first, _) in said.items():
                key = (field, value)
                told[key] = min(told.get(key, first), first)
    return sorted((first, field, value) for (field, value), first in told.items() if field in _TOLD)


def placed_at(document: Document, shown: dict[str, Any]) -> int:
    """When the order was placed, µs: createdAt, else processedAt, else the earliest time anybody spoke of it."""
    stated = shown.get("placed_at.created") or shown.get("placed_at.processed")
    if stated:
        return int(stated)
    firsts = [layer["h"]["placed"]["sent"][0] for layer in document.values() if "placed" in layer.get("h", {})]
    return min(firsts) if firsts else min(stamp for layer in document.values() for stamp in _stamps(layer))


def top_trust(document: Document) -> int:
    return max(int(trust) for trust in document)


def _fields(statement: OrderStatement) -> dict[str, Any]:
    """The statement's fields as registers: custom properties and the kinds of placing time each under a name of their own."""
    fields = dict(statement.fields)
    placed, source = fields.pop("placed_at", None), fields.pop("placed_from", None)
    if placed is not None and source in ("created", "processed"):
        fields[f"placed_at.{source}"] = placed
    custom = fields.pop("custom", None)
    if isinstance(custom, dict):
        for name, value in custom.items():
            fields[f"custom.{name}"] = value
    if statement.db_key is not None:
        fields["db_key"] = statement.db_key
    if statement.items:
        fields["items"] = list(statement.items)
    return fields


def _tell(layer: Layer, statement: OrderStatement) -> None:
    said = layer.setdefault("h", {})
    stamp = statement.stamp
    placed = statement.fields.get("placed_at")
    when = placed if isinstance(placed, int) and statement.fields.get("placed_from") == "sent" else stamp
    _widen(said.setdefault("placed", {}), "sent", when)
    for field in _TOLD:
        value = statement.fields.get(field)
        if isinstance(value, str):
            _widen(said.setdefault(field, {}), value, stamp)


def _widen(spans: dict[str, list[int]], value: str, stamp: int) -> None:
    span = spans.get(value)
    if span is None:
        spans[value] = [stamp, stamp]
    elif stamp < span[0]:
        span[0] = stamp
    elif stamp > span[1]:
        span[1] = stamp


def _stands(layer: Layer, name: str, parcel: Layer) -> bool:
    """Whether a fulfillment was neither replaced nor deleted since anybody last wrote it."""
    last = max(parcel["at"], *parcel["w"].values()) if parcel["w"] else parcel["at"]
    return bool(last >= layer.get("c", last)) and not ("g" in layer and name in layer["g"] and layer["g"][name] >= last)


def _stamps(layer: Layer) -> list[int]:
    return [layer["at"][0], *[writer[0] for writer in layer["w"].values()]]
