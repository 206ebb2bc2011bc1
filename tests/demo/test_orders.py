"""Checkout and back office: what the shop wrote down is what the desk hears."""

import re
from typing import Any

from httpx import Client

from tests.demo import buyer
from tests.demo.conftest import SECRET, SHOP_URL
from tests.demo.peer import Peer, signed


def test_an_order_reaches_the_desk_signed_and_complete(shop: Client, desk: Peer) -> None:
    page = buyer.order(shop)
    [event] = desk.wait(1)
    path, body = desk.heard[0]
    assert (path, body["s"]) == ("/v2/t", signed(body["h"], SECRET))
    assert (event["event"], event["appClientId"]) == ("order", "fernfold10")
    order = event["properties"]
    # 2 × 18.50 + 7.40 goods, postage to Norway 8.90
    assert (order["subTotalPrice"], order["shippingAmount"], order["amount"], order["currency"]) == (44.4, 8.9, 53.3, "EUR")
    assert "€53.30" in page.text
    assert [(item["id"], item["optionId"], item["price"], item["quantity"]) for item in order["items"]] == [
        ("7001", "70011", 18.5, 2),
        ("7011", "70111", 7.4, 1),
    ]
    assert order["items"][0]["imageURL"] == ["http://fernandfold.example/static/pictures/notebook.svg"]
    assert (order["shippingAddressLine1"], order["shippingCountry"], order["billingEmail"]) == (
        "Øvregaten 1",
        "Norway",
        "ada@example.com",
    )
    assert event["userProperties"]["uid"] == "ada@example.com"
    assert shop.get(order["statusUrl"].removeprefix(SHOP_URL)).status_code == 200


def test_the_sums_of_a_statement_add_up_with_coupon_and_tax(shop: Client, desk: Peer) -> None:
    buyer.order(shop, coupon="fern10", country="DE")
    [event] = desk.wait(1)
    order = event["properties"]
    assert order["coupons"] == ["FERN10"]
    assert (order["discountAmount"], order["shippingAmount"]) == (4.44, 4.9)
    assert round(order["subTotalPrice"] - order["discountAmount"] + order["shippingAmount"], 2) == order["amount"] == 44.86
    assert order["taxAmount"] == 7.16  # 44.86 with 19 % contains 7.1625


def test_a_coupon_below_its_least_sum_takes_nothing_off(shop: Client, desk: Peer) -> None:
    buyer.put_in_cart(shop, "tape", "70111", 1)
    shop.post("/checkout", data=buyer.ADA | {"coupon": "WELCOME5"})
    order = desk.wait(1)[0]["properties"]
    assert order["discountAmount"] == 0
    assert "coupons" not in order


def test_an_incomplete_address_places_no_order_and_keeps_what_was_typed(shop: Client, desk: Peer) -> None:
    page = buyer.order(shop, email="ada at example", city="")
    assert page.status_code == 422
    assert "Øvregaten 1" in page.text
    assert "does not look like a mail address" in page.text
    buyer.order(shop)
    assert len(desk.wait(1)) == 1


def test_a_failed_payment_is_told_and_can_be_tried_again(shop: Client, desk: Peer) -> None:
    page = buyer.order(shop, payment="declined card")
    assert "The payment did not go through" in page.text
    token = re.search(r"/orders/([\w-]+)/payment", page.text)
    assert token
    shop.post(f"/orders/{token[1]}/payment")
    failed, paid = desk.wait(2)
    assert (failed["properties"]["status"], failed["properties"]["financialStatus"]) == ("payment failed", "failed")
    assert (paid["properties"]["status"], paid["properties"]["financialStatus"]) == ("placed", "paid")


def test_a_part_shipment_then_the_rest_then_the_door(shop: Client, desk: Peer) -> None:
    buyer.order(shop)
    ship = {"do": "ship", "carrier": "Posten", "number": "370000 12", "url": ""}
    buyer.act(shop, "10001", **ship, **{"pieces-70011": "1", "pieces-70111": "0"})
    buyer.act(shop, "10001", **ship, **{"pieces-70011": "1", "pieces-70111": "1"})
    events = desk.wait(3)
    part, whole = (event["properties"] for event in events[1:])
    assert (part["status"], part["fulfillmentStatus"], part["fulfillment"][0]["quantity"]) == ("partially shipped", "partial", 1)
    assert part["fulfillment"][0]["tracking"][0] == {
        "trackingNumber": "370000 12",
        "trackingCompany": "Posten",
        "trackingUrl": "https://sporing.posten.no/sporing/370000%2012",
        "shippingDate": part["updatedAt"],
    }
    assert (whole["status"], whole["fulfillmentStatus"], len(whole["fulfillment"])) == ("shipped", "fulfilled", 2)
    for parcel in whole["fulfillment"]:
        buyer.act(shop, "10001", do="deliver", parcel=parcel["id"])
    last = desk.wait(2)[-1]["properties"]
    assert (last["status"], {parcel["status"] for parcel in last["fulfillment"]}) == ("delivered", {"delivered"})
    assert times(desk) == sorted(set(times(desk)))


def test_a_refund_in_two_parts_is_told_in_full_each_time(shop: Client, desk: Peer) -> None:
    buyer.order(shop)
    buyer.act(shop, "10001", do="refund", sum="18,50")
    buyer.act(shop, "10001", do="refund", sum="34.80")
    _, part, whole = (event["properties"] for event in desk.wait(3))
    assert (part["totalRefundedAmount"], part["financialStatus"], part["amount"]) == (18.5, "partially_refunded", 53.3)
    assert (whole["totalRefundedAmount"], whole["financialStatus"]) == (53.3, "refunded")


def test_more_than_was_paid_cannot_be_refunded(shop: Client, desk: Peer) -> None:
    buyer.order(shop)
    for sum_typed in ("53.31", "0", "-1", "1e3", "ten"):
        assert buyer.act(shop, "10001", do="refund", sum=sum_typed).status_code == 422
    desk.wait(1)
    buyer.act(shop, "10001", do="cancel")
    assert [event["properties"]["totalRefundedAmount"] for event in desk.wait(1)] == [0, 53.3]


def test_what_has_left_the_shop_cannot_be_cancelled_or_sent_twice(shop: Client, desk: Peer) -> None:
    buyer.order(shop)
    ship = {"do": "ship", "carrier": "DHL", "number": "1", "url": "", "pieces-70011": "2", "pieces-70111": "1"}
    assert buyer.act(shop, "10001", **ship).status_code == 200
    assert buyer.act(shop, "10001", do="cancel").status_code == 422
    assert buyer.act(shop, "10001", **ship).status_code == 422
    assert buyer.act(shop, "10001", **(ship | {"url": "javascript:alert(1)"})).status_code == 422
    assert len(desk.wait(2)) == 2


def test_the_office_lists_orders_by_state(shop: Client, desk: Peer) -> None:
    buyer.order(shop)
    assert "#10001" in shop.get("/admin?show=to-send").text
    assert "#10001" not in shop.get("/admin?show=done").text


def times(desk: Peer) -> list[Any]:
    return [event["properties"]["updatedAt"] for event in desk.events]
