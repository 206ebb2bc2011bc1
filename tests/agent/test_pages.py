"""The pages in a real browser: the way from nothing to the first event, light and dark, narrow and by keyboard."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.agent.served import Served
from tests.agent.visitor import PASSWORD
from tests.conftest import Store
from tests.support import axe, browser
from tillside.base import stamps
from tillside.connectors import connector


@pytest.fixture
def served(store: Store) -> Iterator[Served]:
    with Served(store) as running:
        yield running


def is_fit(page: Page) -> None:
    """No violation in light, dark and at 320 px, and nothing beyond the edge."""
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme="light" if scheme == "light" else "dark")
        assert axe.violations(page) == [], f"{page.url} {scheme}"
    page.set_viewport_size({"width": 320, "height": 4000})
    assert axe.violations(page) == [], f"{page.url} at 320 px"
    page.set_viewport_size({"width": 1280, "height": 800})
    browser.no_overflow(page)


def set_up(page: Page, url: str) -> None:
    page.goto(url)
    page.fill("#workspace", "Fern & Fold")
    page.click("text=Go on to you")
    page.fill("#name", "Mia Larsen")
    page.fill("#email", "mia@fern.example")
    page.fill("#password", PASSWORD)
    page.click("text=Make the workspace")


def connect(page: Page) -> str:
    """The id of the shop that was connected."""
    page.fill("#name", "https://fern.example/")
    page.click("button:has-text('Connect the shop')")
    expect(page.locator("#secret")).to_have_text(re.compile("tss_"))
    page.wait_for_url("**/connections/con_*")
    return page.url.rsplit("/", 1)[1]


async def first_event(served: Served, connector_id: str) -> None:
    async with served.desk.store.write() as tx:
        await connector.mark_first_event(tx, 1, connector_id, stamps.now())


def test_from_nothing_to_the_green_light(served: Served, page: Page) -> None:
    page.goto(served.url)
    is_fit(page)
    set_up(page, served.url)
    is_fit(page)
    shop = connect(page)
    is_fit(page)
    expect(page.locator(".light")).to_contain_text("Waiting for your first event")
    served.do(first_event(served, shop))
    expect(page.locator(".light--on")).to_contain_text("The first event is here")
    expect(page.locator("#secret")).to_have_count(1)
    assert page.locator(f"#light-{shop}").count() == page.locator(f"#checks-{shop}").count() == 1
    page.reload()
    expect(page.locator("#secret")).to_have_count(0)
    is_fit(page)


def test_every_page_is_fit_for_everybody(served: Served, page: Page) -> None:
    set_up(page, served.url)
    page.goto(f"{served.url}/connections")
    is_fit(page)
    page.goto(f"{served.url}/settings/team")
    is_fit(page)
    page.goto(f"{served.url}/settings/keys")
    is_fit(page)
    page.fill("#name", "Order export")
    page.click("button:has-text('Add the key')")
    expect(page.locator("#rest-key")).to_have_text(re.compile("tsk_"))
    is_fit(page)
    page.goto(f"{served.url}/settings/appearance")
    is_fit(page)
    page.goto(f"{served.url}/connections/new")
    is_fit(page)


def test_the_door_is_fit_for_everybody(served: Served, page: Page) -> None:
    set_up(page, served.url)
    page.goto(f"{served.url}/settings/appearance")
    page.click("summary.rail__place")
    is_fit(page)
    page.click("button:has-text('Sign out')")
    is_fit(page)


def test_code_is_chosen_by_language_without_losing_the_secret(served: Served, page: Page) -> None:
    set_up(page, served.url)
    connect(page)
    page.get_by_text("PHP", exact=True).first.click()
    expect(page.locator("#sign-jwt-php")).to_be_visible()
    expect(page.locator("#sign-jwt-js")).to_be_hidden()
    page.get_by_text("Legacy token", exact=True).click()
    expect(page.locator("#sign-token-php")).to_be_visible()
    expect(page.locator("#sign-jwt-php")).to_be_hidden()
    page.get_by_text("Show the call").click()
    expect(page.locator("#history-signature-js")).to_be_visible()
    expect(page.locator("#secret")).to_be_visible()


def test_keys_lead_to_places_and_show_themselves(served: Served, page: Page) -> None:
    set_up(page, served.url)
    page.goto(f"{served.url}/settings/appearance")
    page.keyboard.press("?")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("dialog", name="Keyboard")).to_be_hidden()
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/connections")


def test_what_is_copied_is_what_is_shown(served: Served, context: BrowserContext, page: Page) -> None:
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    set_up(page, served.url)
    connect(page)
    page.click("[data-copy=secret]")
    expect(page.locator("[data-copy=secret]")).to_have_text("Copied")
    assert page.evaluate("navigator.clipboard.readText()") == page.inner_text("#secret")


def test_every_step_works_without_script(served: Served, browser: object, context: BrowserContext) -> None:
    assert context.browser
    plain = context.browser.new_context(java_script_enabled=False)
    page = plain.new_page()
    set_up(page, served.url)
    page.fill("#name", "fern.example")
    page.click("button:has-text('Connect the shop')")
    expect(page.locator("#secret")).to_be_visible()
    expect(page.locator("[data-copy=secret]")).to_be_hidden()
    page.goto(f"{served.url}/settings/appearance")
    page.check("[value=dark]")
    page.click("text=Use this theme")
    assert page.get_attribute("html", "data-theme") == "dark"
    plain.close()
