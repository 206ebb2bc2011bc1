"""Decision 7: what each kind of request is answered, with the error superset every client of the contract can read."""

import base64
import json
from typing import Any

import pytest

from tests.contract.cases import read_order
from tests.support.served import Served, Tenant

SINGLE, BATCH = ("/v2/t", "/v3/t"), "/v2/bt"


def encoded(value: object) -> str:
    text = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.b64encode(text).decode()


def order(key: str | None, number: str = "1", **changes: Any) -> dict[str, Any]:
    properties = {"orderId": number, "amount": 5, "currency": "EUR", "items": [{"id": "1", "price": 5, "quantity": 1}], **changes}
    event = {"event": "order", "properties": properties, "userProperties": {"uid": "u"}, "time": {"sentAt": 1714550400000}}
    return event if key is None else {**event, "appClientId": key}


def is_error(said: Any, code: str, field: str | None = None) -> bool:
    """The superset of contract 2.1: three places repeat one sentence, and nothing is null."""
    message = said["message"]
    shapes = said["error"]["message"] == message == said["errors"]["message"] and isinstance(message, str) and message
    return bool(shapes) and said["error"]["code"] == code and (field is None or said["error"]["field"] == field) and said["accepted"] is False


@pytest.mark.parametrize("path", SINGLE)
def test_an_accepted_event_is_answered_with_receipt_verdict_and_notes(served: Served, tenant: Tenant, path: str) -> None:
    answer = served.client.post(path, json={"h": encoded(order(tenant.key))})
    assert answer.status_code == 200
    said = answer.json()
    assert said == {"accepted": True, "receipt": said["receipt"], "verdict": "accepted", "notes": []}
    assert isinstance(said["receipt"], str) and said["receipt"].isdigit()


def test_receipts_grow(served: Served, tenant: Tenant) -> None:
    receipts = [int(served.client.post("/v2/t", json={"h": encoded(order(tenant.key, str(n)))}).json()["receipt"]) for n in range(3)]
    assert receipts == sorted(set(receipts))


@pytest.mark.parametrize("path", [*SINGLE, BATCH, "/v2/s"])
def test_an_unknown_key_is_401(served: Served, tenant: Tenant, path: str) -> None:
    whole: dict[str, Any] = order("nobody")
    if path == BATCH:
        whole = {"event": "send_batch", "appClientId": "nobody", "events": [whole]}
    if path == "/v2/s":
        whole = {"appClientId": "nobody", "statuses": {"1": "done"}}
    answer = served.client.post(path, json={"h" if path in SINGLE else "hs": encoded(whole)})
    assert answer.status_code == 401
    assert is_error(answer.json(), "unknown_key", "appClientId")


def test_no_key_at_all_is_401(served: Served, tenant: Tenant) -> None:
    answer = served.client.post("/v2/t", json={"h": encoded(order(None))})
    assert (answer.status_code, answer.json()["error"]["field"]) == (401, "appClientId")


UNDECODABLE = {
    "nothing": b"",
    "no JSON": b"h=abc",
    "a list": b"[]",
    "no h": b'{"x":1}',
    "h is a number": b'{"h":1}',
    "h is empty": b'{"h":""}',
    "no base64": b'{"h":"!!!"}',
    "JSON instead of base64": b'{"h":"{}"}',
    "percent-encoded": b'{"h":"eyJ9%3D"}',
    "base64 of no JSON": json.dumps({"h": encoded(b"hello")}).encode(),
    "base64 of half an object": json.dumps({"h": encoded(b'{"event":"order"')}).encode(),
    "base64 of NaN": json.dumps({"h": encoded(b'{"event":"order","appClientId":"x","properties":{"a":NaN}}')}).encode(),
    "two values": json.dumps({"h": encoded(b"{}{}")}).encode(),
}


@pytest.mark.parametrize("what", UNDECODABLE)
def test_what_cannot_be_decoded_is_400_with_a_hint(served: Served, tenant: Tenant, what: str) -> None:
    answer = served.client.post("/v2/t", content=UNDECODABLE[what])
    assert answer.status_code == 400, answer.text
    assert is_error(answer.json(), "undecodable")
    assert answer.json()["error"]["hint"]


def test_a_refused_single_event_is_422_with_field_and_hint_and_kept(served: Served, tenant: Tenant) -> None:
    answer = served.client.post("/v2/t", json={"h": encoded(order(tenant.key, amount="12,50"))})
    assert answer.status_code == 422
    said = answer.json()
    assert is_error(said, "refused", "properties.amount") and said["error"]["hint"]
    assert (said["verdict"], said["receipt"].isdigit()) == ("refused", True)
    assert served.count(tenant, "event", "verdict = 2") == 1
    assert served.count(tenant, "orders") == 0


def test_a_batch_is_200_and_tells_each_event_s_fate_by_its_index(served: Served, tenant: Tenant) -> None:
    events = [
        order(None, "1"),
        order(None, "2", items=[{"id": 1, "price": 5, "quantity": 1}, {"id": 2, "price": "1,5", "quantity": 1}]),
        "text",
        order(None, "4", amount="7.00"),
    ]
    answer = served.client.post(BATCH, json={"hs": encoded({"event": "send_batch", "appClientId": tenant.key, "events": events})})
    assert answer.status_code == 200
    said = answer.json()
    assert said["accepted"] is True
    lines = said["results"]
    assert [(line["index"], line["verdict"]) for line in lines] == [(0, "accepted"), (1, "refused"), (2, "refused"), (3, "corrected")]
    assert (lines[1]["field"], bool(lines[1]["hint"])) == ("properties.items[1].price", True)
    served.settle()
    assert [read_order(served, tenant, number) is not None for number in ("1", "2", "4")] == [True, False, True]


def test_a_batch_of_which_nothing_is_accepted_is_200_and_says_so(served: Served, tenant: Tenant) -> None:
    answer = served.client.post(BATCH, json={"hs": encoded({"event": "send_batch", "appClientId": tenant.key, "events": [{}, []]})})
    assert (answer.status_code, answer.json()["accepted"]) == (200, False)
    assert [line["verdict"] for line in answer.json()["results"]] == ["refused", "refused"]


def test_an_empty_batch_is_200_without_results(served: Served, tenant: Tenant) -> None:
    answer = served.client.post(BATCH, json={"hs": encoded({"event": "send_batch", "appClientId": tenant.key, "events": []})})
    assert (answer.status_code, answer.json()["results"]) == (200, [])


@pytest.mark.parametrize(
    "token", ["x", "00:00", "0" * 32 + ":" + "0" * 32, "a.b.c", "z" * 5000, "000102030405060708090a0b0c0d0e0f:63b504dfa4f4dd8fa04cf51ad4e44b8f"]
)
def test_a_failing_token_never_changes_the_answer(served: Served, tenant: Tenant, token: str) -> None:
    event = {"event": "page_view", "did": "d", "time": {"sentAt": 1714550400000}, "appClientId": tenant.key}
    plain = served.client.post("/v2/t", json={"h": encoded(event)})
    answer = served.client.post("/v2/t", json={"h": encoded({**event, "userToken": token})})
    assert (answer.status_code, strip(answer.json())) == (plain.status_code, strip(plain.json()))


def strip(said: dict[str, Any]) -> dict[str, Any]:
    return {**said, "receipt": ""}


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", [*SINGLE, BATCH, "/v2/s", "/v2/r"])
def test_another_method_is_405_in_json(served: Served, tenant: Tenant, method: str, path: str) -> None:
    answer = served.client.request(method, path, headers={"Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"]) == (405, "application/json")
    assert "POST" in answer.headers["allow"]


@pytest.mark.parametrize(
    "path",
    ["/v2", "/v2/", "/v2/x", "/v2/t/", "/v3/bt", "/v3/t/x", "/v3/", "/v1/", "/v1/nothing", "/v1/conversations", "/v1/messages", "//v2/t"],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_for_programs_is_404_in_json(served: Served, tenant: Tenant, method: str, path: str) -> None:
    answer = served.client.request(method, served.url + path, headers={"Accept": "text/html,*/*"})
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/json"), answer.text
    assert answer.json()["error"]["code"] == "no_such_path"


def test_an_event_of_another_connector_is_refused_by_name(served: Served, tenant: Tenant) -> None:
    other = served.tenant()
    events = [order(tenant.key, "1"), order(other.key, "2")]
    answer = served.client.post(BATCH, json={"hs": encoded({"event": "send_batch", "appClientId": tenant.key, "events": events})})
    assert [line["verdict"] for line in answer.json()["results"]] == ["accepted", "refused"]
    assert answer.json()["results"][1]["field"] == "appClientId"
    assert served.count(other, "orders") == 0


def test_overload_is_told_to_wait(served: Served, tenant: Tenant) -> None:
    log = served.desk.log
    held, log._queue_bytes = log._queue_bytes, 10
    try:
        answer = served.client.post("/v2/t", json={"h": encoded(order(tenant.key))})
    finally:
        log._queue_bytes = held
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) >= 1
    assert is_error(answer.json(), "busy")
    assert served.entries(tenant) == 0
