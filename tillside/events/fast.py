"""The verdict intake gives while the sender waits: typed decoding for plainly clean events, the full reading for all others.

An event is plainly clean if the full reading would have nothing to note. A test compares both ways on generated events.
"""

from typing import Annotated, Final

import msgspec
from msgspec import Meta, Raw, Struct, json

from tillside.base.errors import Refused
from tillside.events import contact, event, limits, order, times
from tillside.events.aliases import TRAITS_TABLE
from tillside.events.decode import parse_json
from tillside.events.money import CURRENCIES, LARGEST
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


_Label = Annotated[str, Meta(max_length=limits.ID_LENGTH)]
_Key = Annotated[str, Meta(max_length=limits.KEY_BYTES // 4)]
_Whole = Annotated[int, Meta(ge=-limits.EXACT_INTEGER, le=limits.EXACT_INTEGER)]
_Point = Annotated[float, Meta(gt=-limits.EXACT_INTEGER, lt=limits.EXACT_INTEGER)]
_Amount = Annotated[float, Meta(gt=-LARGEST, lt=LARGEST)]
_Time = Annotated[int, Meta(ge=times.MILLISECONDS_FROM, lt=times.MICROSECONDS_FROM)]
_Id = Annotated[str, Meta(min_length=1, max_length=limits.ID_LENGTH)] | _Whole
_Number = _Whole | _Point
_Line = dict[_Key, str | None]


class _Times(Struct):
    sentAt: _Time | None = None
    originalTimestamp: _Time | None = None


class _Envelope(Struct):
    event: Annotated[str, Meta(min_length=1, max_length=64)]
    properties: Raw = Raw(b"null")
    userProperties: Raw = Raw(b"null")
    time: _Times | None = None
    appClientId: _Label | None = None
    eventId: _Label | None = None
    did: _Label | None = None
    sid: _Label | None = None
    version: _Label | None = None
    userToken: _Label | None = None
    user_properties: None = None
    identity: None = None
    uid: None = None


class _Item(Struct, forbid_unknown_fields=True):
    id: _Id
    price: _Amount
    quantity: _Number
    optionId: _Id | None = None
    sku: str | None = None
    name: str | None = None
    grams: _Number | None = None
    url: str | None = None
    imageURL: list[str] | None = None


class _ShippedItem(_Item, forbid_unknown_fields=True):
    price: _Amount | None = None
    quantity: _Number | None = None


class _Parcel(Struct, forbid_unknown_fields=True):
    trackingNumber: _Id | None = None
    trackingCompany: str | None = None
    trackingUrl: str | None = None
    shippingDate: _Time | None = None


class _Fulfillment(Struct, forbid_unknown_fields=True):
    id: _Id
    status: str | None = None
    createdAt: _Time | None = None
    updatedAt: _Time | None = None
    quantity: _Number | None = None
    tracking: list[_Parcel] | None = None
    items: list[_ShippedItem] | None = None


_PLACE: Final = ("FirstName", "LastName", "Company", "AddressLine1", "AddressLine2", "City", "State", "Country", "Postcode")
_TEXTS: Final = (
    *("email", "firstName", "lastName", "phone", "status", "fulfillmentStatus", "paymentStatus", "orderName", "weightUnit"),
    *("statusUrl", "paymentMethod", "processingMethod", "shippingMethod"),
    *(f"{side}{name}" for side in ("billing", "shipping") for name in (*_PLACE, "Email", "Phone")),
)
_Order: Final = msgspec.defstruct(
    "_Order",
    [
        ("orderId", _Id),
        ("amount", _Amount),
        ("currency", str),
        ("items", Annotated[list[_Item], Meta(min_length=1)]),
        ("orderDbKey", _Id | None, None),
        *((name, str | None, None) for name in _TEXTS),
        *((name, _Amount | None, None) for name in ("subTotalPrice", "taxAmount", "discountAmount", "shippingAmount", "tipAmount")),
        *((name, _Time | None, None) for name in ("createdAt", "updatedAt", "processedAt")),
        ("totalWeight", _Number | None, None),
        ("coupons", list[str] | None, None),
        ("paymentGatewayNames", list[str] | None, None),
        ("fulfillment", list[_Fulfillment] | None, None),
        ("deleteFulfillmentAndCreate", bool | None, None),
    ],
    forbid_unknown_fields=True,
)

_envelope: Final = json.Decoder(_Envelope)
_order: Final = json.Decoder(_Order)
_traits: Final = json.Decoder(Annotated[dict[_Key, str | None | _Line], Meta(max_length=limits.PROPERTIES)])
_properties: Final = json.Decoder(Annotated[dict[_Key, str | bool | None | _Number | list[str]], Meta(max_length=limits.PROPERTIES)])


def _clean_head(raw: bytes, context: Reading) -> Head | None:
    """The head of a plainly clean event, or None."""
    if len(raw) > limits.EVENT_BYTES or not _has_plain_text(raw) or raw.count(b"{") + raw.count(b"[") > limits.DEPTH:
        return None
    try:
        said = _envelope.decode(raw)
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


def _times_fit(said: _Times | None, latest: int) -> bool:
    if said is None:
        return True
    return (said.sentAt or 0) <= latest and (said.originalTimestamp or 0) <= latest


def _traits_fit(text: bytes, region: str) -> bool:
    for key, value in _traits.decode(text).items():
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
        elif key in _ADDRESSES or (key == "uid" and value != value.strip()):
            return False
    return True


_ADDRESSES: Final = frozenset(("billingAddress", "shippingAddress"))
_OFFICIAL_TRAITS: Final = _ADDRESSES | frozenset(
    [
        "uid",
        "email",
        "phone",
        "firstName",
        "lastName",
        "name",
        "city",
        "state",
        "country",
        "facebook",
        "twitter",
        "googleplus",
        "instagram",
        "linkedin",
        "pinterest",
        "tumblr",
        "medium",
        "dob",
    ]
)
_OFFICIAL_LINES: Final = frozenset(
    [
        "firstName",
        "lastName",
        "email",
        "phone",
        "address1",
        "address2",
        "city",
        "state",
        "stateCode",
        "country",
        "countryCode",
        "postcode",
        "company",
    ]
)


def _order_fits(text: bytes, said: _Times | None, latest: int) -> bool:
    found = _order.decode(text)
    if found.currency not in CURRENCIES or (found.updatedAt or 0) > latest:
        return False
    if not (found.createdAt or found.processedAt or (said and (said.sentAt or said.originalTimestamp))):
        return False
    if not (_is_email(found.email) and _is_email(found.billingEmail) and _is_email(found.shippingEmail)):
        return False
    return _are_bare(found.orderId, found.orderDbKey) and _items_fit(found.items) and _fulfillments_fit(found.fulfillment)


def _fulfillments_fit(fulfillments: list[_Fulfillment] | None) -> bool:
    for fulfillment in fulfillments or ():
        if not _are_bare(fulfillment.id) or not _items_fit(fulfillment.items or []):
            return False
        for parcel in fulfillment.tracking or ():
            if not _are_bare(parcel.trackingNumber):
                return False
    return True


def _items_fit(items: list[_Item] | list[_ShippedItem]) -> bool:
    return all(_are_bare(item.id, item.optionId) for item in items)


def _are_bare(*ids: str | int | None) -> bool:
    """Whether no id carries white space around it, which the full reading would correct."""
    for said in ids:
        if said.__class__ is str and not said.isalnum() and said != said.strip():  # type: ignore[union-attr]
            return False
    return True


def _is_email(said: str | None) -> bool:
    return not said or contact.email(said) is not None


def _are_plain(text: bytes) -> bool:
    _properties.decode(text)
    return True
