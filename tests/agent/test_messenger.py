"""The messenger's settings page: what is typed is what shoppers get, and what cannot be is refused beside its field."""

import re
from typing import Any

import pytest
from starlette.applications import Starlette

from tests.agent.visitor import Visitor
from tillside.agents.hours import Span
from tillside.base import colour
from tillside.connectors import connector
from tillside.messenger import settings
from tillside.messenger.settings import Messenger, Opening, Page

pytestmark = pytest.mark.anyio
WORDS = {
    "is_enabled": "on",
    "name": "Fern & Fold",
    "label": "Help",
    "greeting": "",
    "intro": "Ask us.",
    "colour": "#2F5A3F",
    "presence": "hours",
    "Monday-start": "09:00",
    "Monday-end": "18:00",
    "free": "2026-12-25\n",
    "answer_minutes": "10",
    "field-0-label": "E-mail",
    "field-0-kind": "email",
    "field-0-required": "on",
    "field-1-label": "What about?",
    "field-1-kind": "choice",
    "field-1-choices": "Order, Product",
    "who": "everybody",
    "mode": "hide",
    "pages": "starts /checkout\n/cart",
    "side": "start",
    "badge": "icon",
    "side_spacing": "16",
    "bottom_spacing": "24",
    "delay_seconds": "2",
    "own": ".chat\n.size-help | Which size fits me?",
}


async def page_of(mia: Visitor) -> str:
    found = re.search(r"/connections/con_\w+", (await mia.get("/connections")).text)
    assert found
    return found[0] + "/messenger"


async def stored(house: Starlette, path: str) -> Messenger:
    desk = house.state.desk
    shop = next(one for one in await connector.all_of_installation(desk.store, desk.vault) if one.id == path.split("/")[2])
    return await settings.of(desk.store, shop)


async def test_what_is_typed_is_kept_and_shown_again(house: Starlette, mia: Visitor) -> None:
    path = await page_of(mia)
    await mia.get(path)
    assert (await mia.post(path, **WORDS)).status_code == 303
    kept = await stored(house, path)
    assert (kept.is_enabled, kept.colour, kept.side, kept.badge, kept.hides_on_phones) == (True, "#2f5a3f", "start", "icon", False)
    assert (kept.week.is_always, kept.week.days[0], kept.week.days[1], kept.week.free) == (False, Span("09:00", "18:00"), None, ("2026-12-25",))
    assert [(field.key, field.kind, field.is_required, field.choices) for field in kept.fields] == [
        ("email", "email", True, ()),
        ("what_about", "choice", False, ("Order", "Product")),
    ]
    assert kept.pages == (Page("starts", "/checkout"), Page("starts", "/cart"))
    assert (kept.own.messenger, kept.own.send_message) == ((".chat",), (Opening((".size-help",), "Which size fits me?"),))
    again = (await mia.get(path)).text
    for part in ("shown in the shop", "2026-12-25", "starts /checkout", ".size-help | Which size fits me?", 'value="09:00"'):
        assert part in again


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"colour": "red"}, "colour"),
        ({"label": " "}, "label"),
        ({"Monday-end": "08:00"}, "week"),
        ({"Tuesday-start": "09:00"}, "week"),
        ({"free": "Christmas"}, "free"),
        ({"delay_seconds": "soon"}, "delay_seconds"),
        ({"bottom_spacing": "9999"}, "bottom_spacing"),
    ],
)
async def test_what_cannot_be_is_refused_beside_its_field(house: Starlette, mia: Visitor, wrong: dict[str, str], field: str) -> None:
    path = await page_of(mia)
    await mia.get(path)
    answer = await mia.post(path, **(WORDS | wrong))
    assert answer.status_code == 422
    assert f'id="{field}-error"' in answer.text and "Ask us." in answer.text
    assert not (await stored(house, path)).is_enabled


async def test_only_those_who_connect_shops_may_change_it(house: Starlette, mia: Visitor, jonas: Visitor) -> None:
    path = await page_of(mia)
    assert (await jonas.get(path)).status_code == 403
    assert (await jonas.post(path, **WORDS)).status_code == 403
    stranger = Visitor(house)
    await stranger.sign_in("zoe@other.example")
    assert (await stranger.get(path)).status_code == 404


@pytest.mark.parametrize("shade", ["#ffffff", "#000000", "#777777", "#ffe600", "#2f5a3f", "#ff0066", "#00ffff", "#808080"])
def test_every_colour_can_be_read(shade: str) -> None:
    one: Any = Messenger(colour=shade)
    assert colour.contrast(one.colour, one.on_colour) >= 4.5
    assert colour.contrast(one.text_colour, "#f9f8f5") >= 4.5
    assert colour.contrast(one.dark_text_colour, "#1e1d1a") >= 4.5


async def test_the_preview_has_the_colours_of_the_real_one(mia: Visitor) -> None:
    text = (await mia.get(await page_of(mia) + "/colours.css?colour=%23ffe600")).text
    assert "--shop: #ffe600; --on-shop: #211e18;" in text
    assert "</style" not in (await mia.get(await page_of(mia) + "/colours.css?colour=%3C/style%3E")).text
