"""Search as an agent uses it: by key, as they type, without a script, from the command bar; and every state of its page (decision 30)."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys import talks
from tests.journeys.cast import COLLEAGUE, EMAIL, PASSWORD, Agent, Desk
from tests.support import fit
from tillside.agents import actor
from tillside.conversations import answering, message
from tillside.conversations import conversation as conversations
from tillside.storage.database import Database

SCREENS: dict[str, str] = {
    "first": "/search",
    "everything": "/search?q=parcel",
    "one group": "/search?q=parcel&in=messages",
    "mended": "/search?q=parcle",
    "operators": "/search?q=parcel+status%3Aopen+from%3Aingrid",
    "operators alone": "/search?q=status%3Aopen",
    "nothing": "/search?q=qqqqq+wwwww",
    "wrong": "/search?q=status%3Aopne+assignee%3Azoe+statsu%3Aopen",
    "not among these": "/search?q=tag%3Adamaged&in=customers",
    "another script": "/search?q=%D8%A3%D8%AE%D8%AA%D9%8A",
    "long": "/search?q=" + "x" * 40,
}


@pytest.fixture(scope="module")
def talk(desk: Desk) -> Iterator[str]:
    """A customer with an order, a note about her parcel, and others in between."""
    talks.customer(desk, "ingrid@example.com", "Ingrid", "10422")
    talks.wrote(desk, "هل يمكن تغليف الطلب كهدية؟", "سيصل في عيد ميلاد أختي", name="أمينة بن يوسف")
    talks.wrote(desk, "x" * 120, "y" * 400 + " " + "x" * 120, name="z" * 80, assignee=COLLEAGUE)
    said = "The parcel for #10422 came today. <b>Both</b> corners are bent & the ink ran out over everything in it."
    found = talks.wrote(desk, "Parcel with bent corners", said, name="Ingrid Example", email="ingrid@example.com", tags=["damaged"])
    talks.many(desk, 30)
    talks.do(desk, lambda store, workspace_id: noted(store, workspace_id, found))
    yield found


async def noted(store: Database, workspace_id: int, talk_id: str) -> None:
    async with store.write() as tx:
        talk = await conversations.by_id(tx, workspace_id, talk_id)
        await answering.note(tx, talk, message.Said("Send a new parcel, the courier pays."), by=actor.DESK)


def marks(page: Page) -> list[str]:
    return sorted({words.lower() for words in page.locator("#found mark").all_inner_texts()})


@pytest.mark.parametrize("screen", SCREENS)
def test_every_state_of_the_search_is_fit_for_everybody(agent: Agent, talk: str, pictures: Path | None, screen: str) -> None:
    agent.open(SCREENS[screen])
    fit.check(agent.page, pictures=pictures, name=screen)


def test_a_key_opens_the_search_and_it_finds_while_one_types(agent: Agent, talk: str) -> None:
    page = agent.open("/customers?q=nobody")
    expect(page.locator("html[data-scripted]")).to_have_count(1)
    page.keyboard.press("g")
    page.keyboard.press("f")
    page.wait_for_url("**/search")
    expect(page.locator("#find")).to_be_focused()
    page.keyboard.type("parc bent")
    expect(page.locator("#part-messages")).to_contain_text("corners are bent & the ink")
    expect(page.locator("#part-conversations")).to_contain_text("Parcel with bent corners")
    expect(page).to_have_url(re.compile(r"/search\?q=parc(\+|%20)bent"))
    assert marks(page) == ["bent", "parcel"]
    page.locator("#part-messages [data-row]").first.click()
    page.wait_for_url(f"**/conversations/{talk}#message-*")
    expect(page.locator("#thread")).to_contain_text("The parcel for")


def test_the_slash_leads_to_the_search_from_a_page_without_one(agent: Agent, talk: str) -> None:
    page = agent.open("/settings/appearance")
    expect(page.locator("html[data-scripted]")).to_have_count(1)
    page.keyboard.press("/")
    page.wait_for_url("**/search")
    expect(page.locator("#find")).to_be_focused()


def test_a_customer_and_an_order_are_found_beside_what_they_wrote(agent: Agent, talk: str) -> None:
    page = agent.open("/search?q=10422")
    for part, words in (("orders", "#10422"), ("customers", "Ingrid"), ("messages", "The parcel for")):
        expect(page.locator(f"#part-{part}")).to_contain_text(words)
    page = agent.open("/search?q=from:ingrid+status:open")
    expect(page.locator("#part-conversations")).to_contain_text("Parcel with bent corners")
    expect(page.locator("#part-customers")).to_have_count(0)


def test_a_note_is_found_and_called_a_note(agent: Agent, talk: str) -> None:
    page = agent.open("/search?q=courier")
    line = page.locator("#part-messages [data-row]")
    expect(line).to_have_count(1)
    expect(line).to_contain_text("Note")


def test_a_wrong_operator_is_said_and_nothing_else_is_guessed(agent: Agent, talk: str) -> None:
    page = agent.open("/search?q=parcel+status:opne")
    expect(page.get_by_role("alert")).to_have_text('"opne" is not a status. Use open, snoozed, closed or trash.')
    expect(page.locator("#found [data-row]")).to_have_count(0)


def test_the_command_bar_offers_the_search(agent: Agent, talk: str) -> None:
    page = agent.open("/inbox?view=open")
    expect(page.locator("html[data-scripted]")).to_have_count(1)
    page.keyboard.press("Control+k")
    page.keyboard.type("courier pays")
    expect(page.locator("#command-list")).to_contain_text("Search for courier pays")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=courier+pays")
    expect(page.locator("#part-messages")).to_contain_text("the courier pays")


def test_without_a_script_it_searches_and_goes_on(browser: Browser, desk: Desk, talk: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{desk.url}/sign-in")
    page.get_by_label("E-mail").fill(EMAIL)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.goto(f"{desk.url}/search")
    page.locator("#find").fill("hello")
    page.get_by_role("button", name="Search").click()
    page.get_by_role("link", name="All messages").click()
    expect(page.locator("#lines [data-row]")).to_have_count(26)
    first = set(page.locator("#lines a.found__one").evaluate_all("all => all.map(one => one.href)"))
    page.get_by_role("link", name="Show earlier").click()
    rest = set(page.locator("#lines a.found__one").evaluate_all("all => all.map(one => one.href)"))
    assert len(first) == 25 and len(rest) == 5 and not first & rest
    context.close()


def test_a_page_goes_on_where_it_stands(agent: Agent, talk: str) -> None:
    page = agent.open("/search?q=hello&in=messages")
    page.get_by_role("link", name="Show earlier").click()
    expect(page.locator("#lines a.found__one")).to_have_count(30)
    assert page.url.endswith("/search?q=hello&in=messages")
