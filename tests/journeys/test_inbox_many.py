"""Two conversations as one, one as two, and a thousand at once: seen, stopped and taken back in a real browser."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import talks
from tests.journeys.cast import Agent, Desk, until
from tests.journeys.test_inbox import opened, ready
from tests.support import fit

COUNT = 1000


@pytest.fixture
def pair(desk: Desk) -> tuple[str, str]:
    return talks.wrote(desk, "The first", "It is broken"), talks.wrote(desk, "The second", "Here is a picture")


def test_two_are_merged_after_being_seen_side_by_side_and_taken_apart_again(desk: Desk, agent: Agent, pair: tuple[str, str]) -> None:
    first, second = pair
    page = opened(agent, first)
    page.keyboard.press("m")
    page.get_by_label("Number of the other conversation").fill(str(talks.read(desk, second).number))
    page.keyboard.press("Enter")
    expect(page.locator(".pair")).to_contain_text("It is broken")
    expect(page.locator(".pair")).to_contain_text("Here is a picture")
    fit.check(page)
    page.get_by_role("button", name="Merge #").click()
    ready(page)
    expect(page.locator("#thread")).to_contain_text("Here is a picture")
    assert talks.read(desk, second).merged_into == first
    page.goto(f"{desk.url}/conversations/{second}")
    expect(page.locator("#conversation")).to_have_attribute("data-conversation", first)
    page.goto(f"{desk.url}/conversations/{first}/trail")
    page.locator("li", has_text="merged #").get_by_role("button", name="Take back").click()
    until(lambda: talks.read(desk, second).merged_into is None, "the merge to be taken back")
    assert [one.text for one in talks.said(desk, second)] == ["Here is a picture"]


def test_one_is_split_from_a_message_on(desk: Desk, agent: Agent) -> None:
    talk = talks.wrote(desk, "Two questions", "Where is it?")
    talks.writes_again(desk, talk, "And do you sell ink?")
    page = opened(agent, talk)
    page.keyboard.press("Shift+M")
    expect(page.get_by_role("heading", level=1)).to_have_text("Split")
    fit.check(page)
    page.get_by_label("Subject of the new one").fill("Ink")
    page.get_by_role("button", name="Split").click()
    ready(page)
    expect(page.locator("#thread")).to_contain_text("And do you sell ink?")
    assert [one.text for one in talks.said(desk, talk)] == ["Where is it?"]
    page.keyboard.press("z")
    until(lambda: len(talks.said(desk, talk)) == 2, "the split to be taken back")


def test_a_thousand_are_stopped_on_the_way_finished_and_taken_back(desk: Desk, agent: Agent) -> None:
    talks.many(desk, COUNT)
    page = ready(agent.open("/inbox?view=unassigned"))
    whole = number(page)
    assert whole >= COUNT
    begin(page, "close")
    expect(page.locator("#job progress")).not_to_have_attribute("value", "0")
    page.get_by_role("button", name="Stop").click()
    expect(page.locator("#job")).to_contain_text("stopped")
    done = int(page.locator("#job progress").get_attribute("value") or 0)
    assert 0 < done < whole
    until(lambda: number(page) == whole - done, "the count to follow")
    page.get_by_role("button", name="Undo z").click()
    until(lambda: number(page) == whole, "the stopped ones to be open again", 60)
    page.locator("[data-dismiss=job]").click()
    begin(page, "close")
    until(lambda: number(page) == 0, "all to be closed", 60)
    expect(page.get_by_role("button", name="Undo z")).to_be_visible(timeout=20_000)
    page.keyboard.press("z")
    until(lambda: number(page) == whole, "all to be open again", 60)


def begin(page: Page, act: str) -> None:
    page.reload()
    ready(page)
    page.keyboard.press("*")
    page.keyboard.press("a")
    page.locator("[data-pick-all]").click()
    page.locator(f"#bulk button[value={act}]").click()
    expect(page.locator("#job progress")).to_be_visible()


def number(page: Page) -> int:
    return int(page.locator("h1 + [data-count]").inner_text().replace(",", ""))
