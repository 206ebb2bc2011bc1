"""Actions through REST: what can be done, taking it, approvals by another key, the shop's answer, and one effect."""

import concurrent.futures
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.conftest import Store
from tests.support import errands
from tests.support.cart import Cart, open_cart
from tests.support.served import Served, Tenant, serving
from tillside.actions.action import Action, Limit
from tillside.agents import rest_key
from tillside.base.settings import load


@pytest.fixture(scope="module")
def cart() -> Iterator[Cart]:
    with open_cart() as shop:
        yield shop


@pytest.fixture(scope="module")
def served(module_store: Store, cart: Cart) -> Iterator[Served]:
    given: dict[str, Any] = {"address_requests_per_second": 0, "key_events_per_second": 0}
    given |= {"outbound_allow": "127.0.0.0/8", "outbound_ports": str(cart.port)}
    with serving(load({}, data=module_store.data, database=module_store.url, **given)) as running:
        yield running


class Desk:
    """A tenant with order 1 of 20 euros, ticket t1, and an action that refunds up to 10 euros without asking."""

    def __init__(self, served: Served, tenant: Tenant, cart: Cart) -> None:
        self.served, self.tenant, self.cart = served, tenant, cart
        cart.heard.clear()
        sold = [
            {"id": "1", "sku": "DOT", "name": "Dot grid", "price": 4, "quantity": 3},
            {"id": "2", "sku": "PEN", "name": "Pen", "price": 8, "quantity": 1},
        ]
        order = {"properties": {"orderId": "1", "amount": 20, "currency": "EUR", "items": sold}, "userProperties": {"email": "ada@example.com"}}
        assert self.post(f"/v1/order/{tenant.key}", order).status_code == 200
        ticket = {"id": "t1", "comment": {"body": "It came broken"}, "via": {"channel": "email"}}
        assert self.post("/v1/tickets", {"ticket": ticket}).status_code == 200
        limit = Limit("amount", 1000, "EUR")
        self.action: Action = served.do(errands.declared(served.desk, tenant.workspace_id, url=f"{cart.url}/refunds", limit=limit))

    def post(self, path: str, body: Any = None, key: str = "", **headers: str) -> httpx.Response:
        sent = {"x-richpanel-key": key or self.tenant.rest_key, **headers}
        return self.served.client.post(path, json=body if body is not None else {}, headers=sent)

    def get(self, path: str) -> httpx.Response:
        return self.served.client.get(path, headers={"x-richpanel-key": self.tenant.rest_key})

    def take(self, amount: str = "5", **headers: str) -> httpx.Response:
        body = {"ticket_id": "t1", "order": "1", "input": {"amount": amount, "reason": "lost"}}
        return self.post(f"/v1/actions/{self.action.id}/runs", body, **headers)

    def other_key(self) -> str:
        async def made() -> str:
            async with self.served.desk.store.write() as tx:
                return (await rest_key.add(tx, self.tenant.workspace_id, "lead", scopes=["actions:approve", "actions:read"]))[1]

        return self.served.do(made())

    def over(self, run_id: str) -> dict[str, Any]:
        """The run once it is over."""
        until = time.monotonic() + 30
        while time.monotonic() < until:
            run: dict[str, Any] = self.get(f"/v1/actions/runs/{run_id}").json()["run"]
            if run["state"] in ("done", "failed", "declined"):
                return run
            time.sleep(0.02)
        raise AssertionError("the run did not end")


@pytest.fixture
def desk(served: Served, tenant: Tenant, cart: Cart) -> Desk:
    return Desk(served, tenant, cart)


def test_a_run_calls_the_shop_and_tells_its_answer(desk: Desk) -> None:
    desk.cart.answers.append((200, {"message": "€5.00 goes back."}))
    run = desk.take().json()["run"]
    assert (run["state"], run["ticket_id"], run["order"]["orderId"], run["amount"]) == ("running", "t1", "1", "5.00")
    assert (run["asked_by"]["kind"], run["input"]) == ("api", {"amount": "5.00", "reason": "lost"})
    over = desk.over(run["id"])
    assert (over["state"], over["result"]) == ("done", "€5.00 goes back.")
    assert [(path, headers["idempotency-key"], body) for path, headers, body in desk.cart.heard] == [
        ("/refunds", run["id"], {"order": "1", "amount": "5.00"})
    ]


def test_an_action_for_orders_wants_one_and_only_one_there_is(desk: Desk) -> None:
    for body in ({"ticket_id": "t1"}, {"order": "9"}):
        answer = desk.post(f"/v1/actions/{desk.action.id}/runs", body)
        assert (answer.status_code, answer.json()["error"]["field"]) == (400, "order"), answer.text
    assert desk.cart.heard == []


def test_above_the_limit_another_key_approves(desk: Desk) -> None:
    run = desk.take("12").json()["run"]
    assert (run["state"], run["why"]) == ("proposed", "It is above the limit of 10.00 EUR.")
    path = f"/v1/actions/runs/{run['id']}"
    assert desk.post(f"{path}/approval").status_code == 403
    lead = desk.other_key()
    assert desk.post(f"{path}/retry", key=lead).json()["error"]["code"] == "missing_scope"
    approved = desk.post(f"{path}/approval", key=lead).json()["run"]
    assert (approved["state"], approved["decided_by"]["name"]) == ("running", "lead")
    assert desk.post(f"{path}/approval", key=lead).status_code == 409
    assert desk.over(run["id"])["state"] == "done"


def test_a_failed_run_is_tried_again_under_its_id(desk: Desk) -> None:
    desk.cart.answers.append((422, {"status": "failed", "message": "The card has expired."}))
    run = desk.over(desk.take().json()["run"]["id"])
    assert (run["state"], run["reason"]) == ("failed", "The card has expired.")
    again = desk.post(f"/v1/actions/runs/{run['id']}/retry").json()["run"]
    assert (again["state"], again["tries"]) == ("running", 2)
    assert desk.over(run["id"])["state"] == "done"
    assert desk.cart.keys == [run["id"]] * 2
    assert desk.post(f"/v1/actions/runs/{run['id']}/retry").status_code == 409


def test_many_at_once_under_one_name_are_one_run_and_one_call(desk: Desk) -> None:
    with concurrent.futures.ThreadPoolExecutor(10) as threads:
        answers = list(threads.map(lambda _: desk.take(**{"Idempotency-Key": "click"}), range(50)))
    assert {answer.status_code for answer in answers} == {200}
    [run_id] = {answer.json()["run"]["id"] for answer in answers}
    assert desk.over(run_id)["state"] == "done"
    assert desk.cart.keys == [run_id]


def test_while_one_is_under_way_another_is_refused(desk: Desk) -> None:
    desk.cart.may_answer.clear()
    first = desk.take().json()["run"]
    second = desk.take()
    desk.cart.may_answer.set()
    assert (second.status_code, "under way" in second.json()["message"]) == (409, True)
    assert desk.over(first["id"])["state"] == "done"


def test_lines_of_the_order_are_named_by_the_shop_s_own_ids(desk: Desk, served: Served) -> None:
    form = {"type": "object", "properties": {"items": {"type": "array", "title": "Items", "x-items": True}}, "required": ["items"]}
    given: dict[str, Any] = {"name": "Refund items", "form": form, "limit": Limit("items", 1000, "EUR"), "url": f"{desk.cart.url}/returns"}
    action: Action = served.do(errands.declared(served.desk, desk.tenant.workspace_id, **given))

    def take(items: object) -> dict[str, Any]:
        found: dict[str, Any] = desk.post(f"/v1/actions/{action.id}/runs", {"order": "1", "input": {"items": items}}).json()
        return found

    assert take([{"sku": "PEN", "quantity": 2}])["error"]["field"] == "input.items"
    run = take([{"sku": "DOT", "quantity": 2}])["run"]
    assert (run["state"], run["amount"]) == ("running", "8.00")
    (line,) = run["input"]["items"]
    assert (line["id"], line["sku"], line["quantity"], line["amountMinor"], line["currency"]) == ("1", "DOT", 2, 800, "EUR")
    assert desk.over(run["id"])["state"] == "done"
    assert take("all")["run"]["why"] == "It is above the limit of 10.00 EUR."
