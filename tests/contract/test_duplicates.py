"""Decision 10: what counts as said before. By eventId; else by content, for ever if it carries a time, within a minute if not."""

import base64
import json
from typing import Any

from tests.support.served import Served, Tenant

NOON = 1714550400000


def send(served: Served, tenant: Tenant, *events: dict[str, Any]) -> None:
    whole = {"event": "send_batch", "appClientId": tenant.key, "events": list(events)}
    hs = base64.b64encode(json.dumps(whole).encode()).decode()
    assert served.client.post("/v2/bt", json={"hs": hs}).status_code == 200


def view(**more: Any) -> dict[str, Any]:
    return {"event": "page_view", "did": "d", "properties": {"name": "Home"}, **more}


def taken(served: Served, tenant: Tenant) -> int:
    return served.count(tenant, "event", "verdict <> 2")


def test_one_event_id_counts_once_whatever_else_it_says(served: Served, tenant: Tenant) -> None:
    send(served, tenant, view(eventId="a", time={"sentAt": NOON}))
    send(served, tenant, view(eventId="a", time={"sentAt": NOON + 5000}), view(eventId="a", properties={"name": "Other"}))
    assert taken(served, tenant) == 1


def test_two_event_ids_are_two_events_even_of_one_content(served: Served, tenant: Tenant) -> None:
    send(served, tenant, view(eventId="a", time={"sentAt": NOON}), view(eventId="b", time={"sentAt": NOON}))
    assert taken(served, tenant) == 2


def test_an_event_id_belongs_to_its_connector(served: Served, tenant: Tenant) -> None:
    other = served.tenant()
    send(served, tenant, view(eventId="a", time={"sentAt": NOON}))
    send(served, other, view(eventId="a", time={"sentAt": NOON}))
    assert (taken(served, tenant), taken(served, other)) == (1, 1)


def test_the_same_content_with_a_time_counts_once_for_ever(served: Served, tenant: Tenant) -> None:
    send(served, tenant, view(time={"sentAt": NOON}))
    send(served, tenant, dict(reversed(view(time={"sentAt": NOON}).items())))
    assert taken(served, tenant) == 1, "the order of keys says nothing"


def test_another_time_is_another_event(served: Served, tenant: Tenant) -> None:
    send(served, tenant, view(time={"sentAt": NOON}), view(time={"sentAt": NOON + 1}))
    assert taken(served, tenant) == 2


def test_the_same_content_without_a_time_counts_once_within_a_minute(served: Served, tenant: Tenant) -> None:
    send(served, tenant, view())
    send(served, tenant, view(), view())
    assert taken(served, tenant) == 1


def test_without_a_time_it_counts_again_after_a_minute(served: Served, tenant: Tenant) -> None:
    send(served, tenant, view())
    served.settle()
    served.do(_age(served, tenant, 61))
    send(served, tenant, view())
    assert taken(served, tenant) == 2
    send(served, tenant, view())
    assert taken(served, tenant) == 2


async def _age(served: Served, tenant: Tenant, seconds: int) -> None:
    """Let what is stored have arrived earlier than it did."""
    async with served.desk.store.write() as tx:
        await tx.run(
            "update event set occurred_at = occurred_at - :by, received_at = received_at - :by where workspace_id = :w",
            by=seconds * 1_000_000,
            w=tenant.workspace_id,
        )


def test_a_retry_of_a_batch_with_one_more_event_adds_just_that(served: Served, tenant: Tenant) -> None:
    events = [view(time={"sentAt": NOON + number}) for number in range(5)]
    send(served, tenant, *events[:3])
    send(served, tenant, *events)
    assert taken(served, tenant) == 5


def test_a_refused_event_does_not_stand_in_the_way_of_its_correction(served: Served, tenant: Tenant) -> None:
    order = {
        "event": "order",
        "eventId": "o",
        "properties": {"orderId": "1", "amount": "1,5", "currency": "EUR"},
        "userProperties": {"uid": "u"},
    }
    send(served, tenant, order)
    send(served, tenant, {**order, "properties": {"orderId": "1", "amount": "1.5", "currency": "EUR"}})
    assert served.count(tenant, "orders", "amount = 150") == 1
