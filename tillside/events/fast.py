"""One event given as JSON text: typed reading for plainly clean events (events/clean.py), the full reading for all others.

A test compares both ways on generated events.
"""

from msgspec import Struct

from tillside.base.errors import Refused
from tillside.events import clean, event, limits, people
from tillside.events.decode import parse_json
from tillside.events.notes import Notes, Verdict
from tillside.events.shapes import Event, Reading


class Head(Struct, frozen=True):
    """What intake needs of an event beside its verdict."""

    name: str = ""
    event_id: str | None = None
    device: str | None = None
    has_token: bool = False
    connector_key: str | None = None


def verdict(raw_json: bytes, context: Reading) -> tuple[Verdict, Notes, Head]:
    """The verdict intake gives while the sender waits. Never raises for content."""
    try:
        said = clean.judge(raw_json, context)
        head = Head(said.event, said.eventId or None, said.did or None, clean.token_of(said) is not None, said.appClientId or None)
        return "accepted", Notes(), head
    except clean.REASONS:
        return _full_verdict(raw_json, context)


def read(raw_json: bytes, context: Reading, *, token: str | None = None) -> Event:
    """Read one event given as JSON text; what is no object reads as an empty one. `token`: its batch's, if it carries none.

    Raises Undecodable or TooLarge as decode.parse_json does.
    """
    try:
        return clean.read(raw_json, context, token=token)
    except clean.REASONS:
        return event.read(people.with_token(parse_json(raw_json), token), context)


def _full_verdict(raw_json: bytes, context: Reading) -> tuple[Verdict, Notes, Head]:
    notes = Notes()
    if len(raw_json) > limits.EVENT_BYTES:
        notes.refused("", f"More than {limits.EVENT_BYTES // 1024} KiB in one event", fix="Send less in one event.")
        return "refused", notes, Head()
    try:
        raw = parse_json(raw_json, notes=notes)
    except Refused as error:
        notes.refused(error.field, error.message, fix=error.hint)
        return "refused", notes, Head()
    if not isinstance(raw, dict):
        notes.refused("", "Expected an object", got=raw, fix="Send the event as a JSON object.")
        return "refused", notes, Head()
    full = event.read(raw, context)
    for note in full.notes:
        notes.add(note)
    return notes.verdict, notes, Head(full.name, full.event_id, full.device, full.token is not None, full.connector_key)
