"""The seeded history: always the same, sent in batches the contract allows, and equal to what the back office shows."""

import asyncio
import json
from collections import Counter
from pathlib import Path

import phonenumbers
import pytest

from tests.demo.conftest import SECRET
from tests.demo.peer import Peer, decoded, signed
from tillside.demo import seed, statements
from tillside.demo.seed import Seed
from tillside.demo.store import Store

NOW = 1_795_427_040_000  # 23 November 2026, 09:44
KEY = "fernfold10"


@pytest.fixture(scope="module")
def past() -> Seed:
    return seed.generate(NOW, key=KEY, shop_url="http://127.0.0.1:8081")


def test_the_same_moment_gives_the_same_bytes(past: Seed) -> None:
    again = seed.generate(NOW, key=KEY, shop_url="http://127.0.0.1:8081")
    assert seed.batches(again, KEY, SECRET) == seed.batches(past, KEY, SECRET)


def test_every_batch_is_small_named_and_rightly_signed(past: Seed) -> None:
    bodies = seed.batches(past, KEY, SECRET)
    counted = 0
    for body in bodies:
        envelope = decoded(body["hs"])
        assert (envelope["event"], envelope["appClientId"]) == ("send_batch", KEY)
        assert 1 <= len(envelope["events"]) <= 25
        assert body.get("s") in (None, signed(body["hs"], SECRET))
        assert all(event["event"] != "order" or "s" in body for event in envelope["events"])
        counted += len(envelope["events"])
    assert counted == len(past.said)
    assert len({said.event["eventId"] for said in past.said}) == counted


def test_the_past_is_past_and_the_cast_has_stories(past: Seed) -> None:
    assert all(NOW - 60 * 86_400_000 < said.at <= NOW for said in past.said)
    states = Counter(order.state for order in past.orders)
    assert len(past.orders) == 150
    assert len(past.people) >= 60
    assert len({person.email for person in past.people}) == len(past.people)
    assert set(states) == {"placed", "packing", "partly_shipped", "shipped", "delivered", "cancelled", "payment_failed"}
    assert 1 <= sum(order.is_stuck(NOW) for order in past.orders) <= 5
    assert any(0 < order.refunded < order.total for order in past.orders)


def test_every_customer_has_a_phone_that_could_be_dialled(past: Seed) -> None:
    for person in past.people:
        assert not person.phone or phonenumbers.is_possible_number(phonenumbers.parse(person.phone)), person


def test_the_last_statement_of_an_order_is_the_order_the_shop_holds(past: Seed, tmp_path: Path) -> None:
    last = {}
    for said in past.said:
        if said.event["event"] == "order" and said.event.get("platform") == statements.PLATFORM:
            last[said.event["properties"]["orderId"]] = said.event["properties"]
    store = Store(tmp_path)
    seed.fill(store, past)
    held = store.orders(limit=1000)
    store.close()
    assert {str(order.id): statements.order_properties(order, "http://127.0.0.1:8081") for order in held} == last


def test_filling_twice_changes_nothing(past: Seed, tmp_path: Path) -> None:
    store = Store(tmp_path)
    seed.fill(store, past)
    first = past.orders[0]
    seed.fill(store, seed.generate(NOW + 86_400_000, key=KEY, shop_url="http://elsewhere"))
    kept = store.order(first.id)
    store.close()
    assert kept == first


def test_sending_is_patient_and_complete(past: Seed, desk: Peer) -> None:
    desk.answers = [429]
    sent = asyncio.run(seed.send(past, desk.url, KEY, SECRET))
    assert sent.batches == len(desk.heard) == len(seed.batches(past, KEY, SECRET))
    assert {path for path, _ in desk.heard} == {"/v2/bt"}


def test_something_is_there_to_correct_and_to_refuse(past: Seed) -> None:
    odd = [json.dumps(said.event) for said in past.said if said.event.get("platform") == "ledgerline-wholesale"]
    assert any('"currency": "eur"' in text for text in odd)
    assert any('"276,48"' in text for text in odd)
    assert any('"properties": []' in text for text in odd)
