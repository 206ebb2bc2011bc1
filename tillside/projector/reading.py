"""From log entries to things that happened: each event with its id, its connector's assumptions and intake's verdict."""

from typing import Final

from msgspec import UNSET, Raw, Struct, UnsetType, json

from tillside.customers.proof import Proof
from tillside.events import clean, decode, fast, people
from tillside.events import event as reader
from tillside.events.clean_order import Unclean
from tillside.events.limits import DEPTH
from tillside.events.shapes import Event, Reading
from tillside.feeds.log import Entry


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
    return [fast.read(bytes(raw), context, token=token) for raw in batch.events]


def raw_events(body: bytes) -> list[dict[str, object]]:
    """The events in a decoded body: one, or those of a batch. What is no object stays in its place as an empty one."""
    parsed = decode.parse_json(body, depth=DEPTH + 2)
    listed = parsed.get("events") if isinstance(parsed, dict) else None
    if isinstance(listed, dict):  # PHP writes a list with gaps as an object
        listed = list(listed.values())
    if not isinstance(parsed, dict) or not isinstance(listed, list):
        return [parsed if isinstance(parsed, dict) else {}]
    token = people.find_token(parsed)
    return [people.with_token(event, token) for event in listed]


def _refused(entry: Entry, index: int) -> bool:
    return any(note.level == "refused" for note in entry.notes.get(index, ()))
