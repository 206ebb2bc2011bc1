"""Orders and customers in the contract's JSON: camel case, ISO 8601 times in UTC, amounts as plain numbers. Both directions end here."""

from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from tillside.connectors.connector import Connector
from tillside.orders import document as documents
from tillside.orders.order import Order

_ORDER = {
    "name": "orderName",
    "status": "status",
    "old_status": "oldStatus",
    "fulfillment_status": "fulfillmentStatus",
    "payment_status": "financialStatus",
    "amount": "amount",
    "subtotal": "subTotalPrice",
    "tax": "taxAmount",
    "discount": "discountAmount",
    "shipping_amount": "shippingAmount",
    "tip": "tipAmount",
    "refunded": "totalRefundedAmount",
    "total_weight": "totalWeight",
    "weight_unit": "weightUnit",
    "coupons": "coupons",
    "gift_cards": "giftCards",
    "status_url": "statusUrl",
    "payment_method": "paymentMethod",
    "gateways": "paymentGatewayNames",
    "processing_method": "processingMethod",
    "processed_at": "processedAt",
    "shipping_method": "shippingMethod",
    "order_type": "orderType",
    "email": "email",
    "phone": "phone",
    "first_name": "firstName",
    "last_name": "lastName",
    "full_name": "name",
    "start_at": "start",
    "end_at": "end",
    "next_payment_at": "nextPayment",
    "last_payment_at": "lastPayment",
    "trial_end_at": "trialEnd",
    "billing_interval": "billingInterval",
    "product_name": "productName",
}
_ADDRESS = {
    "email": "Email",
    "phone": "Phone",
    "first_name": "FirstName",
    "last_name": "LastName",
    "name": "Name",
    "company": "Company",
    "address1": "AddressLine1",
    "address2": "AddressLine2",
    "city": "City",
    "state": "State",
    "state_code": "StateCode",
    "country": "Country",
    "country_code": "CountryCode",
    "postcode": "Postcode",
}
_ORDER.update({f"{side}_{ours}": f"{side}{theirs}" for side in ("billing", "shipping") for ours, theirs in _ADDRESS.items()})
_ITEM = {
    "id": "id",
    "price": "price",
    "quantity": "quantity",
    "sku": "sku",
    "name": "name",
    "option_id": "optionId",
    "option_sku": "optionSku",
    "option_name": "optionName",
    "option_price": "optionPrice",
    "grams": "grams",
    "url": "url",
    "image_urls": "imageURL",
    "product_price": "productPrice",
    "total_price": "totalPrice",
    "categories": "categories",
    "contains": "contains",
}
_TRACKING = {"number": "trackingNumber", "company": "trackingCompany", "url": "trackingUrl", "id": "trackingId", "shipped_at": "shippingDate"}
_MONEY = frozenset(
    ("amount", "subtotal", "tax", "discount", "shipping_amount", "tip", "refunded", "price", "option_price", "product_price", "total_price")
)
_TIMES = frozenset(
    ("processed_at", "created_at", "updated_at", "shipped_at", "start_at", "end_at", "next_payment_at", "last_payment_at", "trial_end_at")
)


def order(one: Order, connector: Connector) -> dict[str, Any]:
    """An order as ``GET /v1/order/{appClientId}/{orderId}`` answers it; custom properties stand under their own names."""
    fields = documents.values(one.document)
    said: dict[str, Any] = {
        "id": one.id,
        "orderId": one.number,
        "orderDbKey": one.db_key,
        "appClientId": connector.api_key,
        "customerId": one.profile_id,
        "currency": one.currency,
        "createdAt": time(one.placed_at),
        "state": one.state,
    }
    for name, value in fields.items():
        if name in _ORDER:
            said[_ORDER[name]] = _value(name, value)
        elif name.startswith("custom."):
            said.setdefault(name.removeprefix("custom."), value)
    said["items"] = [item(one_item) for one_item in fields.get("items") or ()]
    said["fulfillment"] = [fulfillment(parcel) for parcel in documents.parcels(one.document)]
    return said


def item(said: dict[str, Any]) -> dict[str, Any]:
    """An item, with what we did not understand of it under its own names."""
    return _renamed(said, _ITEM)


def fulfillment(parcel: dict[str, Any]) -> dict[str, Any]:
    """A fulfillment with its tracking and items."""
    names = {"id": "id", "status": "status", "created_at": "createdAt", "updated_at": "updatedAt", "quantity": "quantity"}
    said = _renamed({name: value for name, value in parcel.items() if name not in ("tracking", "items")}, names)
    said["tracking"] = [_renamed(step, _TRACKING) for step in parcel.get("tracking") or ()]
    said["items"] = [item(one) for one in parcel.get("items") or ()]
    return said


def time(moment: int) -> str:
    """Microseconds as ISO 8601, UTC, milliseconds, Z."""
    return datetime.fromtimestamp(moment / 1_000_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _renamed(said: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    renamed = {names.get(name, name): _value(name, value) for name, value in said.items() if name != "custom"}
    custom = said.get("custom")
    return {**custom, **renamed} if isinstance(custom, dict) else renamed


def _value(name: str, value: Any) -> Any:
    if name in _MONEY and isinstance(value, str):
        return Decimal(value)
    return time(value) if name in _TIMES and isinstance(value, int) else value
