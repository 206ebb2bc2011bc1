"""`verify` against a real desk: green when all is well, and for each deliberate breakage its own red line and exit code."""

import json
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

import pytest
from click.testing import CliRunner

from tests.cli.house import House
from tests.cli.proxy import Breakage, Passing, Proxy
from tests.support.ports import free_port
from tests.support.process import Process
from tillside.cli import main
from tillside.cli.trials import ALL


@pytest.fixture
def desk(house: House) -> Iterator[Process]:
    with house.serve() as running:
        yield running


def words(house: House, url: str) -> list[str]:
    shop = house.shop
    given = ["--key", shop.api_key, "--secret", shop.secret, "--rest-key", house.key, "--token-secret", shop.token_secret]
    return ["verify", "--url", url, *given, "--wait", "3"]


def test_a_sound_desk_is_green_to_the_last_line(house: House, desk: Process) -> None:
    said = house.tillside(*words(house, desk.url))
    assert [line[0] for line in said.strip().splitlines()] == ["✓"] * len(ALL)
    again = house.facts(*words(house, desk.url))
    assert again["is_green"] and {one["outcome"] for one in again["checks"]} == {"passed"}


def test_what_is_not_given_is_said_to_be_untried(house: House, desk: Process) -> None:
    said = house.tillside("verify", "--url", desk.url, "--key", house.shop.api_key, "--secret", house.shop.secret)
    assert "– the order is visible  needs --rest-key" in said and "– the web token identifies  needs --token-secret" in said


def test_a_desk_that_is_not_there_is_one_red_line(house: House) -> None:
    said = house.tillside(*words(house, f"http://127.0.0.1:{free_port()}"), code=10)
    assert said.count("✗") == 1 and "the desk answers" in said and len(said.strip().splitlines()) == 1


def test_each_breakage_has_a_red_line_and_an_exit_code_of_its_own(house: House, desk: Process) -> None:
    codes: dict[str, int] = {}
    lines: dict[str, str] = {}
    for name, breakage in breakages(house).items():
        with Proxy(desk.url, breakage) as proxy:
            ended = CliRunner().invoke(main, words(house, proxy.url))
        red = [line for line in ended.output.splitlines() if line.startswith("✗")]
        assert len(red) == 1, f"{name}: {ended.output}"
        codes[name], lines[name] = ended.exit_code, red[0]
    assert codes == {
        "a firewall answers the loader with a page": 11,
        "a proxy answers the preflight itself": 12,
        "the answer loses its origin": 13,
        "a plugin drops the last event of a batch": 14,
        "a cache serves an older order": 15,
        "a retry gives events new names": 16,
        "a filter strips the encrypted token": 17,
        "a filter strips the web token": 18,
        "a proxy turns refusals into successes": 19,
        "a proxy turns 400 into 500": 20,
        "a plugin swallows the field of a refusal": 21,
        "a plugin removes signatures": 22,
        "a proxy adds its own REST key": 23,
    }
    assert len(set(lines.values())) == len(set(codes.values())) == 13


def breakages(house: House) -> dict[str, Breakage]:
    """Each changes one thing on the way. A function sees every request, then its answer."""

    def loader(passing: Passing) -> None:
        if passing.is_answer and passing.path.startswith("/v2/j/"):
            passing.headers["content-type"], passing.body = "text/html", b"<h1>Checking your browser</h1>"

    def preflight(passing: Passing) -> None:
        if passing.is_answer and passing.method == "OPTIONS":
            passing.headers = {"access-control-allow-origin": "https://shop.example", "access-control-allow-headers": "content-type"}

    def origin(passing: Passing) -> None:
        if passing.is_answer and passing.method == "POST":
            passing.headers.pop("access-control-allow-origin", None)

    def last_event(passing: Passing) -> None:
        if _is(passing, "/v2/bt") and len(passing.content()["events"]) == 3:
            content = passing.content()
            passing.put({**content, "events": [content["events"][2], content["events"][0]]}, sign=sign)

    def older_order(passing: Passing) -> None:
        if passing.is_answer and passing.path.startswith("/v1/order/") and passing.status == 200:
            passing.answer(lambda order: {**order, "fulfillment": []})

    def new_names() -> Breakage:
        sent: set[str] = set()

        def breakage(passing: Passing) -> None:
            if _is(passing, "/v2/bt") and len(passing.content()["events"]) == 3:
                content = passing.content()
                if content["events"][2]["eventId"] in sent:
                    order = content["events"][2]
                    order["eventId"] += "-again"
                    order["properties"]["orderId"] += "-again"
                    passing.put(content, sign=sign)
                sent.add(content["events"][2]["eventId"])

        return breakage

    def stripped(is_web: bool) -> Breakage:
        def breakage(passing: Passing) -> None:
            if _is(passing, "/v2/t") and (event := _event(passing)).get("userToken") and ("." in event["userToken"]) is is_web:
                passing.put({name: value for name, value in event.items() if name != "userToken"})

        return breakage

    def turned(before: int, after: int, code: str) -> Breakage:
        def breakage(passing: Passing) -> None:
            if passing.status == before and code in passing.body.decode() and passing.path == "/v2/t":
                passing.status = after

        return breakage

    def field(passing: Passing) -> None:
        if passing.is_answer and passing.path == "/v2/bt":
            passing.answer(lambda said: {**said, "results": [{k: v for k, v in one.items() if k != "field"} for one in said["results"]]})

    def unsigned(passing: Passing) -> None:
        if _is(passing, "/v2/t"):
            passing.body = json.dumps({k: v for k, v in json.loads(passing.body).items() if k != "s"}).encode()

    def own_key(passing: Passing) -> None:
        if not passing.is_answer and passing.path.startswith("/v1/"):
            passing.headers["x-richpanel-key"] = house.key

    def sign(text: str) -> str:
        return sha256((text + house.shop.secret).encode()).hexdigest()

    return {
        "a firewall answers the loader with a page": loader,
        "a proxy answers the preflight itself": preflight,
        "the answer loses its origin": origin,
        "a plugin drops the last event of a batch": last_event,
        "a cache serves an older order": older_order,
        "a retry gives events new names": new_names(),
        "a filter strips the encrypted token": stripped(False),
        "a filter strips the web token": stripped(True),
        "a proxy turns refusals into successes": turned(401, 200, "unknown_key"),
        "a proxy turns 400 into 500": turned(400, 500, "undecodable"),
        "a plugin swallows the field of a refusal": field,
        "a plugin removes signatures": unsigned,
        "a proxy adds its own REST key": own_key,
    }


def _is(passing: Passing, path: str) -> bool:
    return not passing.is_answer and passing.method == "POST" and passing.path == path


def _event(passing: Passing) -> dict[str, Any]:
    try:
        event = passing.content()
    except ValueError:
        return {}
    return event if isinstance(event, dict) else {}
