"""The guard: every route names who may call it, and forms of other sites are turned away."""

from typing import Any

import pytest
from starlette.applications import Starlette

from tests.agent.visitor import Visitor
from tillside import app
from tillside.agents import access
from tillside.agents.access import Act
from tillside.edges import agent
from tillside.edges.http.routes import Guarded

pytestmark = pytest.mark.anyio

PAGES = [route for route in agent.routes() if "GET" in (route.methods or ())]
WRITES = [route for route in agent.routes() if "POST" in (route.methods or ())]
ADMINS_ONLY = [route for route in agent.routes() if route.allow not in access.ROLES["agent"] | {Act.PUBLIC}]


def path_of(route: Guarded) -> str:
    """The path with something in each of its places."""
    return route.path.replace("{", "").replace("}", "")


def method_of(route: Guarded) -> str:
    return "POST" if "POST" in (route.methods or ()) else "GET"


def test_every_route_of_the_house_names_its_act() -> None:
    assert [route for route in app.routes() if not isinstance(getattr(route, "allow", None), Act)] == []


async def test_who_is_not_signed_in_is_sent_to_the_door_and_back(house: Starlette) -> None:
    stranger = Visitor(house)
    for route in PAGES:
        if route.allow is not Act.PUBLIC and route.path != "/stream":
            answer = await stranger.get(path_of(route) + "?q=a b")
            assert answer.status_code == 303, route.path
            assert answer.headers["location"] == f"/sign-in?next={path_of(route)}%3Fq%3Da%2520b"


async def test_a_stream_nobody_may_hear_tells_the_browser_to_stop(house: Starlette) -> None:
    answer = await Visitor(house).get("/stream", headers={"accept": "text/event-stream"})
    assert answer.status_code == 204


async def test_a_script_nobody_signed_in_is_told_where_to_go(house: Starlette) -> None:
    answer = await Visitor(house).get("/connections", headers={"hx-request": "true"})
    assert (answer.status_code, answer.headers["hx-redirect"]) == (401, "/sign-in")


@pytest.mark.parametrize("route", ADMINS_ONLY, ids=lambda route: f"{method_of(route)} {route.path}")
async def test_an_agent_cannot_reach_what_is_for_admins(jonas: Visitor, route: Guarded) -> None:
    answer = await (jonas.post if method_of(route) == "POST" else jonas.get)(path_of(route))
    assert answer.status_code == 403
    assert "Your role does not allow this." in answer.text


@pytest.mark.parametrize("route", WRITES, ids=lambda route: route.path)
@pytest.mark.parametrize("token", ["", "0" * 32, "é"])
async def test_no_form_is_taken_without_its_token(mia: Visitor, route: Guarded, token: str) -> None:
    answer = await mia.post(path_of(route), token=token)
    assert answer.status_code == 403
    assert "This form is no longer valid" in answer.text


async def test_a_door_takes_no_form_of_another_browser(house: Starlette) -> None:
    first, second = Visitor(house), Visitor(house)
    await first.get("/sign-in")
    answer = await second.post("/sign-in", token=first.token, email="mia@fern.example", password="x")
    assert answer.status_code == 403


async def test_the_token_may_come_in_a_header(mia: Visitor) -> None:
    answer = await mia.http.post("/settings/appearance", data={"theme": "dark"}, headers={"x-form-token": mia.token})
    assert answer.status_code == 303


async def test_every_answer_of_the_desk_carries_the_policy(mia: Visitor) -> None:
    paths = [path_of(route) for route in PAGES if not route.path.endswith("/stream")]
    for path in (*paths, "/nowhere", "/static/x/desk.css", "/static/x/none"):
        headers = (await mia.get(path)).headers
        policy = headers["content-security-policy"]
        assert "frame-ancestors 'none'" in policy and "unsafe" not in policy, path
        assert headers["x-content-type-options"] == "nosniff", path


async def test_a_page_that_is_not_there_is_a_page_for_people_and_json_for_programs(mia: Visitor) -> None:
    page, program = await mia.get("/nowhere"), await mia.get("/nowhere", headers={"accept": "application/json"})
    assert (page.status_code, program.status_code) == (404, 404)
    assert "<h1" in page.text
    assert program.json()["error"]["message"] == program.json()["message"] == "There is nothing at this address."


async def test_a_form_larger_than_the_desk_accepts_is_refused(mia: Visitor) -> None:
    answer = await mia.post("/settings/keys", name="x" * 300_000)
    assert answer.status_code == 413


async def test_another_workspace_has_nothing_here(house: Starlette, mia: Visitor) -> None:
    desk = house.state.desk
    await desk.directory.refresh()
    theirs = await desk.directory.find("other10")
    for path in (f"/connections/{theirs.id}", f"/connections/{theirs.id}/checks"):
        answer = await mia.get(path)
        assert answer.status_code == 404 and "other.example" not in answer.text
    for end in ("", "/secrets", "/token-secrets"):
        assert (await mia.post(f"/connections/{theirs.id}{end}", state="0")).status_code == 404
    zoe = Visitor(house)
    await zoe.sign_in("zoe@other.example")
    assert (await zoe.get(f"/connections/{theirs.id}")).status_code == 200


async def test_a_browser_that_is_closed_in_the_middle_of_a_form_is_no_fault(house: Starlette, mia: Visitor) -> None:
    crumbs = "; ".join(f"{one.name}={one.value}" for one in mia.http.cookies.jar)
    headers = [(b"host", b"localhost"), (b"cookie", crumbs.encode()), (b"content-type", b"application/x-www-form-urlencoded")]
    scope = {"type": "http", "method": "POST", "path": "/watching", "raw_path": b"/watching", "query_string": b"", "headers": headers}
    said: list[dict[str, object]] = []

    async def receive() -> dict[str, object]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        said.append(message)

    await house(
        {**scope, "app": house, "http_version": "1.1", "scheme": "http", "server": ("localhost", 80), "client": ("127.0.0.1", 5)}, receive, send
    )
    assert said[0]["status"] == 400
