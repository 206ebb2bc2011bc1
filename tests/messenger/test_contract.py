"""The configuration existing loaders ask for (contract 4.5)."""

import base64
import json
from typing import Any
from urllib.parse import unquote

from tests.messenger.shopper import switch_on
from tests.support.served import Served, Tenant
from tillside.agents.hours import Span, Week
from tillside.messenger.settings import Messenger, Opening, Own, Page

LOOK = Messenger(
    is_enabled=True,
    who="visitors",
    mode="hide",
    pages=(Page("contains", "/checkout"),),
    answer_minutes=10,
    week=Week(is_always=False, days=(Span("09:00", "18:00"),) * 5 + (None, None), free=("2026-12-25",)),
    own=Own(send_message=(Opening((".size-help",), "Which size?"),)),
)


def configuration(served: Served, tenant: Tenant) -> dict[str, Any]:
    answer = served.client.get(f"/{tenant.key}.json", headers={"Origin": "https://shop.example"})
    assert (answer.status_code, answer.headers["access-control-allow-origin"]) == (200, "https://shop.example")
    found: dict[str, Any] = json.loads(unquote(base64.b64decode(answer.json()["data"], validate=True).decode("ascii")))
    return found


def test_the_configuration_has_the_names_of_the_contract(served: Served, tenant: Tenant) -> None:
    switch_on(served, tenant, LOOK)
    found = configuration(served, tenant)
    names = "tenantId messengerStatus isMessengerVisible control mobileControl style welcome availability brandData"
    assert set(found) >= set(names.split()) | {"customLauncherSettings", "campaigns", "helpcenterMode", "orderQueryParams"}
    assert found["control"]["displayUserType"] == "only-visitors"
    assert (found["control"]["visibilityCode"], found["control"]["visibilityUrls"]) == ("HIDE", [{"type": "CONTAINS", "url": "/checkout"}])
    hours = found["availability"]
    assert (hours["replyTime"], hours["startTime"], hours["endTime"], hours["holidays"]) == (10, "09:00", "18:00", ["2026-12-25"])
    assert hours["selectedDay"] == ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday"]
    assert found["customLauncherSettings"]["sendMessageSelectors"] == [{"selectors": [".size-help"], "intialMessage": "Which size?"}]


def test_the_fall_back_answers_the_same(served: Served, tenant: Tenant) -> None:
    switch_on(served, tenant, LOOK)
    body = {"appClientId": tenant.key, "canUpdateData": True, "cookieId": "c", "previous_user_properties": None, "sid": "s"}
    more = {"user_properties": None, "pageURL": "https://shop.example/", "originURL": "https://shop.example"}
    answer = served.client.post("/tenant-messenger/messenger/new-config?initiator=messenger", json=body | more)
    assert (answer.status_code, answer.json()) == (200, configuration(served, tenant))


def test_an_unknown_key_is_told_so(served: Served) -> None:
    assert served.client.get("/nobody10.json").status_code == 404
    bodies: list[object] = [{}, {"appClientId": 7}, {"appClientId": "nobody10"}, []]
    for body in bodies:
        answer = served.client.post("/tenant-messenger/messenger/new-config", json=body)
        assert answer.status_code in (404, 422) and answer.json()["error"]["message"]
