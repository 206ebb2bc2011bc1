"""The verdict intake gives while the sender waits: typed decoding for plainly clean events, the full reading for all others.

An event is plainly clean if the full reading would have nothing to note. A test compares both ways on generated events.
"""

from typing import Final

import msgspec
from msgspec import Struct

from tillside.base.errors import Refused
from tillside.events import contact, event, limits, order, plain, times
from tillside.events.aliases import TRAITS_TABLE
from tillside.events.decode import parse_json
from tillside.events.money import CURRENCIES
from tillside.events.notes import Notes, Verdict
from tillside.events.shapes import Reading


class Head(Struct, frozen=True):
    """What intake needs of an event beside its verdict."""

    name: str = ""
    event_id: str | None = None
    device: str | None = None
    has_token: bool = False
    connector_key: str | None = None


def verdict(raw_json: bytes, context: Reading) -> tuple[Verdict, Notes, Head]:
    """Judge one event given as JSON text. Never raises for content."""
    head = _clean_head(raw_json, context)
    if head is not None:
        return "accepted", Notes(), head
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
    said = event.read(raw, context)
    for note in said.notes:
        notes.add(note)
    return notes.verdict, notes, Head(said.name, said.event_id, said.device, said.token is not None, said.connector_key)


def _clean_head(raw: bytes, context: Reading) -> Head | None:
    """The head of a plainly clean event, or None."""
    if len(raw) > limits.EVENT_BYTES or not _has_plain_text(raw) or raw.count(b"{") + raw.count(b"[") > limits.DEPTH:
        return None
    try:
        said = plain.ENVELOPE.decode(raw)
        latest = (context.received_at + times.DAY) // 1000
        if said.event not in _CLEAN_NAMES or not _times_fit(said.time, latest):
            return None
        has_token = bool(said.userToken)
        traits = bytes(said.userProperties)
        if traits[:1] == b'"':
            has_token = has_token or traits != b'""'
        elif traits not in _NOTHING and not _traits_fit(traits, context.region):
            return None
        properties = bytes(said.properties)
        if said.event == "order":
            if not _order_fits(properties, said.time, latest):
                return None
        elif properties not in _NOTHING and (said.event == "identify" or not _are_plain(properties)):
            return None
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
    return Head(said.event, said.eventId or None, said.did or None, has_token, said.appClientId or None)


_NOTHING: Final = frozenset((b"null", b"[]", b"{}"))
_CLEAN_NAMES: Final = frozenset(event.KNOWN_NAMES) - (frozenset(order.KINDS) - {"order"})


def _has_plain_text(raw: bytes) -> bool:
    """No escape that could be NUL or half of a surrogate pair."""
    return b"\\u" not in raw or not (b"\\u0000" in raw or b"\\ud" in raw or b"\\uD" in raw)


def _times_fit(said: plain.Times | None, latest: int) -> bool:
    if said is None:
        return True
    return (said.sentAt or 0) <= latest and (said.originalTimestamp or 0) <= latest


def _traits_fit(text: bytes, region: str) -> bool:
    for key, value in plain.TRAITS.decode(text).items():
        if key not in _OFFICIAL_TRAITS and (key == "billing" or TRAITS_TABLE.find(key)):
            return False
        if isinstance(value, dict):
            if key not in _ADDRESSES or not _OFFICIAL_LINES.issuperset(value) or not _is_email(value.get("email")):
                return False
        elif not value:
            continue
        elif key == "email":
            if not _is_email(value):
                return False
        elif key == "phone":
            if contact.phone(value, region) is None:
                return False
        elif key in _ADDRESSES or (key == "uid" and (len(value) > limits.ID_LENGTH or not _are_bare(value))):
            return False
    return True


_TRAITS: Final = """
    uid email phone firstName lastName name city state country dob
    facebook twitter googleplus instagram linkedin pinterest tumblr medium
"""
_LINES: Final = "firstName lastName email phone address1 address2 city state stateCode country countryCode postcode company"
_ADDRESSES: Final = frozenset(("billingAddress", "shippingAddress"))
_OFFICIAL_TRAITS: Final = _ADDRESSES | frozenset(_TRAITS.split())
_OFFICIAL_LINES: Final = frozenset(_LINES.split())


def _order_fits(text: bytes, said: plain.Times | None, latest: int) -> bool:
    found = plain.ORDER.decode(text)
    if found.currency not in CURRENCIES or (found.updatedAt or 0) > latest or str(found.orderId).startswith("gid:"):
        return False
    if not (found.createdAt or found.processedAt or (said and (said.sentAt or said.originalTimestamp))):
        return False
    if not (_is_email(found.email) and _is_email(found.billingEmail) and _is_email(found.shippingEmail)):
        return False
    return _are_bare(found.orderId, found.orderDbKey) and _items_fit(found.items) and _fulfillments_fit(found.fulfillment)


def _fulfillments_fit(fulfillments: list[plain.Fulfillment] | None) -> bool:
    for fulfillment in fulfillments or ():
        if not _are_bare(fulfillment.id) or not _items_fit(fulfillment.items or []):
            return False
        for parcel in fulfillment.tracking or ():
            if not _are_bare(parcel.trackingNumber):
                return False
    return True


def _items_fit(items: list[plain.Item] | list[plain.ShippedItem]) -> bool:
    return all(_are_bare(item.id, item.optionId) for item in items)


def _are_bare(*ids: str | int | None) -> bool:
    """Whether no id carries white space around it, which the full reading would correct."""
    return not any(isinstance(said, str) and not said.isalnum() and said != said.strip() for said in ids)


def _is_email(said: str | None) -> bool:
    return not said or contact.email(said) is not None


def _are_plain(text: bytes) -> bool:
    plain.PROPERTIES.decode(text)
    return True
