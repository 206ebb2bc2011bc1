"""The shop in a real browser: what its pages say to the tracker, and that nobody needs the script to buy."""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest
from httpx import Client
from playwright.sync_api import Browser, Page, sync_playwright

from tests.demo import buyer
from tests.demo.peer import Peer

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update", "--disable-sync"]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        yield browser
        browser.close()


def test_the_pages_speak_to_the_tracker_through_its_queue(chromium: Browser, shop: Client, desk: Peer) -> None:
    page = chromium.new_page()
    problems: list[str] = []
    page.on("console", lambda message: problems.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda problem: problems.append(str(problem)))
    page.goto(f"{shop.base_url}/products/notebook")
    assert [call[:2] for call in queue(page)] == [["track", "view_product"]]
    page.get_by_label("Ruled").check()
    page.get_by_role("button", name="Put in the cart").click()
    said = queue(page)
    assert [call[1] for call in said] == ["add_to_cart", "view_cart"]
    assert said[0][2]["option_name"] == "Ruled"
    page.get_by_role("link", name="Go to the checkout").click()
    page.get_by_label("Mail address").fill("ada@example.com")
    page.get_by_label("Mail address").blur()
    assert queue(page)[-1] == ["identify", "ada@example.com", {"uid": "ada@example.com", "email": "ada@example.com"}]
    assert desk.loaded[0] == "/v2/j/fernfold10"
    assert page.evaluate("window.deskLoaded") is True
    assert problems == []
    page.close()


def test_the_older_snippet_loads_with_its_version(chromium: Browser, shop: Client, desk: Peer) -> None:
    page = chromium.new_page()
    page.goto(f"{shop.base_url}/mission")
    page.wait_for_function("window.deskLoaded")
    assert desk.loaded == ["/v2/j/fernfold10?version=2.0.0"]
    assert page.evaluate("[typeof richpanel.track, typeof richpanel.atr, typeof richpanel.identify]") == [
        "function",
        "function",
        "undefined",
    ]
    page.close()


def test_a_guest_buys_without_any_script_on_a_narrow_phone(chromium: Browser, shop: Client, desk: Peer) -> None:
    context = chromium.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
    page = context.new_page()
    page.goto(f"{shop.base_url}/products/ink")
    page.get_by_role("button", name="Put in the cart").click()
    page.get_by_role("link", name="Go to the checkout").click()
    for name in ("email", "first_name", "last_name", "line1", "postcode", "city"):
        page.locator(f"[name={name}]").fill(buyer.ADA[name])
    page.get_by_role("button", name="Order and pay").click()
    assert page.get_by_role("heading", level=1).inner_text() == "Thank you, Ada"
    assert desk.wait(1)[0]["properties"]["amount"] == 20.7
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_is_wider_than_a_narrow_phone(chromium: Browser, shop: Client, scheme: Any) -> None:
    context = chromium.new_context(viewport={"width": 320, "height": 700}, color_scheme=scheme)
    page = context.new_page()
    buyer.order(shop)
    for path in (
        "",
        "products/letter-paper",
        "shelves/cards-and-envelopes",
        "sign-in",
        "cart",
        "admin",
        "admin/orders/10001",
        "search?q=a",
    ):
        page.goto(f"{shop.base_url}/{path}")
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path
    context.close()


def queue(page: Page) -> list[list[Any]]:
    said: list[list[Any]] = page.evaluate("window.richpanel.q")
    return said
