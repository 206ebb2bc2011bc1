"""How fast a key, an address, and a REST key may send; and who never waits. A desk with little patience, and nobody who projects."""

import base64
import hashlib
import json
from collections.abc import Callable, Iterator

import httpx
import pytest

from tests.conftest import Store
from tests.support.served import SECRET, Served, Tenant, serving
from tillside.base.settings import load


@pytest.fixture(scope="module")
def served(module_store: Store) -> Iterator[Served]:
    """Five events a second for a key, three requests for an address, two REST calls for a key; the loopback stands for a proxy."""
    settings = load(
        {},
        data=module_store.data,
        database=module_store.url,
        projector="off",
        key_events_per_second=5,
        address_requests_per_second=3,
        rest_requests_per_second=2,
        trusted_proxies="127.0.0.0/8",
        read_wait_seconds=0.2,
    )
    with serving(settings) as running:
        yield running


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def page_view(tenant: Tenant) -> str:
    return encoded({"event": "page_view", "did": "d", "appClientId": tenant.key, "time": {"sentAt": 1714550400000}})


def first_refused(send: Callable[[], httpx.Response]) -> httpx.Response:
    """The first 429 of up to eighty requests; the bucket refills while we send, so it does not come at one fixed number."""
    return next(answer for answer in (send() for _ in range(80)) if answer.status_code == 429)


def test_a_key_over_its_rate_is_429_with_the_seconds_to_wait(served: Served, tenant: Tenant) -> None:
    listed = [{"event": "page_view", "did": "d", "time": {"sentAt": 1714550400000 + number}} for number in range(60)]
    whole = {"hs": encoded({"event": "send_batch", "appClientId": tenant.key, "events": listed})}
    assert served.client.post("/v2/bt", json=whole).status_code == 200, "one large batch is late, never impossible"
    answer = served.client.post("/v2/t", json={"h": page_view(tenant)})
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 60
    assert answer.json()["error"]["code"] == "too_many"
    assert served.client.post("/v2/t", json={"h": page_view(served.tenant())}).status_code == 200, "another key goes on"


def test_an_address_over_its_rate_waits_and_another_does_not(served: Served) -> None:
    def send(address: str) -> httpx.Response:
        return served.client.post("/v2/t", json={"h": page_view(served.tenant())}, headers={"X-Forwarded-For": address})

    late = first_refused(lambda: send("203.0.113.9"))
    assert int(late.headers["retry-after"]) >= 1
    assert send("203.0.113.10").status_code == 200


def test_signed_requests_and_the_loopback_never_wait_for_their_address(served: Served, tenant: Tenant) -> None:
    h = page_view(tenant)
    first_refused(lambda: served.client.post("/v2/t", json={"h": page_view(served.tenant())}, headers={"X-Forwarded-For": "203.0.113.20"}))
    signed = {"h": h, "s": hashlib.sha256((h + SECRET).encode()).hexdigest()}
    assert served.client.post("/v2/t", json=signed, headers={"X-Forwarded-For": "203.0.113.20"}).status_code == 200
    assert {served.client.post("/v2/t", json={"h": page_view(served.tenant())}).status_code for _ in range(12)} == {200}


def test_a_claimed_address_counts_only_past_a_trusted_proxy(served: Served) -> None:
    """The nearest hop that is no proxy of ours counts, so that a made-up first hop opens no fresh bucket."""
    forged = iter(range(1000))

    def send() -> httpx.Response:
        hops = f"198.51.100.{next(forged) % 250}, 203.0.113.30"
        return served.client.post("/v2/t", json={"h": page_view(served.tenant())}, headers={"X-Forwarded-For": hops})

    assert first_refused(send).status_code == 429


def test_a_rest_key_over_its_rate_is_429_and_another_key_is_not(served: Served, tenant: Tenant) -> None:
    path = "/v1/customers/email/nobody@example.com"

    def ask(key: str) -> httpx.Response:
        return served.client.get(path, headers={"x-richpanel-key": key})

    assert ask(tenant.rest_key).status_code == 404
    late = first_refused(lambda: ask(tenant.rest_key))
    assert int(late.headers["retry-after"]) >= 1
    assert (late.headers["x-ratelimit-limit"], late.headers["x-ratelimit-remaining"]) == ("4", "0")
    assert ask(served.tenant().rest_key).status_code == 404


def test_an_address_that_tries_many_keys_is_slowed(served: Served) -> None:
    guesses = iter(range(1000))

    def guess() -> httpx.Response:
        headers = {"X-Forwarded-For": "203.0.113.77", "x-richpanel-key": f"tsk_{next(guesses)}"}
        return served.client.get("/v1/customers/email/a@b.cc", headers=headers)

    assert guess().status_code == 401
    assert "retry-after" in first_refused(guess).headers


def test_a_rest_write_answers_202_with_its_position_while_nobody_projects(served: Served, tenant: Tenant) -> None:
    headers = {"x-richpanel-key": tenant.rest_key}
    body = {"customer": {"uid": "late", "email": "late@example.com"}}
    answer = served.client.post("/v1/customers", json=body, headers=headers)
    assert (answer.status_code, answer.json()["position"] > 0) == (202, True)
    order = {"orders": [{"properties": {"orderId": "L", "amount": 1, "currency": "EUR", "items": []}}]}
    answer = served.client.post(f"/v1/order/{tenant.key}", json=order, headers=headers)
    assert (answer.status_code, isinstance(answer.json(), str)) == (202, True)
