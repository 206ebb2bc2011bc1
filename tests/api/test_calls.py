"""What holds for every REST call (contract 2.1): keys, limits, errors, repeats, and that no tenant reaches another."""

import concurrent.futures
import gzip
import json
from typing import Any

import pytest

from tests.support.served import Served, Tenant, exchange

CALLS: tuple[tuple[str, str], ...] = (
    ("POST", "/v1/customers"),
    ("GET", "/v1/customers/email/a@example.com"),
    ("GET", "/v1/customers/phone/+4790000000"),
    ("POST", "/v1/order/KEY"),
    ("GET", "/v1/order/KEY/1"),
    ("GET", "/v1/order/1"),
    ("POST", "/v1/subscription/KEY"),
)


def same_in_three_places(said: Any) -> bool:
    return bool(said["error"]["message"]) and said["error"]["message"] == said["errors"]["message"] == said["message"]


@pytest.mark.parametrize(("method", "path"), CALLS)
@pytest.mark.parametrize("key", [None, "", "wrong", "tsk_" + "x" * 43, "é"])
def test_without_a_valid_key_everything_is_401(served: Served, tenant: Tenant, method: str, path: str, key: str | None) -> None:
    headers = [] if key is None else [(b"x-richpanel-key", key.encode("latin-1"))]
    answer = served.client.request(method, path.replace("KEY", tenant.key), headers=headers)
    assert answer.status_code == 401
    assert same_in_three_places(answer.json()) and answer.json()["error"]["code"] == "unknown_key"
    assert "x-ratelimit-limit" in answer.headers


@pytest.mark.parametrize("name", [b"x-richpanel-key", b"X-Richpanel-Key", b"X-RICHPANEL-KEY", b"x-RichPanel-key"])
def test_the_name_of_the_key_s_header_has_any_case(served: Served, tenant: Tenant, name: bytes) -> None:
    head = b"GET /v1/customers/email/a@example.com HTTP/1.1\r\nHost: x\r\nConnection: close\r\n%s: %s\r\n\r\n"
    assert exchange(served.port, head % (name, tenant.rest_key.encode())).status == 404


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_every_answer_tells_the_limit_and_what_is_left(served: Served, tenant: Tenant, method: str, path: str) -> None:
    answer = served.client.request(method, path.replace("KEY", tenant.key), headers={"x-richpanel-key": tenant.rest_key})
    assert int(answer.headers["x-ratelimit-limit"]) == 400
    assert 0 <= int(answer.headers["x-ratelimit-remaining"]) <= 400
    assert answer.headers["content-type"] == "application/json"
    assert answer.status_code in (400, 404)
    assert same_in_three_places(answer.json())


@pytest.mark.parametrize(("method", "path"), [("GET", "/v1/customers/email/a@example.com"), ("POST", "/v1/customers")])
def test_an_empty_body_with_the_json_content_type_is_no_fault_of_its_own(served: Served, tenant: Tenant, method: str, path: str) -> None:
    headers = {"x-richpanel-key": tenant.rest_key, "content-type": "application/json", "accept": "application/json"}
    answer = served.client.request(method, path, headers=headers)
    assert answer.status_code == (404 if method == "GET" else 400)


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
def test_another_method_is_405_in_json_and_names_what_is_taken(served: Served, tenant: Tenant, method: str) -> None:
    answer = served.client.request(method, "/v1/customers", headers={"x-richpanel-key": tenant.rest_key, "Accept": "text/html"})
    assert (answer.status_code, answer.headers["content-type"], answer.headers["allow"]) == (405, "application/json", "POST")
    assert "access-control-allow-origin" not in answer.headers, "no page of a shop holds a REST key"


def test_no_answer_is_a_redirect(served: Served, tenant: Tenant) -> None:
    for path in ("/v1/customers/", "/v2/t/", "/v1", "/v3"):
        assert served.client.get(path).status_code in (404, 405)


def test_a_packed_body_is_read_and_a_bomb_is_not(served: Served, tenant: Tenant) -> None:
    headers = {"x-richpanel-key": tenant.rest_key, "content-encoding": "gzip"}
    body = gzip.compress(json.dumps({"customer": {"uid": "z", "email": "z@example.com"}}).encode())
    assert served.client.post("/v1/customers", content=body, headers=headers).status_code == 200
    assert served.client.post("/v1/customers", content=gzip.compress(bytes(50_000_000)), headers=headers).status_code == 413


def test_a_repeat_under_one_name_gets_the_first_answer_and_changes_nothing(served: Served, tenant: Tenant) -> None:
    headers = {"x-richpanel-key": tenant.rest_key, "Idempotency-Key": "first"}
    body = {"customer": {"uid": "i", "email": "i@example.com", "city": "Oslo"}}
    first = served.client.post("/v1/customers", json=body, headers=headers)
    before = served.state(tenant), served.entries(tenant)
    again = served.client.post("/v1/customers", json=body, headers=headers)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert (again.headers["idempotent-replayed"], "idempotent-replayed" in first.headers) == ("true", False)
    assert (served.state(tenant), served.entries(tenant)) == before


def test_another_request_under_a_used_name_is_409(served: Served, tenant: Tenant) -> None:
    headers = {"x-richpanel-key": tenant.rest_key, "Idempotency-Key": "used"}
    assert served.client.post("/v1/customers", json={"customer": {"uid": "a"}}, headers=headers).status_code == 200
    answer = served.client.post("/v1/customers", json={"customer": {"uid": "b"}}, headers=headers)
    assert (answer.status_code, answer.json()["error"]["field"]) == (409, "Idempotency-Key")


def test_a_name_belongs_to_its_key(served: Served, tenant: Tenant) -> None:
    other = served.tenant()
    for one in (tenant, other):
        headers = {"x-richpanel-key": one.rest_key, "Idempotency-Key": "shared"}
        assert "idempotent-replayed" not in served.client.post("/v1/customers", json={"customer": {"uid": "a"}}, headers=headers).headers


def test_many_at_once_under_one_name_write_once(served: Served, tenant: Tenant) -> None:
    headers = {"x-richpanel-key": tenant.rest_key, "Idempotency-Key": "race"}
    body = {"properties": {"orderId": "race", "amount": 5, "currency": "EUR", "items": []}}

    def send(_: int) -> int:
        return served.client.post(f"/v1/order/{tenant.key}", json=body, headers=headers).status_code

    with concurrent.futures.ThreadPoolExecutor(6) as threads:
        assert set(threads.map(send, range(6))) == {200}
    assert served.count(tenant, "event") == 1
    assert served.count(tenant, "orders") == 1


def test_a_name_too_long_is_400(served: Served, tenant: Tenant) -> None:
    headers = {"x-richpanel-key": tenant.rest_key, "Idempotency-Key": "n" * 300}
    assert served.client.post("/v1/customers", json={"customer": {"uid": "a"}}, headers=headers).status_code == 400


def test_no_key_reaches_another_workspace(served: Served, tenant: Tenant) -> None:
    """The matrix: the other tenant's connector, order, e-mail and phone, each with an owner who can."""
    owner, canary = served.tenant(), "canary-7f3a"
    theirs = {"x-richpanel-key": owner.rest_key}
    person = {"customer": {"uid": canary, "email": f"{canary}@example.com", "phone": "+447700900199", "firstName": canary}}
    assert served.client.post("/v1/customers", json=person, headers=theirs).status_code == 200
    order = {"properties": {"orderId": canary, "amount": 5, "currency": "EUR", "items": []}, "userProperties": {"uid": canary}}
    assert served.client.post(f"/v1/order/{owner.key}", json=order, headers=theirs).status_code == 200
    reads = (
        f"/v1/customers/email/{canary}@example.com",
        "/v1/customers/phone/+447700900199",
        f"/v1/order/{owner.key}/{canary}",
        f"/v1/order/{canary}",
    )
    for path in reads:
        assert canary in served.client.get(path, headers=theirs).text, path
        answer = served.client.get(path, headers={"x-richpanel-key": tenant.rest_key})
        assert (answer.status_code, canary in answer.text) == (404, False), path
    before = served.state(owner)
    for path in (f"/v1/order/{owner.key}", f"/v1/subscription/{owner.key}"):
        assert served.client.post(path, json=order, headers={"x-richpanel-key": tenant.rest_key}).status_code == 404
    intruder = {"customer": {**person["customer"], "appClientId": owner.key}}
    assert served.client.post("/v1/customers", json=intruder, headers={"x-richpanel-key": tenant.rest_key}).status_code == 400
    assert served.state(owner) == before


def test_a_revoked_key_is_401_at_once(served: Served, tenant: Tenant) -> None:
    served.do(_revoke(served, tenant))
    assert served.client.get("/v1/order/x", headers={"x-richpanel-key": tenant.rest_key}).status_code == 401


async def _revoke(served: Served, tenant: Tenant) -> None:
    async with served.desk.store.write() as tx:
        await tx.run("update rest_key set revoked_at = 1 where workspace_id = :w", w=tenant.workspace_id)
