"""The sample order leaf by leaf: what the order page has to say of each, written from the contract's side, not from the page's code."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

LABELS = {
    "orderId": "Number",
    "orderDbKey": "Database key",
    "email": "E-mail",
    "amount": "Amount",
    "subTotalPrice": "Subtotal",
    "totalWeight": "Total weight",
    "weightUnit": "Weight unit",
    "taxAmount": "Tax",
    "currency": "Currency",
    "status": "Status",
    "discountAmount": "Discount",
    "coupons": "Coupons",
    "deleteFulfillmentAndCreate": "Replaces all parcels sent before",
    "statusUrl": "Status page",
    "paymentStatus": "Payment status",
    "fulfillmentStatus": "Fulfillment status",
    "tipAmount": "Tip",
    "orderName": "Name",
    "paymentMethod": "Payment method",
    "paymentGatewayNames": "Payment gateways",
    "processedAt": "Processed",
    "processingMethod": "Processing method",
    "firstName": "First name",
    "lastName": "Last name",
    "shippingMethod": "Shipping method",
    "shippingAmount": "Shipping",
    "Phone": "Phone",
    "Email": "E-mail",
    "FirstName": "First name",
    "LastName": "Last name",
    "City": "City",
    "Postcode": "Postcode",
    "State": "State",
    "Country": "Country",
    "AddressLine1": "Address line 1",
    "AddressLine2": "Address line 2",
    "id": "Id",
    "price": "Price",
    "optionId": "Option id",
    "sku": "SKU",
    "name": "Name",
    "grams": "Weight in grams",
    "quantity": "Quantity",
    "imageURL": "Pictures",
    "createdAt": "Created",
    "updatedAt": "Updated",
    "trackingNumber": "Tracking number",
    "trackingCompany": "Tracking company",
    "shippingDate": "Tracking shipped at",
    "trackingUrl": "Tracking url",
}
MONEY = {"amount", "subTotalPrice", "taxAmount", "discountAmount", "tipAmount", "shippingAmount", "price"}
TIMES = {"processedAt", "createdAt", "updatedAt", "shippingDate"}
COUNTS = {"totalWeight", "grams", "quantity"}


SIDES = {"billing": "Billing address", "shipping": "Shipping address"}


class Leaf(NamedTuple):
    """`place` is where on the page it belongs, as a selector."""

    path: str
    place: str
    name: str
    value: Any

    @property
    def label(self) -> str:
        return LABELS[self.name]

    def text(self, zone: str) -> str:
        """What has to stand beside the label: money of the order's currency, moments by the workspace's clock."""
        if self.value is None or self.value == "":
            return "not given"
        if self.value is True:
            return "yes"
        if self.name in MONEY:
            return f"${self.value:,.2f}"
        if self.name in TIMES:
            here = datetime.fromtimestamp(self.value / 1000, ZoneInfo(zone))
            return f"{here.day} {here:%b %Y, %H:%M:%S %Z}"
        return f"{self.value:,}" if self.name in COUNTS else str(self.value)


def of(order: dict[str, Any]) -> Iterator[Leaf]:
    """Every leaf of the order's properties."""
    for name, value in order.items():
        if name == "items":
            yield from _items(value, "items", "#everything .part")
        elif name == "fulfillment":
            for at, parcel in enumerate(value):
                yield from _parcel(parcel, f"fulfillment[{at}]", f"#parcel-{parcel['id']}")
        else:
            side = next((side for side in SIDES if name.removeprefix(side) in LABELS), "")
            place = f"#everything .card__part:has(h3:text-is('{SIDES[side]}'))" if side and name not in LABELS else "#everything"
            yield _leaf(name, name if name in LABELS else name.removeprefix(side), value, place)


def _items(items: list[dict[str, Any]], path: str, place: str) -> Iterator[Leaf]:
    for at, item in enumerate(items):
        for name, value in item.items():
            yield _leaf(f"{path}[{at}].{name}", name, value, f":nth-match({place}, {at + 1})")


def _parcel(parcel: dict[str, Any], path: str, place: str) -> Iterator[Leaf]:
    for name, value in parcel.items():
        if name == "items":
            yield from _items(value, f"{path}.items", f"{place} .part")
        elif name == "tracking":
            for step in value:
                yield from (_leaf(f"{path}.tracking.{part}", part, said, place) for part, said in step.items())
        else:
            yield _leaf(f"{path}.{name}", name, value, place)


def _leaf(path: str, name: str, value: Any, place: str) -> Leaf:
    return Leaf(path, place, name, value[0] if isinstance(value, list) else value)
