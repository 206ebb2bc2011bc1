"""What the desk asks of the shop: signed or refused, done once, told back; what cannot be done is refused with a sentence."""

import base64
import hashlib
import hmac
import json
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from httpx import Client, Response

from tests.demo import buyer
from tests.demo.conftest import JWT_SECRET, SECRET, SHOP_URL, serving
from tests.demo.peer import Peer
from tillside.demo.settings import DemoSettings

CALL_SECRET = "whsec_" + base64.b64encode(b"twenty-four bytes of key").decode()


@pytest.fixture
def settings(desk: Peer, tmp_path: Path) -> DemoSettings:
    return DemoSettings(desk.url, SHOP_URL, "fernfold10", SECRET, JWT_SECRET, tmp_path, call_secrets=(CALL_SECRET,))


@pytest.fixture
def shop(settings: DemoSettings, desk: Peer) -> Iterator[Client]:
    """The shop with one order, #10001 of €53.30, of which the desk has heard."""
    with serving(settings) as browser:
        buyer.order(browser)
        desk.wait(1)
        yield browser


def ask(shop: Client, path: str, said: object, *, key: str = "run_1", secret: str = CALL_SECRET, at: int | None = None) -> Response:
    """A call as the desk makes it; the signature is made anew here, by the specification."""
    body, sent_at = json.dumps(said).encode(), str(at or int(time.time()))
    mac = hmac.new(base64.b64decode(secret.removeprefix("whsec_")), f"dlv_{key}.{sent_at}.".encode() + body, hashlib.sha256)
    signature = "v1," + base64.b64encode(mac.digest()).decode()
    headers = {"webhook-id": f"dlv_{key}", "webhook-timestamp": sent_at, "webhook-signature": signature, "idempotency-key": key}
    return shop.post(path, content=body, headers=headers)


def test_a_cancelled_order_is_told_back_to_the_desk(shop: Client, desk: Peer) -> None:
    answer = ask(shop, "/desk/cancel", {"orderId": "10001", "reason": "changed their mind"})
    assert answer.json() == {"status": "done", "message": "Order #10001 is cancelled, €53.30 goes back."}
    order = desk.wait(1)[-1]["properties"]
    assert (order["status"], order["totalRefundedAmount"]) == ("cancelled", 53.3)


def test_part_of_an_order_is_given_back_then_the_rest(shop: Client, desk: Peer) -> None:
    assert ask(shop, "/desk/refund", {"orderId": "10001", "amount": "18.50"}, key="a").json()["message"] == (
        "€18.50 of order #10001 goes back, €34.80 stays paid."
    )
    assert (
        ask(shop, "/desk/refund", {"orderId": "#10001", "amount": None}, key="b").json()["message"]
        == "€34.80 of order #10001 goes back, all of it."
    )
    _, part, whole = (event["properties"] for event in desk.wait(2))
    assert (part["totalRefundedAmount"], whole["totalRefundedAmount"], whole["financialStatus"]) == (18.5, 53.3, "refunded")


def test_one_of_several_items_is_given_back_and_the_desk_hears_which(shop: Client, desk: Peer) -> None:
    said = {"orderId": "10001", "items": [{"optionId": "70011", "quantity": 1}]}
    answer = ask(shop, "/desk/refund", said, key="a").json()["message"]
    sold = {line["optionId"]: line for line in desk.wait(1)[-1]["properties"]["items"]}
    assert sold["70011"]["refundedQuantity"] == 1 and "refundedQuantity" not in sold["70111"]
    price, name = sold["70011"]["price"], sold["70011"]["name"]
    assert answer == f"€{price:.2f} of order #10001 for 1 × {name} goes back, €{53.3 - price:.2f} stays paid."
    ask(shop, "/desk/refund", said, key="b")
    refused = ask(shop, "/desk/refund", said, key="c")
    assert (refused.status_code, refused.json()["message"]) == (422, f"Of {name} only 0 can be given back.")
    assert desk.wait(1)[-1]["properties"]["totalRefundedAmount"] == 2 * price


def test_an_address_is_changed_until_something_has_left(shop: Client, desk: Peer) -> None:
    new = {"line1": "Bryggen 5", "line2": "", "postcode": "5003", "city": "Bergen"}
    assert (
        ask(shop, "/desk/address", {"orderId": "10001"} | new, key="a").json()["message"]
        == "Order #10001 goes to Bryggen 5, 5003 Bergen, Norway."
    )
    assert desk.wait(1)[-1]["properties"]["shippingAddressLine1"] == "Bryggen 5"
    buyer.act(shop, "10001", do="ship", carrier="DHL", number="1", url="", **{"pieces-70011": "2", "pieces-70111": "1"})
    refused = ask(shop, "/desk/address", {"orderId": "10001"} | new, key="b")
    assert (refused.status_code, refused.json()["status"]) == (422, "failed")
    assert "left the shop" in refused.json()["message"]


@pytest.mark.parametrize(
    ("path", "said", "words"),
    [
        ("/desk/cancel", {"orderId": "99999"}, "no order with this number"),
        ("/desk/cancel", {"orderId": "x"}, "no order with that number"),
        ("/desk/refund", {"orderId": "10001", "amount": "53.31"}, "Only €53.30"),
        ("/desk/refund", {"orderId": "10001", "amount": "0"}, "above zero"),
        ("/desk/refund", {"orderId": "10001", "amount": "ten"}, "not a sum"),
        ("/desk/refund", {"orderId": "10001", "items": [{"optionId": "1"}]}, "no such item"),
        ("/desk/refund", {"orderId": "10001", "items": [{"optionId": "70011", "quantity": 0}]}, "only 2 can be"),
        ("/desk/refund", {"orderId": "10001", "items": "all"}, "Items are a list"),
        ("/desk/address", {"orderId": "10001", "line1": "Bryggen 5"}, "street, postcode and city"),
    ],
)
def test_what_is_impossible_is_refused_with_a_sentence(shop: Client, path: str, said: dict[str, object], words: str) -> None:
    answer = ask(shop, path, said)
    assert answer.status_code == 422
    assert words in answer.json()["message"]


def test_an_order_that_has_left_is_not_cancelled(shop: Client, desk: Peer) -> None:
    buyer.act(shop, "10001", do="ship", carrier="DHL", number="1", url="", **{"pieces-70011": "2", "pieces-70111": "1"})
    desk.wait(1)
    answer = ask(shop, "/desk/cancel", {"orderId": "10001"})
    assert (answer.status_code, "refunded but not cancelled" in answer.json()["message"]) == (422, True)


def test_the_same_key_again_does_nothing_more_and_hears_the_same(shop: Client, desk: Peer) -> None:
    answers = {ask(shop, "/desk/refund", {"orderId": "10001", "amount": "18.50"}).text for _ in range(3)}
    assert len(answers) == 1
    assert ask(shop, "/desk/refund", {"orderId": "10001"}, key="other").json()["message"].startswith("€34.80")
    assert [event["properties"]["totalRefundedAmount"] for event in desk.wait(2)][1:] == [18.5, 53.3]


def test_a_refusal_is_not_remembered(shop: Client) -> None:
    assert ask(shop, "/desk/refund", {"orderId": "10001", "amount": "60"}).status_code == 422
    assert ask(shop, "/desk/refund", {"orderId": "10001", "amount": "50"}).status_code == 200


def test_a_call_without_the_secret_is_refused(shop: Client, desk: Peer) -> None:
    other = "whsec_" + base64.b64encode(b"another key of 24 bytes!").decode()
    assert ask(shop, "/desk/cancel", {"orderId": "10001"}, secret=other).status_code == 401
    assert ask(shop, "/desk/cancel", {"orderId": "10001"}, at=int(time.time()) - 301).status_code == 401
    assert shop.post("/desk/cancel", json={"orderId": "10001"}).status_code == 401
    assert ask(shop, "/desk/cancel", {"orderId": "10001"}).status_code == 200
    assert len(desk.wait(1)) == 2
