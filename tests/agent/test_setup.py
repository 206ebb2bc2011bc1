"""The first-run wizard: three steps, once, and not for strangers."""

import re

import pytest
from starlette.applications import Starlette

from tests.agent.visitor import PASSWORD, Visitor

pytestmark = pytest.mark.anyio

FIRST = {"workspace": "Fern & Fold", "time_zone": "Europe/Oslo", "currency": "EUR", "region": "NO"}
YOU = {"name": "Mia", "email": "mia@fern.example", "password": PASSWORD}


async def test_a_new_installation_leads_to_the_wizard(fresh: Starlette) -> None:
    visitor = Visitor(fresh)
    for path in ("/", "/sign-in"):
        assert (await visitor.get(path)).headers["location"] == "/setup"


async def test_the_wizard_ends_on_the_page_of_the_connector(fresh: Starlette) -> None:
    visitor = Visitor(fresh)
    await visitor.get("/setup")
    assert "You sign in with this pair" in (await visitor.post("/setup", **FIRST)).text
    assert (await visitor.post("/setup/you", **FIRST, **YOU)).headers["location"] == "/setup/shop"
    await visitor.get("/setup/shop")
    done = await visitor.post("/setup/shop", name="https://Fern.example/")
    assert done.status_code == 201
    assert "<h1" in done.text and "Fern.example" in done.text and "fernfold10" in done.text
    assert len(re.findall(r"tss_[\w-]{43}", done.text)) == 1


async def test_the_wizard_exists_once_only(house: Starlette) -> None:
    stranger = Visitor(house)
    await stranger.get("/sign-in")
    assert (await stranger.get("/setup")).status_code == 404
    assert (await stranger.post("/setup", **FIRST)).status_code == 404
    assert (await stranger.post("/setup/you", **FIRST, **YOU)).status_code == 404


async def test_nothing_is_kept_before_the_second_step_is_sent(fresh: Starlette) -> None:
    visitor = Visitor(fresh)
    await visitor.get("/setup")
    await visitor.post("/setup", **FIRST)
    await visitor.post("/setup/you", **FIRST, **(YOU | {"password": "short"}))
    assert (await visitor.get("/setup")).status_code == 200


@pytest.mark.parametrize(
    ("field", "wrong"),
    [("workspace", " "), ("time_zone", "Oslo"), ("currency", "kroner"), ("region", "Norway"), ("email", "mia"), ("password", "short")],
)
async def test_an_error_stands_beside_its_field_and_the_rest_is_kept(fresh: Starlette, field: str, wrong: str) -> None:
    visitor = Visitor(fresh)
    await visitor.get("/setup")
    given = FIRST | YOU | {field: wrong}
    answer = await visitor.post("/setup/you", **given)
    assert answer.status_code == 422
    assert re.search(rf'id="{field}"[^>]*aria-invalid="true"[^>]*aria-describedby="{field}-error"', answer.text)
    assert field == "workspace" or "Fern &amp; Fold" in answer.text
    assert PASSWORD not in answer.text


async def test_from_elsewhere_the_setup_code_is_asked(fresh: Starlette) -> None:
    visitor = Visitor(fresh, base="http://desk.example", near="203.0.113.9")
    assert "Setup code" in (await visitor.get("/setup")).text
    refused = await visitor.post("/setup/you", **FIRST, **YOU)
    assert refused.status_code == 422 and "That is not the setup code." in refused.text
    answer = await visitor.post("/setup/you", **FIRST, **YOU, code=fresh.state.desk.setup_code)
    assert answer.headers["location"] == "/setup/shop"


@pytest.mark.parametrize(
    ("base", "headers"),
    [("http://desk.example", {}), ("http://localhost", {"x-forwarded-for": "203.0.113.9"}), ("http://localhost", {"via": "1.1 proxy"})],
)
async def test_who_comes_through_a_proxy_or_another_name_is_not_at_the_machine(fresh: Starlette, base: str, headers: dict[str, str]) -> None:
    visitor = Visitor(fresh, base=base)
    assert "Setup code" in (await visitor.get("/setup", headers=headers)).text


async def test_the_setup_code_cannot_be_guessed_at_leisure(fresh: Starlette) -> None:
    visitor = Visitor(fresh, base="http://desk.example", near="203.0.113.9")
    await visitor.get("/setup")
    for _ in range(5):
        await visitor.post("/setup", **FIRST, code="0000-0000-0000")
    paused = await visitor.post("/setup", **FIRST, code=fresh.state.desk.setup_code)
    assert paused.status_code == 422 and "pauses for a minute" in paused.text
