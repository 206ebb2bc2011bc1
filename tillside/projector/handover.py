"""What was read in one process, as bytes for another of ours: plain values in a fixed order, so that neither side spends long on it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Any, Final

import msgspec
from msgspec.structs import astuple

from tillside.events.notes import Note
from tillside.events.shapes import Claims, Event
from tillside.feeds.log import Entry, Wire
from tillside.orders.stated import Stated
from tillside.projector import reading
from tillside.projector.reading import Happening, Prepared

REASONS: Final = (ValueError, OverflowError, TypeError, msgspec.MsgspecError)
_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder().decode
_ARRAY: Final = b"\xdd"
"""MessagePack's word for an array whose length follows in four bytes."""
_NOTHING: Final[dict[str, Any]] = {}


def pack(entries: Iterable[Entry]) -> bytes:
    """Entries and the events read out of them, one after the other, so that little stands in memory. Without what the projector never
    asks for: bodies, but those of changes; pages and properties. Raises one of REASONS for what cannot be packed, such as half a
    surrogate pair.
    """
    parts = [_ENCODE((_entry(entry), _events(reading.prepared(entry)))) for entry in entries]
    return _ARRAY + len(parts).to_bytes(4, "big") + b"".join(parts) if parts else b""


def unpack(text: bytes) -> tuple[list[Entry], Prepared]:
    """What `pack` was given, as far as the projector asks for it."""
    entries: list[Entry] = []
    prepared: Prepared = {}
    for given, events in _DECODE(text):
        workspace_id, connector_id, kind, at, sender, trust, wire, body, listed, position = given
        notes = {index: [Note(*note) for note in said] for index, said in listed}
        entry = Entry(workspace_id, connector_id, kind, at, sender, trust, _wire(*wire), body, notes, position)
        entries.append(entry)
        prepared[position] = events if isinstance(events, str) else [_happening(entry, event) for event in events]
    return entries, prepared


def _entry(entry: Entry) -> tuple[Any, ...]:
    wire = entry.wire
    return (
        entry.workspace_id,
        entry.connector_id,
        entry.kind,
        entry.received_at,
        entry.sender,
        entry.trust,
        (wire.reason, wire.currency, wire.region),
        entry.body if entry.kind == "change" else b"",
        [(index, [astuple(note) for note in listed]) for index, listed in entry.notes.items()] if entry.notes else (),
        entry.position,
    )


@lru_cache(maxsize=256)
def _wire(reason: str, currency: str, region: str) -> Wire:
    return Wire(reason=reason, currency=currency, region=region)


def _events(found: list[Happening] | str) -> list[tuple[Any, ...]] | str:
    return found if isinstance(found, str) else [_event(one) for one in found]


def _event(one: Happening) -> tuple[Any, ...]:
    event = one.event
    return (
        one.id,
        one.is_refused,
        one.label,
        one.dedup,
        event.name,
        event.occurred_at,
        event.has_time,
        event.event_id,
        event.device,
        event.token,
        astuple(event.claims),
        event.traits,
        one.order.pack() if one.order is not None else None,
    )


def _happening(entry: Entry, given: tuple[Any, ...]) -> Happening:
    event_id, is_refused, label, dedup, name, occurred_at, has_time, named, device, token, claims, traits, order = given
    event = Event(
        name,
        None,
        occurred_at,
        None,
        has_time,
        named,
        device,
        None,
        "",
        token,
        Claims(*claims),
        traits,
        _NOTHING,
        _NOTHING,
        _NOTHING,
        None,
        bytes.fromhex(dedup),
    )
    return Happening(entry, event_id, event, is_refused, label, dedup, Stated.unpack(*order) if order is not None else None)
