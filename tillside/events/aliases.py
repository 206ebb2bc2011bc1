"""Every property of orders, subscriptions, items, fulfillments and people that is understood, with every wire name found in use.

The names are data: docs/events.md lists them and a test compares the two. Sources: contract 1.4, 1.6, 1.7.
"""

from typing import Final

from tillside.events.fields import Field, Kind, Table, table


def address(side: str) -> list[Field]:
    """The fields of a billing or shipping address, flat."""

    def of(name: str, *wire: str, kind: Kind = "text") -> Field:
        return Field(f"{side}_{name}", kind, tuple(f"{side}{end}" for end in wire))

    return [
        of("email", "Email", kind="email"),
        of("phone", "Phone", kind="phone"),
        of("first_name", "FirstName"),
        of("last_name", "LastName"),
        of("name", "Name"),
        of("company", "Company"),
        of("address1", "AddressLine1", "Address1"),
        of("address2", "AddressLine2", "Address2"),
        of("city", "City"),
        of("state", "State", "Region"),
        of("state_code", "StateCode"),
        of("country", "Country"),
        of("country_code", "CountryCode"),
        of("postcode", "Postcode"),
        of("address", "Address", kind="part"),
    ]


def address_inside(side: str) -> list[Field]:
    """The same fields where an address is sent as an object of its own."""
    inside = [
        Field("email", "email", ("email",)),
        Field("phone", "phone", ("phone",)),
        Field("first_name", "text", ("firstName",)),
        Field("last_name", "text", ("lastName",)),
        Field("name", "text", ("name",)),
        Field("company", "text", ("company",)),
        Field("address1", "text", ("address1", "addressLine1", "address")),
        Field("address2", "text", ("address2", "addressLine2")),
        Field("city", "text", ("city",)),
        Field("state", "text", ("state", "region")),
        Field("state_code", "text", ("stateCode",)),
        Field("country", "text", ("country",)),
        Field("country_code", "text", ("countryCode",)),
        Field("postcode", "text", ("postcode",)),
    ]
    return [Field(f"{side}_{field.name}", field.kind, field.wire) for field in inside]


PARCEL: Final = [
    Field("tracking.number", "id", ("trackingNumber",)),
    Field("tracking.company", "text", ("trackingCompany",)),
    Field("tracking.url", "text", ("trackingUrl",)),
    Field("tracking.id", "id", ("trackingId",)),
    Field("tracking.shipped_at", "time", ("shippingDate",)),
]

ORDER: Final = [
    Field("number", "id", ("orderId",)),
    Field("row_id", "id", ("id",)),
    Field("db_key", "id", ("orderDbKey",)),
    Field("name", "text", ("orderName",)),
    Field("status", "text", ("status", "orderStatus")),
    Field("old_status", "text", ("oldStatus",)),
    Field("fulfillment_status", "text", ("fulfillmentStatus",)),
    Field("payment_status", "text", ("financialStatus", "paymentStatus")),
    Field("amount", "money", ("amount",)),
    Field("subtotal", "money", ("subTotalPrice",)),
    Field("tax", "money", ("taxAmount",)),
    Field("discount", "money", ("discountAmount",)),
    Field("shipping_amount", "money", ("shippingAmount",)),
    Field("tip", "money", ("tipAmount",)),
    Field("refunded", "money", ("totalRefundedAmount",)),
    Field("currency", "currency", ("currency",)),
    Field("total_weight", "measure", ("totalWeight",)),
    Field("weight_unit", "text", ("weightUnit",)),
    Field("coupons", "list of texts", ("coupons",)),
    Field("gift_cards", "any", ("giftCards",)),
    Field("status_url", "text", ("statusUrl",)),
    Field("payment_method", "text", ("paymentMethod",)),
    Field("gateways", "list of texts", ("paymentGatewayNames",)),
    Field("processing_method", "text", ("processingMethod",)),
    Field("shipping_method", "text", ("shippingMethod",)),
    Field("created_at", "time", ("createdAt",)),
    Field("updated_at", "time", ("updatedAt",)),
    Field("processed_at", "time", ("processedAt",)),
    Field("order_type", "text", ("orderType",)),
    Field("context", "text", ("context",)),
    Field("email", "email", ("email",)),
    Field("phone", "phone", ("phone",)),
    Field("first_name", "text", ("firstName",)),
    Field("last_name", "text", ("lastName",)),
    Field("full_name", "text", ("name",)),
    *address("billing"),
    *address("shipping"),
    *PARCEL,
    Field("items", "part", ("items", "lineItems")),
    Field("fulfillments", "part", ("fulfillment", "fulfillments")),
    Field("replaces_fulfillments", "yes or no", ("deleteFulfillmentAndCreate",)),
]

SUBSCRIPTION: Final = [
    *ORDER,
    Field("subscription_number", "id", ("subscriptionId",)),
    Field("start_at", "time", ("start",)),
    Field("end_at", "time", ("end",)),
    Field("next_payment_at", "time", ("nextPayment", "nextBillingDate")),
    Field("last_payment_at", "time", ("lastPayment",)),
    Field("trial_end_at", "time", ("trialEnd",)),
    Field("billing_interval", "text", ("billingInterval",)),
    Field("product_name", "text", ("productName",)),
]

DELETION: Final = [*ORDER, Field("fulfillment_id", "part", ("fulfillmentId",))]

ITEM: Final = [
    Field("id", "id", ("id",)),
    Field("price", "money", ("price",)),
    Field("quantity", "count", ("quantity",)),
    Field("refunded_quantity", "count", ("refundedQuantity",)),
    Field("sku", "text", ("sku",)),
    Field("name", "text", ("name",)),
    Field("option_id", "id", ("optionId",)),
    Field("option_sku", "text", ("optionSku",)),
    Field("option_name", "text", ("optionName",)),
    Field("option_price", "money", ("optionPrice",)),
    Field("grams", "measure", ("grams",)),
    Field("url", "text", ("url",)),
    Field("image_urls", "list of texts", ("imageURL",)),
    Field("product_price", "money", ("productPrice",)),
    Field("total_price", "money", ("totalPrice",)),
    Field("categories", "any", ("categories",)),
    Field("contains", "any", ("contains",)),
]

FULFILLMENT: Final = [
    Field("id", "id", ("id", "fulfillmentId")),
    Field("status", "text", ("status",)),
    Field("created_at", "time", ("createdAt",)),
    Field("updated_at", "time", ("updatedAt",)),
    Field("quantity", "count", ("quantity",)),
    Field("tracking", "part", ("tracking",)),
    Field("items", "part", ("items", "lineItems")),
    *PARCEL,
]

TRACKING: Final = [
    Field("number", "id", ("trackingNumber", "number")),
    Field("company", "text", ("trackingCompany", "company")),
    Field("url", "text", ("trackingUrl", "url")),
    Field("id", "id", ("trackingId", "id")),
    Field("shipped_at", "time", ("shippingDate",)),
]

TRAITS: Final = [
    Field("uid", "id", ("uid",)),
    Field("email", "email", ("email",)),
    Field("phone", "phone", ("phone",)),
    Field("first_name", "text", ("firstName",)),
    Field("last_name", "text", ("lastName",)),
    Field("name", "text", ("name",)),
    Field("city", "text", ("city",)),
    Field("state", "text", ("state",)),
    Field("country", "text", ("country",)),
    Field("facebook", "text", ("facebook",)),
    Field("twitter", "text", ("twitter",)),
    Field("googleplus", "text", ("googleplus",)),
    Field("instagram", "text", ("instagram",)),
    Field("linkedin", "text", ("linkedin",)),
    Field("pinterest", "text", ("pinterest",)),
    Field("tumblr", "text", ("tumblr",)),
    Field("medium", "text", ("medium",)),
    Field("dob", "text", ("dob",)),
    *address("billing"),
    *address("shipping"),
]

ORDER_TABLE: Final[Table] = table(ORDER)
SUBSCRIPTION_TABLE: Final[Table] = table(SUBSCRIPTION)
DELETION_TABLE: Final[Table] = table(DELETION)
ITEM_TABLE: Final[Table] = table(ITEM)
FULFILLMENT_TABLE: Final[Table] = table(FULFILLMENT)
TRACKING_TABLE: Final[Table] = table(TRACKING)
ADDRESS_TABLES: Final = {side: table(address_inside(side)) for side in ("billing", "shipping")}
TRAITS_TABLE: Final[Table] = table(TRAITS)

TABLES: Final = {
    "order": ORDER,
    "subscription": SUBSCRIPTION,
    "delete_fulfillment": DELETION,
    "item": ITEM,
    "fulfillment": FULFILLMENT,
    "tracking": TRACKING,
    "billingAddress": address_inside("billing"),
    "shippingAddress": address_inside("shipping"),
    "traits": TRAITS,
}
