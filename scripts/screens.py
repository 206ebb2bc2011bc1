"""Takes the pictures of the README from a fresh demo: `make screens`. Somebody walks through the shop first, so that it is alive."""

import re
import tempfile
from pathlib import Path

from playwright.sync_api import Page

from tests.support.browser import chromium
from tests.support.ports import free_port
from tests.support.process import Process

FOLDER = Path(__file__).resolve().parents[1] / "docs" / "screens"
SIGN_IN = re.compile(r"Sign in\s+(\S+@\S+)\s+(\S+)")
SHOP = re.compile(r"Shop\s+(http://\S+)")
TOLD = re.compile(r"The inbox holds \d+ conversations")
CUSTOMER = "ingrid.halvorsen@example.com"


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as data:
        words = ["demo", "--data", f"{data}/demo", "--port", str(free_port()), "--shop-port", str(free_port())]
        with Process(words, env={"COLUMNS": "100"}) as demo, chromium() as browser:
            pair, shop = demo.wait_for(SIGN_IN), demo.wait_for(SHOP)[1]
            demo.wait_for(TOLD, within=120)
            page = browser.new_page(viewport={"width": 1200, "height": 780}, reduced_motion="reduce", color_scheme="light")
            stroll(page, shop)
            enter(page, demo.url, pair[1], pair[2])
            take_all(page, demo.url)


def stroll(page: Page, shop: str) -> None:
    """A visitor looks around, signs in and buys; the office sends the parcel."""
    page.goto(shop)
    page.wait_for_timeout(1500)
    page.screenshot(path=FOLDER / "shop.png")
    for product in ("letter-paper", "ink", "fountain-pen"):
        page.goto(f"{shop}/products/{product}")
        page.wait_for_timeout(1200)
    page.goto(f"{shop}/sign-in")
    page.get_by_role("button", name="Sign in").click()
    for product in ("notebook", "ink", "tape"):
        page.goto(f"{shop}/products/{product}")
        page.get_by_role("button", name="Put in the cart").click()
        page.wait_for_timeout(1200)
    page.get_by_role("link", name="Go to the checkout").click()
    page.get_by_role("button", name="Order and pay").click()
    page.wait_for_timeout(1500)
    page.goto(f"{shop}/admin")
    page.locator("a[href^='/admin/orders/']").first.click()
    page.get_by_role("button", name="Send the parcel").click()
    page.wait_for_timeout(1500)


def enter(page: Page, desk: str, email: str, password: str) -> None:
    page.goto(f"{desk}/sign-in")
    page.get_by_label("E-mail").fill(email)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("heading", name="All open").wait_for()


def take_all(page: Page, desk: str) -> None:
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{desk}/inbox?view=open")
    page.locator("#rows .row-card").filter(has_text="corner arrived bent").get_by_role("link").first.click()
    page.wait_for_url("**/conversations/*")
    page.locator("#pane .order").wait_for()
    take(page, "inbox")
    page.keyboard.press("/")
    page.locator("#macro-find").wait_for()
    page.keyboard.type("damaged")
    page.locator("#macro-preview .filled").first.wait_for()
    take(page, "macros")
    page.set_viewport_size({"width": 1200, "height": 780})
    page.goto(f"{desk}/customers?q={CUSTOMER}")
    page.locator("#rows a[data-row]").first.click()
    page.locator("#bought").wait_for()
    take(page, "customer")
    page.locator("#bought a[data-row]").first.click()
    page.locator("#receipt").wait_for()
    take(page, "order")
    page.goto(f"{desk}/events?verdict=refused")
    event = page.locator("tr[data-event]").filter(has_text="amount").first.get_attribute("data-event")
    page.goto(f"{desk}/events?event={event}")
    take(page, "inspector")
    page.goto(f"{desk}/connections")
    page.locator("table a[data-row]").first.click()
    page.locator("#steps").wait_for()
    take(page, "connector")


def take(page: Page, name: str) -> None:
    page.mouse.move(1, 1)
    page.wait_for_timeout(300)
    page.screenshot(path=FOLDER / f"{name}.png")


if __name__ == "__main__":
    main()
