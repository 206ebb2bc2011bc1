"""The team, REST keys, and the theme."""

import re

import pytest
from starlette.applications import Starlette

from tests.agent.visitor import PASSWORD, Visitor
from tillside.agents import rest_key

pytestmark = pytest.mark.anyio
KEY = re.compile(r"tsk_[\w-]{43}")
HANDED = re.compile(r">((?:[a-z2-9]{4}-){3}[a-z2-9]{4})<")


async def test_a_key_is_shown_in_the_answer_to_adding_it_and_never_again(house: Starlette, mia: Visitor) -> None:
    made = await mia.post("/settings/keys", name="Order export")
    (text,) = KEY.findall(made.text)
    assert await rest_key.find(house.state.desk.store, text) is not None
    listed = (await mia.get("/settings/keys")).text
    assert not KEY.search(listed) and text[:10] in listed and "Order export" in listed


async def test_a_revoked_key_stops_working(house: Starlette, mia: Visitor) -> None:
    made = await mia.post("/settings/keys", name="Order export")
    (text,) = KEY.findall(made.text)
    path = re.search(r"/settings/keys/key_\w+/revocation", made.text)
    assert path and (await mia.post(path[0])).status_code == 303
    assert await rest_key.find(house.state.desk.store, text) is None
    assert (await mia.post(path[0])).status_code == 404


async def test_an_agent_that_was_added_can_sign_in(house: Starlette, mia: Visitor) -> None:
    await mia.post("/settings/team", name="Theo", email="Theo@fern.example", role="agent", password=PASSWORD)
    assert (await Visitor(house).sign_in("theo@fern.example")).status_code == 303


async def test_an_address_that_signs_in_already_is_refused_beside_the_field(mia: Visitor) -> None:
    answer = await mia.post("/settings/team", name="Zoe", email="jonas@fern.example", role="agent", password=PASSWORD)
    assert answer.status_code == 422 and 'id="email-error"' in answer.text and 'value="Zoe"' in answer.text


async def test_nobody_disables_themselves(house: Starlette, mia: Visitor) -> None:
    row = await house.state.desk.store.one("select id from agent where email = :email", email="mia@fern.example")
    assert (await mia.post(f"/settings/team/{row[0]}/disablement")).status_code == 409


async def test_the_theme_is_kept_in_this_browser(mia: Visitor) -> None:
    assert "data-theme" not in (await mia.get("/settings/appearance")).text
    await mia.post("/settings/appearance", theme="dark")
    assert '<html lang="en" data-theme="dark">' in (await mia.get("/settings/appearance")).text
    await mia.post("/settings/appearance", theme="")
    assert "data-theme" not in (await mia.get("/settings/appearance")).text


async def test_a_key_is_given_only_what_is_ticked(mia: Visitor) -> None:
    answer = await mia.post("/settings/keys", name="narrow", reach="chosen", **{"tickets:read": "1", "tags:write": "1"})
    assert answer.status_code == 201 and "tags:write, tickets:read" in answer.text
    nothing = await mia.post("/settings/keys", name="nothing", reach="chosen")
    assert nothing.status_code == 422 and "A key needs something it may do." in nothing.text
    everything = await mia.post("/settings/keys", name="everything")
    assert everything.status_code == 201 and "<td>everything</td>" in everything.text


async def test_whether_comments_go_out_is_a_policy_of_the_connection(house: Starlette, mia: Visitor) -> None:
    page = await mia.get("/connections")
    path = re.findall(r'href="(/connections/con_[^"/]+)"', page.text)[0]
    form = {"name": "fern.example", "origins": "", "signatures": "verify", "history_trust": "1", "currency": "EUR", "region": "NO"}
    assert (await mia.post(path, **form, sends_comments="1")).status_code == 303
    assert '<option value="1" selected>Also go out to the customer</option>' in (await mia.get(path)).text


async def team_path(house: Starlette, email: str) -> str:
    """The path under which an admin changes something about an agent."""
    row = await house.state.desk.store.one("select id from agent where email = :email", email=email)
    return f"/settings/team/{row[0]}"


async def test_an_admin_gives_a_colleague_a_new_password_that_is_shown_once(house: Starlette, mia: Visitor, jonas: Visitor) -> None:
    answer = await mia.post(await team_path(house, "jonas@fern.example") + "/password")
    (text,) = HANDED.findall(answer.text)
    assert answer.status_code == 201 and not HANDED.search((await mia.get("/settings/team")).text)
    assert (await jonas.get("/customers")).headers["location"].startswith("/sign-in"), "signed out everywhere"
    assert (await Visitor(house).sign_in("jonas@fern.example")).status_code == 422
    assert (await Visitor(house).sign_in("jonas@fern.example", text)).status_code == 303


async def test_nobody_replaces_their_own_password_without_proof_or_anyone_s_without_being_admin(
    house: Starlette, mia: Visitor, jonas: Visitor
) -> None:
    assert (await mia.post(await team_path(house, "mia@fern.example") + "/password")).status_code == 409
    assert (await mia.post("/settings/team/agt_none/password")).status_code == 404
    assert (await jonas.post(await team_path(house, "mia@fern.example") + "/password")).status_code == 403
    assert (await Visitor(house).sign_in("mia@fern.example")).status_code == 303
