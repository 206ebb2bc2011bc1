"""Every screen of the inbox, filled, empty and in trouble: light, dark and at 320 px (decision 30)."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import talks
from tests.journeys.cast import COLLEAGUE, EMAIL, Agent, Desk
from tests.journeys.test_inbox import WISMO, opened, ready, write
from tests.support import fit

Go = Callable[[Agent, str], object]


def menu(name: str) -> Go:
    def go(agent: Agent, talk: str) -> None:
        opened(agent, talk).locator(f'details[data-menu="{name}"] summary').first.click()

    return go


def note(agent: Agent, talk: str) -> None:
    write(opened(agent, talks.wrote(agent.desk, "Hold it", "Hello")), "Please hold the parcel", "n")
    expect(agent.page.locator("#kept")).to_contain_text("Draft kept")


def find_macro(agent: Agent, talk: str) -> None:
    opened(agent, talk).keyboard.press("/")
    expect(agent.page.locator("#macro-preview")).to_contain_text("Hello")


def command(agent: Agent, talk: str) -> None:
    page = opened(agent, talk)
    page.keyboard.press("Control+k")
    page.keyboard.type("Ingrid")
    expect(page.locator("#command-list")).to_contain_text("ingrid@example.com")


def picked(agent: Agent, talk: str) -> None:
    page = ready(agent.open("/inbox?view=open"))
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("#bulk")).to_be_visible()


MENUS = ("views", "filter", "sort", "snooze", "more", "assign", "team", "followers", "tags", "send", "link")
SCREENS: dict[str, Go] = {
    "list": lambda agent, talk: ready(agent.open("/inbox?view=open")),
    "empty list": lambda agent, talk: ready(agent.open("/inbox?view=trash")),
    "conversation": lambda agent, talk: opened(agent, talk),
    "typed visitor": lambda agent, talk: opened(agent, talks.wrote(agent.desk, "Change my address", "I am Lucía, order #10422", name="Lucía")),
    "note": note,
    "macro": find_macro,
    "command bar": command,
    "selection": picked,
    **{
        f"menu {name}": menu(name)
        for name in ("views", "filter", "sort", "snooze", "more", "assign", "team", "followers", "tags", "send", "link")
    },
    "new conversation": lambda agent, talk: agent.open("/conversations/new"),
    "everything that was done": lambda agent, talk: agent.open(f"/conversations/{talk}/trail"),
    "found": lambda agent, talk: agent.open("/command?q=ingrid"),
    "macros": lambda agent, talk: agent.open("/settings/macros"),
    "teams": lambda agent, talk: agent.open("/settings/teams"),
    "fields": lambda agent, talk: agent.open("/settings/fields"),
    "saved views": lambda agent, talk: agent.open("/settings/views"),
    "signature": lambda agent, talk: agent.open("/settings/signature"),
}


@pytest.fixture(scope="module")
def talk(desk: Desk) -> str:
    """A customer with an order who wrote twice, and others in the list."""
    talks.customer(desk, "ingrid@example.com", "Ingrid", "10422")
    talks.macro(desk, "Where is my parcel", WISMO, ("wismo",))
    talks.team(desk, "Orders")
    talks.wrote(desk, "هل يمكن تغليف الطلب كهدية؟", "سيصل في عيد ميلاد أختي", name="أمينة بن يوسف", tags=["gift"])
    talks.wrote(desk, "x" * 120, "y" * 400, name="z" * 80, tags=["one", "two", "three"], assignee=COLLEAGUE)
    said = "The parcel for #10422 came today.\n\nOn Mon, 2 Nov Mia wrote:\n> Hello\n> there"
    found = talks.wrote(desk, "Corners bent", said, name="Ingrid Example", email="ingrid@example.com", channel="email", tags=["damaged"])
    talks.wrote(desk, "Mine", "Hello", assignee=EMAIL)
    return found


@pytest.mark.parametrize("screen", SCREENS)
def test_a_screen_of_the_inbox_is_fit_for_everybody(agent: Agent, talk: str, pictures: Path | None, screen: str) -> None:
    SCREENS[screen](agent, talk)
    fit.check(agent.page, pictures=pictures, name=screen)


def test_at_twice_the_size_nothing_is_lost(agent: Agent, talk: str, page: Page) -> None:
    page.set_viewport_size({"width": 720, "height": 450})
    opened(agent, talk)
    for words in ("Corners bent", "The parcel for", "Send"):
        expect(page.get_by_text(words).last).to_be_attached()
    expect(page.locator("#editor")).to_be_in_viewport()
    expect(page.locator("[data-send]").first).to_be_in_viewport()


def test_at_320_px_one_part_stands_at_a_time_in_the_whole_width(agent: Agent, talk: str, page: Page) -> None:
    page.set_viewport_size({"width": 320, "height": 640})
    ready(agent.open("/inbox?view=open"))
    expect(page.locator("#conversation")).to_be_hidden()
    wide(page, "#queue", ".row-card >> nth=0")
    for place in page.locator(".rail .rail__place:visible").all():
        expect(place).to_be_in_viewport(ratio=1)
    page.locator(f"#row-{talk} [data-row]").click()
    expect(page.locator("#thread")).to_contain_text("The parcel for")
    expect(page.locator("#queue")).to_be_hidden()
    wide(page, "#conversation", "#trust")
    for what in ("[data-send] >> nth=0", "#editor", "[data-key=c]", "[data-back]"):
        expect(page.locator(what)).to_be_in_viewport(ratio=1)
    page.get_by_role("link", name="Customer and order").click()
    expect(page.locator("#who")).to_be_in_viewport()
    page.locator("#who").get_by_title("Close").click()
    page.locator("[data-back]").click()
    expect(page.locator("#queue")).to_be_visible()


def wide(page: Page, *places: str) -> None:
    for place in places:
        box = page.locator(place).bounding_box()
        assert box is not None and box["x"] >= 0 and box["width"] >= 300, (place, box)
