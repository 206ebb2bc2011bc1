"""From log entries to things that happened: each event with its id, its connector's assumptions and intake's verdict."""

from typing import Final

from msgspec import UNSET, Raw, Struct, UnsetType, json

from tillside.base.errors import Refused
from tillside.customers.proof import Proof
from tillside.events import batch as batches
from tillside.events import clean, decode, fast, people
from tillside.events import event as reader
from tillside.events.clean_order import Unclean
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


class _Batch(Struct):
    """A batch whose envelope says nothing unusual."""

    events: list[Raw]
    userToken: str | None = None
    userProperties: UnsetType | None = UNSET
    user_properties: UnsetType | None = UNSET


_BATCH: Final = json.Decoder(_Batch)
_EVENTS: Final = b'"events"'


def happenings(entry: Entry) -> list[Happening]:
    """The events of an entry, in the order of the batch. Bodies that intake could not decode yield none."""
    context = Reading(currency=entry.wire.currency, region=entry.wire.region, received_at=entry.received_at)
    return [
        Happening(entry, entry.event_id(index), event, _refused(entry, index)) for index, event in enumerate(read_events(entry.body, context))
    ]


def read_events(body: bytes, context: Reading) -> list[Event]:
    """The events in a decoded body: one, or those of a batch. Each is read straight from its own text, unless the envelope is odd."""
    try:
        if _EVENTS not in body:
            return [clean.read(body, context)]
        batch = _BATCH.decode(body)
        if b"\\u0000" in body:
            raise Unclean
    except clean.REASONS:
        return [reader.read(raw, context) for raw in raw_events(body)]
    token = batch.userToken if batch.userToken and not batch.userToken.isspace() else None
    return [_read_one(bytes(raw), context, token) for raw in batch.events]


def _read_one(raw: bytes, context: Reading, token: str | None) -> Event:
    """One event of a batch; what intake refused as unreadable is an empty one in its place."""
    try:
        return fast.read(raw, context, token=token)
    except Refused:
        return reader.read({}, context)


def raw_events(body: bytes) -> list[dict[str, object]]:
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
    return [people.with_token(event, token) for event in listed]


def _one_by_one(body: bytes) -> list[dict[str, object]]:
    """A body with an event in it that cannot be read (too deep, a number too long): intake refused that one, the others count.

    Raises Refused when the body cannot even be taken apart: cut short where it was refused as a whole, damaged otherwise.
    """
    batch = batches.split_batch(body, limit_events=EVENTS_PER_ENTRY)
    return [people.with_token(_parsed(bytes(raw)), batch.token) for raw in batch.events]


def _parsed(raw: bytes) -> object:
    try:
        return decode.parse_json(raw)
    except Refused:
        return {}


def _refused(entry: Entry, index: int) -> bool:
    return any(note.level == "refused" for note in entry.notes.get(index, ()))
