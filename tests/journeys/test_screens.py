"""Every screen of the desk, filled, empty and in error: light, dark and at 320 px without a violation, an overflow or a complaint.

Pictures of all of them, in a folder that is named: `TILLSIDE_TEST_PICTURES=DIR`.
"""

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.cast import COLLEAGUE, Agent, Desk, until
from tests.journeys.test_first_event import set_up
from tests.support import fit
from tests.support.browser import Problems
from tests.support.source import ROOT

SAMPLE = json.loads((ROOT / "tests/fixtures/seed_sample_order_event.json").read_text(encoding="utf-8"))
Go = Callable[[Agent], object]


def first(path: str) -> Go:
    """The first line of a list, opened."""

    def go(agent: Agent) -> None:
        agent.open(path).locator("[data-row]").first.click()
        agent.page.wait_for_load_state()

    return go


def sheet(agent: Agent) -> None:
    expect(agent.open("/customers").locator("html[data-scripted]")).to_have_count(1)
    agent.page.keyboard.press("?")


def menu(agent: Agent) -> None:
    agent.open("/customers").locator("summary.rail__place").click()
    expect(agent.page.get_by_role("link", name="Source code")).to_be_visible()


def handed(agent: Agent) -> None:
    """A colleague of nobody else's test, who has just been given a new password."""
    page = agent.open("/settings/team")
    for name, value in (("name", "Theo"), ("email", "theo@fern.example"), ("password", "a paper kite-7")):
        page.fill(f"#{name}", value)
    page.get_by_role("button", name="Add the agent").click()
    page.get_by_role("button", name="New password for Theo").click()
    page.get_by_text("is shown once").wait_for()


def refused_password(agent: Agent) -> None:
    page = agent.open("/settings/password")
    for name in ("current", "new", "again"):
        page.fill(f"#{name}", "not the one")
    page.get_by_role("button", name="Change the password").click()
    expect(page.locator("#current-error")).to_be_visible()


def chosen(verdict: str) -> Go:
    def go(agent: Agent) -> None:
        agent.open(f"/events?verdict={verdict}").locator("#rows [data-row]").first.click()
        expect(agent.page.locator("#detail[data-chosen]")).to_have_count(1)

    return go


def settings_of_the_messenger(agent: Agent) -> None:
    first("/connections")(agent)
    agent.page.get_by_role("link", name="Messenger").click()
    expect(agent.page.get_by_role("heading", level=1, name="Messenger")).to_be_visible()


FILLED: dict[str, Go] = {
    "customers": lambda agent: agent.open("/customers"),
    "customers without a match": lambda agent: agent.open("/customers?q=nobody-at-all"),
    "customer": lambda agent: agent.customer("ada@example.com"),
    "visitor": first("/customers?show=visitors"),
    "merge": lambda agent: agent.open(f"/customers/{agent.customer('ada@example.com').url.rpartition('/')[2]}/merge?q=Bo"),
    "orders": lambda agent: agent.open("/orders"),
    "orders without a match": lambda agent: agent.open("/orders?q=nothing-at-all"),
    "order": first("/orders?q=11111"),
    "events": lambda agent: agent.open("/events"),
    "refused event": chosen("refused"),
    "corrected event": chosen("corrected"),
    "events without a match": lambda agent: agent.open("/events?q=nothing-at-all"),
    "only my browser": lambda agent: agent.open("/events/mine"),
    "connections": lambda agent: agent.open("/connections"),
    "connector": first("/connections"),
    "messenger settings": settings_of_the_messenger,
    "new connector": lambda agent: agent.open("/connections/new"),
    "team": lambda agent: agent.open("/settings/team"),
    "team, a password handed over": handed,
    "keys": lambda agent: agent.open("/settings/keys"),
    "appearance": lambda agent: agent.open("/settings/appearance"),
    "password": lambda agent: agent.open("/settings/password"),
    "menu": menu,
    "sheet of keys": sheet,
}
EMPTY = ("/customers", "/orders", "/events", "/connections", "/settings/keys")


@pytest.fixture(scope="module")
def filled(desk: Desk) -> Desk:
    """A customer with an order, a visitor who looked around, an event corrected and one refused."""
    person = {"uid": "ada-1", "email": "ada@example.com", "firstName": "Ada", "lastName": "Example", "city": "Ulm", "newsletter": True}
    desk.send(SAMPLE | {"userProperties": person})
    desk.send({"event": "page_view", "did": "d-1", "properties": {"name": "Lamps"}}, signed=False)
    desk.send({"event": "identify", "did": "d-1", "userProperties": {"firstName": "Bo", "phone": 491722222222}}, signed=False)
    desk.send({"event": "order", "properties": {"orderId": "7", "amount": "12,50"}})
    until(lambda: desk.read("/v1/customers/email/ada@example.com"), "the customer")
    return desk


@pytest.mark.parametrize("screen", FILLED)
def test_a_filled_screen_is_fit_for_everybody(filled: Desk, agent: Agent, pictures: Path | None, screen: str) -> None:
    FILLED[screen](agent)
    fit.check(agent.page, pictures=pictures, name=screen)


def test_the_doors_and_the_empty_desk_are_fit_for_everybody(empty_desk: Desk, page: Page, pictures: Path | None) -> None:
    page.goto(empty_desk.url)
    fit.check(page, pictures=pictures, name="wizard-1")
    page.get_by_label("Name of the workspace").fill("Fern & Fold")
    page.get_by_role("button", name="Go on to you").click()
    fit.check(page, pictures=pictures, name="wizard-2")
    page.goto(empty_desk.url)
    set_up(page, empty_desk)
    fit.check(page, pictures=pictures, name="connector with its secrets")
    for path in EMPTY:
        page.goto(empty_desk.url + path)
        fit.check(page, pictures=pictures, name=f"empty{path.replace('/', '-')}")
    page.locator("summary.rail__place").click()
    page.get_by_role("button", name="Sign out").click()
    fit.check(page, pictures=pictures, name="sign-in")
    page.get_by_role("link", name="Source code").click()
    fit.check(page, pictures=pictures, name="source")


def test_errors_are_fit_for_everybody(desk: Desk, page: Page, problems: Problems, pictures: Path | None) -> None:
    problems.expect("403")
    problems.expect("404")
    problems.expect("422")
    jonas = Agent(desk, page).sign_in(COLLEAGUE)
    for path, name in (("/settings/team", "error-403"), ("/customers/cus_nobody", "error-404"), ("/no/such/page", "error-404-page")):
        jonas.open(path)
        fit.check(page, pictures=pictures, name=name)
    refused_password(jonas)
    fit.check(page, pictures=pictures, name="error-password")
