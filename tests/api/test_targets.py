"""HTTP targets, deliveries and webhooks by REST: what is told, what is told once, what is sent again."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.support.served import Served, Tenant
from tillside.agents import actor, rest_key
from tillside.base import stamps
from tillside.targets import calls, secrets, target
from tillside.targets.calls import Cause
from tillside.targets.target import Draft

URL = "https://cart.invalid/hooks"
WEBHOOK = {"webhook": {"url": URL, "events": ["ticket.closed"], "headers": {"x-key": "of-the-shop"}}}
FAR = 4_000_000_000_000_000


class Caller:
    """A script with a key of its own."""

    def __init__(self, served: Served, tenant: Tenant, key: str) -> None:
        self.served, self.tenant, self.key = served, tenant, key

    def ask(self, method: str, path: str, status: int = 200, *, headers: dict[str, str] | None = None, **more: Any) -> Any:
        answer = self.served.client.request(method, path, headers={"x-richpanel-key": self.key, **(headers or {})}, **more)
        assert answer.status_code == status, answer.text
        return answer.json()

    def with_scopes(self, *scopes: str) -> "Caller":
        async def make() -> str:
            async with self.served.desk.store.write() as tx:
                return (await rest_key.add(tx, self.tenant.workspace_id, "narrow", scopes=scopes))[1]

        return Caller(self.served, self.tenant, self.served.do(make()))


@pytest.fixture
def caller(served: Served, tenant: Tenant) -> Iterator[Caller]:
    yield Caller(served, tenant, tenant.rest_key)


def placed(caller: Caller, count: int = 1, *, state: str = "waiting") -> tuple[str, list[str]]:
    """A target and calls of it that nobody sends."""
    desk, w = caller.served.desk, caller.tenant.workspace_id

    async def place() -> tuple[str, list[str]]:
        async with desk.store.write() as tx:
            made = (await target.add(tx, desk.vault, w, Draft(name="Cart", url="https://cart.invalid/", body='{"n": 1}'))).target
            ids = [(await calls.place(tx, made, {}, cause=Cause("hand"), by=actor.DESK)).id for _ in range(count)]
            due, settled = (FAR, None) if state == "waiting" else (None, stamps.now())
            await tx.run(
                "update call set state = :state, due_at = :due, settled_at = :settled where workspace_id = :w and target_id = :id",
                state=state,
                due=due,
                settled=settled,
                w=w,
                id=made.id,
            )
        return made.id, ids

    return caller.served.do(place())


def test_a_webhook_tells_its_secret_once_and_is_a_target_like_others(caller: Caller) -> None:
    made = caller.ask("POST", "/v1/webhooks", json=WEBHOOK)["webhook"]
    desk = caller.served.desk
    unsealed = caller.served.do(secrets.unsealed(desk.store, desk.vault, caller.tenant.workspace_id, made["id"], at=stamps.now()))
    assert unsealed.signing == (made["secret"],) and unsealed.headers == {"x-key": "of-the-shop"}
    (listed,) = caller.ask("GET", "/v1/webhooks")["webhooks"]
    assert listed == {name: value for name, value in made.items() if name != "secret"} and listed["name"] == "cart.invalid"
    (one,) = caller.ask("GET", "/v1/targets")["targets"]
    assert (one["id"], one["is_signed"], one["events"]) == (made["id"], True, ["ticket.closed"])
    assert "of-the-shop" not in str(caller.ask("GET", f"/v1/targets/{made['id']}"))
    caller.ask("DELETE", f"/v1/webhooks/{made['id']}")
    assert caller.ask("GET", "/v1/webhooks") == {"webhooks": []}
    caller.ask("DELETE", f"/v1/webhooks/{made['id']}", 404)


def test_a_repeat_of_the_same_subscription_makes_no_second_one_and_the_secret_is_kept_nowhere(caller: Caller) -> None:
    name = {"idempotency-key": "once"}
    first, again = (caller.ask("POST", "/v1/webhooks", json=WEBHOOK, headers=name)["webhook"] for _ in range(2))
    assert again == {key: value for key, value in first.items() if key != "secret"}
    kept = caller.served.rows("select body from answered where workspace_id = :w", w=caller.tenant.workspace_id)
    assert kept and first["secret"] not in str(kept)
    second = caller.ask("POST", "/v1/webhooks", json=WEBHOOK)["webhook"]
    assert (second["name"], second["id"] == first["id"]) == ("cart.invalid 2", False)


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"url": "http://127.0.0.1/", "events": ["ticket.closed"]}, "url"),
        ({"url": URL, "events": []}, "webhook.events"),
        ({"url": URL, "events": ["not an event"]}, "events"),
        ({"url": URL, "events": ["ticket.closed"], "headers": {"host": "x"}}, "headers"),
    ],
)
def test_a_webhook_that_cannot_work_is_refused_with_the_field(caller: Caller, body: dict[str, Any], field: str) -> None:
    assert caller.ask("POST", "/v1/webhooks", 400, json={"webhook": body})["error"]["field"] == field
    assert caller.ask("GET", "/v1/targets") == {"targets": []}


def test_a_target_that_listens_to_nothing_is_no_webhook(caller: Caller) -> None:
    target_id, _ = placed(caller)
    caller.ask("DELETE", f"/v1/webhooks/{target_id}", 404)
    assert caller.ask("GET", f"/v1/targets/{target_id}")["target"]["health"]["waiting"] == 1


def test_deliveries_are_narrowed_and_go_on_by_cursor(caller: Caller) -> None:
    target_id, made = placed(caller, 5)
    newest = list(reversed(made))
    first = caller.ask("GET", "/v1/deliveries?limit=2")
    second = caller.ask("GET", f"/v1/deliveries?limit=2&cursor={first['next_cursor']}")
    assert [one["id"] for one in [*first["deliveries"], *second["deliveries"]]] == newest[:4]
    for asked, count in (
        (f"target_id={target_id}", 5),
        ("target_id=tgt_other", 0),
        ("state=waiting", 5),
        ("state=dead", 0),
        ("cause=hand", 5),
        ("cause=rule", 0),
        ("answered=0", 5),
        ("answered=5", 0),
        ('text="n"', 5),
        (f"text={made[0]}", 1),
        ("since=2099-01-01", 0),
        ("until=2020-01-01", 0),
    ):
        assert len(caller.ask("GET", f"/v1/deliveries?{asked}")["deliveries"]) == count, asked
    for wrong in ("state=lost", "cause=nobody", "since=soon", "answered=x"):
        caller.ask("GET", f"/v1/deliveries?{wrong}", 400)


def test_a_delivery_is_told_whole_and_sent_again_under_its_id(caller: Caller) -> None:
    _, (made,) = placed(caller, state="dead")
    told = caller.ask("GET", f"/v1/deliveries/{made}")["delivery"]
    assert (told["state"], told["target"], told["body"], told["tries"], told["next_try_at"]) == ("dead", "Cart", '{"n": 1}', [], None)
    again = caller.ask("POST", f"/v1/deliveries/{made}/resend")["delivery"]
    assert again["id"] == made and again["state"] in ("waiting", "held", "sending") and again["settled_at"] is None
    caller.ask("POST", "/v1/deliveries/dlv_nobody/resend", 404)


def test_a_replay_counts_before_it_sends(caller: Caller) -> None:
    target_id, made = placed(caller, 3, state="dead")
    path = f"/v1/targets/{target_id}/replay"
    assert caller.ask("POST", path, json={"since": "2020-01-01", "dry_run": True}) == {"count": 3, "dry_run": True}
    assert {one["state"] for one in caller.ask("GET", "/v1/deliveries")["deliveries"]} == {"dead"}
    assert caller.ask("POST", path, json={"since": "2020-01-01", "until": "2020-01-02"}) == {"count": 0, "dry_run": False}
    assert caller.ask("POST", path, json={"since": "2020-01-01", "states": ["done"]})["count"] == 0
    assert caller.ask("POST", path, json={"since": "2020-01-01"}) == {"count": 3, "dry_run": False}
    assert {one["id"] for one in caller.ask("GET", "/v1/deliveries")["deliveries"]} == set(made)
    caller.ask("POST", path, 400, json={"since": "soon"})
    caller.ask("POST", path, 400, json={"since": "2020-01-01", "states": ["lost"]})


def test_reading_and_sending_are_scopes_of_their_own(caller: Caller) -> None:
    target_id, (made,) = placed(caller, state="dead")
    reader = caller.with_scopes("targets:read", "deliveries:read")
    reader.ask("GET", f"/v1/targets/{target_id}")
    reader.ask("GET", f"/v1/deliveries/{made}")
    reader.ask("POST", f"/v1/deliveries/{made}/resend", 403)
    reader.ask("POST", "/v1/webhooks", 403, json=WEBHOOK)
    caller.with_scopes("targets:read").ask("GET", "/v1/deliveries", 403)
    caller.with_scopes("deliveries:write").ask("POST", f"/v1/deliveries/{made}/resend")
