"""The shop in a real browser: what its pages say to the tracker, that nobody needs the script to buy, and that everybody can read it."""

import re
from typing import Any, Literal

import pytest
from httpx import Client
from playwright.sync_api import Browser, Page

from tests.demo import buyer
from tests.demo.peer import Peer
from tests.support import axe
from tests.support.browser import no_overflow

PAGES = (
    "/",
    "/products/letter-paper",
    "/shelves/cards-and-envelopes",
    "/search?q=zzz",
    "/sign-in",
    "/cart",
    "/checkout",
    "/account",
    "/mission",
    "/admin",
    "/admin?show=done",
    "/admin/orders/10001",
    "/admin/orders/10002",
)


def test_the_pages_speak_to_the_tracker_through_its_queue(shop: Client, desk: Peer, page: Page) -> None:
    page.goto(f"{shop.base_url}/products/notebook")
    assert [call[:2] for call in queue(page)] == [["track", "view_product"]]
    page.get_by_label("Ruled").check()
    page.get_by_role("button", name="Put in the cart").click()
    page.wait_for_url("**/cart")
    said = queue(page)
    assert [call[1] for call in said] == ["add_to_cart", "view_cart"]
    assert said[0][2]["option_name"] == "Ruled"
    page.get_by_role("link", name="Go to the checkout").click()
    page.wait_for_url("**/checkout")  # its script runs after the page is read; nobody types before that
    page.get_by_label("Mail address").fill("ada@example.com")
    page.get_by_label("Mail address").blur()
    assert queue(page)[-1] == ["identify", "ada@example.com", {"uid": "ada@example.com", "email": "ada@example.com"}]
    assert desk.loaded[0] == "/v2/j/fernfold10"
    assert page.evaluate("window.deskLoaded") is True


def test_signing_out_asks_the_tracker_to_forget(shop: Client, page: Page) -> None:
    page.goto(f"{shop.base_url}/sign-in")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/account")
    assert ":" in page.evaluate("window.richpanelSettings")
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/")
    assert page.evaluate("[typeof richpanelSettings, richpanel.q[0][0], richpanel.q[0][1]]") == ["undefined", "atr", "onload"]


def test_the_older_snippet_loads_with_its_version(shop: Client, desk: Peer, page: Page) -> None:
    page.goto(f"{shop.base_url}/mission")
    page.wait_for_function("window.deskLoaded")
    assert desk.loaded == ["/v2/j/fernfold10?version=2.0.0"]
    assert page.evaluate("[typeof richpanel.track, typeof richpanel.atr, typeof richpanel.identify]") == ["function"] * 2 + ["undefined"]


def test_a_guest_buys_without_any_script_on_a_narrow_phone(browser: Browser, shop: Client, desk: Peer) -> None:
    context = browser.new_context(java_script_enabled=False, viewport={"width": 320, "height": 700})
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
def test_every_page_is_readable_for_everybody_and_fits_a_narrow_phone(shop: Client, page: Page, scheme: Literal["light", "dark"]) -> None:
    buyer.order(shop)
    buyer.act(shop, "10001", do="ship", carrier="DHL", number="1", url="", **{"pieces-70011": "1"})
    buyer.order(shop, payment="declined card")
    buyer.order(shop)
    page.emulate_media(color_scheme=scheme)
    page.goto(f"{shop.base_url}/sign-in")
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(lambda address: not address.endswith("/sign-in"))
    page.goto(f"{shop.base_url}/products/ink")
    page.get_by_role("button", name="Put in the cart").click()
    page.wait_for_url("**/cart")
    found: list[str] = []
    for path in (*PAGES, *re.findall(r'"(/orders/[^"]+)"', shop.get("/admin/orders/10001").text)):
        page.goto(f"{shop.base_url}{path}")
        no_overflow(page)
        found += [f"{path}: {violation}" for violation in axe.violations(page)]
    assert not found, "\n".join(found)


def queue(page: Page) -> list[list[Any]]:
    said: list[list[Any]] = page.evaluate("window.richpanel.q")
    return said
