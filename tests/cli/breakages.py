"""Thirteen ways to break an integration on its way: each sees every request, then its answer, and changes one thing."""

import json
from hashlib import sha256
from typing import Any

from tests.cli.house import House
from tests.cli.proxy import Breakage, Passing


def breakages(house: House) -> dict[str, Breakage]:
    return {
        "a firewall answers the loader with a page": loader,
        "a proxy answers the preflight itself": preflight,
        "the answer loses its origin": origin,
        "a plugin drops the last event of a batch": last_event(house),
        "a cache serves an older order": older_order,
        "a retry gives events new names": new_names(house),
        "a filter strips the encrypted token": stripped(is_web=False),
        "a filter strips the web token": stripped(is_web=True),
        "a proxy turns refusals into successes": turned(401, 200, "unknown_key"),
        "a proxy turns 400 into 500": turned(400, 500, "undecodable"),
        "a plugin swallows the field of a refusal": field,
        "a plugin removes signatures": unsigned,
        "a proxy adds its own REST key": own_key(house),
    }


def loader(passing: Passing) -> None:
    if passing.is_answer and passing.path.startswith("/v2/j/"):
        passing.headers["content-type"], passing.body = "text/html", b"<h1>Checking your browser</h1>"


def preflight(passing: Passing) -> None:
    if passing.is_answer and passing.method == "OPTIONS":
        passing.headers = {"access-control-allow-origin": "https://shop.example", "access-control-allow-headers": "content-type"}


def origin(passing: Passing) -> None:
    if passing.is_answer and passing.method == "POST":
        passing.headers.pop("access-control-allow-origin", None)


def last_event(house: House) -> Breakage:
    def breakage(passing: Passing) -> None:
        if _is_first_batch(passing):
            content = passing.content()
            passing.put({**content, "events": [content["events"][2], content["events"][0]]}, sign=_signed(house))

    return breakage


def older_order(passing: Passing) -> None:
    if passing.is_answer and passing.path.startswith("/v1/order/") and passing.status == 200:
        passing.answer(lambda order: {**order, "fulfillment": []})


def new_names(house: House) -> Breakage:
    sent: set[str] = set()

    def breakage(passing: Passing) -> None:
        if not _is_first_batch(passing):
            return
        content = passing.content()
        order = content["events"][2]
        if order["eventId"] in sent:
            order["eventId"] += "-again"
            order["properties"]["orderId"] += "-again"
            passing.put(content, sign=_signed(house))
        sent.add(order["eventId"])

    return breakage


def stripped(*, is_web: bool) -> Breakage:
    def breakage(passing: Passing) -> None:
        event = _event(passing)
        if "userToken" in event and ("." in event["userToken"]) is is_web:
            passing.put({name: value for name, value in event.items() if name != "userToken"})

    return breakage


def turned(before: int, after: int, code: str) -> Breakage:
    def breakage(passing: Passing) -> None:
        if passing.status == before and code in passing.body.decode() and passing.path == "/v2/t":
            passing.status = after

    return breakage


def field(passing: Passing) -> None:
    if passing.is_answer and passing.path == "/v2/bt":
        passing.answer(lambda said: {**said, "results": [_without(one, "field") for one in said["results"]]})


def unsigned(passing: Passing) -> None:
    if _is(passing, "/v2/t"):
        passing.body = json.dumps(_without(json.loads(passing.body), "s")).encode()


def own_key(house: House) -> Breakage:
    def breakage(passing: Passing) -> None:
        if not passing.is_answer and passing.path.startswith("/v1/"):
            passing.headers["x-richpanel-key"] = house.key

    return breakage


def _signed(house: House) -> Any:
    return lambda text: sha256((text + house.shop.secret).encode()).hexdigest()


def _is(passing: Passing, path: str) -> bool:
    return not passing.is_answer and passing.method == "POST" and passing.path == path


def _is_first_batch(passing: Passing) -> bool:
    """The batch of three that is sent, and sent again."""
    return _is(passing, "/v2/bt") and len(passing.content()["events"]) == 3


def _event(passing: Passing) -> dict[str, Any]:
    """The event of a request; empty for anything else."""
    try:
        event = passing.content() if _is(passing, "/v2/t") else {}
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}


def _without(said: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: value for key, value in said.items() if key != name}
