"""How the shop words an event for the desk: order body and person of the contract (1.4, 1.6), from its own records."""

from typing import Any

from tillside.demo import countries, money
from tillside.demo.basket import Position
from tillside.demo.catalogue import Category, Product
from tillside.demo.orders import Address, Line, Order, Parcel

Event = dict[str, Any]
PLATFORM = "fern-and-fold"
VERSION = "1.0.0"

STATUS = {
    "placed": "placed",
    "packing": "being packed",
    "partly_shipped": "partially shipped",
    "shipped": "shipped",
    "delivered": "delivered",
    "cancelled": "cancelled",
    "payment_failed": "payment failed",
}


def order_event(order: Order, *, key: str, shop_url: str, event_id: str, sent_at: int) -> Event:
    """The whole order as it stands now. The desk orders such statements by `updatedAt`, so they may arrive in any sequence."""
    event: Event = {
        "event": "order",
        "appClientId": key,
        "eventId": event_id,
        "platform": PLATFORM,
        "version": VERSION,
        "properties": order_properties(order, shop_url),
        "userProperties": person_of(order),
        "time": {"sentAt": sent_at},
    }
    return event | ({"did": order.did, "sid": order.sid} if order.did else {})


def order_properties(order: Order, shop_url: str) -> dict[str, Any]:
    """Official camel-case names, sums as decimal numbers, times in milliseconds; `taxIncluded` is a field of our own."""
    body: dict[str, Any] = {
        "orderId": str(order.id),
        "orderDbKey": 500_000 + order.id,
        "orderName": order.name,
        "createdAt": order.placed_at,
        "processedAt": order.placed_at,
        "updatedAt": order.updated_at,
        "status": STATUS[order.state],
        "financialStatus": financial_status(order),
        "fulfillmentStatus": fulfillment_status(order),
        "statusUrl": f"{shop_url}/orders/{order.token}",
        "currency": money.CURRENCY,
        "amount": money.decimal(order.total),
        "subTotalPrice": money.decimal(order.goods),
        "discountAmount": money.decimal(order.discount),
        "shippingAmount": money.decimal(order.postage),
        "taxAmount": money.decimal(order.tax),
        "taxIncluded": True,
        "totalRefundedAmount": money.decimal(order.refunded),
        "totalWeight": sum(line.grams * line.quantity for line in order.lines),
        "weightUnit": "grams",
        "coupons": list(order.coupons),
        "paymentMethod": order.payment,
        "shippingMethod": countries.METHODS[order.method],
        "email": order.email,
        "firstName": order.billing.first_name,
        "lastName": order.billing.last_name,
        "items": [_item(line, line.quantity, shop_url) | _gone(order, line) for line in order.lines],
    }
    body |= _flat("billing", order.billing, order.email) | _flat("shipping", order.shipping, order.email)
    if order.parcels:
        body |= {"deleteFulfillmentAndCreate": True, "fulfillment": [_fulfillment(order, parcel) for parcel in order.parcels]}
    return {name: value for name, value in body.items() if value not in ("", [])}


def person_of(order: Order) -> dict[str, Any]:
    """Who ordered. A guest has no account, so the mail address is the uid; what is unknown is left out, never sent empty."""
    billing = order.billing
    country = countries.country(billing.country)
    person = {
        "uid": order.uid or order.email,
        "email": order.email,
        "phone": billing.phone,
        "firstName": billing.first_name,
        "lastName": billing.last_name,
        "city": billing.city,
        "state": billing.state,
        "country": country.name if country else billing.country,
        "billingAddress": _address(billing, order.email),
        "shippingAddress": _address(order.shipping, order.email),
    }
    return {name: value for name, value in person.items() if value}


def financial_status(order: Order) -> str:
    if not order.is_paid:
        return "failed"
    if not order.refunded:
        return "paid"
    return "refunded" if order.refunded == order.total else "partially_refunded"


def fulfillment_status(order: Order) -> str:
    if not order.parcels:
        return "unfulfilled"
    return "partial" if order.unshipped() else "fulfilled"


def product_properties(product: Product, shop_url: str) -> dict[str, Any]:
    """What a page tells the tracker about a product somebody looks at."""
    return {
        "id": product.id,
        "sku": product.options[0].sku,
        "name": product.name,
        "price": money.decimal(product.price),
        "currency": money.CURRENCY,
        "url": f"{shop_url}/products/{product.slug}",
        "image_url": [shop_url + product.picture],
        "categories": [category_properties(product.category)],
    }


def position_properties(position: Position, shop_url: str, *, quantity: int) -> dict[str, Any]:
    chosen = {
        "quantity": quantity,
        "option_id": position.option.id,
        "option_sku": position.option.sku,
        "option_name": position.option.name,
    }
    return product_properties(position.product, shop_url) | {name: value for name, value in chosen.items() if value}


def category_properties(category: Category) -> dict[str, Any]:
    return {"id": category.id, "name": category.name}


def _item(line: Line, quantity: int, shop_url: str = "") -> dict[str, Any]:
    item: dict[str, Any] = {
        "id": line.product_id,
        "optionId": line.option_id,
        "sku": line.sku,
        "name": line.name,
        "price": money.decimal(line.price),
        "quantity": quantity,
        "grams": line.grams,
    }
    return item | ({"imageURL": [shop_url + line.picture], "url": shop_url + line.path} if shop_url else {})


def _gone(order: Order, line: Line) -> dict[str, int]:
    """How many pieces of a line were given back; left out where none were, as most shops do."""
    count = order.gone(line.option_id)
    return {"refundedQuantity": count} if count else {}


def _fulfillment(order: Order, parcel: Parcel) -> dict[str, Any]:
    lines = {line.option_id: line for line in order.lines}
    tracking = {
        "trackingNumber": parcel.number,
        "trackingCompany": parcel.carrier,
        "trackingUrl": parcel.url,
        "shippingDate": parcel.shipped_at,
    }
    return {
        "id": parcel.id,
        "status": "delivered" if parcel.delivered_at else "in transit",
        "createdAt": parcel.shipped_at,
        "updatedAt": parcel.updated_at,
        "quantity": parcel.quantity,
        "tracking": [{name: value for name, value in tracking.items() if value}],
        "items": [_item(lines[option_id], quantity) for option_id, quantity in parcel.contents],
    }


def _flat(side: str, address: Address, email: str) -> dict[str, Any]:
    country = countries.country(address.country)
    return {
        f"{side}FirstName": address.first_name,
        f"{side}LastName": address.last_name,
        f"{side}Email": email,
        f"{side}Phone": address.phone,
        f"{side}AddressLine1": address.line1,
        f"{side}AddressLine2": address.line2,
        f"{side}Postcode": address.postcode,
        f"{side}City": address.city,
        f"{side}State": address.state,
        f"{side}Country": country.name if country else address.country,
    }


def _address(address: Address, email: str) -> dict[str, Any]:
    country = countries.country(address.country)
    parts = {
        "firstName": address.first_name,
        "lastName": address.last_name,
        "company": address.company,
        "email": email,
        "phone": address.phone,
        "address1": address.line1,
        "address2": address.line2,
        "city": address.city,
        "state": address.state,
        "postcode": address.postcode,
        "country": country.name if country else address.country,
        "countryCode": address.country,
    }
    return {name: value for name, value in parts.items() if value}
