"""A request body taken apart: the envelope of a batch, and the text of each event for itself."""

from typing import Final

import msgspec
from msgspec import Raw, Struct

from tillside.base.errors import Refused, TooLarge, Undecodable
from tillside.events import event, fields, limits, people
from tillside.events.decode import parse_json
from tillside.events.notes import Notes


class Batch(Struct, frozen=True):
    """What one body holds. A single event is a batch of one with `is_batch` false.

    `connector_key` and `token` hold for every event that does not say otherwise.
    """

    events: list[Raw]
    is_batch: bool
    name: str
    connector_key: str | None
    token: str | None
    platform: str
    version: str


class _Envelope(Struct):
    events: list[Raw]
    event: str = ""
    appClientId: str | None = None
    userToken: str | None = None
    platform: str | None = None
    version: str | None = None


_DECODER: Final = msgspec.json.Decoder(_Envelope)
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


def split_batch(text: bytes, *, limit_events: int = limits.BATCH_EVENTS) -> Batch:
    """Take a decoded body apart. Raises Undecodable (no JSON), Refused (no object, no list of events), TooLarge (too many)."""
    try:
        said = _DECODER.decode(text)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _split_slowly(text, limit_events)
    return Batch(
        events=_few(said.events, limit_events),
        is_batch=True,
        name=said.event,
        connector_key=said.appClientId or None,
        token=said.userToken or None,
        platform=said.platform or "",
        version=said.version or "",
    )


def _split_slowly(text: bytes, limit_events: int) -> Batch:
    """A single event, an envelope with unusual values, or no JSON at all."""
    whole = parse_json(text, depth=limits.DEPTH + 2)
    if not isinstance(whole, dict):
        raise Refused("The body is not an object.", hint="Send an event, or a batch with its events in a list.")
    is_batch = "events" in whole or fields.squashed(str(whole.get("event", ""))) == "sendbatch"
    events = [Raw(text)]
    if is_batch:
        events = [Raw(_encoded(entry)) for entry in _few(_listed(whole.get("events")), limit_events)]
    notes = Notes()
    return Batch(
        events=events,
        is_batch=is_batch,
        name=event.label(whole, "event", notes) or "",
        connector_key=event.label(whole, "appClientId", notes),
        token=people.find_token(whole),
        platform=event.label(whole, "platform", notes) or "",
        version=event.label(whole, "version", notes) or "",
    )


def _listed(events: object) -> list[object]:
    if isinstance(events, dict):  # PHP writes a list with gaps as an object
        return list(events.values())
    if events is None or isinstance(events, list):
        return events or []
    raise Refused("events is not a list.", field="events", hint="Send the events in a list.")


def _few(events: "list[Raw] | list[object]", limit: int) -> "list[Raw]":
    if len(events) > limit:
        raise TooLarge(f"{len(events)} events in one batch.", field="events", hint=f"Send at most {limit} events at once.")
    return events  # type: ignore[return-value]  # the same list


def _encoded(entry: object) -> bytes:
    try:
        return _ENCODER.encode(entry)
    except (ValueError, OverflowError, RecursionError) as error:
        raise Undecodable("An event could not be read.", field="events", hint="Check its numbers.") from error
