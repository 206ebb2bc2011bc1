"""The description of REST: true, complete, and readable without anything from elsewhere."""

import json
import re
from typing import Any

import msgspec
import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, assume, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode, checks

from tests.support import errands
from tests.support.served import Served, Tenant
from tillside.agents import actor
from tillside.edges import api
from tillside.edges.api import examples, happened
from tillside.edges.api.call import Endpoint
from tillside.targets import calls, hooks, target

CHECKED = (
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_headers_conformance,
    checks.response_schema_conformance,
)
EXAMPLES = settings(
    max_examples=max(settings().max_examples // 4, 10),
    deadline=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
OPERATIONS = {one.name: one for one in api.endpoints()}


def document(served: Served) -> Any:
    answer = served.client.get("/v1/openapi.json")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/json")
    return answer.json()


def test_every_endpoint_stands_in_the_document_once(served: Served) -> None:
    told = document(served)
    names = [one["operationId"] for methods in told["paths"].values() for one in methods.values()]
    assert sorted(names) == sorted(OPERATIONS) and told["openapi"].startswith("3.1")
    assert told["servers"] == [{"url": served.desk.public_url}]
    schemathesis.openapi.from_dict(told).validate()  # against the shape OpenAPI itself prescribes


def test_every_event_a_webhook_can_be_told_of_is_described_by_the_document_of_the_change_feed(served: Served) -> None:
    told = document(served)["webhooks"]
    assert told.keys() == {name for name, _ in hooks.EVENTS}
    for name, methods in told.items():
        content = methods["post"]["requestBody"]["content"]["application/json"]
        assert content["schema"] == {"$ref": "#/components/schemas/Event"} and content["example"]["type"] == name
        read = msgspec.convert(content["example"], happened.Event)
        assert read.type == name


def test_every_reference_in_the_document_leads_somewhere(served: Served) -> None:
    told = document(served)
    for name in re.findall(r'"#/components/schemas/([^"]+)"', json.dumps(told)):
        assert name in told["components"]["schemas"], name


def test_the_reference_page_needs_nothing_from_elsewhere(served: Served) -> None:
    page = served.client.get("/v1/reference")
    assert (page.status_code, page.headers["content-type"]) == (200, "text/html; charset=utf-8")
    addresses = re.findall(r'(?:src|href)="([^"]*)"', page.text)
    assert addresses and all(re.match(r"/[^/]|#", one) for one in addresses)
    assert "default-src 'none'" in page.headers["content-security-policy"]
    for name in OPERATIONS:
        assert f'id="{name}"' in page.text
    assert served.client.get("/v1/reference.css").headers["content-type"].startswith("text/css")


@pytest.fixture
def furnished(served: Served, tenant: Tenant) -> Tenant:
    """A tenant with something behind every path."""
    headers = {"x-richpanel-key": tenant.rest_key}
    for body in (
        {"id": "t1", "tags": ["vip"], "comment": {"id": "c1", "body": "<p>Hi</p>"}},
        {"id": "t2", "comment": {"body": "Out", "sender_type": "operator"}, "satisfaction_rating": {"score": "Great"}},
    ):
        via = {"channel": "email", "source": {"from": {"address": "ada@example.com"}, "to": {"address": "bea@example.com"}}}
        assert served.client.post("/v1/tickets", json={"ticket": {**body, "via": via}}, headers=headers).status_code == 200
    letter = {"comment": {"id": "c2", "body": "By letter", "sender_type": "operator", "send": True}}
    assert served.client.post("/v1/tickets/t1/comments", json=letter, headers=headers).status_code == 200
    order = {"properties": {"orderId": "1", "amount": 5, "currency": "EUR", "items": []}, "userProperties": {"email": "ada@example.com"}}
    assert served.client.post(f"/v1/order/{tenant.key}", json=order, headers=headers).status_code == 200
    SENT.update(served.do(_sent(served, tenant)))
    BEHIND[tenant.key] = served.do(errands.proposed(served.desk, tenant.workspace_id, "t1"))
    return tenant


async def _sent(served: Served, tenant: Tenant) -> dict[str, str]:
    """A target that is told of events, and a delivery of it."""
    desk = served.desk
    async with desk.store.write() as tx:
        draft = target.Draft(name="Cart", url="https://cart.invalid/hooks", content="json", body="{}", events=["ticket.closed"])
        made = (await target.add(tx, desk.vault, tenant.workspace_id, draft)).target
        call = await calls.place(tx, made, {}, cause=calls.Cause("hand"), by=actor.DESK)
    return {"targets": made.id, "webhooks": made.id, "deliveries": call.id}


BEHIND: dict[str, dict[str, str]] = {}
"""What only a furnished tenant knows: its key → places of a path."""


PLACES = {"id": "t1", "number": "1", "value": "ada@example.com", "kind": "email", "comment_id": "c1", "order_id": "1", "said": "t1"}
"""What stands behind each place of a path, as `furnished` puts it there."""
SENT: dict[str, str] = {}
"""The same for the id after some steps."""


def filled(one: Endpoint, tenant: Tenant) -> dict[str, str]:
    known = {**PLACES, **BEHIND[tenant.key], "app_client_id": tenant.key}
    if one.path.endswith("/delivery"):
        known["comment_id"] = "c2"
    known["id"] = SENT.get(one.path.split("/")[2], known["id"])
    if one.method == "POST":
        known["said"] = tenant.key
    return {place: known[place] for place in re.findall(r"\{(\w+)", one.path)}


def test_every_body_has_an_example() -> None:
    assert examples.BODIES.keys() == {one.name for one in api.endpoints() if one.takes not in (None, bytes)}


@pytest.mark.parametrize("name", examples.BODIES)
def test_the_example_of_the_reference_works_as_it_stands(served: Served, furnished: Tenant, name: str) -> None:
    one = OPERATIONS[name]
    operation = schemathesis.openapi.from_dict(document(served))[re.sub(r":\w+\}", "}", one.path)][one.method]
    case = operation.Case(
        path_parameters=filled(one, furnished),
        headers={"x-richpanel-key": furnished.rest_key},
        body=examples.BODIES[name],
        media_type="application/json",
    )
    response = case.call(base_url=served.url)
    case.validate_response(response, checks=list(CHECKED))
    assert response.status_code == 200, response.text
    assert "x-ignored-fields" not in response.headers and "refused" not in response.text


@pytest.mark.parametrize(
    "name", [one.name for one in api.endpoints() if one.method == "GET" and one.name not in ("fetchAUser", "fetchAChannel")]
)
def test_what_stands_behind_a_path_is_answered_as_the_document_says(served: Served, furnished: Tenant, name: str) -> None:
    one = OPERATIONS[name]
    operation = schemathesis.openapi.from_dict(document(served))[re.sub(r":\w+\}", "}", one.path)][one.method]
    case = operation.Case(path_parameters=filled(one, furnished), headers={"x-richpanel-key": furnished.rest_key})
    response = case.call(base_url=served.url)
    case.validate_response(response, checks=list(CHECKED))
    assert response.status_code == 200, response.text


@pytest.mark.parametrize("name", OPERATIONS)
def test_whatever_is_sent_is_answered_as_the_document_says(served: Served, furnished: Tenant, name: str) -> None:
    schema = schemathesis.openapi.from_dict(document(served))
    one = OPERATIONS[name]
    operation = schema[re.sub(r":\w+\}", "}", one.path)][one.method]
    places = filled(one, furnished)
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE) if operation.body or operation.query else (GenerationMode.POSITIVE,)
    cases = [operation.as_strategy(mode, path_parameters=given) for mode in modes for given in (None, places or None)]
    seen: set[int] = set()

    @EXAMPLES
    @given(case=st.one_of(cases))
    def send(case: Any) -> None:
        assume(not any(_CONTROL.search(text) for text in (case.headers or {}).values()))  # no HTTP: the server ends it in its own words
        response = case.call(base_url=served.url, headers={"x-richpanel-key": furnished.rest_key})
        seen.add(response.status_code)
        case.validate_response(response, checks=list(CHECKED))

    send()
    assert seen and max(seen) < 500
