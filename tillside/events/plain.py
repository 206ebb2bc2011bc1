"""The typed shapes of plainly clean events: official names only, under our own names for them.

What does not fit is not wrong, only worth the full reading. To judge, numbers are checked by their types. To read, they stay what
was sent, a Decimal of its literal where it has a point; and absent is told from null, since the content hash covers both.
The fields of each shape stand in the order of their wire names: so they are written for the hash without sorting them.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Annotated, Any, Final, Generic, TypeAlias, TypeVar

from msgspec import UNSET, Meta, Raw, Struct, UnsetType, json

from tillside.events import aliases, limits, times
from tillside.events.fields import Field
from tillside.events.money import LARGEST

Label: TypeAlias = Annotated[str, Meta(max_length=limits.ID_LENGTH)] | UnsetType | None
Key: TypeAlias = Annotated[str, Meta(max_length=limits.KEY_BYTES // 4)]
Whole: TypeAlias = Annotated[int, Meta(ge=-limits.EXACT_INTEGER, le=limits.EXACT_INTEGER)]
Amount: TypeAlias = Annotated[float, Meta(gt=-LARGEST, lt=LARGEST)]
Point: TypeAlias = Annotated[float, Meta(gt=-limits.EXACT_INTEGER, lt=limits.EXACT_INTEGER)]
Moment: TypeAlias = Annotated[int, Meta(ge=times.MILLISECONDS_FROM, lt=times.MICROSECONDS_FROM)] | UnsetType | None
Named: TypeAlias = Annotated[str, Meta(min_length=1, max_length=limits.ID_LENGTH)] | Whole
Id: TypeAlias = Named | UnsetType | None
Text: TypeAlias = str | UnsetType | None
Texts: TypeAlias = list[str] | UnsetType | None
Nothing: TypeAlias = Annotated[list[None], Meta(max_length=0)] | UnsetType | None
Never: TypeAlias = UnsetType | None
Line: TypeAlias = dict[Key, str | None]
Traits: TypeAlias = Annotated[dict[Key, str | bool | Whole | Line | None], Meta(max_length=limits.PROPERTIES)]
Properties: TypeAlias = Annotated[dict[Key, str | bool | Whole | Point | list[str] | None], Meta(max_length=limits.PROPERTIES)]
P = TypeVar("P")
C = TypeVar("C")
"""What the tracker says of page and browser: unread to judge, since no note is ever made of it."""
A = TypeVar("A")
"""An amount of money: a number within our limits, or whatever was sent."""
N = TypeVar("N")
"""A count or a weight, likewise."""


def _wire(fields: list[Field], **other: str) -> Callable[[str], str]:
    """Our name → the documented one."""
    names = {field.name: field.wire[0] for field in fields} | other
    return names.__getitem__


class Times(Struct, forbid_unknown_fields=True):
    originalTimestamp: Moment = UNSET
    sentAt: Moment = UNSET


class Envelope(Struct, Generic[P, C], kw_only=True, forbid_unknown_fields=True):
    appClientId: Label = UNSET
    context: C | UnsetType = UNSET
    did: Label = UNSET
    event: str
    eventId: Label = UNSET
    identity: Never = UNSET
    properties: P | Nothing = UNSET
    sid: Label = UNSET
    time: Times | Never = UNSET
    uid: Never = UNSET
    userProperties: Traits | str | Nothing = UNSET
    userToken: Text = UNSET
    user_properties: Never = UNSET
    version: Label = UNSET


class Item(Struct, Generic[A, N], kw_only=True, forbid_unknown_fields=True, rename=_wire(aliases.ITEM)):
    grams: N | Never = UNSET
    id: Named
    image_urls: Texts = UNSET
    name: Text = UNSET
    option_id: Id = UNSET
    price: A | Never = UNSET
    quantity: N | Never = UNSET
    sku: Text = UNSET
    url: Text = UNSET


class Parcel(Struct, kw_only=True, forbid_unknown_fields=True, rename=_wire(aliases.TRACKING)):
    shipped_at: Moment = UNSET
    company: Text = UNSET
    number: Id = UNSET
    url: Text = UNSET


class Fulfillment(Struct, Generic[A, N], kw_only=True, forbid_unknown_fields=True, rename=_wire(aliases.FULFILLMENT)):
    created_at: Moment = UNSET
    id: Named
    items: list[Item[A, N]] | Never = UNSET
    quantity: N | Never = UNSET
    status: Text = UNSET
    tracking: list[Parcel] | Never = UNSET
    updated_at: Moment = UNSET


class Order(Struct, Generic[A, N], kw_only=True, forbid_unknown_fields=True, rename=_wire(aliases.ORDER, payment_status="paymentStatus")):
    amount: A
    billing_address1: Text = UNSET
    billing_address2: Text = UNSET
    billing_city: Text = UNSET
    billing_company: Text = UNSET
    billing_country: Text = UNSET
    billing_email: Text = UNSET
    billing_first_name: Text = UNSET
    billing_last_name: Text = UNSET
    billing_phone: Text = UNSET
    billing_postcode: Text = UNSET
    billing_state: Text = UNSET
    coupons: Texts = UNSET
    created_at: Moment = UNSET
    currency: str
    replaces_fulfillments: bool | Never = UNSET
    discount: A | Never = UNSET
    email: Text = UNSET
    first_name: Text = UNSET
    fulfillments: list[Fulfillment[A, N]] | Never = UNSET
    fulfillment_status: Text = UNSET
    items: Annotated[list[Item[A, N]], Meta(min_length=1)]
    last_name: Text = UNSET
    db_key: Id = UNSET
    number: Named
    name: Text = UNSET
    gateways: Texts = UNSET
    payment_method: Text = UNSET
    payment_status: Text = UNSET
    phone: Text = UNSET
    processed_at: Moment = UNSET
    processing_method: Text = UNSET
    shipping_address1: Text = UNSET
    shipping_address2: Text = UNSET
    shipping_amount: A | Never = UNSET
    shipping_city: Text = UNSET
    shipping_company: Text = UNSET
    shipping_country: Text = UNSET
    shipping_email: Text = UNSET
    shipping_first_name: Text = UNSET
    shipping_last_name: Text = UNSET
    shipping_method: Text = UNSET
    shipping_phone: Text = UNSET
    shipping_postcode: Text = UNSET
    shipping_state: Text = UNSET
    status: Text = UNSET
    status_url: Text = UNSET
    subtotal: A | Never = UNSET
    tax: A | Never = UNSET
    tip: A | Never = UNSET
    refunded: A | Never = UNSET
    total_weight: N | Never = UNSET
    updated_at: Moment = UNSET
    weight_unit: Text = UNSET


ORDER: Final = json.Decoder(Envelope[Order[Any, Any], Any], float_hook=Decimal)
OTHER: Final = json.Decoder(Envelope[Properties, Any], float_hook=Decimal)
JUDGED_ORDER: Final = json.Decoder(Envelope[Order[Amount, Whole | Point], Raw])
JUDGED_OTHER: Final = json.Decoder(Envelope[Properties, Raw])
ENCODER: Final = json.Encoder(order="deterministic")
