"""The page of one order: every field as labelled text, parcels with links, history, and what is held back."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.agent.counter import DAY, START, Counter, order

pytestmark = pytest.mark.anyio
SAMPLE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures" / "seed_sample_order_properties.json").read_text(encoding="utf-8"))
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
    "coupons[0]": "Coupons",
    "deleteFulfillmentAndCreate": "Replaces all parcels sent before",
    "statusUrl": "Status page",
    "paymentStatus": "Payment status",
    "fulfillmentStatus": "Fulfillment status",
    "tipAmount": "Tip",
    "orderName": "Name",
    "paymentMethod": "Payment method",
    "paymentGatewayNames[0]": "Payment gateways",
    "processedAt": "Processed",
    "processingMethod": "Processing method",
    "shippingMethod": "Shipping method",
    "shippingAmount": "Shipping",
    "firstName": "First name",
    "lastName": "Last name",
    "Phone": "Phone",
    "Email": "E-mail",
    "City": "City",
    "Postcode": "Postcode",
    "State": "State",
    "Country": "Country",
    "AddressLine1": "Address line 1",
    "AddressLine2": "Address line 2",
    "FirstName": "First name",
    "LastName": "Last name",
    "id": "Id",
    "price": "Price",
    "optionId": "Option id",
    "sku": "SKU",
    "name": "Name",
    "grams": "Weight in grams",
    "quantity": "Quantity",
    "imageURL[0]": "Pictures",
    "createdAt": "Created",
    "updatedAt": "Updated",
    "trackingNumber": "Tracking number",
    "trackingCompany": "Tracking company",
    "shippingDate": "Tracking shipped at",
    "trackingUrl": "Tracking url",
}
MONEY = {"amount", "subTotalPrice", "taxAmount", "discountAmount", "tipAmount", "shippingAmount", "price"}
TIMES = {
    1606758898000: "30 Nov 2020, 17:54:58 UTC",
    1608611436000: "22 Dec 2020, 04:30:36 UTC",
    1609187662000: "28 Dec 2020, 20:34:22 UTC",
}


def leaves(value: object, path: str = "") -> Iterator[tuple[str, object]]:
    """Every leaf with its path."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from leaves(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        for place, inner in enumerate(value):
            yield from leaves(inner, f"{path}[{place}]")
    else:
        yield path, value


def label(path: str) -> str:
    last = path.rpartition(".")[2]
    for side in ("billing", "shipping"):
        if last.startswith(side) and last not in LABELS:
            last = last.removeprefix(side)
    return LABELS[last]


def words(path: str, value: object) -> str:
    if value is None or value == "":
        return "not given"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if path.rpartition(".")[2] in MONEY:
        return f"${value:,.2f}"
    if value in TIMES:
        return TIMES[value]
    return f"{value:,}" if isinstance(value, int) and path.endswith("totalWeight") else str(value)


async def opened_order(counter: Counter, said: str) -> str:
    return next(link for link in (await counter.page(f"/orders?q={said}")).links if link.startswith("/orders/ord_"))


async def test_every_leaf_of_the_sample_order_is_visible_as_labelled_text(counter: Counter) -> None:
    await counter.signed({"event": "order", "properties": SAMPLE, "userProperties": {"uid": "7", "email": "ada@example.com"}})
    page = await counter.page(await opened_order(counter, "11111"))
    missing = [
        f"{path}: {label(path)} = {words(path, value)}"
        for path, value in leaves(SAMPLE)
        if words(path, value) not in page.labelled.get(label(path), [])
    ]
    assert not missing, missing


async def test_a_property_of_the_shop_s_own_is_shown_under_its_name_whatever_its_shape(counter: Counter) -> None:
    await counter.signed(order(1, gift={"from": "Øyvind", "lines": ["a", "b"], "wrap": True, "note": ""}, loyalty_points=12, paper=None))
    page = await counter.page(await opened_order(counter, "1"))
    assert page.labelled["from"] == ["Øyvind"] and page.labelled["lines"] == ["a, b"] and page.labelled["wrap"] == ["yes"]
    assert page.labelled["loyalty_points"] == ["12"]


async def test_parcels_lead_to_their_carrier_and_nowhere_else(counter: Counter) -> None:
    tracking = [
        {"trackingNumber": "1Z1", "trackingCompany": "UPS", "trackingUrl": "https://ups.example/1Z1"},
        {"trackingNumber": "1Z2", "trackingUrl": "javascript:alert(1)"},
    ]
    await counter.signed(order(1, fulfillment=[{"id": "p1", "status": "delivered", "tracking": tracking}]))
    page = await counter.page(await opened_order(counter, "1"))
    assert "https://ups.example/1Z1" in page.links
    assert not [link for link in page.links if "javascript" in link]
    assert "1Z2" in page.text and "Delivered" in page.text


async def test_a_refund_counts_against_what_was_paid(counter: Counter) -> None:
    await counter.signed(order(1, totalRefundedAmount=5, paymentStatus="partially_refunded"))
    page = await counter.page(await opened_order(counter, "1"))
    assert page.labelled["Refunded"][0] == "−$5.00" and page.labelled["Counts as"] == ["$15.00"]
    assert "Part refunded" in page.text


async def test_history_tells_what_was_said_when_and_by_whom(counter: Counter) -> None:
    await counter.signed(order(1))
    changed = {"event": "order_status_update", "properties": {"orderId": "1", "status": "shipped"}, "time": {"sentAt": START + DAY}}
    await counter.signed(changed)
    page = await counter.page(await opened_order(counter, "1"))
    assert page.labelled["Status"][0].startswith("processing") or "processing" in " ".join(page.labelled["Status"])
    assert "is now shipped" in page.text and "Placed order #1 for $20.00" in page.text
    assert page.text.index("is now shipped") < page.text.index("Placed order #1 for")


async def test_unsigned_words_about_a_proven_order_are_held_until_somebody_accepts_them(counter: Counter) -> None:
    await counter.signed(order(1))
    await counter.event(order(1, at=START + DAY, status="cancelled", amount=1))
    path = await opened_order(counter, "1")
    page = await counter.page(path)
    assert "$1.00 typed instead of $20.00" in page.labelled["Amount"]
    assert "$20.00" in page.labelled["Amount"] and "Held values" in page.text
    done = await counter.post(f"{path}/acceptances")
    assert done.status_code == 303 and done.headers["location"] == path
    after = await counter.page(path)
    assert "$1.00" in after.labelled["Amount"] and "$1.00 typed instead of $20.00" not in after.labelled["Amount"]
    assert "Cancelled" in after.text and "Mia Larsen accepted what was held of" in after.text


async def test_an_order_that_is_not_there_is_an_honest_404(counter: Counter) -> None:
    assert (await counter.client.get("/orders/ord_nothing")).status_code == 404
