"""Signing in and out: cookies, pauses, and where one goes next."""

import pytest
from argon2 import PasswordHasher, Type
from starlette.applications import Starlette

from tests.agent.visitor import PASSWORD, Visitor
from tillside.base.errors import TooMany
from tillside.edges.agent.doors import inside
from tillside.edges.http.throttle import TRIES_PER_ADDRESS, TRIES_PER_PAIR, Throttle

pytestmark = pytest.mark.anyio


async def test_the_session_cookie_is_bound_to_this_host(house: Starlette) -> None:
    answer = await Visitor(house).sign_in("mia@fern.example")
    cookie = answer.headers["set-cookie"]
    assert cookie.startswith("__Host-tillside=")
    assert {"HttpOnly", "Secure", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert "domain" not in cookie.lower()


def test_a_password_costs_whoever_guesses_it(true_hasher: PasswordHasher) -> None:
    """At least what OWASP asks of argon2id: 19 MiB, two passes. The suite itself hashes at less (tests/conftest.py)."""
    assert true_hasher.type is Type.ID
    assert true_hasher.memory_cost >= 19 * 1024 and true_hasher.time_cost >= 2


async def test_localhost_counts_as_secure_and_a_plain_network_does_not(house: Starlette) -> None:
    near, far = Visitor(house, base="http://localhost:8080"), Visitor(house, base="http://192.168.1.7:8080")
    assert (await near.get("/sign-in")).headers["set-cookie"].startswith("__Host-tillside-door=")
    cookie = (await far.sign_in("mia@fern.example")).headers["set-cookie"]
    assert cookie.startswith("tillside=") and "Secure" not in cookie and "HttpOnly" in cookie


async def test_signing_out_ends_the_session_itself(mia: Visitor) -> None:
    kept = dict(mia.http.cookies)
    await mia.post("/sign-out")
    mia.http.cookies.update(kept)
    assert (await mia.get("/connections")).status_code == 303


async def test_a_wrong_pair_keeps_the_address_and_tells_nothing_else(house: Starlette) -> None:
    visitor = Visitor(house)
    known = await visitor.sign_in("mia@fern.example", "wrong")
    unknown = await visitor.sign_in("nobody@fern.example", "wrong")
    assert known.status_code == unknown.status_code == 422
    assert 'value="mia@fern.example"' in known.text
    assert known.text.replace("mia@", "").replace(visitor.token, "") == unknown.text.replace("nobody@", "").replace(visitor.token, "")


async def test_five_wrong_tries_pause_even_the_right_word(house: Starlette) -> None:
    visitor = Visitor(house)
    for _ in range(TRIES_PER_PAIR):
        assert (await visitor.sign_in("mia@fern.example", "wrong")).status_code == 422
    paused = await visitor.sign_in("mia@fern.example")
    assert paused.status_code == 429 and "Too many wrong tries" in paused.text
    assert (await Visitor(house, near="203.0.113.9").sign_in("mia@fern.example")).status_code == 303
    assert (await visitor.sign_in("jonas@fern.example")).status_code == 303


def test_an_address_is_paused_whatever_it_tries_and_forgiven_after_a_minute() -> None:
    now = [0.0]
    throttle = Throttle(clock=lambda: now[0])
    for number in range(TRIES_PER_ADDRESS):
        throttle.failed(f"person{number}@fern.example", "203.0.113.9")
    with pytest.raises(TooMany) as pause:
        throttle.check("somebody@fern.example", "203.0.113.9")
    assert 1 <= pause.value.retry_after_seconds <= 61
    now[0] = 61.0
    throttle.check("somebody@fern.example", "203.0.113.9")


async def test_a_disabled_agent_is_out_at_once_and_stays_out(mia: Visitor, jonas: Visitor, house: Starlette) -> None:
    page = await mia.get("/settings/team")
    agent_id = page.text.split("/disablement")[0].rsplit("/", 1)[1]
    assert (await jonas.get("/connections")).status_code == 200
    assert (await mia.post(f"/settings/team/{agent_id}/disablement")).status_code == 303
    assert (await jonas.get("/connections")).status_code == 303
    assert (await Visitor(house).sign_in("jonas@fern.example", PASSWORD)).status_code == 422


async def test_after_signing_in_one_is_where_one_wanted_to_be(house: Starlette) -> None:
    visitor = Visitor(house)
    await visitor.get("/sign-in?next=/orders%3Fq%3D7")
    answer = await visitor.post("/sign-in", email="mia@fern.example", password=PASSWORD, next="/orders?q=7")
    assert answer.headers["location"] == "/orders?q=7"


@pytest.mark.parametrize("path", ["", "orders", "//evil.example", "/\\evil.example", "https://evil.example", "/a\\b", "/a\nb", "/\t/evil"])
def test_no_link_leads_from_the_door_to_another_host(path: str) -> None:
    assert inside(path) == "/inbox"
