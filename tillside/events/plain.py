"""The typed shapes of plainly clean events: official names only, every value of its documented type and within the limits.

What does not fit is not wrong, only worth the full reading.
"""

from typing import Annotated, Final

from msgspec import Meta, Raw, Struct, json

from tillside.events import limits, times
from tillside.events.money import LARGEST

Label = Annotated[str, Meta(max_length=limits.ID_LENGTH)]
Key = Annotated[str, Meta(max_length=limits.KEY_BYTES // 4)]
Whole = Annotated[int, Meta(ge=-limits.EXACT_INTEGER, le=limits.EXACT_INTEGER)]
Point = Annotated[float, Meta(gt=-limits.EXACT_INTEGER, lt=limits.EXACT_INTEGER)]
Amount = Annotated[float, Meta(gt=-LARGEST, lt=LARGEST)]
Time = Annotated[int, Meta(ge=times.MILLISECONDS_FROM, lt=times.MICROSECONDS_FROM)]
Id = Annotated[str, Meta(min_length=1, max_length=limits.ID_LENGTH)] | Whole
Number = Whole | Point
Line = dict[Key, str | None]


class Times(Struct):
    sentAt: Time | None = None
    originalTimestamp: Time | None = None


class Envelope(Struct):
    event: Annotated[str, Meta(min_length=1, max_length=64)]
    properties: Raw = Raw(b"null")
    userProperties: Raw = Raw(b"null")
    time: Times | None = None
    appClientId: Label | None = None
    eventId: Label | None = None
    did: Label | None = None
    sid: Label | None = None
    version: Label | None = None
    userToken: Label | None = None
    user_properties: None = None
    identity: None = None
    uid: None = None


class Item(Struct, forbid_unknown_fields=True):
    id: Id
    price: Amount
    quantity: Number
    optionId: Id | None = None
    sku: str | None = None
    name: str | None = None
    grams: Number | None = None
    url: str | None = None
    imageURL: list[str] | None = None


class ShippedItem(Struct, forbid_unknown_fields=True):
    id: Id
    price: Amount | None = None
    quantity: Number | None = None
    optionId: Id | None = None
    sku: str | None = None
    name: str | None = None
    grams: Number | None = None
    url: str | None = None
    imageURL: list[str] | None = None


class Parcel(Struct, forbid_unknown_fields=True):
    trackingNumber: Id | None = None
    trackingCompany: str | None = None
    trackingUrl: str | None = None
    shippingDate: Time | None = None


class Fulfillment(Struct, forbid_unknown_fields=True):
    id: Id
    status: str | None = None
    createdAt: Time | None = None
    updatedAt: Time | None = None
    quantity: Number | None = None
    tracking: list[Parcel] | None = None
    items: list[ShippedItem] | None = None


class Order(Struct, forbid_unknown_fields=True):
    orderId: Id
    amount: Amount
    currency: str
    items: Annotated[list[Item], Meta(min_length=1)]
    orderDbKey: Id | None = None
    email: str | None = None
    firstName: str | None = None
    lastName: str | None = None
    phone: str | None = None
    status: str | None = None
    fulfillmentStatus: str | None = None
    paymentStatus: str | None = None
    orderName: str | None = None
    weightUnit: str | None = None
    statusUrl: str | None = None
    paymentMethod: str | None = None
    processingMethod: str | None = None
    shippingMethod: str | None = None
    billingFirstName: str | None = None
    billingLastName: str | None = None
    billingCompany: str | None = None
    billingAddressLine1: str | None = None
    billingAddressLine2: str | None = None
    billingCity: str | None = None
    billingState: str | None = None
    billingCountry: str | None = None
    billingPostcode: str | None = None
    billingEmail: str | None = None
    billingPhone: str | None = None
    shippingFirstName: str | None = None
    shippingLastName: str | None = None
    shippingCompany: str | None = None
    shippingAddressLine1: str | None = None
    shippingAddressLine2: str | None = None
    shippingCity: str | None = None
    shippingState: str | None = None
    shippingCountry: str | None = None
    shippingPostcode: str | None = None
    shippingEmail: str | None = None
    shippingPhone: str | None = None
    subTotalPrice: Amount | None = None
    taxAmount: Amount | None = None
    discountAmount: Amount | None = None
    shippingAmount: Amount | None = None
    tipAmount: Amount | None = None
    createdAt: Time | None = None
    updatedAt: Time | None = None
    processedAt: Time | None = None
    totalWeight: Number | None = None
    coupons: list[str] | None = None
    paymentGatewayNames: list[str] | None = None
    fulfillment: list[Fulfillment] | None = None
    deleteFulfillmentAndCreate: bool | None = None


ENVELOPE: Final = json.Decoder(Envelope)
ORDER: Final = json.Decoder(Order)
TRAITS: Final = json.Decoder(Annotated[dict[Key, str | Line | None], Meta(max_length=limits.PROPERTIES)])
PROPERTIES: Final = json.Decoder(Annotated[dict[Key, str | bool | Number | list[str] | None], Meta(max_length=limits.PROPERTIES)])
