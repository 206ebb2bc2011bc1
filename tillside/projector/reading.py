"""From log entries to things that happened: each event with its id, its connector's assumptions and intake's verdict."""

from typing import Any, Final

from msgspec import UNSET, Raw, Struct, UnsetType, json

from tillside.base.errors import Refused
from tillside.base.trust import Trust
from tillside.customers import sketch as sketches
from tillside.customers.proof import Proof
from tillside.customers.sketch import Said, Sketch
from tillside.customers.timeline import Label
from tillside.events import batch as batches
from tillside.events import clean, decode, fast, people
from tillside.events import event as reader
from tillside.events.clean_order import Unclean
from tillside.events.limits import DEPTH
from tillside.events.notes import Note
from tillside.events.shapes import Claims, Event, Reading
from tillside.feeds import log
from tillside.feeds.log import EVENTS_PER_ENTRY, Entry
from tillside.orders import order as orders
from tillside.orders.stated import Stated
from tillside.storage.database import Database


class Heard(Struct, frozen=True, array_like=True, gc=False):
    """What the projector asks of an event. `is_dated`: it carries a time or an id, so that its repetitions count for ever."""

    name: str
    occurred_at: int
    is_dated: bool
    device: str | None
    token: str | None
    claims: Claims
    traits: dict[str, Any]


class Happening(Struct):
    """One event of one entry. `label`: what lists show of it, as the JSON of a Label; `dedup`: what its repetitions have in common;
    `sketch`: the person, if nobody is known by its names yet, and then its traits stand there; `proof` is filled in once it is decided."""

    entry: Entry
    id: int
    event: Heard
    is_refused: bool
    label: str
    dedup: str
    order: Stated | None
    sketch: Sketch | None = None
    proof: Proof | None = None

    def said(self) -> Said:
        """What it says of the person it is about."""
        traits = self.event.traits if self.sketch is None else self.sketch.traits()
        return Said(traits, self.order.people if self.order is not None else {}, self.event.occurred_at, self.dedup[:16])


Prepared = dict[int, list[Happening] | str]
"""By log position: the events of an entry, or the error that kept them from being read."""

LABEL_LENGTH: Final = 160


class _Batch(Struct):
    """A batch whose envelope says nothing unusual."""

    events: list[Raw]
    userToken: str | None = None
    userProperties: UnsetType | None = UNSET
    user_properties: UnsetType | None = UNSET
    encryptUserData: UnsetType | None = UNSET


_BATCH: Final = json.Decoder(_Batch)
_EVENTS: Final = b'"events"'


def happenings(entry: Entry) -> list[Happening]:
    """The events of an entry, in the order of the batch. Bodies that intake could not decode yield none."""
    found = []
    for index, event in enumerate(events_of(entry)):
        notes = entry.notes.get(index, [])
        is_refused = any(note.level == "refused" for note in notes)
        label, dedup, order = _label(event, notes), event.dedup_key.hex(), _stated(entry, event)
        is_named = entry.trust >= Trust.PROVEN and event.claims and not event.device
        sketch = _sketch(entry, event, order) if is_named and not is_refused else None
        told = heard(event, is_sketched=sketch is not None)
        found.append(Happening(entry, entry.event_id(index), told, is_refused, label, dedup, order, sketch))
    return found


def events_of(entry: Entry) -> list[Event]:
    """The events of an entry, with all they say."""
    return read_events(entry.body, Reading(currency=entry.wire.currency, region=entry.wire.region, received_at=entry.received_at))


async def properties(entries: Database, workspace_id: int, event_id: int) -> dict[str, Any]:
    """What an event said beside who and when, for whoever looks at one; {} where its entry is gone or cannot be read any more."""
    entry = await log.one(entries, workspace_id, event_id // EVENTS_PER_ENTRY)
    try:
        found = raw_events(entry.body)[event_id % EVENTS_PER_ENTRY].get("properties") if entry and entry.kind == "events" else None
    except (Refused, LookupError):
        return {}
    return found if isinstance(found, dict) else {}


def heard(event: Event, *, is_sketched: bool = False) -> Heard:
    """What is asked of it; a person sketched from it has its traits."""
    is_dated = event.has_time or event.event_id is not None
    return Heard(event.name, event.occurred_at, is_dated, event.device, event.token, event.claims, {} if is_sketched else event.traits)


def _sketch(entry: Entry, event: Event, order: Stated | None) -> Sketch:
    """The shop's server names somebody: most often a person nobody knows yet."""
    uids = {entry.connector_id: event.claims.uid} if event.claims.uid else {}
    said = Said(event.traits, order.people if order is not None else {}, event.occurred_at, event.dedup_key.hex()[:16])
    return sketches.draw(said, trust=entry.trust, uids=uids)


def _stated(entry: Entry, event: Event) -> Stated | None:
    """The event's order. Its row is drafted where the trust it will have is plain before anybody was looked up."""
    if event.order is None:
        return None
    if not event.claims or (event.token and entry.trust < Trust.PROVEN):
        return Stated.of(event.order)
    trust = entry.trust if entry.trust >= Trust.PROVEN else Trust.TYPED
    return Stated.of(event.order, orders.draft(event.order, trust=int(trust), currency=entry.wire.currency))


def prepared(entry: Entry) -> list[Happening] | str:
    """The events of an entry, or why they cannot be read. Bodies were decoded once at intake, so a failure here is ours to mend."""
    if entry.kind == "change":
        return []
    try:
        return happenings(entry)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:500]


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


def _label(event: Event, notes: list[Note]) -> str:
    """What lists show of an event."""
    email, order = event.claims.email, event.order
    first, more = "", 0
    if notes:
        listed = [note for note in notes if note.level != "warning"]
        worst = next((note for note in listed if note.level == "refused"), listed[0] if listed else None)
        first, more = (f"{worst.path} {worst.message}"[:LABEL_LENGTH] if worst else ""), max(0, len(listed) - 1)
    label = Label(
        title=_title(event)[:LABEL_LENGTH],
        url=str(event.page.get("url") or "")[:LABEL_LENGTH],
        status=str(order.fields.get("status") or order.fields.get("fulfillment_status") or "")[:64] if order else "",
        session=(event.session or "")[:64],
        note=first,
        more=more,
        who=(email or event.claims.uid or event.claims.phone or "")[:LABEL_LENGTH],
    )
    return label.text()


def _title(event: Event) -> str:
    if event.order is not None:
        return str(event.order.fields.get("name") or event.order.number)
    for key in ("name", "query", "coupon_code", "title"):
        if isinstance(event.properties.get(key), str):
            return str(event.properties[key])
    return str(event.page.get("title") or event.page.get("path") or "")
