"""What was read in one process, as bytes for another of ours: values in a fixed order, so that neither side spends long on it."""

from collections.abc import Iterable
from functools import lru_cache
from typing import Final, NamedTuple

import msgspec

from tillside.customers.sketch import Sketch
from tillside.events.notes import Note
from tillside.feeds.log import Entry, Kind, Sender, Wire
from tillside.orders.stated import Packed
from tillside.projector import reading
from tillside.projector.reading import Happening, Heard, Prepared

REASONS: Final = (ValueError, OverflowError, TypeError, msgspec.MsgspecError)


class _Event(NamedTuple):
    """A happening without its entry."""

    id: int
    event: Heard
    is_refused: bool
    label: str
    dedup: str
    order: Packed | None
    sketch: Sketch | None


class _Entry(NamedTuple):
    """An entry, as far as the projector asks for it, with its events or why they cannot be read."""

    workspace_id: int
    connector_id: str
    kind: Kind
    received_at: int
    sender: Sender
    trust: int
    reason: str
    currency: str
    region: str
    body: bytes
    notes: dict[int, list[Note]]
    position: int
    events: list[_Event] | str


_ENCODE: Final = msgspec.msgpack.Encoder().encode
_DECODE: Final = msgspec.msgpack.Decoder(list[_Entry]).decode
_ARRAY: Final = b"\xdd"
"""MessagePack's word for an array whose length follows in four bytes."""


def pack(entries: Iterable[Entry]) -> bytes:
    """Entries and the events read out of them, one after the other, so that little stands in memory. Without what the projector never
    asks for: bodies, but those of changes; pages and properties. Raises one of REASONS for what cannot be packed, such as half a
    surrogate pair.
    """
    parts = [_ENCODE(_entry(entry, reading.prepared(entry))) for entry in entries]
    return _ARRAY + len(parts).to_bytes(4, "big") + b"".join(parts) if parts else b""


def unpack(text: bytes) -> tuple[list[Entry], Prepared]:
    """What `pack` was given, as far as the projector asks for it."""
    entries: list[Entry] = []
    prepared: Prepared = {}
    for workspace_id, connector_id, kind, at, sender, trust, reason, currency, region, body, notes, position, events in _DECODE(text):
        wire = _wire(reason, currency, region)
        entry = Entry(workspace_id, connector_id, kind, at, sender, trust, wire, body, notes, position)
        entries.append(entry)
        prepared[position] = events if isinstance(events, str) else [_happening(entry, event) for event in events]
    return entries, prepared


def _entry(entry: Entry, found: list[Happening] | str) -> _Entry:
    wire = entry.wire
    return _Entry(
        entry.workspace_id,
        entry.connector_id,
        entry.kind,
        entry.received_at,
        entry.sender,
        entry.trust,
        wire.reason,
        wire.currency,
        wire.region,
        entry.body if entry.kind == "change" else b"",
        entry.notes,
        entry.position,
        found if isinstance(found, str) else [_event(one) for one in found],
    )


def _event(one: Happening) -> _Event:
    order = one.order.pack() if one.order is not None else None
    return _Event(one.id, one.event, one.is_refused, one.label, one.dedup, order, one.sketch)


def _happening(entry: Entry, given: _Event) -> Happening:
    event_id, event, is_refused, label, dedup, order, sketch = given
    return Happening(entry, event_id, event, is_refused, label, dedup, order.stated() if order is not None else None, sketch)


@lru_cache(maxsize=256)
def _wire(reason: str, currency: str, region: str) -> Wire:
    return Wire(reason=reason, currency=currency, region=region)
