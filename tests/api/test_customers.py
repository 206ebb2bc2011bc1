"""POST and GET /v1/customers (contract 2.3): written, read back whole, never somebody else's."""

from typing import Any

import httpx
import pytest

from tests.support.served import Served, Tenant


def call(served: Served, tenant: Tenant, method: str, path: str, **more: Any) -> httpx.Response:
    headers = {"x-richpanel-key": tenant.rest_key, **more.pop("headers", {})}
    return served.client.request(method, path, headers=headers, **more)


def write(served: Served, tenant: Tenant, customer: Any, **more: Any) -> httpx.Response:
    return call(served, tenant, "POST", "/v1/customers", json={"customer": customer}, **more)


def read(served: Served, tenant: Tenant, email: str) -> Any:
    answer = call(served, tenant, "GET", f"/v1/customers/email/{email}")
    return answer.json()["customer"] if answer.status_code == 200 else None


def test_what_is_written_can_be_read_at_once(served: Served, tenant: Tenant) -> None:
    said = {
        "uid": "c1",
        "appClientId": tenant.key,
        "email": "Ada@Example.com",
        "phone": "+447911123456",
        "firstName": "Ada",
        "billingCity": "Pune",
    }
    answer = write(served, tenant, {**said, "loyaltyTier": "gold"})
    assert answer.status_code == 200
    assert answer.json()["customer"]["uid"] == "c1"
    found = read(served, tenant, "ada@example.com")
    assert found["id"] == answer.json()["customer"]["id"]
    assert (found["uid"], found["type"], found["firstName"], found["loyaltyTier"]) == ("c1", "customer", "Ada", "gold")
    assert found["billingAddress"] == {"city": "Pune"}
    assert (found["ordersCount"], found["ltv"], found["figures"], found["appClientIdList"]) == (0, 0, [], [tenant.key])


def test_a_bare_object_is_taken_like_a_wrapped_one(served: Served, tenant: Tenant) -> None:
    body = {"email": "bare@example.com", "firstName": "Bare", "publicId": "n8n-1"}
    assert call(served, tenant, "POST", "/v1/customers", json=body).status_code == 200
    assert read(served, tenant, "bare@example.com")["publicId"] == "n8n-1"


@pytest.mark.parametrize("value", ["%2B447911123456", "+447911123456", "07911123456", "447911123456", "00447911123456"])
def test_a_phone_is_found_in_every_spelling(served: Served, tenant: Tenant, value: str) -> None:
    served.change(tenant, region="GB")
    write(served, tenant, {"uid": "ph", "phone": "+44 7911 123456"})
    found = call(served, tenant, "GET", f"/v1/customers/phone/{value}")
    assert found.status_code == 200, found.text


@pytest.mark.parametrize("email", ["plus+tag@example.com", "plus%2Btag@example.com", "PLUS+TAG@example.com"])
def test_a_plus_in_a_path_is_a_plus(served: Served, tenant: Tenant, email: str) -> None:
    write(served, tenant, {"email": "plus+tag@example.com"})
    assert read(served, tenant, email) is not None
    assert read(served, tenant, "plus tag@example.com") is None


def test_writing_again_updates_the_same_customer(served: Served, tenant: Tenant) -> None:
    first = write(served, tenant, {"uid": "u", "email": "u@example.com", "city": "Oslo"}).json()["customer"]["id"]
    assert write(served, tenant, {"uid": "u", "city": "Bergen"}).json()["customer"]["id"] == first
    assert write(served, tenant, {"email": "u@example.com", "country": "NO"}).json()["customer"]["id"] == first
    assert (read(served, tenant, "u@example.com")["city"], read(served, tenant, "u@example.com")["country"]) == ("Bergen", "NO")


def test_an_email_of_another_uid_is_409_and_changes_nothing(served: Served, tenant: Tenant) -> None:
    write(served, tenant, {"uid": "owner", "email": "taken@example.com", "city": "Oslo"})
    answer = write(served, tenant, {"uid": "thief", "email": "TAKEN@example.com", "city": "Rome"})
    assert (answer.status_code, answer.json()["error"]["field"]) == (409, "customer.email")
    assert (read(served, tenant, "taken@example.com")["uid"], read(served, tenant, "taken@example.com")["city"]) == ("owner", "Oslo")


def test_a_visitor_is_readable_too_and_says_so(served: Served, tenant: Tenant) -> None:
    event = {"event": "identify", "userProperties": {"uid": "v", "email": "v@example.com"}, "appClientId": tenant.key}
    body = {"orders": [event]}
    import_answer = call(served, tenant, "POST", f"/v1/order/{tenant.key}", json=body)
    assert import_answer.status_code == 200
    assert read(served, tenant, "v@example.com")["type"] == "customer", "what REST says, the shop says"


@pytest.mark.parametrize(
    "path", ["/v1/customers/email/nobody@example.com", "/v1/customers/phone/+4790000000", "/v1/customers/uid/x", "/v1/customers/email/%00"]
)
def test_nobody_is_404(served: Served, tenant: Tenant, path: str) -> None:
    answer = call(served, tenant, "GET", path)
    assert (answer.status_code, answer.json()["error"]["code"]) == (404, "unknown")


BAD: dict[str, tuple[Any, str]] = {
    "nobody named": ({"firstName": "Ada"}, "customer.uid"),
    "a masked email": ({"email": "[email protected]"}, "customer.uid"),
    "an unknown connector": ({"uid": "u", "appClientId": "nobody"}, "appClientId"),
    "a connector that is no text": ({"uid": "u", "appClientId": 7}, "appClientId"),
}


@pytest.mark.parametrize("what", BAD)
def test_a_customer_that_cannot_be_taken_is_400_with_the_field(served: Served, tenant: Tenant, what: str) -> None:
    body, field = BAD[what]
    answer = write(served, tenant, body)
    assert (answer.status_code, answer.json()["error"]["field"]) == (400, field), answer.text
    assert served.count(tenant, "profile") == 0


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b"null", b'"x"', b"{", b"\xff", b'{"customer":[]}', b'{"customer":null}', b"[" * 5000])
def test_a_body_that_is_no_customer_is_refused(served: Served, tenant: Tenant, body: bytes) -> None:
    answer = call(served, tenant, "POST", "/v1/customers", content=body, headers={"Content-Type": "application/json"})
    assert answer.status_code in (400, 413), answer.text
    assert answer.json()["error"]["hint"]


def test_a_corrected_field_is_told(served: Served, tenant: Tenant) -> None:
    answer = write(served, tenant, {"uid": "n", "email": "n@example.com", "phone": 123})
    assert [(note["level"], note["path"]) for note in answer.json()["notes"]] == [("corrected", "customer.phone")] * len(answer.json()["notes"])
    assert "error" not in answer.json() and "errors" not in answer.json()
