"""Signatures `s` and the three policies (contract 1.3, decision 4): what is proven, what is refused, and what may never be overwritten."""

import base64
import hashlib
import json
from typing import Any

import pytest

from tests.contract.cases import read_customer, read_order
from tests.support.served import SECRET, Served, Tenant


def encoded(value: object) -> str:
    return base64.b64encode(json.dumps(value).encode()).decode()


def order(tenant: Tenant, number: str = "1", stamp: int = 1714550400000, traits: Any = None, **changes: Any) -> str:
    properties = {"orderId": number, "amount": 50, "currency": "EUR", "updatedAt": stamp, "createdAt": 1714550000000}
    items = [{"id": "1", "price": 50, "quantity": 1}]
    event = {"event": "order", "properties": {**properties, "items": items, **changes}, "userProperties": traits or {"uid": "u"}}
    return encoded({**event, "time": {"sentAt": stamp}, "appClientId": tenant.key})


def signed(h: str, secret: str = SECRET, kind: str = "sha256") -> dict[str, str]:
    return {"h": h, "s": hashlib.new(kind, (h + secret).encode()).hexdigest()}


def send(served: Served, body: dict[str, str]) -> int:
    return served.client.post("/v2/t", json=body).status_code


WRONG = {
    "empty secret": lambda h: hashlib.sha256(h.encode()).hexdigest(),
    "another secret": lambda h: hashlib.sha256((h + "other").encode()).hexdigest(),
    "md5 of another secret": lambda h: hashlib.md5((h + "other").encode()).hexdigest(),
    "of the decoded text": lambda h: hashlib.sha256(base64.b64decode(h) + SECRET.encode()).hexdigest(),
    "sha1": lambda h: hashlib.sha1((h + SECRET).encode()).hexdigest(),
    "a prefix": lambda h: hashlib.sha256((h + SECRET).encode()).hexdigest()[:32],
    "not hex": lambda h: "ü" * 64,
    "one letter off": lambda h: ("0" if (d := hashlib.sha256((h + SECRET).encode()).hexdigest())[0] != "0" else "1") + d[1:],
}


@pytest.mark.parametrize("kind", ["md5", "sha256"])
@pytest.mark.parametrize("upper", [False, True])
def test_a_correct_signature_proves_the_content(served: Served, tenant: Tenant, kind: str, upper: bool) -> None:
    body = signed(order(tenant, traits={"uid": "s", "email": "s@example.com"}), kind=kind)
    assert send(served, {**body, "s": body["s"].upper() if upper else body["s"]}) == 200
    assert served.count(tenant, "orders", "trust = 3") == 1
    assert read_customer(served, tenant, "s@example.com")["type"] == "customer"


@pytest.mark.parametrize("policy", ["verify", "require"])
@pytest.mark.parametrize("how", WRONG)
def test_a_wrong_signature_is_refused_and_shown(served: Served, tenant: Tenant, policy: str, how: str) -> None:
    served.change(tenant, signatures=policy)
    h = order(tenant)
    answer = served.client.post("/v2/t", json={"h": h, "s": WRONG[how](h)})
    assert (answer.status_code, answer.json()["error"]["field"]) == (422, "s")
    assert served.count(tenant, "orders") == 0
    assert served.count(tenant, "event", "verdict = 2 and label like '%signature%'") == 1


@pytest.mark.parametrize("how", WRONG)
def test_with_the_policy_off_signatures_are_not_looked_at_and_prove_nothing(served: Served, tenant: Tenant, how: str) -> None:
    served.change(tenant, signatures="off")
    h = order(tenant)
    assert send(served, {"h": h, "s": WRONG[how](h)}) == 200
    assert send(served, signed(order(tenant, "2"))) == 200
    assert served.count(tenant, "orders", "trust = 0") == 2


def test_a_signature_of_one_body_proves_no_other(served: Served, tenant: Tenant) -> None:
    borrowed = signed(order(tenant))["s"]
    assert send(served, {"h": order(tenant, amount=1), "s": borrowed}) == 422


def test_where_signatures_are_required_unsigned_orders_are_refused_and_other_events_are_not(served: Served, tenant: Tenant) -> None:
    served.change(tenant, signatures="require")
    assert send(served, {"h": order(tenant)}) == 422
    assert send(served, {"h": encoded({"event": "page_view", "did": "d", "appClientId": tenant.key, "time": {"sentAt": 1714550400000}})}) == 200
    assert send(served, signed(order(tenant))) == 200
    assert served.count(tenant, "orders", "trust = 3") == 1


def test_both_secrets_work_after_a_rotation_and_a_third_does_not(served: Served, tenant: Tenant) -> None:
    served.rotate(tenant)
    assert tenant.connector.secret != SECRET
    assert send(served, signed(order(tenant, "old"), SECRET)) == 200
    assert send(served, signed(order(tenant, "new"), tenant.connector.secret)) == 200
    served.rotate(tenant)
    assert send(served, signed(order(tenant, "older"), SECRET)) == 422


def test_another_shop_s_secret_proves_nothing_here(served: Served, tenant: Tenant) -> None:
    other = served.tenant(secret="the secret of somebody else")
    assert send(served, signed(order(tenant), other.connector.secret)) == 422


def test_an_unsigned_order_never_overwrites_a_signed_one(served: Served, tenant: Tenant) -> None:
    """Decision 4: what the public key alone says later is held, visible, and changes nothing people see."""
    assert send(served, signed(order(tenant, status="paid"))) == 200
    later = 1714650400000
    assert send(served, {"h": order(tenant, stamp=later, amount=0, status="cancelled", billingCity="Elsewhere")}) == 200
    served.settle()
    seen = read_order(served, tenant, "1")
    assert (seen["status"], seen["amount"], seen.get("billingCity")) == ("paid", 50, None)
    assert served.count(tenant, "orders", "has_held = 1") == 1


def test_an_unsigned_order_never_overwrites_one_from_rest(served: Served, tenant: Tenant) -> None:
    body = {"orders": [{"properties": {"orderId": "1", "amount": 50, "currency": "EUR", "status": "paid", "items": []}}]}
    assert served.client.post(f"/v1/order/{tenant.key}", json=body, headers={"x-richpanel-key": tenant.rest_key}).status_code == 200
    assert send(served, {"h": order(tenant, stamp=1914650400000, amount=0, status="cancelled")}) == 200
    served.settle()
    assert (read_order(served, tenant, "1")["status"], read_order(served, tenant, "1")["amount"]) == ("paid", 50)


def test_a_signed_order_overwrites_an_unsigned_one_even_with_an_older_stamp(served: Served, tenant: Tenant) -> None:
    assert send(served, {"h": order(tenant, stamp=1714650400000, amount=1, status="fake")}) == 200
    assert send(served, signed(order(tenant, status="paid"))) == 200
    served.settle()
    assert (read_order(served, tenant, "1")["status"], read_order(served, tenant, "1")["amount"]) == ("paid", 50)


def test_typed_traits_never_overwrite_or_reach_the_shop_s_own(served: Served, tenant: Tenant) -> None:
    proven = {"uid": "v", "email": "v@example.com", "firstName": "Vera"}
    assert send(served, signed(order(tenant, traits=proven))) == 200
    h = encoded({"event": "identify", "userProperties": {**proven, "firstName": "Mallory", "phone": "+4790000009"}, "appClientId": tenant.key})
    assert send(served, {"h": h}) == 200
    served.settle()
    seen = read_customer(served, tenant, "v@example.com")
    assert (seen["firstName"], seen["phone"]) == ("Vera", None)


def test_an_unsigned_order_makes_a_visitor_and_marks_the_figures(served: Served, tenant: Tenant) -> None:
    assert send(served, {"h": order(tenant, traits={"uid": "n", "email": "n@example.com"})}) == 200
    served.settle()
    seen = read_customer(served, tenant, "n@example.com")
    assert (seen["type"], seen["figures"][0]["unsignedOrders"]) == ("visitor", 1)
