"""Plainly clean events read by their types, several times faster than the full reading and with the same result.

Plainly clean: official names, every value of its documented type, nothing to note. Whatever a shape of events/plain.py or a
reader used here does not take as it stands raises, and the event gets the full reading. A test compares both on generated events.
"""

from typing import Any, Final, TypeAlias, cast

from msgspec import UNSET, MsgspecError, Raw, json

from tillside.base.errors import TooLarge
from tillside.events import aliases, clean_order, contact, event, limits, order, people, plain, times
from tillside.events.clean_order import Unclean
from tillside.events.decode import check_depth, parse_json
from tillside.events.plain import Envelope, Order
from tillside.events.shapes import JSON, Claims, Event, Facts, Reading

Said: TypeAlias = Envelope[Order[Any, Any], Any] | Envelope[dict[str, Any], Any]

REASONS: Final = (Unclean, TooLarge, MsgspecError, LookupError, ValueError, ArithmeticError, RecursionError)
"""Everything `judge` and `read` raise."""

_NAMES: Final = frozenset(event.KNOWN_NAMES) - (frozenset(order.KINDS) - {"order"})


def judge(raw: bytes, context: Reading) -> Said:
    """The event as sent, if the full reading would have nothing to note."""
    said = _decode(raw, plain.JUDGED_ORDER, plain.JUDGED_OTHER)
    _check(said, context)
    if isinstance(said.userProperties, dict):
        _traits(said.userProperties, context.region)
    return said


def read(raw: bytes, context: Reading, *, token: str | None = None) -> Event:
    """The event as event.read has it. `token`: the batch's, for an event that carries none."""
    said = _decode(raw, plain.ORDER, plain.OTHER)
    when = _check(said, context)
    if token is not None and token_of(said) is None:
        said.userToken = token
    traits, claims = _read_traits(said, context)
    event_id, sent = said.eventId or None, said.properties
    digest = b"" if event_id and said.event != "order" else _content(raw, said, token)
    page, client = event.read_context(said.context) if isinstance(said.context, dict) else (Facts(), Facts())
    return Event(
        name=said.event,
        connector_key=said.appClientId or None,
        occurred_at=when.occurred or when.sent or context.received_at,
        sent_at=when.sent,
        has_time=bool(when.occurred or when.sent),
        event_id=event_id,
        device=said.did or None,
        session=said.sid or None,
        version=said.version or "",
        token=token_of(said),
        claims=claims,
        traits=traits,
        properties=_properties(sent) if isinstance(sent, dict) else Facts(),
        page=page,
        client=client,
        order=clean_order.read(sent, when, context, digest=digest.hex()) if isinstance(sent, Order) else None,
        dedup_key=event.key_of(event_id, digest),
    )


def token_of(said: Said) -> str | None:
    """The identity token, as people.find_token has it."""
    return said.userToken or (said.userProperties if isinstance(said.userProperties, str) else None) or None


def has_plain_text(raw: bytes) -> bool:
    """No escape that could be NUL or half of a surrogate pair."""
    return b"\\" not in raw or not (b"\\u0000" in raw or b"\\ud" in raw or b"\\uD" in raw)


def _decode(raw: bytes, orders: json.Decoder[Any], others: json.Decoder[Any]) -> Said:
    if len(raw) > limits.EVENT_BYTES or not has_plain_text(raw) or _ANDROID in raw:
        raise Unclean
    said: Said = (orders if _ORDER in raw[:_HEAD] or _ORDER in raw else others).decode(raw)
    if (said.event == "order") is not isinstance(said.properties, Order):
        raise Unclean
    if said.context is not UNSET and raw.count(b"{") + raw.count(b"[") > limits.DEPTH:  # all else is as flat as its type
        check_depth(parse_json(bytes(said.context)) if isinstance(said.context, Raw) else said.context, limits.DEPTH - 1)
    return said


_ANDROID: Final = people.ANDROID.encode()
_ORDER: Final = b'"order"'
_HEAD: Final = 64
"""Where the name of the event usually stands."""


def _check(said: Said, context: Reading) -> order.Times:
    """When it happened; raises Unclean where the full reading would have something to say beyond types and numbers."""
    latest, stated = context.received_at + times.DAY, said.time
    when = order.Times(_micros(stated.originalTimestamp), _micros(stated.sentAt), latest) if stated else order.Times(None, None, latest)
    if said.event not in _NAMES or (when.sent or 0) > when.latest or (when.occurred or 0) > when.latest:
        raise Unclean
    for label in (said.appClientId, said.eventId, said.did, said.sid, said.version, token_of(said)):
        if label and label.isspace():
            raise Unclean
    if isinstance(said.properties, Order):
        clean_order.check(said.properties, when)
    elif said.event == "identify" and said.properties and not (isinstance(said.userProperties, dict) and said.userProperties):
        raise Unclean
    return when


def _micros(said: plain.Moment) -> int | None:
    return said * 1000 if said else None


def _content(raw: bytes, said: Said, token: str | None) -> bytes:
    """The hash event.content gives; an order is written out again as it was read, in the sorted order of its names."""
    if said.event == "order":
        return event.hashed(plain.ENCODER.encode(said))
    parsed = cast(dict[str, object], parse_json(raw))
    return event.content({**parsed, "userToken": said.userToken} if token and said.userToken else parsed)


def _read_traits(said: Said, context: Reading) -> tuple[Facts, Claims]:
    traits = _traits(said.userProperties, context.region) if isinstance(said.userProperties, dict) else Facts()
    sent = said.properties
    named: dict[str, object] = {}
    if isinstance(sent, Order):
        named = {"email": sent.email, "billingEmail": sent.billing_email}
    elif isinstance(sent, dict):
        named = sent
    return traits, people.read_claims(traits, named, context.region)


def _traits(source: dict[str, Any], region: str) -> Facts:
    said = Facts()
    for key, value in source.items():
        name = _TRAITS.get(key)
        if value.__class__ is dict:
            _address(said, _ADDRESSES[key], value)
        elif name is None:
            _custom(said, key, value)
        elif value or value.__class__ in _NUMBERS:
            said[name] = _personal(name, value, region)
    return said


def _personal(name: str, value: Any, region: str) -> str:
    """A trait, if it is what its name says."""
    if name == "uid":
        return _uid(value)
    if value.__class__ is not str or value.isspace():
        raise Unclean
    if (name == "email" and contact.email(value) is None) or (name == "phone" and contact.phone(value, region) is None):
        raise Unclean
    return str(value)


def _uid(value: Any) -> str:
    if value.__class__ is bool or len(str(value)) > limits.ID_LENGTH:
        raise Unclean
    clean_order.expect_bare(value)
    return str(value)


def _custom(said: Facts, key: str, value: JSON) -> None:
    """A trait of the shop's own, as sent; not one of ours in another spelling."""
    if key in _ADDRESSES or aliases.TRAITS_TABLE.find(key):
        raise Unclean
    _keep(said, key, value)


_OFFICIAL: Final = """
    uid email phone firstName lastName name city state country dob
    facebook twitter googleplus instagram linkedin pinterest tumblr medium
"""
_TRAITS: Final = {name: aliases.TRAITS_TABLE[name].name for name in _OFFICIAL.split()}
_LINES: Final = "firstName lastName email phone address1 address2 city state stateCode country countryCode postcode company"
_ADDRESSES: Final = {
    f"{side}Address": {name: aliases.ADDRESS_TABLES[side][name].name for name in _LINES.split()} for side in ("billing", "shipping")
}
_NUMBERS: Final = frozenset((int, float, bool))


def _keep(said: Facts, key: str, value: JSON) -> None:
    if value.__class__ in _NUMBERS or (value and not (value.__class__ is str and str(value).isspace())):
        said[key] = value


def _address(said: Facts, names: dict[str, str], lines: dict[str, str | None]) -> None:
    for key, value in lines.items():
        name = names[key]
        if value and not value.isspace():
            said[name] = value
    clean_order.expect_email(lines.get("email"))


def _properties(source: dict[str, Any]) -> Facts:
    said = Facts()
    for key, value in source.items():
        _keep(said, key, value)
    return said
