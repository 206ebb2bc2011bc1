"""Shop and desk side by side, as `tillside demo` opens them: buy, ship, refund, find again, and read what was refused."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.conftest import Store
from tests.journeys.cast import until
from tests.support.ports import free_port
from tests.support.process import Process

SIGN_IN = re.compile(r"Sign in\s+(?P<email>\S+@\S+)\s+(?P<password>\S+)")
SHOP = re.compile(r"Shop\s+(?P<url>http://\S+)")
TOLD = re.compile(r"The inbox holds \d+ conversations")
GUEST = {
    "Mail address": "vera.guest@example.com",
    "First name": "Vera",
    "Last name": "Guest",
    "Street and number": "Lange Gasse 3",
    "Postcode": "89073",
    "Town": "Ulm",
}


class Demo(NamedTuple):
    """Where both are and how one signs in, as printed."""

    desk: str
    shop: str
    email: str
    password: str
    process: Process


@contextmanager
def running(kept: Store) -> Iterator[Demo]:
    words = ["demo", *kept.words, "--port", str(free_port()), "--shop-port", str(free_port())]
    with Process(words, env={"COLUMNS": "100"}) as both:
        pair, shop = both.wait_for(SIGN_IN), both.wait_for(SHOP)
        both.wait_for(TOLD, within=120)
        yield Demo(both.url, shop["url"], pair["email"], pair["password"], both)


@pytest.fixture(scope="module")
def demo(kept: Store) -> Iterator[Demo]:
    with running(kept) as both:
        yield both


@pytest.fixture
def page(demo: Demo, context: BrowserContext) -> Page:
    """A tab at the desk, signed in with what was printed."""
    tab = context.new_page()
    tab.goto(demo.desk)
    tab.get_by_label("E-mail").fill(demo.email)
    tab.get_by_label("Password").fill(demo.password)
    tab.get_by_role("button", name="Sign in").click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("All open")
    tab.get_by_role("link", name="Customers").first.click()
    expect(tab.get_by_role("heading", level=1)).to_have_text("Customers")
    return tab


@pytest.fixture
def shop(context: BrowserContext) -> Page:
    return context.new_page()


def fill_cart(shop: Page, demo: Demo, product: str) -> None:
    shop.goto(f"{demo.shop}/products/{product}")
    shop.get_by_role("button", name="Put in the cart").click()
    shop.get_by_role("link", name="Go to the checkout").click()


def buy(shop: Page) -> str:
    """The name of the order that was placed."""
    shop.get_by_role("button", name="Order and pay").click()
    expect(shop.get_by_role("heading", level=1)).to_contain_text("Thank you")
    found = re.search(r"#\d+", shop.locator(".facts-row").inner_text())
    assert found
    return found[0]


def buy_as_guest(shop: Page, demo: Demo) -> str:
    fill_cart(shop, demo, "ink")
    for label, said in GUEST.items():
        shop.get_by_label(label, exact=True).fill(said)
    return buy(shop)


def back_office(shop: Page, demo: Demo, order: str) -> None:
    shop.goto(f"{demo.shop}/admin")
    shop.get_by_role("link", name=order).first.click()
    expect(shop.get_by_role("heading", level=1)).to_have_text(order)


def look_up(page: Page, demo: Demo, words: str) -> None:
    page.goto(f"{demo.desk}/orders")
    page.get_by_label("Find an order").fill(words)


def test_a_guest_s_order_appears_on_the_open_desk(demo: Demo, page: Page, shop: Page) -> None:
    page.goto(f"{demo.desk}/orders")
    page.mouse.move(5, 5)
    order = buy_as_guest(shop, demo)
    page.get_by_role("link", name=order).click()
    expect(page.locator("#receipt")).to_contain_text(order)
    expect(page.locator(".person")).to_contain_text("Vera Guest")
    expect(page.locator("#receipt")).to_contain_text("proven")


def test_who_is_signed_in_buys_as_that_customer(demo: Demo, page: Page, shop: Page) -> None:
    shop.goto(f"{demo.shop}/sign-in")
    shop.get_by_text("Noor de Vries").click()
    shop.get_by_role("button", name="Sign in").click()
    shop.wait_for_url(lambda address: not address.endswith("/sign-in"))
    page.goto(f"{demo.desk}/customers?q=noor.devries@example.com")
    page.locator("#rows a[data-row]").first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Noor de Vries")
    page.mouse.move(5, 5)
    spent = page.locator("#figures").inner_text()
    fill_cart(shop, demo, "tape")
    order = buy(shop)
    expect(page.locator("#bought")).to_contain_text(order)
    expect(page.locator("#timeline")).to_contain_text(f"Placed order {order}")
    expect(page.locator("#figures")).not_to_have_text(spent, use_inner_text=True)


def test_parcel_and_refund_reach_the_open_page_and_the_figures(demo: Demo, page: Page, shop: Page) -> None:
    order = buy_as_guest(shop, demo)
    look_up(page, demo, order)
    page.get_by_role("link", name=order).click()
    expect(page.locator("#parcels")).to_contain_text("Nothing has been sent yet")
    page.mouse.move(5, 5)
    back_office(shop, demo, order)
    number = shop.get_by_label("Tracking number").input_value()
    shop.get_by_role("button", name="Send the parcel").click()
    expect(page.locator("#parcels").get_by_role("link", name=number).first).to_be_visible()
    expect(page.locator("#receipt")).to_contain_text("On the way")
    shop.get_by_label("Give back, in euros").fill("2.50")
    shop.get_by_role("button", name="Refund").click()
    expect(page.locator("#receipt")).to_contain_text("−€2.50")
    page.locator(".person").click()
    expect(page.locator("#figures")).to_contain_text("ordered")
    for words in (number, order, GUEST["Mail address"]):
        look_up(page, demo, words)
        expect(page.locator("#rows").get_by_role("link", name=order)).to_be_visible()
        until(lambda: page.locator("#rows tr").count() < 5, "a list as short as the search")


@pytest.mark.parametrize(
    ("result", "row", "field", "fix"),
    [
        ("Refused", "amount", "properties.amount", "276.48"),
        ("Refused", "orderId", "properties.orderId", "order"),
        ("Corrected", "amount", "properties.currency", "EUR"),
    ],
)
def test_the_inspector_names_field_and_fix(demo: Demo, page: Page, result: str, row: str, field: str, fix: str) -> None:
    page.goto(f"{demo.desk}/events")
    page.get_by_role("navigation", name="Result").get_by_role("link", name=result).click()
    rows = page.locator("tr[data-event]")
    expect(rows.first).to_contain_text(result)
    rows.filter(has_text=row).first.get_by_role("link").first.click()
    detail = page.locator("#detail")
    expect(detail.locator(".finding__field").filter(has_text=field).first).to_be_visible()
    expect(detail.locator(".findings")).to_contain_text(fix)
    expect(detail.locator("#raw")).to_contain_text("event")


def test_the_shop_s_pages_lead_to_the_inspector(demo: Demo, page: Page, shop: Page) -> None:
    shop.goto(demo.shop)
    shop.locator(f"a[href^='{demo.desk}']").first.click()
    expect(page.context.pages[-1].get_by_role("heading", level=1)).to_have_text("Event inspector")
