"""An event that cannot be read holds up nobody: not its neighbours in the batch, not the other shops, not what comes after it."""

import base64
import json

import pytest

from tests.contract.cases import read_order
from tests.support.served import Served, Tenant

UNREADABLE = {
    "41 levels": "[" * 41 + "1" + "]" * 41,
    "900 levels": "[" * 900 + "1" + "]" * 900,
    "an integer of 5,000 digits": "9" * 5000,
    "a number beyond every range": "1e999999999",
    "half of a surrogate pair": '"\\ud800"',
    "NUL in a name": '{"a\\u0000b":1}',
}


def order(number: str, value: str) -> str:
    return (
        f'{{"event":"order","properties":{{"orderId":"{number}","amount":1,"currency":"EUR","custom":{value},'
        '"items":[{"id":1,"price":1,"quantity":1}]},"userProperties":{"uid":"u"},"time":{"sentAt":1714550400000}}'
    )


def encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


@pytest.mark.parametrize("what", UNREADABLE)
def test_the_neighbours_of_an_unreadable_event_are_worked_in(served: Served, tenant: Tenant, what: str) -> None:
    events = ",".join((order("before", "1"), order("odd", UNREADABLE[what]), order("after", "2")))
    text = f'{{"event":"send_batch","appClientId":"{tenant.key}","events":[{events}]}}'
    answer = served.client.post("/v2/bt", json={"hs": encoded(text)})
    assert answer.status_code == 200, answer.text
    verdicts = [line["verdict"] for line in answer.json()["results"]]
    assert (verdicts[0], verdicts[2]) == ("accepted", "accepted")
    served.settle()
    found = [read_order(served, tenant, number) is not None for number in ("before", "odd", "after")]
    assert found == [True, verdicts[1] != "refused", True]
    assert served.count(tenant, "parked") == 0
    assert served.count(tenant, "event") == 3


@pytest.mark.parametrize("what", UNREADABLE)
def test_an_unreadable_event_alone_holds_up_nobody(served: Served, tenant: Tenant, what: str) -> None:
    text = order("odd", UNREADABLE[what]).replace('"event"', f'"appClientId":"{tenant.key}","event"', 1)
    answer = served.client.post("/v2/t", json={"h": encoded(text)})
    assert answer.status_code in (200, 413, 422), answer.text
    other = served.tenant()
    text = json.dumps({"event": "page_view", "did": "d", "appClientId": other.key, "time": {"sentAt": 1714550400000}})
    assert served.client.post("/v2/t", json={"h": encoded(text)}).status_code == 200
    assert served.count(other, "event") == 1
    assert served.count(tenant, "parked") == 0
