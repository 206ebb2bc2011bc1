"""The page of one order: every field as labelled text, parcels with links, history, and what is held back."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.agent.counter import DAY, START, Counter, order
from tests.support import leaves

pytestmark = pytest.mark.anyio
SAMPLE: dict[str, Any] = json.loads((Path(__file__).parents[1] / "fixtures" / "seed_sample_order_properties.json").read_text(encoding="utf-8"))


async def opened_order(counter: Counter, said: str) -> str:
    return next(link for link in (await counter.page(f"/orders?q={said}")).links if link.startswith("/orders/ord_"))


async def test_every_leaf_of_the_sample_order_is_visible_as_labelled_text(counter: Counter) -> None:
    await counter.signed({"event": "order", "properties": SAMPLE, "userProperties": {"uid": "7", "email": "ada@example.com"}})
    page = await counter.page(await opened_order(counter, "11111"))
    said = [(leaf, leaf.text("UTC")) for leaf in leaves.of(SAMPLE)]
    missing = [f"{leaf.path}: {leaf.label} = {text}" for leaf, text in said if text not in page.labelled.get(leaf.label, [])]
    assert len(said) > 60
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
