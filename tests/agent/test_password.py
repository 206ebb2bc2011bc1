"""Changing one's own password: proven by the one they have, said beside the field, and the end of every other session."""

import pytest
from starlette.applications import Starlette

from tests.agent.visitor import PASSWORD, Visitor
from tillside.edges.http.throttle import TRIES_PER_PAIR

pytestmark = pytest.mark.anyio
NEW = "a longer boat-11"
JONAS = "jonas@fern.example"


async def change(visitor: Visitor, *, current: str = PASSWORD, new: str = NEW, again: str | None = None) -> tuple[int, str]:
    """Status and text of the answer to the form."""
    answer = await visitor.post("/settings/password", current=current, new=new, again=new if again is None else again)
    return answer.status_code, answer.text


async def test_the_new_password_lets_in_and_the_old_one_no_longer(house: Starlette, jonas: Visitor) -> None:
    assert (await change(jonas))[0] == 303
    assert (await Visitor(house).sign_in(JONAS, NEW)).status_code == 303
    assert (await Visitor(house).sign_in(JONAS, PASSWORD)).status_code == 422


async def test_every_other_browser_of_theirs_is_signed_out_and_nobody_else(house: Starlette, jonas: Visitor, mia: Visitor) -> None:
    elsewhere = Visitor(house)
    await elsewhere.sign_in(JONAS)
    stolen = dict(jonas.http.cookies)
    assert (await change(jonas))[0] == 303
    assert "Your password is changed" in (await jonas.get("/settings/password?changed=1")).text
    assert (await elsewhere.get("/customers")).headers["location"].startswith("/sign-in")
    assert (await mia.get("/customers")).status_code == 200
    thief = Visitor(house)
    thief.http.cookies.update(stolen)
    assert (await thief.get("/customers")).status_code == 303


@pytest.mark.parametrize(
    ("given", "field", "words"),
    [
        ({"current": "wrong"}, "current", "not your present password"),
        ({"new": "short"}, "new", "too short"),
        ({"new": PASSWORD}, "new", "the password you have"),
        ({"again": "another boat-12"}, "again", "differ"),
    ],
)
async def test_what_is_wrong_is_said_beside_its_field_and_changes_nothing(
    house: Starlette, jonas: Visitor, given: dict[str, str], field: str, words: str
) -> None:
    status, text = await change(jonas, **given)
    assert status == 422 and f'id="{field}-error"' in text and words in text.partition(f'id="{field}-error"')[2][:400]
    assert text.count('class="field__error"') == 1
    assert not [said for said in (NEW, PASSWORD, *given.values()) if f'value="{said}"' in text]
    assert (await Visitor(house).sign_in(JONAS, PASSWORD)).status_code == 303


async def test_wrong_tries_pause_the_form_as_at_the_door(house: Starlette, jonas: Visitor) -> None:
    for _ in range(TRIES_PER_PAIR):
        assert (await change(jonas, current="wrong"))[0] == 422
    paused = await jonas.post("/settings/password", current=PASSWORD, new=NEW, again=NEW)
    assert paused.status_code == 429 and 1 <= int(paused.headers["retry-after"]) <= 61
    assert "Too many wrong tries" in paused.text
    assert (await Visitor(house).sign_in(JONAS, PASSWORD)).status_code == 429
    assert (await Visitor(house, near="203.0.113.9").sign_in(JONAS, PASSWORD)).status_code == 303


async def test_the_page_is_reached_from_the_menu_and_from_settings(jonas: Visitor) -> None:
    page = (await jonas.get("/settings/appearance")).text
    assert page.count('href="/settings/password"') == 3
