"""One event of a shop, read in full: who, when, where, what, and everything that had to be corrected or refused on the way."""

from collections.abc import Mapping
from hashlib import sha256
from json import dumps
from typing import Final

import msgspec

from tillside.events import browsers, fields, limits, order, people, times
from tillside.events.notes import Notes
from tillside.events.shapes import JSON, Claims, Event, Facts, OrderStatement, Reading

__all__ = ["KNOWN_NAMES", "Claims", "Event", "OrderStatement", "Reading", "read"]

KNOWN_NAMES: Final = (
    *("identify", "page_view", "view_product", "view_category", "view_article", "search", "view_cart"),
    *("checkout_start", "checkout_payment", "add_to_cart", "remove_from_cart", "cart_updated", "applied_coupon"),
    *("order", "order_status_update", "fulfillment", "delete_fulfillment", "subscription", "subscription_status_update"),
)
_BY_SPELLING: Final = {fields.squashed(name): name for name in KNOWN_NAMES}
_KNOWN: Final = frozenset(KNOWN_NAMES)
_ENCODER: Final = msgspec.json.Encoder(order="sorted")


def read(raw: Mapping[str, object], context: Reading) -> Event:
    """Read one event, already parsed (decode.parse_json). Never raises for content: what is wrong is a note."""
    notes = Notes()
    if not isinstance(raw, dict):
        notes.refused("", "Expected an object", got=raw, fix="Send the event as a JSON object.")
        raw = {}
    name = read_name(raw, notes)
    moments = _read_times(raw, context, notes)
    source, path = people.find_traits(raw)
    properties = people.without_token(raw.get("properties"))
    if name == "identify" and not source and isinstance(properties, dict):  # Android puts the traits there
        source, path, properties = properties, "properties", None
    traits = people.read_traits(source, notes, path)
    event_id = label(raw, "eventId", notes)
    digest = b"" if event_id and name not in order.KINDS else content(raw)
    statement, said = None, Facts()
    if name in order.KINDS:
        statement = order.read(name, properties, moments, context, digest=digest.hex(), notes=notes)
    else:
        said = _read_properties(properties, notes)
    claims = people.read_claims(traits, properties if isinstance(properties, dict) else {}, context.region)
    _warn_of_phone(traits, claims, path, notes)
    where = raw.get("context")
    page, client = read_context(where) if isinstance(where, dict) else ({}, {})
    occurred = moments.occurred or moments.sent
    return Event(
        name=name,
        connector_key=label(raw, "appClientId", notes),
        occurred_at=context.received_at if occurred is None else occurred,
        sent_at=moments.sent,
        has_time=occurred is not None,
        event_id=event_id,
        device=label(raw, "did", notes),
        session=label(raw, "sid", notes),
        version=label(raw, "version", notes) or "",
        token=people.find_token(raw),
        claims=claims,
        traits=traits,
        properties=said,
        page=page,
        client=client,
        order=statement,
        dedup_key=key_of(event_id, digest),
        notes=notes,
    )


def read_name(raw: Mapping[str, object], notes: Notes) -> str:
    """The event's name; a known name in another spelling is corrected, a missing one refused."""
    name = raw.get("event")
    if name.__class__ is str and name in _KNOWN:
        return str(name)
    if not isinstance(name, str) or not name.strip():
        notes.refused("event", "No event name", got=name, fix="Send event, for example order.")
        return ""
    if len(name.encode("utf-8", "replace")) > limits.KEY_BYTES:
        notes.refused("event", f"A name longer than {limits.KEY_BYTES} bytes", got=name, fix="Shorten the name.")
        return ""
    bare = name.strip()
    if fields.squashed(bare) == "sendbatch":
        notes.refused("event", "A batch inside a batch", fix="Send every event in the outer events list.")
    known = _BY_SPELLING.get(fields.squashed(bare), bare)
    if known != name:
        notes.corrected("event", "Read as meant", got=name, read=known)
    return known


def label(raw: Mapping[str, object], key: str, notes: Notes) -> str | None:
    """A short id of the envelope as text, or None; what cannot be one is left out with a warning."""
    said = raw.get(key)
    if said is None or said == "":
        return None
    if isinstance(said, int) and not isinstance(said, bool) and said.bit_length() < 64:
        return str(said)
    if isinstance(said, str) and len(said) <= limits.ID_LENGTH:
        return None if said.isspace() else said
    if not fields.is_blank(said):
        notes.warning(key, f"Left out: expected text of at most {limits.ID_LENGTH} characters", fix=f"Send {key} as text.")
    return None


def content(raw: Mapping[str, object]) -> bytes:
    """A hash of the decoded event, whatever the order of its keys."""
    try:
        text = _ENCODER.encode(raw)
    except (TypeError, ValueError, OverflowError, RecursionError):
        text = dumps(raw, sort_keys=True, default=str).encode("utf-8", "surrogatepass")
    return hashed(text)


def hashed(text: bytes) -> bytes:
    """The content hash of an event whose names are sorted."""
    return sha256(b"event\0" + text).digest()


def key_of(event_id: str | None, digest: bytes) -> bytes:
    """What repetitions of an event have in common: its id, else its content."""
    return sha256(b"id\0" + event_id.encode("utf-8", "replace")).digest()[:16] if event_id else digest[:16]


def _read_times(raw: Mapping[str, object], context: Reading, notes: Notes) -> order.Times:
    said = raw.get("time")
    latest = context.received_at + times.DAY
    if isinstance(said, dict):
        sent = times.read(said.get("sentAt"), notes, "time", "sentAt")
        occurred = times.read(said.get("originalTimestamp"), notes, "time", "originalTimestamp")
    else:
        occurred = None
        sent = None if fields.is_blank(said) else times.read(said, notes, "", "time")
    return order.Times(_clamp(occurred, latest, "originalTimestamp", notes), _clamp(sent, latest, "sentAt", notes), latest)


def _clamp(moment: int | None, latest: int, key: str, notes: Notes) -> int | None:
    if moment is None or moment <= latest:
        return moment
    notes.corrected(f"time.{key}", "In the future: read as 24 hours after arrival", got=times.iso(moment), read=times.iso(latest))
    return latest


def _read_properties(properties: object, notes: Notes) -> Facts:
    """The properties of an event that is no order: as sent, without the blank ones."""
    if not properties:
        return {}
    if not isinstance(properties, dict):
        notes.refused("properties", "Expected an object", got=properties, fix="Send the properties as an object, or leave them out.")
        return {}
    said: Facts = {}
    if limits.fits(properties, notes, "properties"):
        for key, value in properties.items():
            fields.keep(said, key, value, notes, "properties")
    return said


def _warn_of_phone(traits: Facts, claims: Claims, path: str, notes: Notes) -> None:
    phone = traits.get("phone")
    if isinstance(phone, str) and claims.phone is None:
        notes.corrected(limits.at(path, "phone"), "Not a complete phone number: kept as text, identifies nobody", got=phone)


_PAGE: Final = ("url", "title", "path", "referrer")
_CLIENT: Final = (
    ("browser", "browser", "name"),
    ("browser_version", "browser", "version"),
    ("lang", "browser", "lang"),
    ("os", "os", "name"),
    ("os_version", "os", "version"),
    ("device", "device", "type"),
)


def read_context(context: Mapping[str, object]) -> tuple[Facts, Facts]:
    """Page and client as the tracker describes them, and what it leaves to its user agent; the rest is ignored (contract 1.4)."""
    page, client = Facts(), Facts()
    place = context.get("page")
    if isinstance(place, dict):
        for name in _PAGE:
            _take(page, name, place.get(name))
    for name, part, key in _CLIENT:
        inner = context.get(part)
        if isinstance(inner, dict):
            _take(client, name, inner.get(key))
    _take(client, "timezone", context.get("timezone"))
    _take(client, "user_agent", context.get("userAgent"))
    if isinstance(agent := client.get("user_agent"), str):
        _fill_in(client, browsers.read(agent))
    screen = context.get("screen")
    if isinstance(screen, dict) and type(screen.get("width")) is int and type(screen.get("height")) is int:
        _take(client, "screen", f"{screen['width']}×{screen['height']}")
    return page, client


def _fill_in(client: Facts, read: Mapping[str, str]) -> None:
    """A version goes with its name: never that of another browser than the one the context names."""
    for part in ("browser", "os", "device"):
        if part not in client:
            client.update({name: read[name] for name in (part, f"{part}_version") if name in read})


def _take(into: dict[str, JSON], name: str, value: object) -> None:
    if isinstance(value, str) and value:
        into[name] = value[:4096]
