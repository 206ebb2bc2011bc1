"""What an agent who is no admin sees: customers and events, and nothing that changes a connection or the team."""

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.cast import COLLEAGUE, Agent, Desk
from tests.support.browser import Problems

FORBIDDEN = ("/connections/new", "/settings/team", "/settings/keys")


@pytest.fixture(scope="module")
def jonas_may_sign_in(desk: Desk) -> None:
    desk.tell("agent", "add", COLLEAGUE, "--name", "Jonas Weber")


@pytest.fixture
def jonas(jonas_may_sign_in: None, desk: Desk, page: Page) -> Agent:
    return Agent(desk, page).sign_in(COLLEAGUE)


def test_an_agent_is_offered_no_secret_and_no_setting_of_others(jonas: Agent) -> None:
    page = jonas.open("/connections")
    expect(page.get_by_role("link", name="Connect a shop")).to_have_count(0)
    page.get_by_role("link", name="fern.example").first.click()
    expect(page.locator("#snippet")).to_be_visible()
    for words in ("Make a new secret", "Name and policies", "Rename"):
        expect(page.get_by_text(words)).to_have_count(0)
    assert jonas.desk.secret not in page.content()
    page = jonas.open("/settings")
    assert page.url.endswith("/settings/appearance")
    expect(page.get_by_role("link", name="Team")).to_have_count(0)


@pytest.mark.parametrize("path", FORBIDDEN)
def test_an_address_typed_by_hand_says_why_not(jonas: Agent, problems: Problems, path: str) -> None:
    problems.expect("403")
    page = jonas.open(path)
    expect(page.get_by_role("heading", level=1)).to_have_text("Your role does not allow this.")
    expect(page.get_by_role("link", name="Go to the desk")).to_be_visible()
