"""From log entries to things that happened: each event with its id, its connector's assumptions and intake's verdict."""

from typing import Any

from msgspec import Struct

from tillside.base.errors import Refused
from tillside.customers.proof import Proof
from tillside.events import batch as batches
from tillside.events import decode, people
from tillside.events import event as reader
from tillside.events.limits import DEPTH
from tillside.events.shapes import Event, Reading
from tillside.feeds.log import EVENTS_PER_ENTRY, Entry


class Happening(Struct):
    """One event of one entry. `refusal`: intake's notes when the event was refused; `proof` is filled in once it is decided."""

    entry: Entry
    id: int
    event: Event
    is_refused: bool
    proof: Proof | None = None

    @property
    def dedup(self) -> str:
        return self.event.dedup_key.hex()


def happenings(entry: Entry) -> list[Happening]:
    """The events of an entry, in the order of the batch. Bodies that intake could not decode yield none."""
    context = Reading(currency=entry.wire.currency, region=entry.wire.region, received_at=entry.received_at)
    return [
        Happening(entry, entry.event_id(index), reader.read(raw, context), _refused(entry, index))
        for index, raw in enumerate(raw_events(entry.body))
    ]


def raw_events(body: bytes) -> list[dict[str, Any]]:
    """The events in a decoded body: one, or those of a batch. What is no object stays in its place as an empty one."""
    try:
        parsed = decode.parse_json(body, depth=DEPTH + 2)
    except Refused:
        return _one_by_one(body)
    listed = parsed.get("events") if isinstance(parsed, dict) else None
    if isinstance(listed, dict):  # PHP writes a list with gaps as an object
        listed = list(listed.values())
    if not isinstance(parsed, dict) or not isinstance(listed, list):
        return [parsed if isinstance(parsed, dict) else {}]
    token = people.find_token(parsed)
    return [_with_token(event, token) if isinstance(event, dict) else {} for event in listed]


def _one_by_one(body: bytes) -> list[dict[str, Any]]:
    """A body with an event in it that cannot be read (too deep, a number too long): intake refused that one, the others count.

    Raises Refused when the body cannot even be taken apart: cut short where it was refused as a whole, damaged otherwise.
    """
    batch = batches.split_batch(body, limit_events=EVENTS_PER_ENTRY)
    return [_with_token(_parsed(bytes(raw)), batch.token) for raw in batch.events]


def _parsed(raw: bytes) -> dict[str, Any]:
    try:
        event = decode.parse_json(raw)
    except Refused:
        return {}
    return event if isinstance(event, dict) else {}


def _with_token(event: dict[str, Any], token: str | None) -> dict[str, Any]:
    """A batch's token holds for each of its events that carries none."""
    return event if token is None or people.find_token(event) else {**event, "userToken": token}


def _refused(entry: Entry, index: int) -> bool:
    return any(note.level == "refused" for note in entry.notes.get(index, ()))
