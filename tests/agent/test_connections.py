"""Connecting a shop: secrets seen once, policies, steps and checks."""

import re
from base64 import b64encode
from hashlib import sha384
from html import unescape

import pytest
from starlette.applications import Starlette

from tests.agent.visitor import Visitor
from tillside.connectors import connector
from tillside.connectors.connector import Connector
from tillside.edges.http.desk import Desk

pytestmark = pytest.mark.anyio
SECRET = re.compile(r"ts[sj]_[\w-]{43}")
POLICIES = {"name": "fern.example", "origins": "", "signatures": "verify", "history_trust": "1", "currency": "EUR", "region": "NO"}


async def only(house: Starlette) -> Connector:
    """The connector of Fern & Fold."""
    desk: Desk = house.state.desk
    await desk.directory.refresh()
    found = await desk.directory.find("fernfold10")
    assert found is not None
    return found


async def test_the_secrets_are_in_the_answer_to_making_it_and_nowhere_else(house: Starlette, mia: Visitor) -> None:
    made = await mia.post("/connections", name="second.example")
    assert made.status_code == 201
    secrets = set(SECRET.findall(made.text))
    assert {secret[:4] for secret in secrets} == {"tss_", "tsj_"}
    stored = await connector.every(house.state.desk.store, house.state.desk.vault, 1)
    assert {stored[1].secret, stored[1].token_secret} == secrets
    one = f"/connections/{stored[1].id}"
    for path in ("/connections", "/connections/new", one, f"{one}/checks", f"{one}?secret=1", "/settings/keys"):
        text = (await mia.get(path)).text
        assert not SECRET.search(text), path
    assert not SECRET.search((await mia.post(one, **POLICIES)).text)


async def test_a_reload_of_the_answer_loads_the_page_instead(mia: Visitor) -> None:
    made = await mia.post("/connections", name="second.example")
    address = re.search(r'data-address="(/connections/con_\w+)"', made.text)
    assert address and (await mia.get(address[1])).status_code == 200
    assert made.headers["cache-control"] == "no-store"


async def test_a_new_secret_leaves_the_old_one_a_day(house: Starlette, mia: Visitor) -> None:
    before = await only(house)
    answer = await mia.post(f"/connections/{before.id}/secrets", state="0")
    after = await only(house)
    assert answer.status_code == 201 and SECRET.findall(answer.text) == [after.secret]
    assert after.secrets == (after.secret, before.secret) and after.secret != before.secret
    assert before.secret not in answer.text


async def test_a_form_sent_twice_does_not_push_out_the_secret_the_shop_still_uses(house: Starlette, mia: Visitor) -> None:
    before = await only(house)
    await mia.post(f"/connections/{before.id}/secrets", state="0")
    again = await mia.post(f"/connections/{before.id}/secrets", state="0")
    assert again.status_code == 409
    assert before.secret in (await only(house)).secrets


async def test_a_new_web_token_secret_is_shown_once_and_changes_nothing_else(house: Starlette, mia: Visitor) -> None:
    before = await only(house)
    answer = await mia.post(f"/connections/{before.id}/token-secrets")
    after = await only(house)
    assert SECRET.findall(answer.text) == [after.token_secret]
    assert after.token_secret != before.token_secret and after.secrets == before.secrets


async def test_policies_are_kept_and_hold_at_once(house: Starlette, mia: Visitor) -> None:
    found = await only(house)
    given = POLICIES | {
        "origins": "https://Fern.example/\nhttp://localhost:8081",
        "signatures": "require",
        "history_trust": "3",
        "region": "se",
    }
    assert (await mia.post(f"/connections/{found.id}", **given)).status_code == 303
    after = await house.state.desk.directory.find("fernfold10")
    assert after.origins == ("https://fern.example", "http://localhost:8081")
    assert (after.signatures, int(after.history_trust), after.region) == ("require", 3, "SE")


@pytest.mark.parametrize(
    ("field", "wrong"),
    [
        ("name", " "),
        ("origins", "fern.example"),
        ("signatures", "maybe"),
        ("history_trust", "0"),
        ("history_trust", "x"),
        ("currency", "kr"),
        ("region", "NOR"),
    ],
)
async def test_a_wrong_policy_changes_nothing_and_says_so_beside_the_field(house: Starlette, mia: Visitor, field: str, wrong: str) -> None:
    before = await only(house)
    answer = await mia.post(f"/connections/{before.id}", **(POLICIES | {"name": "typed.example"} | {field: wrong}))
    assert answer.status_code == 422 and f'id="{field}-error"' in answer.text
    assert field == "name" or "typed.example" in answer.text
    assert await only(house) == before


async def test_policies_sent_in_part_are_refused_beside_the_field_with_the_kept_ones_shown(house: Starlette, mia: Visitor) -> None:
    before = await only(house)
    answer = await mia.post(f"/connections/{before.id}", name="typed.example", signatures="maybe")
    assert answer.status_code == 422 and 'id="signatures-error"' in answer.text
    assert "typed.example" in answer.text and f'<option value="{before.region}" selected>' in answer.text
    assert await only(house) == before


async def test_an_agent_sees_the_steps_without_what_changes_them(house: Starlette, jonas: Visitor) -> None:
    page = await jonas.get(f"/connections/{(await only(house)).id}")
    assert page.status_code == 200 and "fernfold10" in page.text
    assert "/secrets" not in page.text and 'id="policies"' not in page.text


async def test_the_snippet_and_the_code_carry_the_public_address_and_the_key(house: Starlette, mia: Visitor) -> None:
    house.state.desk.served_at = "https://desk.fern.example"
    page = (await mia.get(f"/connections/{(await only(house)).id}")).text
    assert "https://desk.fern.example/v2/j/fernfold10" in page
    assert "https://desk.fern.example/v2/bt" in page
    assert "{{" not in page


async def test_a_name_somebody_typed_is_shown_as_text(house: Starlette, mia: Visitor) -> None:
    made = await mia.post("/connections", name="<img src=x onerror=alert(1)>")
    assert "<img" not in made.text and "&lt;img" in made.text


async def test_the_pinned_snippet_names_bytes_the_desk_serves_for_ever(house: Starlette, mia: Visitor) -> None:
    text = unescape((await mia.get(f"/connections/{(await only(house)).id}")).text)
    tag = re.search(r'src="https?://[^/"]+(/js/tillside-\w+\.js)" data-key="fernfold10" integrity="sha384-([^"]+)" crossorigin', text)
    assert tag
    answer = await mia.get(tag[1])
    assert b64encode(sha384(answer.content).digest()).decode() == tag[2]
    assert "immutable" in answer.headers["cache-control"] and answer.headers["access-control-allow-origin"] == "*"
