"""Webhooks by REST: what is kept of their secrets, and a repeat. Everything else of targets: tests/contract/rest/outgoing.toml."""

from typing import Any

from tests.support.served import Served, Tenant
from tillside.base import stamps
from tillside.targets import secrets

WEBHOOK = {"webhook": {"url": "https://cart.invalid/hooks", "events": ["ticket.closed"], "headers": {"x-key": "of-the-shop"}}}


def subscribed(served: Served, tenant: Tenant, **headers: str) -> dict[str, Any]:
    answer = served.client.post("/v1/webhooks", json=WEBHOOK, headers={"x-richpanel-key": tenant.rest_key, **headers})
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()["webhook"]
    return made


def test_the_secret_that_was_told_signs_and_headers_are_kept_as_secrets(served: Served, tenant: Tenant) -> None:
    made = subscribed(served, tenant)
    desk = served.desk
    unsealed = served.do(secrets.unsealed(desk.store, desk.vault, tenant.workspace_id, made["id"], at=stamps.now()))
    assert unsealed.signing == (made["secret"],) and unsealed.headers == {"x-key": "of-the-shop"}


def test_a_repeat_of_the_same_subscription_makes_no_second_one_and_the_secret_is_kept_nowhere(served: Served, tenant: Tenant) -> None:
    first, again = (subscribed(served, tenant, **{"idempotency-key": "once"}) for _ in range(2))
    assert again == {key: value for key, value in first.items() if key != "secret"}
    kept = served.rows("select body from answered where workspace_id = :w", w=tenant.workspace_id)
    assert kept and first["secret"] not in str(kept)
    second = subscribed(served, tenant)
    assert (second["name"], second["id"] == first["id"]) == ("cart.invalid 2", False)
