"""Every captured body through the port: status, verdict and notes equal tests/contract/fixture_answers.json.

To write the list anew after a change that is meant: ``TILLSIDE_WRITE_ANSWERS=1 python -m pytest tests/contract/test_fixtures.py``.
"""

import json
import os
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.events.samples import FIXTURES
from tests.support.served import Served, Tenant

LISTED = Path(__file__).with_name("fixture_answers.json")
PAGE_PATHS = ("/v2/", "/v3/")
REST_PATHS = ("/v1/customers", "/v1/order/", "/v1/subscription/")
VOLATILE = ("receipt", "position", "customer")
RAW = ("docs_sample_subscription_event.json", "seed_sample_order_event.json")


@pytest.fixture(scope="module")
def shop(served: Served) -> Tenant:
    """The shop the fixtures were captured at: its key and secret are inside their bodies and signatures."""
    return served.tenant(key="tenant10", name="Tenant")


def bodies() -> list[str]:
    return [path.name for path in sorted(FIXTURES.glob("*.json")) if sendable(json.loads(path.read_text(encoding="utf-8"))) or path.name in RAW]


def sendable(whole: Any) -> bool:
    request = whole.get("request") if isinstance(whole, dict) else None
    return isinstance(request, dict) and request.get("path", "").startswith((*PAGE_PATHS, *REST_PATHS))


def send(served: Served, shop: Tenant, name: str) -> httpx.Response:
    whole = json.loads((FIXTURES / name).read_text(encoding="utf-8"))
    if name in RAW:
        key = {"x-richpanel-key": shop.rest_key}
        wrapper, path = ("subscriptions", "subscription") if "subscription" in name else ("orders", "order")
        return served.client.post(f"/v1/{path}/tenant10", json={wrapper: [whole]}, headers=key)
    request = whole["request"]
    headers = {name: value for name, value in request["headers"].items() if name.lower() not in ("content-length", "host")}
    if "x-richpanel-key" in headers:
        headers["x-richpanel-key"] = shop.rest_key
    return served.client.post(request["path"], content=json.dumps(request["body"]).encode(), headers=headers)


def told(answer: httpx.Response) -> dict[str, Any]:
    said = answer.json()
    kept = {key: value for key, value in said.items() if key not in VOLATILE} if isinstance(said, dict) else said
    return {"status": answer.status_code, "answer": kept}


def test_every_fixture_is_answered_as_committed(served: Served, shop: Tenant) -> None:
    found = {name: told(send(served, shop, name)) for name in bodies()}
    if os.environ.get("TILLSIDE_WRITE_ANSWERS"):
        LISTED.write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert found == json.loads(LISTED.read_text(encoding="utf-8"))


def test_the_list_at_the_port_says_what_the_list_of_events_says() -> None:
    inside = json.loads((Path(__file__).parents[1] / "events" / "verdicts.json").read_text(encoding="utf-8"))
    for name, listed in json.loads(LISTED.read_text(encoding="utf-8")).items():
        answer = listed["answer"]
        if not name.startswith(("browser_", "magento_", "seed_v2_")):
            continue
        lines = answer.get("results", [answer])
        assert [(line["verdict"], line.get("notes", [])) for line in lines] == [(one["verdict"], one["notes"]) for one in inside[name]], name


def test_sending_every_fixture_again_changes_nothing(served: Served, shop: Tenant) -> None:
    for name in bodies():
        send(served, shop, name)
    before = served.state(shop)
    for name in reversed(bodies()):
        send(served, shop, name)
    after = served.state(shop)
    assert {table: len(rows) for table, rows in after.items()} == {table: len(rows) for table, rows in before.items()}
    assert after["orders"] == before["orders"]


@pytest.mark.parametrize("name", [name for name in bodies() if name.startswith("magento_")])
def test_a_captured_signature_is_checked_with_the_real_secret(served: Served, shop: Tenant, name: str) -> None:
    request = json.loads((FIXTURES / name).read_text(encoding="utf-8"))["request"]
    forged = {**request["body"], "s": "0" * 64}
    assert served.client.post(request["path"], json=request["body"]).status_code == 200
    assert served.client.post(request["path"], json=forged).status_code == 422
    served.settle()
    assert served.count(shop, "orders", "trust = 3") >= 1
